"""When a firm disputes a delivery, or says nothing at all: acceptance by default, or an officer decides with an amount."""

from datetime import datetime
from uuid import UUID

from marketplace.identity import queries as identity
from marketplace.kernel.currencies import format_money
from marketplace.kernel.db import db, locked
from marketplace.kernel.errors import N_, Conflict, Denied, RuleViolation
from marketplace.kernel.money import Fen
from marketplace.kernel.typed import fitting
from marketplace.moves import service as moves
from marketplace.moves.service import Act, By
from marketplace.notices import service as notices
from marketplace.orders import queries, rules
from marketplace.orders.lifecycle import OrderState
from marketplace.orders.models import Order, OrderDispute
from marketplace.orders.queries.terms import silence_of
from marketplace.orders.service.accepting import redeem
from marketplace.orders.service.common import by_itself, check_frozen, finished, given_reason, opened, tell_parties
from marketplace.orders.service.ending import end
from marketplace.orders.service.silence import check_not_silent, counts_as_accepted
from marketplace.policy import terms
from marketplace.policy.programme_words import Silence
from marketplace.records.rules import AcceptedBy
from marketplace.vouchers.queries import spending


def accept_by_default(order_id: UUID, *, now: datetime) -> bool:
    """The firm was silent until its day was over, which its programme takes for acceptance. Whether it was accepted now.

    What is redeemed is the lower of reserved and deserved by the papers that are there, as if the firm had accepted.
    """
    order = locked(Order, order_id)
    if not counts_as_accepted(order, order.day_of(now)):
        return False
    check_frozen(order)
    act, due_on = by_itself("accept_by_default", order, now=now), order.due_on
    redeem(act, AcceptedBy.DEFAULT)
    words = {"day": due_on, "amount": format_money(order.subsidy_fen, order.currency)}
    tell_parties(act, N_("验收期限 %(day)s 届满，企业没有答复，按项目规则视为验收，核销 %(amount)s 元。", **words))
    return True


def ask_officer(order_id: UUID, *, now: datetime) -> bool:
    """The firm was silent until its day was over, and its programme lets an officer decide. Whether it was put before one now."""
    order = locked(Order, order_id)
    is_over = order.state is OrderState.DELIVERED and terms.is_over(order, order.day_of(now))
    if not is_over or silence_of(order) is not Silence.ASK_OFFICER:
        return False
    reason = N_("企业在验收期限内没有验收，也没有退回。")
    put_before_officer(by_itself("ask_officer", order, now=now), reason)
    return True


def dispute(order_id: UUID, *, enterprise_id: UUID, reason: str, actor_id: UUID, request_key: UUID, now: datetime) -> Order:
    """The firm disputes a delivery and says why: the term stops, an officer decides.

    Raises:
        NotFound: not this firm's order.
        RuleViolation: no reason, nothing was delivered, the rules do not take silence for anything, or it was silent too long.
        Conflict: it is disputed already.
    """
    act = opened("dispute", order_id, By(actor_id, now, request_key, {"reason": reason}), organisation_id=enterprise_id)
    if act.is_repeat:
        return act.row
    if silence_of(act.row) is Silence.LAPSE:
        raise RuleViolation(N_("本项目没有争议裁定。成果不符合约定的，请写明原因退回。"), code="no_dispute")
    check_not_silent(act.row, act.today)
    if queries.dispute_of(order_id) is not None:
        raise Conflict(N_("这笔订单已经提出过争议。"), code="disputed")
    return put_before_officer(act, given_reason(reason))


def put_before_officer(act: Act[Order], reason: str) -> Order:
    """An officer decides on an order that the caller has opened, with an amount; both sides are told why."""
    order = act.row
    db.session.add(OrderDispute(order_id=order.id, opened_by=act.actor_id, reason=fitting(reason, 500), opened_at=act.now))
    finished(act, reason, reason=reason)
    moves.tell(act, [order.enterprise_id] if act.actor_id else [], reason)
    officers = identity.user_ids_with("orders.decide", order.region_code, order.enterprise.organisation.park_code)
    notices.tell(officers, N_("订单 %(number)s 的争议待裁定", number=order.number), reason, f"/orders/{order.id}")
    return order


def most_fen(order: Order) -> Fen:
    """The most an officer may decide on: the lower of reserved and deserved by the papers that are there."""
    if order.voucher_id is None or order.version_id is None:
        return Fen(0)
    return spending.deserved_fen(
        order.voucher_id, order_id=order.id, version_id=order.version_id, category=order.category, base_fen=queries.actual_base(order)
    )


def decide(order_id: UUID, *, amount_fen: Fen, answer: str, actor_id: UUID, request_key: UUID, now: datetime) -> Order:
    """An officer decides on a delivery: what of the reserved amount is redeemed; nothing ends the order. Both sides are told.

    Raises: RuleViolation: not waiting for a decision, no reason, above what is deserved, the officer's own order, or a frozen voucher.
    """
    content = {"amount_fen": amount_fen, "answer": answer}
    act = opened("decide", order_id, By(actor_id, now, request_key, content))
    if act.is_repeat:
        return act.row
    order, row = act.row, queries.dispute_of(order_id)
    assert row is not None, "what waits for a decision has one"
    rules.check_decision(amount_fen, most_fen(order), answer, order.currency)
    if identity.organisation_id_of(actor_id) in {order.enterprise_id, order.provider_id} or row.opened_by == actor_id:
        raise Denied(N_("不能裁定本单位参与的订单，请由其他单位的人员办理。"), code="own_organisation")
    check_frozen(order)
    row.decided_by, row.decided_at, row.amount_fen, row.answer = actor_id, now, amount_fen, fitting(answer, 500, field="answer")
    if amount_fen:
        redeem(act, AcceptedBy.OFFICER, at_most_fen=amount_fen)
    else:
        end(act, row.answer, to=OrderState.CANCELLED)
    words = {"amount": format_money(order.subsidy_fen if amount_fen else 0, order.currency), "answer": row.answer}
    return tell_parties(act, N_("裁定核销 %(amount)s 元：%(answer)s", **words))
