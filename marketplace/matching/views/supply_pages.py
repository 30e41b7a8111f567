"""Supply lists: the firm's page; surveys: the bureau's."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from marketplace.identity import regions
from marketplace.kernel import clock
from marketplace.kernel.db import in_transaction
from marketplace.kernel.errors import NotFound
from marketplace.matching import queries
from marketplace.matching.forms import CampaignForm, GoForm, SupplyForm, SurveyUploadForm
from marketplace.matching.lines import supply_line
from marketplace.matching.models import Campaign, Supply, SupplyList
from marketplace.matching.rules import SupplyState
from marketplace.matching.service import supplies
from marketplace.matching.service.market import line_text
from marketplace.matching.views import bp
from marketplace.matching.views.chain_pages import area_choices
from marketplace.matching.views.which_line import which_lines
from marketplace.web import importing
from marketplace.web.access import requires
from marketplace.web.forms import carried_out, once
from marketplace.web.paging import paged

importing.add_pages(bp, importing.Pages(supplies.OWN, permission="supplies.own", back="matching.supplies"))


@bp.get("/supplies", endpoint="supplies")
@requires("supplies.own")
def own_supplies() -> ResponseReturnValue:
    return _page(SupplyForm())


def _page(form: SupplyForm) -> ResponseReturnValue:
    own = current_user.organisation_id
    names = {"draft": SupplyState.DRAFT, "waiting": SupplyState.SUBMITTED, "published": SupplyState.PUBLISHED}
    lists = {name: supplies.newest(own, state) for name, state in names.items()}
    return render_template(
        "matching/supplies.html",
        **lists,
        pages={name: paged(queries.lines_of(row.id)) for name, row in lists.items() if row is not None},
        form=form,
        go=GoForm(),
        asked=_asked(supplies.newest(own, SupplyState.DRAFT, SupplyState.SUBMITTED)),
    ), form.status


def _asked(row: SupplyList | None) -> list[dict[str, object]]:
    """Lines of the draft, or of what an officer entered, that the firm has to tell apart."""
    if row is None:
        return []
    resolved, _identity = supplies.joined(row)
    if not resolved.asked:
        return []
    lines = [*supplies.earlier_lines(row)[0], *map(line_text, row.supplies)]
    return which_lines(resolved, lines, lambda line_id: url_for("matching.choose_supply", line_id=line_id))


@bp.post("/supplies/lines/<uuid:line_id>/continues")
@requires("supplies.own")
def choose_supply(line_id: UUID) -> ResponseReturnValue:
    own, choice = current_user.organisation_id, request.form.get("choice", "")[:36]
    if GoForm().validate_on_submit():
        in_transaction(once(lambda: supplies.choose(line_id, own, choice)))
    return redirect(url_for("matching.supplies"))


@bp.post("/supplies/lines")
@requires("supplies.own")
def add_supply() -> ResponseReturnValue:
    form, own, actor_id = SupplyForm(), current_user.organisation_id, current_user.id

    def work() -> Supply:
        return supplies.add_line(supplies.draft(own, actor_id=actor_id).id, supply_line(form.values()))

    if form.validate_on_submit() and carried_out(form, work):
        flash(_("已加入草稿，发布后生效。"), "success")
        return redirect(url_for("matching.supplies"))
    return _page(form)


@bp.post("/supplies/lines/<uuid:line_id>/remove")
@requires("supplies.own")
def remove_supply(line_id: UUID) -> ResponseReturnValue:
    own = current_user.organisation_id
    if GoForm().validate_on_submit():
        in_transaction(once(lambda: supplies.remove_line(line_id, own)))
    return redirect(url_for("matching.supplies"))


@bp.post("/supplies/edit")
@requires("supplies.own")
def edit_supplies() -> ResponseReturnValue:
    own, actor_id = current_user.organisation_id, current_user.id
    if GoForm().validate_on_submit():
        in_transaction(once(lambda: supplies.correct(own, actor_id=actor_id)))
    return redirect(url_for("matching.supplies"))


@bp.post("/supplies/publish")
@requires("supplies.own")
def publish_supplies() -> ResponseReturnValue:
    own, actor_id, form = current_user.organisation_id, current_user.id, SupplyForm(formdata=None)
    said = _("供给清单已发布，匹配时会用到。")
    if GoForm().validate_on_submit() and not carried_out(form, lambda: supplies.publish(own, actor_id=actor_id, now=clock.now()), said):
        return _page(form)
    return redirect(url_for("matching.supplies"))


def _survey_form() -> SurveyUploadForm:
    form = SurveyUploadForm()
    form.campaign_id.choices = [(str(row.id), row.title) for row in supplies.open_campaigns(current_user.areas_for("supplies.survey"))]
    return form


importing.add_pages(bp, importing.Pages(supplies.SURVEY, permission="supplies.survey", back="matching.campaigns", form=_survey_form))


def _campaign(campaign_id: UUID) -> Campaign:
    """Raises: NotFound: no such survey in the user's areas."""
    return supplies.campaign_seen(campaign_id, current_user.areas_for("supplies.survey"))


