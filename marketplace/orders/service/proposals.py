"""What one side of an order proposes and the other answers: another price (议价), or to end it with what was done (终止)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from marketplace.kernel.currencies import format_money
from marketplace.kernel.db import db, locked
from marketplace.kernel.errors import N_, Conflict, RuleViolation
from marketplace.kernel.ids import uuid7
from marketplace.kernel.money import Fen
from marketplace.kernel.typed import fitting
from marketplace.moves import service as moves
from marketplace.moves.service import Act, By
from marketplace.orders import queries, rules
from marketplace.orders.lifecycle import OrderState
from marketplace.orders.models import Order, OrderProposal
from marketplace.orders.queries.proposals import bargaining, open_proposal
from marketplace.orders.rules import ProposalKind, ProposalOutcome
from marketplace.orders.service.accepting import redeem
from marketplace.orders.service.common import (
    by_itself,
    check_frozen,
    check_in_time,
    given_reason,
    lowered,
    opened,
    tell_parties,
    time_is_up,
)
from marketplace.orders.service.disputes import put_before_officer
from marketplace.orders.service.ending import end
from marketplace.policy.programme_words import EvidenceStep
from marketplace.records.rules import AcceptedBy

_VERBS = {ProposalKind.PRICE: "propose_price", ProposalKind.TERMINATION: "propose_end"}


@dataclass(frozen=True, slots=True)
class Bargain:
    """Another price, or what of the contract was done when it ends."""

    kind: ProposalKind
    amount_fen: Fen
    reason: str


def propose(order_id: UUID, wanted: Bargain, *, organisation_id: UUID, asked: By) -> Order:
    """One side proposes; nothing changes before the other has agreed.

    Args:
        asked: who, when and the request's key.

    Raises:
        NotFound: not a party's order.
        RuleViolation: the rules know no such proposal, the amount does not fit, no reason, too late, or one waits for an answer.
    """
    content = {"kind": wanted.kind.value, "amount_fen": wanted.amount_fen, "reason": wanted.reason}
    act = opened(_VERBS[wanted.kind], order_id, By(asked.actor_id, asked.now, asked.key, content), organisation_id=organisation_id)
    if act.is_repeat:
        return act.row
    order, reason = act.row, given_reason(wanted.reason)
    _check_proposed(act, wanted)
    assert asked.actor_id is not None and asked.now is not None, "somebody proposes, at a moment"
    row = OrderProposal(id=uuid7(), order_id=order.id, kind=wanted.kind.value, amount_fen=wanted.amount_fen, side=act.side)
    row.before_fen, row.proposed_by, row.proposed_at = order.contract_fen, asked.actor_id, asked.now
    row.reason = fitting(reason, 500, field="reason")
    db.session.add(row)
    moves.done(act, reason=reason, proposed_fen=wanted.amount_fen)
    return tell_parties(
        act, N_("提议金额 %(amount)s 元：%(reason)s", amount=format_money(wanted.amount_fen, order.currency), reason=reason)
    )


def _check_proposed(act: Act[Order], wanted: Bargain) -> None:
    """Raises: RuleViolation."""
    order, known = act.row, bargaining(act.row)
    check_in_time(order, act.today)
    if known.open_by:
        raise RuleViolation(N_("已有一项提议等待答复，请先答复或撤回。"), code="proposal_open")
    if wanted.kind is ProposalKind.PRICE:
        if not known.may_price:
            raise RuleViolation(N_("本项目以服务机构上传的合同金额为准，不另行议价。"), code="no_bargaining")
        rules.check_proposed_price(wanted.amount_fen, now_fen=order.contract_fen, price_fen=order.price_fen, currency=order.currency)
        return
    if not known.may_end:
        raise RuleViolation(N_("本项目没有终止结算。需要结束订单的，请取消订单。"), code="no_termination")
    rules.check_earned(wanted.amount_fen, contract_fen=order.contract_fen, currency=order.currency)


def agree(order_id: UUID, proposal_id: UUID, *, organisation_id: UUID, asked: By) -> Order:
    """The other side agrees: the price is the order's, or the order ends with what was done redeemed and the rest given back.

    Raises:
        NotFound: not a party's order. Conflict: another proposal than the page showed, or none.
        RuleViolation: one's own proposal, evidence of what was done is missing, a frozen voucher, or too late.
    """
    act, row = _answering("agree", order_id, proposal_id, organisation_id, asked)
    if row is None:
        return act.row
    check_in_time(act.row, act.today)
    _answered(row, ProposalOutcome.AGREED, asked)
    if row.kind == ProposalKind.PRICE:
        return _priced(act, row)
    return _ended(act, row)


def _priced(act: Act[Order], row: OrderProposal) -> Order:
    order, before_fen = act.row, act.row.subsidy_fen
    assert act.actor_id is not None, "somebody agrees"
    if order.state is not OrderState.TAKEN:  # before that, the contract itself says it
        # The subsidy first: with the new price beside the old subsidy the order would not be one that the database accepts.
        order.subsidy_fen = lowered(order, Fen(row.amount_fen), act.actor_id, act.today, row.id)
        order.contract_fen = row.amount_fen
    moves.done(act, proposed_fen=row.amount_fen, subsidy_fen=order.subsidy_fen, released_fen=before_fen - order.subsidy_fen)
    return tell_parties(act, N_("双方确认实际价格 %(amount)s 元。", amount=format_money(row.amount_fen, order.currency)))


def _ended(act: Act[Order], row: OrderProposal) -> Order:
    """What was done is accepted, what was not goes back to where it came from."""
    order = act.row
    assert act.actor_id is not None, "somebody agrees"
    if not row.amount_fen:
        end(act, row.reason, to=OrderState.CANCELLED)
        return tell_parties(act, N_("订单已终止，没有已完成的部分，占用的券额全部退回。"))
    check_frozen(order)
    if lacking := queries.missing_papers(order, EvidenceStep.DELIVERY):
        names = "、".join(kind.label for kind in lacking)
        raise RuleViolation(N_("已完成的部分还缺材料：%(names)s。请服务机构先在“补充材料”中上传。"), code="papers_missing", names=names)
    order.subsidy_fen = lowered(order, Fen(row.amount_fen), act.actor_id, act.today, row.id)
    order.contract_fen, order.state_reason = row.amount_fen, row.reason
    redeem(act, AcceptedBy.FIRM)
    words = {"amount": format_money(row.amount_fen, order.currency), "subsidy": format_money(order.subsidy_fen, order.currency)}
    return tell_parties(act, N_("订单已终止，已完成部分 %(amount)s 元，核销 %(subsidy)s 元，其余退回。", **words))


def refuse(order_id: UUID, proposal_id: UUID, *, reason: str, organisation_id: UUID, asked: By) -> Order:
    """The other side does not agree and says why: a price stays as it is, an end is put before an officer, who decides on an amount.

    Raises: NotFound, Conflict, RuleViolation: as `agree`, and no reason.
    """
    act, row = _answering("refuse", order_id, proposal_id, organisation_id, asked, reason=reason)
    if row is None:
        return act.row
    row.answer = fitting(given_reason(reason), 500, field="reason")
    _answered(row, ProposalOutcome.REFUSED, asked)
    if row.kind == ProposalKind.TERMINATION:
        if queries.dispute_of(order_id) is not None:
            raise Conflict(N_("这笔订单已经提出过争议。"), code="disputed")
        return put_before_officer(act, row.answer)
    moves.done(act, reason=row.answer)
    return tell_parties(act, row.answer)


def put_unanswered(order_id: UUID, *, now: datetime) -> bool:
    """The time to deliver is over while an end with what was done waits for an answer: an officer decides, and silence costs nobody what
    was earned. Whether it was put before one now."""
    order = locked(Order, order_id)
    if order.state is not OrderState.CONTRACTED or not time_is_up(order, order.day_of(now)):
        return False
    waits = open_proposal(order)
    if waits is None or waits.kind != ProposalKind.TERMINATION:
        return False
    put_before_officer(by_itself("end_to_officer", order, now=now), N_("交付期限已过，终止的提议没有得到答复。"))
    return True


def take_back(order_id: UUID, proposal_id: UUID, *, organisation_id: UUID, asked: By) -> Order:
    """Who proposed something takes it back before it is answered. Raises: NotFound, Conflict, RuleViolation."""
    act, row = _answering("take_back", order_id, proposal_id, organisation_id, asked)
    if row is None:
        return act.row
    _answered(row, ProposalOutcome.WITHDRAWN, asked)
    moves.done(act)
    return tell_parties(act, row.reason)


def _answering(
    verb: str, order_id: UUID, proposal_id: UUID, organisation_id: UUID, asked: By, *, reason: str = ""
) -> tuple[Act[Order], OrderProposal | None]:
    """The order under lock, and the proposal that is answered; None where it was done before."""
    content = {"proposal": proposal_id, "reason": reason}
    act = opened(verb, order_id, By(asked.actor_id, asked.now, asked.key, content), organisation_id=organisation_id)
    if act.is_repeat:
        return act, None
    row = open_proposal(act.row)
    if row is None or row.id != proposal_id:
        raise Conflict(N_("这项提议已经答复或撤回，请刷新页面查看。"), code="proposal_gone")
    if (row.side == act.side) != (verb == "take_back"):
        raise RuleViolation(N_("提议由对方答复，提出的一方可以撤回。"), code="own_proposal")
    return act, row


def _answered(row: OrderProposal, outcome: ProposalOutcome, asked: By) -> None:
    row.outcome, row.answered_by, row.answered_at = outcome.value, asked.actor_id, asked.now
    db.session.flush()
