"""What the programme of an order says of its times: its last days, its contract's date, a firm's silence, and one job in pieces."""

from dataclasses import dataclass
from datetime import date

from marketplace.agreements.rules import last_delivery
from marketplace.kernel.db import db
from marketplace.orders import queries, rules
from marketplace.orders.models import Order
from marketplace.orders.rules import ContractWindow
from marketplace.policy.programme_words import Base, DocumentKind, NotGranted, Silence
from marketplace.vouchers.models import Round
from marketplace.vouchers.queries.spending import calendar_of, spec_of
from marketplace.vouchers.rules.amounts import difference_goes_to
from marketplace.vouchers.rules.rounds import Days
from marketplace.vouchers.rules.terms import Terms, complete_by


def terms_of(order: Order) -> Terms | None:
    """What the last days of an order stand on; None without a voucher: then nobody has set any."""
    if order.version_id is None or order.voucher is None:
        return None
    with db.session.no_autoflush:  # the calendar knows nothing of orders: one UPDATE later, not two
        calendar = calendar_of(order.version_id)
    spec = spec_of(order.version_id)
    signed = None if order.contract_on is None else max(order.contract_on, order.day_of(order.placed_at))
    return Terms(
        times=spec.times, days=_days(order, order.voucher.round), calendar=calendar, region=order.region_code,
        contract_on=signed, delivered_on=order.delivered_at and order.day_of(order.delivered_at),
        complete_by=complete_by(spec, order.voucher.valid_from),
    )  # fmt: skip


def _days(order: Order, round_: Round) -> Days:
    """The days of the round; what an agreement pays is delivered within its own."""
    if order.agreement is None:
        return round_.days
    return {**round_.days, "deliver_until": last_delivery(round_.deliver_until, order.agreement.last_on)}


def last_rating(order: Order) -> date | None:
    """The last day on which the firm can rate an order that was accepted; None: no limit."""
    known = terms_of(order)
    return None if known is None or order.redeemed_at is None else known.last_rating(order.day_of(order.redeemed_at))


def silence_of(order: Order) -> Silence:
    """What it means when the firm says nothing; a version without the key lets the order lapse."""
    setting = None if order.version_id is None else spec_of(order.version_id).silence
    return Silence.LAPSE if setting is None else setting.value


def deducts_at_once(order: Order) -> bool:
    """Whether the order is redeemed with the provider's invoice."""
    return order.version_id is not None and spec_of(order.version_id).deducts_at_once


def difference_of(order: Order) -> NotGranted:
    """Where goes what was held and is not redeemed at the acceptance; a version without the key gives it back."""
    return NotGranted.VOUCHER if order.version_id is None else difference_goes_to(spec_of(order.version_id))


@dataclass(frozen=True, slots=True)
class PapersAsk:
    """What the rules read of papers beside number, amount and day."""

    tax: bool = False
    metering: bool = False
    dated: frozenset[DocumentKind] = frozenset()  # kinds that may not be older than so long


def papers_ask(order: Order) -> PapersAsk:
    """The same of an order; nothing without a voucher."""
    if order.version_id is None:
        return PapersAsk()
    spec = spec_of(order.version_id)
    dated = frozenset(paper for one in spec.paper_terms for paper in one.papers)
    return PapersAsk(spec.base.is_net, spec.base.value is Base.METERED, dated)


def contract_window(order: Order, today: date) -> ContractWindow:
    """When the contract of an order may be dated: not before the order, unless the programme looks back: then from the round's own day."""
    placed_on = order.day_of(order.placed_at)
    if order.voucher is None or order.version_id is None:
        return ContractWindow(placed_on, today)
    round_ = order.voucher.round
    spec = spec_of(order.version_id)
    looks_back = not spec.deducts_at_once and spec.lookback.value
    first = min(round_.contract_from or round_.use_from, placed_on) if looks_back else placed_on  # rounds of before have no such day
    return ContractWindow(first, min(today, round_.contract_until or round_.use_until))


def earlier_pieces(order: Order) -> list[str]:
    """Numbers of orders that may be parts of the same job, by the programme's window."""
    if order.version_id is None:
        return []
    window = spec_of(order.version_id).split_window_days
    if window is None:
        return []
    return rules.split_orders(queries.alike_before(order), order.day_of(order.placed_at), window.value)
