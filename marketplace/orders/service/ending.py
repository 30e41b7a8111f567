"""Orders that end without a service: declined, cancelled, lapsed. What was reserved goes back in the same transaction."""

from datetime import datetime, timedelta
from uuid import UUID, uuid5

from marketplace.audit import service as audit
from marketplace.kernel import clock
from marketplace.kernel.commands import Command, begin
from marketplace.kernel.db import locked
from marketplace.kernel.errors import N_
from marketplace.kernel.money import Fen, format_yuan
from marketplace.kernel.sentences import Sentence
from marketplace.orders import rules
from marketplace.orders.models import Order
from marketplace.orders.queries.terms import silence_of
from marketplace.orders.rules import OPEN, OrderState
from marketplace.orders.service.common import carried_out, checked_reason, count_again, give_back, opened, tell, time_is_up
from marketplace.policy import terms
from marketplace.policy.vocabulary import Silence


def decline(order_id: UUID, *, provider_id: UUID, reason: str, actor_id: UUID, request_key: UUID, now: datetime) -> Order:
    """The provider does not take an order and says why.

    Raises: NotFound; RuleViolation: no reason, or it is not waiting to be taken.
    """
    request = Command(request_key, "order.declined", actor_id, order_id, {"reason": reason})
    order, done = opened(request, organisation_id=provider_id, side="provider", now=now)
    if done:
        return order
    back_fen = end(order, OrderState.DECLINED, checked_reason(reason), request, now)
    tell(order.enterprise_id, N_("订单 %(number)s 未被接单"), _with_amount(order.state_reason, back_fen), order)
    return order


def cancel(order_id: UUID, *, organisation_id: UUID, reason: str, actor_id: UUID, request_key: UUID, now: datetime) -> Order:
    """Either side calls an order off before delivery; a provider that has not taken it yet declines instead.

    Raises: NotFound; RuleViolation: no reason, or the service is delivered already.
    """
    request = Command(request_key, "order.cancelled", actor_id, order_id, {"reason": reason})
    order, done = opened(request, organisation_id=organisation_id, side="either", now=now)
    if done:
        return order
    back_fen = end(order, OrderState.CANCELLED, checked_reason(reason), request, now)
    other = order.provider_id if organisation_id == order.enterprise_id else order.enterprise_id
    tell(other, N_("订单 %(number)s 已取消"), _with_amount(order.state_reason, back_fen), order)
    return order


def end(order: Order, state: OrderState, reason: str, request: Command, now: datetime) -> Fen:
    """End an order that the caller has locked, and give back what it held; how much."""
    rules.check_transition(order.state, state)
    back_fen = give_back(order, actor_id=request.actor_id, today=clock.civil_date(now))
    order.state, order.state_reason, order.remind_on, order.closed_at = state, reason[:500], None, now
    terms.clear(order)
    carried_out(order, request, reason=reason, released_fen=back_fen)
    return back_fen


def _with_amount(reason: str, back_fen: Fen) -> str:
    return reason + (N_(" 券额 %(amount)s 元已退回。", amount=format_yuan(back_fen)) if back_fen else "")


_REASONS = {
    OrderState.PLACED: N_("服务机构未在期限内接单，订单自动失效。"),
    OrderState.TAKEN: N_("未在期限内上传合同，订单自动失效。"),
    OrderState.CONTRACTED: N_("交付期限已过，服务仍未交付，订单自动失效。"),
    OrderState.DELIVERED: N_("最后验收日已过，服务仍未验收，订单自动失效。"),
}


def lapse(order_id: UUID, *, now: datetime) -> bool:
    """Let an order whose time has passed lapse, and give back what it held. Whether it did: a repeat does nothing."""
    order = locked(Order, order_id)
    today = clock.civil_date(now)
    count_again(order)
    request = Command(uuid5(order.id, "lapse"), "order.lapsed", None, order.id)
    if order.state not in OPEN or not time_is_up(order, today) or not begin(request, now=now):
        return False
    back_fen = end(order, OrderState.LAPSED, _REASONS[order.state], request, now)
    for organisation_id in (order.enterprise_id, order.provider_id):
        tell(organisation_id, N_("订单 %(number)s 已失效"), _with_amount(order.state_reason, back_fen), order)
    return True


def recount(order_id: UUID) -> bool:
    """Count an order's day again after the calendar changed, and tell both sides where it moved. Whether it did."""
    order = locked(Order, order_id)
    moved = count_again(order)
    if moved is None:
        return False
    before, after = (day.isoformat() for day in moved)
    audit.record(
        "order.due_moved", actor_id=None, subject_type="order", subject_id=order.id, book_id=order.book_id, number=order.number,
        before=before, after=after,
    )  # fmt: skip
    body = N_("工作日历有调整，期限由 %(before)s 改为 %(after)s。", before=before, after=after)
    for organisation_id in (order.enterprise_id, order.provider_id):
        tell(organisation_id, N_("订单 %(number)s 的期限有变动"), body, order)
    return True


def remind(order_id: UUID, *, now: datetime) -> bool:
    """Tell the firm that its day to accept has passed, once for each day set. Whether it was told now."""
    order = locked(Order, order_id)
    if order.due_on is None or order.state is not OrderState.DELIVERED or not terms.is_over(order, clock.civil_date(now)):
        return False
    request = Command(uuid5(order.id, f"remind:{order.state.value}:{order.due_on.isoformat()}"), "order.reminded", None, order.id)
    if not begin(request, now=now):
        return False
    carried_out(order, request, due_on=order.due_on, state=order.state)
    tell(order.enterprise_id, N_("订单 %(number)s 待您验收，已超期"), N_("请尽快验收，或写明原因退回。"), order)
    return True


_AHEAD = {
    Silence.ACCEPT: N_("请在 %(day)s 前验收、退回或提出争议；逾期不答复，按规则视为验收。"),
    Silence.ASK_OFFICER: N_("请在 %(day)s 前验收、退回或提出争议；逾期不答复，由主管部门裁定。"),
}


def remind_ahead(order_id: UUID, *, now: datetime) -> bool:
    """Remind a firm whose silence means something of its day to accept, half way and a day before. Whether it was told now."""
    order, today = locked(Order, order_id), clock.civil_date(now)
    if order.remind_on is None or order.remind_on > today:
        return False
    asked_on, order.remind_on = order.remind_on, None
    if order.due_on is None or order.due_on < today or order.state is not OrderState.DELIVERED:
        return False
    eve = order.due_on - timedelta(days=1)
    order.remind_on = eve if today < eve else None
    request = Command(uuid5(order.id, f"ahead:{order.state.value}:{order.due_on}:{asked_on}"), "order.reminded", None, order.id)
    if not begin(request, now=now):
        return False
    carried_out(order, request, due_on=order.due_on, state=order.state)
    body = Sentence(_AHEAD[silence_of(order)], {"day": order.due_on.isoformat()})
    tell(order.enterprise_id, N_("订单 %(number)s 待您验收"), body, order)
    return True
