"""How often a firm has ordered with vouchers of a programme, and what that leaves it."""

from collections.abc import Collection
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select

from marketplace.kernel.db import db
from marketplace.kernel.errors import RuleViolation
from marketplace.kernel.zones import day_in, zone
from marketplace.orders.lifecycle import ENDED
from marketplace.orders.models import Order
from marketplace.orders.rules import EarlierOrder, check_counts
from marketplace.policy.programme_spec import ProgrammeSpec
from marketplace.vouchers.models import Round, Voucher
from marketplace.vouchers.queries import spending
from marketplace.vouchers.queries.spending import Quote, VoucherOption
from marketplace.vouchers.rules.sales import Sale

Earlier = dict[tuple[UUID, bool], list[EarlierOrder]]  # by programme, and whether the round is simulated


def check_count(offer: Quote, category: str, *, today: date) -> None:
    """Raises: RuleViolation: the firm has ordered as often as the programme allows."""
    if offer.spec.order_counts:
        _check(offer, category, earlier_of(offer.voucher.enterprise_id, [offer.programme_id]), today)


def check_category(spec: ProgrammeSpec, voucher: Voucher, category: str, earlier: Earlier, *, today: date) -> None:
    """The same of a category, where earlier orders are known. Raises: RuleViolation."""
    told = earlier.get((voucher.programme_id, voucher.round.simulated), [])
    check_counts(spec, told, firm_class=voucher.class_key, category=category, today=today)


def options(enterprise_id: UUID, *, sale: Sale, now: datetime) -> list[VoucherOption]:
    """Each of a firm's vouchers for an order, those last that cannot be used, with the reason."""
    found = spending.options(enterprise_id, sale=sale, now=now)
    counting = {one.quote.programme_id for one in found if one.quote and one.quote.spec.order_counts}
    earlier = earlier_of(enterprise_id, counting) if counting else {}
    held = [_held(one, sale.category, earlier, one.voucher.day_of(now)) for one in found]
    return sorted(held, key=lambda one: one.quote is None)


def _held(option: VoucherOption, category: str, earlier: Earlier, today: date) -> VoucherOption:
    if option.quote is None:
        return option
    try:
        _check(option.quote, category, earlier, today)
    except RuleViolation as refusal:
        return VoucherOption(option.voucher, None, refusal)
    return option


def _check(offer: Quote, category: str, earlier: Earlier, today: date) -> None:
    check_category(offer.spec, offer.voucher, category, earlier, today=today)


def earlier_of(enterprise_id: UUID, programme_ids: Collection[UUID]) -> Earlier:
    """A firm's orders with vouchers of some programmes that have not ended without a service, real ones and simulated ones apart."""
    wanted = select(Order.programme_id, Round.simulated, Order.placed_at, Order.category, Order.time_zone).join(
        Round, Round.id == Order.round_id
    )
    wanted = wanted.where(Order.enterprise_id == enterprise_id, Order.programme_id.in_(programme_ids), Order.state.not_in(ENDED))
    found: Earlier = {}
    for programme_id, is_simulated, placed_at, category, named in db.session.execute(wanted):
        assert programme_id is not None, "an order with a voucher has a programme"
        found.setdefault((programme_id, is_simulated), []).append(EarlierOrder(day_in(placed_at, zone(named)), category))
    return found
