"""The years of an area's register: their figures, and how a year is closed."""

from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from marketplace.identity.queries import names_of
from marketplace.identity.regions import region
from marketplace.kernel import clock
from marketplace.records import service
from marketplace.records.forms import AskToCloseForm
from marketplace.records.queries import years as read
from marketplace.records.views import bp
from marketplace.web.access import requires
from marketplace.web.forms import CommandForm, carried_out
from marketplace.web.paging import page_of

PER_PAGE = 20


def _area() -> str:
    """The area in the address, if it is one of the viewer's; else the first of those."""
    own, asked = current_user.areas_for("records.see"), request.args.get("area", "")
    return asked if asked in own else own[0]


def _page(form: AskToCloseForm) -> ResponseReturnValue:
    area = _area()
    page = page_of(read.lines_of(area), PER_PAGE)
    people = names_of(who for line in page.items if line.closed for who in (line.closed.asked_by, line.closed.closed_by))
    areas = [(code, region(code).name) for code in current_user.areas_for("records.see")]
    return render_template(
        "records/years.html", page=page, form=form, area=area, areas=areas, people=people, may_close=current_user.can("reports.review")
    ), form.status


def _form() -> AskToCloseForm:
    form, last = AskToCloseForm(), clock.today().year - 1
    form.area.choices = [(code, region(code).name) for code in current_user.areas_for("reports.review")]
    form.year.choices = [(str(year), str(year)) for year in range(last, last - 5, -1)]
    return form


@bp.get("/records/years")
@requires("records.see")
def years() -> ResponseReturnValue:
    return _page(_form())


@bp.post("/records/years")
@requires("reports.review")
def ask_to_close() -> ResponseReturnValue:
    form, actor_id = _form(), current_user.id
    if form.validate_on_submit():
        area, year, reason, now = form.area.data, int(form.year.data), form.reason.data, clock.now()
        said = _("已提交，由另一位人员确认后封存。")
        if carried_out(form, lambda: service.ask_to_close(area, year, reason=reason, actor_id=actor_id, now=now), said):
            return redirect(url_for("records.years", area=area))
    return _page(form)


@bp.route("/records/years/<uuid:closed_id>/close", methods=["GET", "POST"])
@requires("reports.review")
def close_year(closed_id: UUID) -> ResponseReturnValue:
    row, form, actor_id = read.closing_in(closed_id, current_user.areas_for("reports.review")), CommandForm(), current_user.id
    if form.validate_on_submit():
        said = _("%(year)s 年台账已封存。", year=row.year)
        if carried_out(form, lambda: service.close(closed_id, actor_id=actor_id, now=clock.now()), said):
            return redirect(url_for("records.years", area=row.area_code))
    shown = {"now": read.count_in(row.area_code, row.year), "area": region(row.area_code).name, "people": names_of([row.asked_by])}
    return render_template("records/close_year.html", row=row, form=form, **shown), form.status