def _run_here(campaign_id: UUID) -> Campaign:
    """A survey of one's own area: a higher one's is answered, not reminded of or closed. Raises: NotFound."""
    row = _campaign(campaign_id)
    if not _is_mine(row):
        raise NotFound
    return row


def _is_mine(campaign: Campaign) -> bool:
    return bool(current_user.may_act("supplies.survey", campaign.area_code))


@bp.get("/surveys", endpoint="campaigns")
@requires("supplies.survey")
def campaign_list() -> ResponseReturnValue:
    page = paged(supplies.campaigns(current_user.areas_for("supplies.survey")))
    counts = supplies.counts_of(page.items)
    rows = [{"campaign": row, "area": regions.region(row.area_code).name, "standing": counts[row.id]} for row in page.items]
    return render_template("matching/campaigns.html", rows=rows, page=page)


@bp.route("/surveys/new", methods=["GET", "POST"])
@requires("supplies.survey")
def new_campaign() -> ResponseReturnValue:
    form, actor_id = CampaignForm(), current_user.id
    key = form.key()
    form.area_code.choices = area_choices("supplies.survey")
    if form.validate_on_submit() and (
        done := carried_out(
            form,
            lambda: supplies.open_campaign(
                key,
                title=form.title.data,
                area_code=form.area_code.data,
                due_on=form.due_on.data,
                actor_id=actor_id,
                today=clock.today(),
            ),
        )
    ):
        return redirect(url_for("matching.campaign", campaign_id=done.answer.id))
    return render_template("matching/new_campaign.html", form=form), form.status


@bp.get("/surveys/<uuid:campaign_id>")
@requires("supplies.survey")
def campaign(campaign_id: UUID) -> ResponseReturnValue:
    row = _campaign(campaign_id)
    page = paged(supplies.surveyed(row))
    return render_template(
        "matching/campaign.html",
        campaign=row,
        page=page,
        area=regions.region(row.area_code).full_name,
        rows=supplies.standing(row, page.items),
        counts=supplies.counts_of([row])[row.id],
        region_name=lambda code: regions.region(code).name,
        go=GoForm(),
        is_mine=_is_mine(row),
    )


@bp.post("/surveys/<uuid:campaign_id>/remind")
@requires("supplies.survey")
def remind(campaign_id: UUID) -> ResponseReturnValue:
    _run_here(campaign_id)
    actor_id = current_user.id
    if GoForm().validate_on_submit():
        count = in_transaction(once(lambda: supplies.remind(campaign_id, actor_id=actor_id)))
        if count is not None:
            flash(_("已提醒 %(count)s 家企业。", count=count), "success")
    return redirect(url_for("matching.campaign", campaign_id=campaign_id))


@bp.post("/surveys/<uuid:campaign_id>/close")
@requires("supplies.survey")
def close_campaign(campaign_id: UUID) -> ResponseReturnValue:
    _run_here(campaign_id)
    actor_id = current_user.id
    if GoForm().validate_on_submit():
        in_transaction(once(lambda: supplies.close_campaign(campaign_id, actor_id=actor_id, now=clock.now())))
        flash(_("摸排已结束，已收到的清单仍然有效。"), "success")
    return redirect(url_for("matching.campaign", campaign_id=campaign_id))
