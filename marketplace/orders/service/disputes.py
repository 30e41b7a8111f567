"""When a firm disputes a delivery, or says nothing at all: acceptance by default, or an officer decides with an amount."""

from datetime import datetime
from uuid import UUID, uuid5

from marketplace.identity import queries as identity
from marketplace.kernel import clock
from marketplace.kernel.commands import Command, begin
from marketplace.kernel.db import db, locked
from marketplace.kernel.errors import N_, Conflict, Denied, RuleViolation
from marketplace.kernel.money import Fen, format_yuan
from marketplace.notices import service as notices
from marketplace.orders import queries, rules
from marketplace.orders.models import Order, OrderDispute
from marketplace.orders.queries.terms import silence_of
from marketplace.orders.rules import AcceptedBy, OrderState
from marketplace.orders.service.accepting import redeem
from marketplace.orders.service.common import carried_out, check_frozen, checked_reason, opened, tell
from marketplace.orders.service.ending import end
from marketplace.orders.service.silence import check_not_silent, counts_as_accepted
from marketplace.policy import terms
from marketplace.policy.vocabulary import Silence
from marketplace.vouchers.queries import spending


def accept_by_default(order_id: UUID, *, now: datetime) -> bool:
    """The firm was silent until its day was over, which its programme takes for acceptance. Whether it was accepted now.

    What is redeemed is the lower of reserved and deserved by the papers that are there, as if the firm had accepted.
    """
    order = locked(Order, order_id)
    request = Command(uuid5(order.id, "default"), "order.redeemed_by_default", None, order.id)
    if not counts_as_accepted(order, clock.civil_date(now)) or not begin(request, now=now):
        return False
    check_frozen(order)
    due_on = order.due_on
    redeem(order, request, AcceptedBy.DEFAULT, now=now)
    words = {"day": due_on, "amount": format_yuan(order.subsidy_fen)}
    body = N_("验收期限 %(day)s 届满，企业没有答复，按项目规则视为验收，核销 %(amount)s 元。", **words)
    for organisation_id in (order.enterprise_id, order.provider_id):
        tell(organisation_id, N_("订单 %(number)s 已视为验收"), body, order)
    return True


def ask_officer(order_id: UUID, *, now: datetime) -> bool:
    """The firm was silent until its day was over, and its programme lets an officer decide. Whether it was put before one now."""
    order = locked(Order, order_id)
    is_over = order.state is OrderState.DELIVERED and terms.is_over(order, clock.civil_date(now))
    request = Command(uuid5(order.id, "ask_officer"), "order.put_to_officer", None, order.id)
    if not is_over or silence_of(order) is not Silence.ASK_OFFICER or not begin(request, now=now):
        return False
    reason = N_("企业在验收期限内没有验收，也没有退回。")
    _put_before_officer(order, request, reason, now)
    return True


def dispute(order_id: UUID, *, enterprise_id: UUID, reason: str, actor_id: UUID, request_key: UUID, now: datetime) -> Order:
    """The firm disputes a delivery and says why: the term stops, an officer decides.

    Raises:
        NotFound: not this firm's order.
        RuleViolation: no reason, nothing was delivered, the rules do not take silence for anything, or it was silent too long.
        Conflict: it is disputed already.
    """
    request = Command(request_key, "order.disputed", actor_id, order_id, {"reason": reason})
    order, done = opened(request, organisation_id=enterprise_id, side="enterprise", now=now)
    if done:
        return order
    rules.check_transition(order.state, OrderState.DISPUTED)
    if silence_of(order) is Silence.LAPSE:
        raise RuleViolation(N_("本项目没有争议裁定。成果不符合约定的，请写明原因退回。"), code="no_dispute")
    check_not_silent(order, clock.civil_date(now))
    if queries.dispute_of(order_id) is not None:
        raise Conflict(N_("这笔订单已经提出过争议。"), code="disputed")
    _put_before_officer(order, request, checked_reason(reason), now)
    return order


def _put_before_officer(order: Order, request: Command, reason: str, now: datetime) -> None:
    db.session.add(OrderDispute(order_id=order.id, opened_by=request.actor_id, reason=reason[:500], opened_at=now))
    order.state, order.remind_on = OrderState.DISPUTED, None
    terms.clear(order)
    carried_out(order, request, reason=reason)
    for organisation_id in (order.enterprise_id, order.provider_id):
        tell(organisation_id, N_("订单 %(number)s 由主管部门裁定"), reason, order)
    officers = identity.user_ids_with("orders.decide", order.region_code, order.enterprise.organisation.park_code)
    notices.tell(officers, N_("订单 %(number)s 的争议待裁定", number=order.number), reason, f"/orders/{order.id}")


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
    request = Command(request_key, "order.dispute_decided", actor_id, order_id, {"amount_fen": amount_fen, "answer": answer})
    order, done = opened(request, organisation_id=None, side="either", now=now)
    if done:
        return order
    row = queries.dispute_of(order_id)
    if order.state is not OrderState.DISPUTED or row is None:
        raise RuleViolation(N_("这笔订单当前为“%(now)s”，没有待裁定的争议。"), code="state", now=rules.LABELS[order.state])
    rules.check_decision(amount_fen, most_fen(order), answer)
    if identity.organisation_id_of(actor_id) in {order.enterprise_id, order.provider_id} or row.opened_by == actor_id:
        raise Denied(N_("不能裁定本单位参与的订单，请由其他单位的人员办理。"), code="own_organisation")
    check_frozen(order)
    row.decided_by, row.decided_at, row.amount_fen, row.answer = actor_id, now, amount_fen, answer.strip()[:500]
    if amount_fen:
        redeem(order, request, AcceptedBy.OFFICER, now=now, at_most_fen=amount_fen)
    else:
        end(order, OrderState.CANCELLED, row.answer, request, now)
    body = N_("裁定核销 %(amount)s 元：%(answer)s", amount=format_yuan(order.subsidy_fen if amount_fen else 0), answer=row.answer)
    for organisation_id in (order.enterprise_id, order.provider_id):
        tell(organisation_id, N_("订单 %(number)s 的争议已裁定"), body, order)
    return order
