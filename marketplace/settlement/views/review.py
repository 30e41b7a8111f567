"""The officer's pages: the queue, and the three decisions."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from marketplace.exports.offers import Cells, ExportedList, offer, rows_of
from marketplace.identity.models import Organisation
from marketplace.identity.page_mark import mark
from marketplace.kernel import clock
from marketplace.kernel.currencies import in_sheet
from marketplace.kernel.db import by_id
from marketplace.kernel.errors import N_
from marketplace.kernel.locales import said
from marketplace.kernel.money import Fen
from marketplace.kernel.sentences import Sentence
from marketplace.kernel.sheets import CellKind, Column
from marketplace.settlement import queries, service
from marketplace.settlement.check_rules import field_of, not_green
from marketplace.settlement.forms import AccountForm, ApproveForm, ClaimReasonForm, approve_form
from marketplace.settlement.lifecycle import ClaimState
from marketplace.settlement.models import Claim
from marketplace.settlement.queries import ClaimFilters, causes
from marketplace.settlement.queries.explanations import words_of
from marketplace.settlement.queries.waiting import place_of
from marketplace.settlement.rules import Approval, Check, CheckResult
from marketplace.settlement.views import presenter
from marketplace.settlement.views.approvals import green_button
from marketplace.settlement.views.blueprint import bp
from marketplace.settlement.views.files import files_shown
from marketplace.settlement.views.filters import CHECKS, KINDS, carried, filters_of
from marketplace.settlement.views.onward import to_next
from marketplace.vouchers.queries.reruns import simulated_ids
from marketplace.web.access import requires
from marketplace.web.forms import CommandForm, carried_out
from marketplace.web.paging import paged


@bp.get("/claims")
@requires("claims.see")
def review_queue() -> ResponseReturnValue:
    words = {
        "kinds": [(key, _(label)) for key, label in KINDS.items()],
        "drawn_choices": [("waiting", _("待抽查")), ("drawn", _("抽中"))],
        "appeal_choices": [("waiting", _("待答复"))],
    }
    return queue_page(filters_of(), choices=words)


LISTED = tuple(one for one in ClaimState if one is not ClaimState.DRAFT)


def queue_page(filters: ClaimFilters, *, direct: bool = False, choices: Mapping[str, object] | None = None) -> str:
    """A list of claims in tabs; `direct`: of those without an order. `choices`: of the filters that it has beside the common ones."""
    areas = current_user.areas_for("claims.see")
    counts = queries.counts(areas, direct=direct)
    tabs: list[tuple[str, str, int | None]] = [(one.value, one.label, counts.get(one, 0)) for one in LISTED]
    return render_template(
        "settlement/review_queue.html",
        direct=direct,
        page=paged(queries.queue(areas, filters)),
        states=[*tabs, ("all", N_("全部"), None)],
        state=filters.states[0].value if filters.states else "all",
        attention=attention,
        drawn_of=presenter.drawn_label,
        programmes=[(str(one.id), one.name) for one in queries.programmes_in(areas)],
        days_left=presenter.days_left,
        level_left=presenter.level_left,
        said_of=presenter.said_of,
        carried=carried(filters.kind),
        checks=[(key, _(label)) for key, label in CHECKS.items()],
        green=green_button(filters.kind) if filters.states == (ClaimState.SUBMITTED,) else None,
        **(choices or {}),
    )


def attention(claim: Claim) -> int:
    """How many of its checks ask for a closer look."""
    return sum(one["verdict"] != CheckResult.PASS for one in claim.checks)


COLUMNS = (
    Column("number", N_("兑付申请编号"), CellKind.CODE),
    Column("state", N_("状态"), CellKind.CHOICE, choices=ClaimState.labels()),
    Column("order", N_("订单编号"), CellKind.CODE),
    Column("provider", N_("申请单位")),
    Column("enterprise", N_("企业")),
    Column("title", N_("申请事项")),
    Column("contract", N_("合同金额"), CellKind.YUAN),
    Column("requested", N_("申请金额"), CellKind.YUAN),
    Column("approved", N_("核准金额"), CellKind.YUAN),
    Column("cut", N_("核减或退回原因")),
    Column("explained", N_("核准说明")),
    Column("drawn", N_("抽查")),
    Column("submitted", N_("提交时间"), CellKind.DATE),
    Column("decided", N_("审核时间"), CellKind.DATE),
    Column("simulated", N_("模拟"), CellKind.YES_NO),
)


@offer(bp, "/claims/export", permission="claims.see")
def export_claims() -> ExportedList:
    filters = filters_of()
    narrowed = [
        _("关键词 %(text)s", text=filters.text) if filters.text else "",
        *(_("状态 %(states)s", states=_(one.label)) for one in filters.states),
    ]
    lines = rows_of(queries.queue(current_user.areas_for("claims.see"), filters), sheet_rows(_row))
    name = _("兑付申请-%(day)s", day=clock.today().isoformat())
    return ExportedList(_("兑付申请"), COLUMNS, lines, name, "；".join(one for one in narrowed if one))


def sheet_rows(cells: Callable[[Claim, bool, str], Cells]) -> Callable[[Sequence[Claim]], Iterator[Cells]]:
    """Lines of some claims, with whether each is simulated and what was said of its checks at the approval."""
    played = simulated_ids()

    def lines(piece: Sequence[Claim]) -> Iterator[Cells]:
        words = words_of(piece)
        return (cells(claim, claim.round_id in played, words.get(claim.id, "")) for claim in piece)

    return lines


def _row(claim: Claim, is_simulated: bool, explained: str) -> Cells:
    order = claim.order
    amounts = (order.contract_fen if order else None, claim.requested_fen, claim.approved_fen)
    return (
        claim.number, claim.state.value, order.number if order else "", claim.asker.name, claim.firm.name,
        claim.about, *(in_sheet(fen, claim.currency) for fen in amounts), claim.cut_reason or claim.state_reason, explained,
        _(presenter.drawn_label(claim)) if presenter.drawn_label(claim) else "",
        claim.submitted_at, claim.decided_at, is_simulated,
    )  # fmt: skip


def _decision(
    claim: Claim, form: CommandForm, template: str, work: Callable[[], object], done: str, **shown: object
) -> ResponseReturnValue:
    place = place_of(claim)
    if form.validate_on_submit() and carried_out(form, work, done):
        return to_next(place)
    shown = {
        "checks": presenter.checks(claim),
        "found": presenter.spot_problem(claim),
        "carried": carried(),
        "files": files_shown(claim),
        **shown,
    }
    return render_template(template, claim=claim, form=form, **shown), form.status


@bp.route("/claims/<uuid:claim_id>/approve", methods=["GET", "POST"])
@requires("claims.review")
def approve(claim_id: UUID) -> ResponseReturnValue:
    claim, shown = queries.in_area(claim_id, current_user.areas_for("claims.review")), mark(claim_id)
    checks = causes.checks_of(claim, claim.day_of(clock.now()))
    open_checks = not_green(checks)
    form, actor_id = approve_form(claim.currency, open_checks)(shown=shown), current_user.id
    key, waits = form.key(), None
    if not form.is_submitted():
        form.approved.data = Fen(min(claim.requested_fen, causes.deserved_of(claim)))
        waits = service.obstacle(claim, checks, actor_id)
    return _decision(
        claim, form, "settlement/approve.html",
        lambda: service.approve(
            claim_id, _approval(form, open_checks), actor_id=actor_id, now=clock.now(), shown=form.seen(), request_key=key
        ),
        _("兑付申请 %(number)s 已核准。", number=claim.number), checks=presenter.checks(claim, checks),
        open_checks=[(form[field_of(one.key)], Sentence(one.message, one.params)) for one in open_checks], waits=waits and said(waits),
    )  # fmt: skip


def _approval(form: ApproveForm, open_checks: list[Check]) -> Approval:
    return Approval(
        form.approved.data or Fen(0),
        form.cut_reason.data or "",
        form.considered.data or "",
        form.opinion.data or "",
        {one.key: form[field_of(one.key)].data or "" for one in open_checks},
    )


@bp.route("/claims/<uuid:claim_id>/return", methods=["GET", "POST"])
@requires("claims.review")
def send_back(claim_id: UUID) -> ResponseReturnValue:
    form, actor_id = ClaimReasonForm(shown=mark(claim_id)), current_user.id
    key, claim = form.key(), queries.in_area(claim_id, current_user.areas_for("claims.review"))
    return _decision(
        claim, form, "settlement/send_back.html",
        lambda: service.send_back(
            claim_id, reason=form.reason.data, actor_id=actor_id, request_key=key, now=clock.now(), shown=form.seen()
        ),
        _("已退回补正，原因已告知申请人。"),
    )  # fmt: skip


@bp.route("/claims/<uuid:claim_id>/refuse", methods=["GET", "POST"])
@requires("claims.review")
def refuse(claim_id: UUID) -> ResponseReturnValue:
    form, actor_id = ClaimReasonForm(shown=mark(claim_id)), current_user.id
    key = form.key()
    claim = queries.in_area(claim_id, current_user.areas_for("claims.review"))
    return _decision(
        claim,
        form,
        "settlement/refuse.html",
        lambda: service.refuse(claim_id, reason=form.reason.data, actor_id=actor_id, now=clock.now(), shown=form.seen(), request_key=key),
        _("已作出不予兑付的决定，原因已告知申请人。"),
    )


@bp.route("/claims/<uuid:claim_id>/account", methods=["GET", "POST"])
@requires("claims.review")
def confirm_account(claim_id: UUID) -> ResponseReturnValue:
    claim, actor_id = queries.in_area(claim_id, current_user.areas_for("claims.review")), current_user.id
    payee = by_id(Organisation, claim.payee_id)
    form = AccountForm(seen=payee.bank_account)
    if form.validate_on_submit():
        seen = form.seen.data or ""
        if carried_out(form, lambda: service.confirm_account(claim_id, seen_account=seen, actor_id=actor_id, now=clock.now())):
            flash(_("新账号已确认，申请可以列入拨付批次。"), "success")
            return redirect(url_for("settlement.claim", claim_id=claim.id))
    return render_template("settlement/confirm_account.html", claim=claim, form=form, payee=payee), form.status
