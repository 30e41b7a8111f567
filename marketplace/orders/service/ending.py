"""Orders that end without a service: declined, cancelled, lapsed. What was reserved goes back in the same transaction."""

from datetime import datetime, timedelta
from uuid import UUID, uuid5

from marketplace.kernel.currencies import format_money
from marketplace.kernel.db import locked
from marketplace.kernel.errors import N_
from marketplace.kernel.money import Fen
from marketplace.kernel.sentences import Sentence
from marketplace.kernel.typed import fitting
from marketplace.moves import service as moves
from marketplace.moves.service import Act, By
from marketplace.orders.lifecycle import OPEN, OrderState
from marketplace.orders.models import Order
from marketplace.orders.queries.proposals import check_may_cancel
from marketplace.orders.queries.terms import silence_of
from marketplace.orders.service.common import by_itself, count_again, give_back, given_reason, opened, set_due, tell_parties, time_is_up
from marketplace.policy import terms
from marketplace.policy.programme_words import Silence


def decline(order_id: UUID, *, provider_id: UUID, reason: str, actor_id: UUID, request_key: UUID, now: datetime) -> Order:
    """The provider does not take an order and says why.

    Raises: NotFound; RuleViolation: no reason, or it is not waiting to be taken.
    """
    act = opened("decline", order_id, By(actor_id, now, request_key, {"reason": reason}), organisation_id=provider_id)
    return act.row if act.is_repeat else _ended(act, given_reason(reason))


def cancel(order_id: UUID, *, organisation_id: UUID, reason: str, actor_id: UUID, request_key: UUID, now: datetime) -> Order:
    """Either side calls an order off before delivery; a provider that has not taken it yet declines instead.

    Raises: NotFound; RuleViolation: no reason, or the service is delivered already.
    """
    act = opened("cancel", order_id, By(actor_id, now, request_key, {"reason": reason}), organisation_id=organisation_id)
    if act.is_repeat:
        return act.row
    check_may_cancel(act.row)
    return _ended(act, given_reason(reason))


def end(act: Act[Order], reason: str, *, to: OrderState | None = None) -> Fen:
    """End an order that the caller has opened, and give back what it held; how much."""
    order = act.row
    back_fen = give_back(order, actor_id=act.actor_id, today=act.today)
    order.state_reason, order.closed_at = fitting(reason, 500), act.now
    moves.entered(act, to)
    set_due(order, act.today)
    moves.done(act, reason=reason, released_fen=back_fen)
    return back_fen


def _ended(act: Act[Order], reason: str) -> Order:
    back_fen = end(act, reason)
    return tell_parties(act, _with_amount(reason, back_fen, act.row.currency))


def _with_amount(reason: str, back_fen: Fen, currency: str) -> str:
    return N_("%(reason)s 券额 %(amount)s 元已退回。", reason=reason, amount=format_money(back_fen, currency)) if back_fen else reason


_REASONS = {
    OrderState.PLACED: N_("服务机构未在期限内接单，订单自动失效。"),
    OrderState.TAKEN: N_("未在期限内上传合同，订单自动失效。"),
    OrderState.CONTRACTED: N_("交付期限已过，服务仍未交付，订单自动失效。"),
    OrderState.DELIVERED: N_("最后验收日已过，服务仍未验收，订单自动失效。"),
}


def lapse(order_id: UUID, *, now: datetime) -> bool:
    """Let an order whose time has passed lapse, and give back what it held. Whether it did: a repeat does nothing."""
    order = locked(Order, order_id)
    today = order.day_of(now)
    count_again(order)
    if order.state not in OPEN or not time_is_up(order, today):
        return False
    _ended(by_itself("lapse", order, now=now), _REASONS[order.state])
    return True


def give_up(order: Order, reason: str, *, now: datetime) -> bool:
    """End an order that the caller has locked because what it was a part of is over. Whether it did: one that ended stays as it is."""
    if order.state not in OPEN:
        return False
    _ended(by_itself("lapse", order, now=now), reason)
    return True


def recount(order_id: UUID, *, now: datetime) -> bool:
    """Count an order's day again after the calendar changed, and tell both sides where it moved. Whether it did."""
    order = locked(Order, order_id)
    moved = count_again(order)
    if moved is None:
        return False
    words = {"before": moved[0].isoformat(), "after": moved[1].isoformat()}
    act = by_itself("recount", order, now=now)
    moves.done(act, **words)
    tell_parties(act, N_("工作日历有调整，期限由 %(before)s 改为 %(after)s。", **words))
    return True


def remind(order_id: UUID, *, now: datetime) -> bool:
    """Tell the firm that its day to accept has passed, once for each day set. Whether it was told now."""
    order = locked(Order, order_id)
    if order.due_on is None or order.state is not OrderState.DELIVERED or not terms.is_over(order, order.day_of(now)):
        return False
    key = uuid5(order.id, f"remind:{order.state.value}:{order.due_on.isoformat()}")
    return _reminded("remind", order, key, N_("请尽快验收，或写明原因退回。"), now)


def _reminded(verb: str, order: Order, key: UUID, body: str, now: datetime) -> bool:
    act = by_itself(verb, order, key=key, now=now)
    if act.is_repeat:
        return False
    moves.done(act, due_on=order.due_on, state=order.state)
    moves.tell(act, [order.enterprise_id], body)
    return True


_AHEAD = {
    Silence.ACCEPT: N_("请在 %(day)s 前验收、退回或提出争议；逾期不答复，按规则视为验收。"),
    Silence.ASK_OFFICER: N_("请在 %(day)s 前验收、退回或提出争议；逾期不答复，由主管部门裁定。"),
}


def remind_ahead(order_id: UUID, *, now: datetime) -> bool:
    """Remind a firm whose silence means something of its day to accept, half way and a day before. Whether it was told now."""
    order = locked(Order, order_id)
    today = order.day_of(now)
    if order.remind_on is None or order.remind_on > today:
        return False
    asked_on, order.remind_on = order.remind_on, None
    if order.due_on is None or order.due_on < today or order.state is not OrderState.DELIVERED:
        return False
    eve = order.due_on - timedelta(days=1)
    order.remind_on = eve if today < eve else None
    key = uuid5(order.id, f"ahead:{order.state.value}:{order.due_on}:{asked_on}")
    return _reminded("remind_ahead", order, key, Sentence(_AHEAD[silence_of(order)], {"day": order.due_on.isoformat()}), now)
