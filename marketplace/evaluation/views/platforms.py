"""A provider's platform with its member bodies, and the officer who looks at their agreements."""

from uuid import UUID

from flask import Response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from marketplace.evaluation import queries
from marketplace.evaluation.forms import EndForm, MemberDecisionForm, MemberForm, PlatformForm
from marketplace.evaluation.views import bp
from marketplace.kernel import clock
from marketplace.kernel.db import by_id
from marketplace.kernel.errors import NotFound
from marketplace.kernel.files import StoredFile
from marketplace.records import service
from marketplace.records.queries import find_firm
from marketplace.records.service import MemberFacts
from marketplace.web import uploads
from marketplace.web.access import requires
from marketplace.web.forms import carried_out
from marketplace.web.paging import paged


def _platform_page(platform_form: PlatformForm, member_form: MemberForm) -> ResponseReturnValue:
    platform_id = current_user.organisation_id
    return render_template(
        "evaluation/platform.html", platform=queries.platform(platform_id), members=queries.members_of(platform_id), form=platform_form,
        member_form=member_form, today=clock.today(),
    ), max(platform_form.status, member_form.status)  # fmt: skip


@bp.route("/evaluation/platform", methods=["GET", "POST"])
@requires("evaluation.own")
def platform() -> ResponseReturnValue:
    provider_id, actor_id = current_user.organisation_id, current_user.id
    form = PlatformForm(obj=queries.platform(provider_id))
    if form.validate_on_submit():
        name, attribution = form.name.data, form.attribution.data
        said = _("平台资料已保存。")
        if carried_out(form, lambda: service.register_platform(provider_id, name=name, attribution=attribution, actor_id=actor_id), said):
            return redirect(url_for("evaluation.platform"))
    return _platform_page(form, MemberForm(formdata=None, prefix="member"))


@bp.post("/evaluation/platform/members")
@requires("evaluation.own")
def propose_member() -> ResponseReturnValue:
    form = MemberForm(prefix="member")
    if form.validate_on_submit() and carried_out(
        form,
        lambda file: service.propose_member(form.row_id(), _proposed(form, file()), actor_id=current_user.id),
        _("已提交，主管部门审核协议后计入。"),
        before=lambda: uploads.chosen(form.scan),
    ):
        return redirect(url_for("evaluation.platform"))
    return _platform_page(PlatformForm(formdata=None, obj=queries.platform(current_user.organisation_id)), form)


def _proposed(form: MemberForm, file_id: UUID | None) -> MemberFacts:
    body = find_firm(form.provider.data)
    return MemberFacts(current_user.organisation_id, body.id, form.from_on.data, form.agreement.data, file_id)


@bp.route("/evaluation/platform/members/<uuid:member_id>/end", methods=["GET", "POST"])
@requires("evaluation.own")
def end_member(member_id: UUID) -> ResponseReturnValue:
    member, form, actor_id = queries.member_of(member_id, current_user.organisation_id), EndForm(), current_user.id
    if form.validate_on_submit():
        until_on, said = form.until_on.data, _("已登记终止日期，此前的服务仍然计入。")
        if carried_out(form, lambda: service.end_member(member_id, until_on=until_on, actor_id=actor_id), said):
            return redirect(url_for("evaluation.platform"))
    return render_template("evaluation/end_member.html", member=member, form=form), form.status


@bp.get("/evaluation/members")
@requires("evaluation.see")
def members() -> ResponseReturnValue:
    return render_template("evaluation/members.html", page=paged(queries.proposed_members(current_user.areas_for("evaluation.see"))))


@bp.route("/evaluation/members/<uuid:member_id>", methods=["GET", "POST"])
@requires("platforms.review")
def decide_member(member_id: UUID) -> ResponseReturnValue:
    member = queries.member_in_area(member_id, current_user.areas_for("platforms.review"))
    form, actor_id = MemberDecisionForm(), current_user.id
    if form.validate_on_submit():
        given: dict[str, str] = {} if form.decision.data == "accept" else {"reason": form.reason.data or ""}
        decide = service.refuse_member if given else service.accept_member
        if carried_out(form, lambda: decide(member_id, **given, actor_id=actor_id, now=clock.now()), _("已办理。")):
            return redirect(url_for("evaluation.members"))
    return render_template("evaluation/decide_member.html", member=member, form=form), form.status


@bp.get("/evaluation/members/<uuid:member_id>/agreement")
@requires("evaluation.open")
def agreement(member_id: UUID) -> Response:
    own = current_user.can("evaluation.own")
    member = (
        queries.member_of(member_id, current_user.organisation_id)
        if own
        else queries.member_in_area(member_id, current_user.areas_for("evaluation.open"))
    )
    if member.file_id is None:
        raise NotFound
    return uploads.send(by_id(StoredFile, member.file_id))
