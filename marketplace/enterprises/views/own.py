"""A firm's own pages: what it is, its yearly figures, its titles."""

from typing import Any
from uuid import UUID

from flask import current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from marketplace.enterprises import queries, service
from marketplace.enterprises.forms import ProfileForm, TitleForm, YearForm
from marketplace.enterprises.views.blueprint import bp, history, size_words, title_rows, year_rows
from marketplace.identity import choices
from marketplace.identity import queries as identity_queries
from marketplace.identity.lifecycle import ORGANISATION, OrganisationState, Side
from marketplace.identity.models import Organisation
from marketplace.kernel import clock
from marketplace.kernel.errors import Conflict
from marketplace.web import uploads
from marketplace.web.access import requires
from marketplace.web.forms import MarketplaceForm, carried_out
from marketplace.web.select_fields import SelectField


@bp.get("/enterprise")
@requires("enterprise.own")
def own() -> ResponseReturnValue:
    organisation = identity_queries.organisation(current_user.organisation_id)
    firm = queries.profile(organisation.id)
    return render_template(
        "enterprises/own.html",
        organisation=organisation,
        firm=firm,
        state=organisation.state,
        steps=_steps(organisation),
        size=size_words(firm) if firm else None,
        years=year_rows(queries.years_of(organisation.id)),
        titles=title_rows(queries.titles_of(organisation.id)),
        history=history(firm) if firm else [],
        may_submit=organisation.state in ORGANISATION.move("submitted").by[Side.MEMBER],
    )


def _steps(organisation: Organisation) -> list[dict[str, Any]]:
    """Fill in, submit, verified: where the firm stands."""
    state = organisation.state
    submitted = state not in ORGANISATION.move("submitted").by[Side.MEMBER]
    verified = state is OrganisationState.VERIFIED
    looking = "done" if verified else "current" if state is OrganisationState.PENDING else "todo"
    return [
        {"label": _("填写资料"), "state": "done" if submitted else "current", "who": _("企业")},
        {"label": _("主管部门核实"), "state": looking, "who": _("所在地主管部门")},
        {"label": _("可以办理业务"), "state": "done" if verified else "todo"},
    ]


@bp.route("/enterprise/edit", methods=["GET", "POST"])
@requires("enterprise.own")
def edit_own() -> ResponseReturnValue:
    organisation = identity_queries.organisation(current_user.organisation_id)
    form = _profile_form(organisation)
    differences: list[tuple[str, str, str]] = []
    if form.validate_on_submit():
        organisation_id, actor_id = organisation.id, current_user.id
        facts, profile, seen = form.facts(organisation.uscc), form.profile(), form.seen_version()
        if carried_out(
            form, lambda: service.save_profile(organisation_id, facts, profile, seen_version=seen, actor_id=actor_id, now=clock.now())
        ):
            flash(_("企业资料已保存。"), "success")
            return redirect(url_for("enterprises.own"))
        if isinstance(form.refusal, Conflict):
            differences = _differences(form)
    return render_template("enterprises/edit.html", form=form, organisation=organisation, differences=differences), form.status


def _profile_form(organisation: Organisation) -> ProfileForm:
    firm = queries.profile(organisation.id)
    words = {"main_products": firm.main_products, "introduction": firm.introduction} if firm else {}
    form = ProfileForm(obj=organisation, **words)
    areas = current_app.config["SERVED_AREAS"]
    form.region_code.choices = choices.counties_with(areas, organisation.region_code)
    form.park_code.choices = choices.parks(areas, empty=_("不在园区"))
    form.industry_code.choices = {_("请选择"): [("", _("请选择"))], **choices.industry_classes()}
    return form


def _differences(form: ProfileForm) -> list[tuple[str, str, str]]:
    """Where what was typed differs from what is stored now: label, stored, typed. The form may then be sent again."""
    stored = identity_queries.organisation(current_user.organisation_id)
    firm = queries.profile(stored.id)
    form.version.data = stored.version
    found = []
    for field in form:
        owner = stored if hasattr(Organisation, field.name) else firm
        if field.name in {"version", "request_key", "csrf_token"} or owner is None:
            continue
        kept = getattr(owner, field.name)
        if (kept or None) != (field.data or None):
            found.append((str(field.label.text), _shown(field, kept), _shown(field, field.data)))
    return found


def _shown(field: Any, value: Any) -> str:
    if isinstance(field, SelectField):
        return str(next((one.label for one in field.choices if one.value == value), value or "—"))
    return str(value or "—")


@bp.post("/enterprise/submit")
@requires("enterprise.own")
def submit_own() -> ResponseReturnValue:
    form, organisation_id, actor_id = MarketplaceForm(), current_user.organisation_id, current_user.id
    said = _("已提交，主管部门核实后会通知您。")
    if form.validate_on_submit() and not carried_out(form, lambda: service.submit(organisation_id, actor_id=actor_id), said):
        flash(form.form_errors[0], "error")
        return redirect(url_for("enterprises.edit_own"))
    return redirect(url_for("enterprises.own"))


@bp.route("/enterprise/years/new", methods=["GET", "POST"])
@requires("enterprise.own")
def add_year() -> ResponseReturnValue:
    form = YearForm(year=clock.today().year - 1)
    if form.validate_on_submit():
        enterprise_id, actor_id, key, figures = current_user.organisation_id, current_user.id, form.key(), form.figures()
        if carried_out(
            form,
            lambda paper: service.declare_year(
                enterprise_id, figures, file_id=uploads.store(paper).id, actor_id=actor_id, request_key=key, today=clock.today()
            ),
            _("%(year)s 年度数据已提交，采信后据此判定企业规模。", year=form.year.data),
            before=lambda: _evidence(form),
        ):
            return redirect(url_for("enterprises.own"))
    return render_template("enterprises/add_year.html", form=form), form.status


def _evidence(form: YearForm | TitleForm) -> uploads.Upload:
    return uploads.receive(form.evidence.data, organisation_id=current_user.organisation_id, actor_id=current_user.id, field="evidence")


@bp.route("/enterprise/titles/new", methods=["GET", "POST"])
@requires("enterprise.own")
def add_title() -> ResponseReturnValue:
    form = TitleForm()
    if form.validate_on_submit():
        enterprise_id, actor_id, key, facts = current_user.organisation_id, current_user.id, form.key(), form.facts()
        if carried_out(
            form,
            lambda paper: service.declare_title(enterprise_id, facts, file_id=uploads.store(paper).id, actor_id=actor_id, request_key=key),
            _("称号已提交，等待主管部门审核。"),
            before=lambda: _evidence(form),
        ):
            return redirect(url_for("enterprises.own"))
    return render_template("enterprises/add_title.html", form=form), form.status


@bp.get("/enterprise/files/<uuid:file_id>")
@requires("enterprise.own")
def own_file(file_id: UUID) -> ResponseReturnValue:
    return uploads.send(queries.file_of(file_id, current_user.organisation_id))
