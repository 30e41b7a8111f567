"""Tips: sent and followed up by everybody, taken up by a bureau."""

import hmac
from collections.abc import Callable, Mapping
from uuid import UUID

from flask import current_app, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from marketplace.identity import queries as identity
from marketplace.identity.regions import children
from marketplace.kernel import clock
from marketplace.kernel.errors import N_, RuleViolation
from marketplace.moves import presenter
from marketplace.moves.service import By
from marketplace.supervision import service
from marketplace.supervision.forms import FollowForm, RefuseTipForm, SenderForm, TipCaseForm, TipForm
from marketplace.supervision.lifecycle import TIP, CaseSide, TipState
from marketplace.supervision.queries import social
from marketplace.supervision.queries import tips as reads
from marketplace.supervision.service import TypedTip
from marketplace.supervision.tip_models import Tip
from marketplace.supervision.views.blueprint import asked, bp
from marketplace.web.access import public, requires
from marketplace.web.forms import CommandForm, carried_out, choices, decided
from marketplace.web.layouts import own_layout
from marketplace.web.paging import paged

LEADS = {
    "take_tip": _l("受理后由您核查：立案，或答复举报人不予立案。您看不到举报人是谁。"),
    "refuse_tip": _l("举报人凭回执看到这里写的理由。"),
    "open_of_tip": _l("立案理由由您写，请不要写能认出举报人的内容。"),
    "see_sender": _l("查看会留痕。举报人的姓名和联系方式不要告诉承办人和被举报的人。"),
    "reward_tip": _l("案件结案、问题成立后，奖励金额按规则计算。举报人凭回执领取。"),
}


def _sent_from() -> str:
    """A mark of network and day by which floods are slowed down, and which nobody turns back into an address."""
    said = f"{clock.today()}:{request.remote_addr or ''}"
    return hmac.new(str(current_app.secret_key).encode(), said.encode(), "sha256").hexdigest()


@bp.route("/tips/new", methods=["GET", "POST"])
@public
def send_tip() -> ResponseReturnValue:
    form = TipForm()
    form.area.choices = [("", _("请选择")), *((one.code, one.name) for one in children())]
    _under_own_name(form)
    if form.validate_on_submit():
        said = TypedTip(
            about=str(form.about.data),
            area_code=str(form.area.data),
            facts=str(form.facts.data),
            claim_number=form.claim_number.data or "",
            sender_name=form.sender_name.data or "",
            sender_contact=form.sender_contact.data or "",
        )
        key, sent_from = form.key(), _sent_from()
        done = carried_out(form, lambda: service.receive_tip(said, request_key=key, sent_from=sent_from, now=clock.now()))
        if done:
            tip, code = done.answer
            return _shown_once(tip, code)
    return render_template("supervision/send_tip.html", layout=own_layout(), form=form), form.status


def _under_own_name(form: TipForm) -> None:
    """A social supervisor sends tips under the own name, unless they take it out."""
    if not form.is_submitted() and current_user.is_authenticated and (row := social.of_user(current_user.id, clock.today())) is not None:
        form.sender_name.data = _("%(name)s（社会监督员）", name=row.user.name)
        form.sender_contact.data = row.user.phone or row.user.email


def _shown_once(tip: Tip, code: str) -> ResponseReturnValue:
    """On to the page of a tip, which forgets it when it has shown it: the next person at this browser reads nothing."""
    session["tip"] = [tip.number, code]
    return redirect(url_for("supervision.follow_tip"))


@bp.route("/tips/follow", methods=["GET", "POST"])
@public
def follow_tip() -> ResponseReturnValue:
    """What became of a tip: who has number and code reads it, and nobody else."""
    form = FollowForm()
    if form.validate_on_submit():
        number, code = str(form.number.data), str(form.code.data)
        if (found := reads.followed(number, code)) is not None:
            return _shown_once(found, code)
        form.refuse(RuleViolation(N_("编号或查询码不对，请核对回执。"), field="code", code="unknown_receipt"))
    number, code = session.pop("tip", ("", ""))
    tip = reads.followed(number, code) if code else None
    return render_template("supervision/follow_tip.html", layout=own_layout(), form=form, tip=tip, code=code), form.status


