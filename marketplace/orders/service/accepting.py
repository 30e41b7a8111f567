"""The firm's part at the end: accept, which redeems (核销), or return the delivery with a reason."""

from datetime import date, datetime
from uuid import UUID

from marketplace.audit import service as audit
from marketplace.kernel.currencies import format_money
from marketplace.kernel.errors import N_, RuleViolation
from marketplace.moves import service as moves
from marketplace.moves.service import Act, By
from marketplace.orders import queries
from marketplace.orders.lifecycle import OrderState
from marketplace.orders.models import Order
from marketplace.orders.queries.proposals import check_answered
from marketplace.orders.service.common import (
    check_frozen,
    finished,
    given_reason,
    hold_of,
    is_simulated,
    last_day,
    opened,
    set_due,
    tell_parties,
)
from marketplace.orders.service.silence import check_not_silent
from marketplace.policy.fees import FeeKind
from marketplace.policy.service_categories import function_of
from marketplace.records import service as records
from marketplace.records.rules import AcceptedBy, Mode, RecordSource
from marketplace.vouchers.money import NOTHING_HELD, Redemption
from marketplace.vouchers.service import spending


def accept(order_id: UUID, *, enterprise_id: UUID, actor_id: UUID, request_key: UUID, now: datetime) -> Order:
    """The firm accepts a delivery: what the voucher bears is spent (核销), and the service enters the register. All or nothing.

    Raises:
        NotFound: not this firm's order.
        RuleViolation: nothing was delivered, the voucher is frozen, or the claim window is over.
    """
    act = opened("accept", order_id, By(actor_id, now, request_key), organisation_id=enterprise_id)
    if act.is_repeat:
        return act.row
    order = act.row
    check_frozen(order)
    _check_in_time(order, act.today)
    check_answered(order)
    redeem(act, AcceptedBy.FIRM)
    body = N_("企业已验收。")
    if order.voucher_id:
        body = N_("核销金额 %(amount)s 元。", amount=format_money(order.subsidy_fen, order.currency))
    return tell_parties(act, body)


def _check_in_time(order: Order, today: date) -> None:
    last = last_day(order)
    if last is not None and today > last:
        raise RuleViolation(N_("验收期限已于 %(day)s 结束，券不能再核销。"), code="acceptance_over", day=last.isoformat())


def redeem(act: Act[Order], by: AcceptedBy, *, at_most_fen: int | None = None) -> None:
    """Accept a delivery that the caller has opened and checked: voucher, register, trail, all with who accepted."""
    order = act.row
    made = _spend(order, act.actor_id, act.today, at_most_fen)
    order.subsidy_fen, kept_fen = made.spent_fen, made.rest.fen - made.back_fen
    moves.entered(act, OrderState.REDEEMED)
    order.redeemed_at, order.accepted_by = act.now, by
    set_due(order, act.today)
    with audit.together():
        _record(order, act.actor_id, act.today)
        lost = {"kept_fen": kept_fen} if kept_fen else {}
        moves.done(act, subsidy_fen=order.subsidy_fen, released_fen=made.back_fen, **lost, accepted_by=by)


def _spend(order: Order, actor_id: UUID | None, today: date, at_most_fen: int | None) -> Redemption:
    hold = hold_of(order)
    if hold is None:
        return NOTHING_HELD
    return spending.redeem(hold, queries.actual_base(order), actor_id=actor_id, today=today, at_most_fen=at_most_fen)


def _record(order: Order, actor_id: UUID | None, today: date) -> None:
    """The service that was delivered, as the platform counts it."""
    told = records.Delivered(
        source_kind=RecordSource.ORDER, source_id=order.id, provider_id=order.provider_id, enterprise_id=order.enterprise_id,
        function=function_of(order.category), title=order.offering.title, mode=Mode(order.offering.mode.value),
        fee_kind=FeeKind(order.fee_kind), delivered_on=today, category=order.category, currency=order.currency,
        fee_fen=order.contract_fen,
        subsidised=order.subsidy_fen > 0, source_number=order.number, accepted_by=order.accepted_by.value, simulated=is_simulated(order),
    )  # fmt: skip
    records.write(told, today=today, actor_id=actor_id)


def send_back(order_id: UUID, *, enterprise_id: UUID, reason: str, actor_id: UUID, request_key: UUID, now: datetime) -> Order:
    """The firm does not accept the delivery and says why; the provider delivers again.

    Raises: NotFound; RuleViolation: no reason, or nothing was delivered.
    """
    act = opened("send_back", order_id, By(actor_id, now, request_key, {"reason": reason}), organisation_id=enterprise_id)
    if act.is_repeat:
        return act.row
    check_not_silent(act.row, act.today)
    act.row.state_reason, act.row.delivered_at = given_reason(reason), None
    return finished(act, act.row.state_reason, reason=act.row.state_reason)
