"""A provider's own file: what is to be done, the organisation, the introduction, the application."""

from flask import current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from marketplace.catalogue import queries
from marketplace.catalogue.forms import ApplyForm, OrganisationForm, ProfileForm
from marketplace.catalogue.lifecycle import PROVIDER, ProviderState, Side
from marketplace.catalogue.rules import admission as rules
from marketplace.catalogue.service import admission as service
from marketplace.catalogue.views.blueprint import bp, history
from marketplace.identity import choices, regions
from marketplace.identity import queries as identity
from marketplace.identity import service as identity_service
from marketplace.kernel import clock
from marketplace.kernel.errors import Conflict
from marketplace.publicity import queries as publicity
from marketplace.web.access import requires
from marketplace.web.forms import carried_out

ORGANISATION_FIELDS = (
    "name", "region_code", "park_code", "industry_code", "address", "legal_representative", "founded_on", "legal_form",
    "contact_name", "contact_phone", "group_uscc", "bank_name", "bank_account",
)  # fmt: skip


@bp.get("/provider")
@requires("provider.own")
def own() -> ResponseReturnValue:
    return _own_page(ApplyForm())


def _own_page(form: ApplyForm) -> ResponseReturnValue:
    row = queries.provider_of(current_user.organisation_id)
    organisation = identity.organisation(current_user.organisation_id)
    lacking = rules.missing(service.profile_of(row) if row else rules.Profile("", (), (), ""))
    state = row.state if row else ProviderState.DRAFT
    needed = [label for name, label in identity_service.NEEDED_FACTS.items() if not getattr(organisation, name)]
    notice = publicity.notice(row.notice_id) if row and row.notice_id and state is not ProviderState.ADMITTED else None
    return render_template(
        "catalogue/own.html", row=row, organisation=organisation, lacking=lacking, needed=needed, form=form, notice=notice,
        state=state, may_apply=bool(PROVIDER.offered(Side.PROVIDER, state)), history=history(organisation.id, is_public=True),
        today=clock.today(), organisation_url=_organisation_url(),
    ), form.status  # fmt: skip


def _organisation_url() -> str:
    """A firm that is an SME too keeps its facts where SMEs do."""
    if "enterprises.own" in current_app.view_functions and current_user.can("enterprise.own"):
        return url_for("enterprises.own")
    return url_for("catalogue.edit_organisation")


@bp.route("/provider/apply", methods=["GET", "POST"])
@requires("provider.own")
def apply() -> ResponseReturnValue:
    form = ApplyForm()
    if form.validate_on_submit():
        provider_id, actor_id, key, agreed = current_user.organisation_id, current_user.id, form.key(), bool(form.agreed.data)
        if carried_out(
            form,
            lambda: service.apply(provider_id, agreed=agreed, actor_id=actor_id, request_key=key, now=clock.now()),
        ):
            flash(_("入库申请已提交，审核结果会通知您。"), "success")
            return redirect(url_for("catalogue.own"))
    return _own_page(form)


@bp.route("/provider/organisation", methods=["GET", "POST"])
@requires("provider.own")
def edit_organisation() -> ResponseReturnValue:
    organisation = identity.organisation(current_user.organisation_id)
    form = OrganisationForm(obj=organisation)
    areas = tuple(current_app.config["SERVED_AREAS"])
    form.region_code.choices = choices.counties_with(areas, organisation.region_code)
    form.park_code.choices = choices.parks(areas, empty=_("不在园区"))
    form.industry_code.choices = {_("请选择"): [("", _("请选择"))], **choices.industry_classes()}
    changes: list[tuple[str, object]] = []
    if form.validate_on_submit():
        actor_id, facts, seen, organisation_id = current_user.id, form.facts(organisation.uscc), form.seen_version(), organisation.id
        if carried_out(
            form,
            lambda: identity_service.change_organisation(organisation_id, facts, seen_version=seen, actor_id=actor_id, now=clock.now()),
            _("单位信息已保存。"),
        ):
            return redirect(url_for("catalogue.own"))
        if isinstance(form.refusal, Conflict):
            organisation = identity.organisation(organisation_id)
            changes = [
                (form[n].label.text, getattr(organisation, n)) for n in ORGANISATION_FIELDS if getattr(facts, n) != getattr(organisation, n)
            ]
            form.version.data = str(organisation.version)
    return render_template("catalogue/edit_organisation.html", form=form, organisation=organisation, changes=changes), form.status


@bp.route("/provider/profile", methods=["GET", "POST"])
@requires("provider.own")
def edit_profile() -> ResponseReturnValue:
    row = queries.provider_of(current_user.organisation_id)
    form = ProfileForm(obj=row)
    form.offer(_regions())
    if form.validate_on_submit():
        provider_id, actor_id, profile = current_user.organisation_id, current_user.id, form.profile()
        if carried_out(form, lambda: service.save_profile(provider_id, profile, actor_id=actor_id), _("机构介绍已保存。")):
            return redirect(url_for("catalogue.own"))
    return render_template("catalogue/edit_profile.html", form=form), form.status


def _regions() -> list[tuple[str, str]]:
    """The areas served and their prefectures."""
    found: dict[str, str] = {}
    for area in current_app.config["SERVED_AREAS"]:
        place = regions.region(area)
        found[place.code] = place.full_name
        if place.level is regions.RegionLevel.PROVINCE:
            found |= {r.code: r.name for r in regions.children(area) if r.level is regions.RegionLevel.PREFECTURE}
    return list(found.items())
