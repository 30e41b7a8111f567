"""The firm's part at the end: accept, which redeems (核销), or return the delivery with a reason."""

from datetime import date, datetime
from uuid import UUID

from marketplace.audit import service as audit
from marketplace.kernel import clock
from marketplace.kernel.commands import Command
from marketplace.kernel.errors import N_, RuleViolation
from marketplace.kernel.money import Fen, format_yuan
from marketplace.orders import queries, rules
from marketplace.orders.models import Order
from marketplace.orders.rules import AcceptedBy, OrderState
from marketplace.orders.service.common import carried_out, check_frozen, checked_reason, is_simulated, last_day, opened, set_due, tell
from marketplace.orders.service.silence import check_not_silent
from marketplace.policy.fees import FeeKind
from marketplace.policy.service_categories import function_of
from marketplace.records import service as records
from marketplace.records.rules import Mode, RecordSource
from marketplace.vouchers.service import spending


def accept(order_id: UUID, *, enterprise_id: UUID, actor_id: UUID, request_key: UUID, now: datetime) -> Order:
    """The firm accepts a delivery: what the voucher bears is spent (核销), and the service enters the register. All or nothing.

    Raises:
        NotFound: not this firm's order.
        RuleViolation: nothing was delivered, the voucher is frozen, or the claim window is over.
    """
    request = Command(request_key, "order.redeemed", actor_id, order_id)
    order, done = opened(request, organisation_id=enterprise_id, side="enterprise", now=now)
    if done:
        return order
    rules.check_transition(order.state, OrderState.REDEEMED)
    if order.state is OrderState.DISPUTED:
        raise RuleViolation(N_("这笔订单正等主管部门裁定，请等候结果。"), code="disputed")
    check_frozen(order)
    _check_in_time(order, clock.civil_date(now))
    redeem(order, request, AcceptedBy.FIRM, now=now)
    body = N_("核销金额 %(amount)s 元。", amount=format_yuan(order.subsidy_fen)) if order.voucher_id else N_("企业已验收。")
    tell(order.provider_id, N_("订单 %(number)s 已验收"), body, order)
    return order


def _check_in_time(order: Order, today: date) -> None:
    last = last_day(order)
    if last is not None and today > last:
        raise RuleViolation(N_("验收期限已于 %(day)s 结束，券不能再核销。"), code="acceptance_over", day=last.isoformat())


def redeem(order: Order, request: Command, by: AcceptedBy, *, now: datetime, at_most_fen: int | None = None) -> None:
    """Accept a delivery that the caller has locked and checked: voucher, register, trail, all with who accepted."""
    before_fen, today = order.subsidy_fen, clock.civil_date(now)
    order.subsidy_fen = _spend(order, request.actor_id, today, at_most_fen)
    order.state, order.redeemed_at, order.accepted_by = OrderState.REDEEMED, now, by
    set_due(order, today)
    with audit.together():
        _record(order, request.actor_id, today)
        carried_out(order, request, subsidy_fen=order.subsidy_fen, released_fen=before_fen - order.subsidy_fen, accepted_by=by)


def _spend(order: Order, actor_id: UUID | None, today: date, at_most_fen: int | None) -> Fen:
    if order.voucher_id is None or order.version_id is None:
        return Fen(0)
    return spending.redeem(
        order.voucher_id, order_id=order.id, version_id=order.version_id, limits=order.limits, category=order.category,
        base_fen=queries.actual_base(order), actor_id=actor_id, key=f"order.redeem:{order.id}", today=today, at_most_fen=at_most_fen,
    )  # fmt: skip


def _record(order: Order, actor_id: UUID | None, today: date) -> None:
    """The service that was delivered, as the platform counts it."""
    told = records.Delivered(
        source_kind=RecordSource.ORDER, source_id=order.id, provider_id=order.provider_id, enterprise_id=order.enterprise_id,
        function=function_of(order.category), title=order.offering.title, mode=Mode(order.offering.mode.value),
        fee_kind=FeeKind(order.fee_kind), delivered_on=today, category=order.category, fee_fen=order.contract_fen,
        subsidised=order.subsidy_fen > 0, source_number=order.number, accepted_by=order.accepted_by.value, simulated=is_simulated(order),
    )  # fmt: skip
    records.write(told, today=today, actor_id=actor_id)


def send_back(order_id: UUID, *, enterprise_id: UUID, reason: str, actor_id: UUID, request_key: UUID, now: datetime) -> Order:
    """The firm does not accept the delivery and says why; the provider delivers again.

    Raises: NotFound; RuleViolation: no reason, or nothing was delivered.
    """
    request = Command(request_key, "order.returned", actor_id, order_id, {"reason": reason})
    order, done = opened(request, organisation_id=enterprise_id, side="enterprise", now=now)
    if done:
        return order
    if order.state is not OrderState.DELIVERED:
        sentence = N_("订单当前为“%(now)s”，只有等待验收的交付才能退回。")
        raise RuleViolation(sentence, code="state", now=rules.LABELS[order.state])
    check_not_silent(order, clock.civil_date(now))
    order.state, order.state_reason, order.delivered_at = OrderState.CONTRACTED, checked_reason(reason), None
    set_due(order, clock.civil_date(now))
    carried_out(order, request, reason=order.state_reason)
    tell(order.provider_id, N_("订单 %(number)s 的交付被退回"), order.state_reason, order)
    return order
