"""What the programme of an order says of its times: its last days, its contract's date, a firm's silence, and one job in pieces."""

from datetime import date

from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.orders import queries, rules
from marketplace.orders.models import Order
from marketplace.orders.rules import ContractWindow
from marketplace.policy.programme_words import Silence
from marketplace.policy.queries import working_calendar
from marketplace.vouchers.queries.spending import spec_of
from marketplace.vouchers.rules.terms import Terms


def terms_of(order: Order) -> Terms | None:
    """What the last days of an order stand on; None without a voucher: then nobody has set any."""
    if order.version_id is None or order.voucher is None:
        return None
    with db.session.no_autoflush:  # the calendar knows nothing of orders: one UPDATE later, not two
        calendar = working_calendar()
    signed = None if order.contract_on is None else max(order.contract_on, clock.civil_date(order.placed_at))
    return Terms(
        times=spec_of(order.version_id).times, days=order.voucher.round.days, calendar=calendar, region=order.region_code,
        contract_on=signed, delivered_on=order.delivered_at and clock.civil_date(order.delivered_at),
    )  # fmt: skip


def last_rating(order: Order) -> date | None:
    """The last day on which the firm can rate an order that was accepted; None: no limit."""
    known = terms_of(order)
    return None if known is None or order.redeemed_at is None else known.last_rating(clock.civil_date(order.redeemed_at))


def silence_of(order: Order) -> Silence:
    """What it means when the firm says nothing; a version without the key lets the order lapse."""
    setting = None if order.version_id is None else spec_of(order.version_id).silence
    return Silence.LAPSE if setting is None else setting.value


def contract_window(order: Order, today: date) -> ContractWindow:
    """When the contract of an order may be dated: not before the order, unless the programme looks back to its use window."""
    placed_on = clock.civil_date(order.placed_at)
    if order.voucher is None or order.version_id is None:
        return ContractWindow(placed_on, today)
    looks_back = spec_of(order.version_id).lookback.value
    first = min(order.voucher.round.use_from, placed_on) if looks_back else placed_on
    return ContractWindow(first, min(today, order.voucher.round.contract_until or order.voucher.round.use_until))


def earlier_pieces(order: Order) -> list[str]:
    """Numbers of orders that may be parts of the same job, by the programme's window."""
    if order.version_id is None:
        return []
    window = spec_of(order.version_id).split_window_days
    if window is None:
        return []
    return rules.split_orders(queries.alike_before(order), clock.civil_date(order.placed_at), window.value)