@bp.get("/tips")
@requires("cases.handle")
def tips() -> ResponseReturnValue:
    state = request.args.get("state", "")
    chosen = TipState(state) if state in set(TipState) else None
    page = paged(reads.tips(current_user.areas_for("cases.handle"), current_user.id, chosen))
    return render_template("supervision/tips.html", page=page, chosen=chosen, state_choices=choices(TipState))


def _tip(tip_id: UUID, permission: str = "cases.handle") -> Tip:
    return reads.tip_in(tip_id, current_user.areas_for(permission), current_user.id)


def _buttons(row: Tip) -> list[dict[str, str]]:
    """The handler investigates; another officer, who may know the sender, grants the reward."""
    is_handler = row.handled_by in {None, current_user.id}
    moves = TIP.offered(CaseSide.OFFICER, row.state) if is_handler else TIP.offered(CaseSide.DECIDER, row.state)
    return presenter.buttons(TIP, [one for one in moves if current_user.can(one.permission)], blueprint="supervision", tip_id=row.id)


@bp.get("/tips/<uuid:tip_id>")
@requires("cases.handle")
def tip(tip_id: UUID) -> ResponseReturnValue:
    row = _tip(tip_id)
    return render_template(
        "supervision/tip.html",
        tip=row,
        actions=_buttons(row),
        names=identity.names_of([row.handled_by]),
        history=presenter.history(row.id, [TIP], lambda details: str(details.get("reason", ""))),
        sees_sender=row.handled_by != current_user.id and reads.has_seen_sender(tip_id, current_user.id),
    )


def _step(
    verb: str, row: Tip, form: CommandForm, content: Mapping[str, str], work: Callable[[By], object], said: str
) -> ResponseReturnValue:
    """The page of a step; `content` is what a second click must repeat."""
    by, then = asked(form.key(), content), url_for("supervision.tip", tip_id=row.id)
    shown = {"tip": row, "form": form, "move": TIP.move(verb), "verb": verb, "lead": LEADS[verb]}
    return decided(form, lambda: work(by), said, then=then, page=lambda: render_template("supervision/tip_step.html", **shown))


@bp.route("/tips/<uuid:tip_id>/take", methods=["GET", "POST"])
@requires("cases.handle")
def take_tip(tip_id: UUID) -> ResponseReturnValue:
    row = _tip(tip_id)
    return _step("take_tip", row, CommandForm(), {}, lambda by: service.take_tip(tip_id, asked=by), _("已受理，由您核查。"))


@bp.route("/tips/<uuid:tip_id>/refuse", methods=["GET", "POST"])
@requires("cases.handle")
def refuse_tip(tip_id: UUID) -> ResponseReturnValue:
    row, form = _tip(tip_id), RefuseTipForm()
    said = {"answer": form.answer.data or ""}
    return _step("refuse_tip", row, form, said, lambda by: service.refuse_tip(tip_id, **said, asked=by), _("已答复举报人。"))


@bp.route("/tips/<uuid:tip_id>/case", methods=["GET", "POST"])
@requires("cases.handle")
def open_of_tip(tip_id: UUID) -> ResponseReturnValue:
    row, form = _tip(tip_id), TipCaseForm()
    if not form.is_submitted():
        form.party.data = row.organisation.uscc if row.organisation else ""
    said = {"party": form.party.data or "", "reason": form.reason.data or ""}
    return _step("open_of_tip", row, form, said, lambda by: service.open_of_tip(tip_id, **said, asked=by), _("已立案。"))


@bp.route("/tips/<uuid:tip_id>/sender", methods=["GET", "POST"])
@requires("cases.decide")
def see_sender(tip_id: UUID) -> ResponseReturnValue:
    row, form = _tip(tip_id, "cases.decide"), SenderForm()
    said = {"reason": form.reason.data or ""}
    return _step("see_sender", row, form, said, lambda by: service.see_sender(tip_id, **said, asked=by), _("查看已留痕。"))


@bp.route("/tips/<uuid:tip_id>/reward", methods=["GET", "POST"])
@requires("cases.decide")
def reward_tip(tip_id: UUID) -> ResponseReturnValue:
    row = _tip(tip_id, "cases.decide")
    return _step("reward_tip", row, CommandForm(), {}, lambda by: service.reward_tip(tip_id, asked=by), _("奖励已确认。"))
