"""The working-day calendar's page."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from marketplace.identity import regions
from marketplace.identity.scope import whole_provinces
from marketplace.kernel import clock
from marketplace.kernel.calendar import COUNTRY
from marketplace.policy import queries, service
from marketplace.policy.forms import DayForm, YearForm
from marketplace.web.access import requires
from marketplace.web.forms import carried_out
from marketplace.web.query_string import asked_number

bp = Blueprint("policy", __name__)


def _layers() -> list[tuple[str, str]]:
    """The whole country, and the provinces of the user's areas."""
    own = sorted({regions.path(area)[0].code for area in current_user.areas_for("calendar.see")} | {"540000", "650000"})
    return [(COUNTRY, _("全国")), *[(code, regions.region(code).name) for code in own]]


def _own_layers() -> list[tuple[str, str]]:
    """The layers that are the user's to change: a province's by its own officers, the country's by those of a province."""
    own = whole_provinces(current_user.areas_for("calendar.edit"))
    return [(COUNTRY, _("全国")), *[(code, regions.region(code).name) for code in own]] if own else []


def _page(day_form: DayForm, year_form: YearForm) -> ResponseReturnValue:
    year = asked_number("year", 2000, 2100) or clock.today().year
    known = queries.known_years()
    status = max(day_form.status, year_form.status)
    return render_template(
        "policy/calendar.html", year=year, days=queries.days_of(year), known=known, layers=dict(_layers()), day_form=day_form,
        year_form=year_form, may_edit=bool(_own_layers()), is_known=year in known,
        waiting=queries.to_confirm(current_user.areas_for("calendar.edit"), clock.today()),
    ), status  # fmt: skip


def _forms() -> tuple[DayForm, YearForm]:
    day_form, year_form = DayForm(prefix="day"), YearForm(prefix="year")
    day_form.layer.choices = year_form.layer.choices = _own_layers()
    return day_form, year_form


@bp.get("/calendar")
@requires("calendar.see")
def calendar() -> ResponseReturnValue:
    return _page(*_forms())


@bp.post("/calendar/day")
@requires("calendar.edit")
def set_day() -> ResponseReturnValue:
    form, year_form = _forms()
    if form.validate_on_submit():
        day, layer, actor_id = form.day.data, form.layer.data, current_user.id

        def work() -> None:
            if form.kind.data == "clear":
                service.clear_day(day, layer, actor_id=actor_id)
                return
            facts = {"name": form.name.data or "", "source": form.source.data or ""}
            service.set_day(day, layer, is_working=form.kind.data == "working", actor_id=actor_id, **facts)

        if carried_out(form, work, _("%(day)s 已更新。", day=day.isoformat())):
            return redirect(url_for("policy.calendar", year=day.year))
    return _page(form, year_form)


@bp.post("/calendar/year")
@requires("calendar.edit")
def confirm_year() -> ResponseReturnValue:
    day_form, form = _forms()
    if form.validate_on_submit():
        actor_id = current_user.id
        if carried_out(form, lambda: service.confirm_year(form.year.data, form.layer.data, source=form.source.data, actor_id=actor_id)):
            flash(_("%(year)s 年日历已确认，该年的期限不再是暂定。", year=form.year.data), "success")
            return redirect(url_for("policy.calendar", year=form.year.data))
    return _page(day_form, form)
