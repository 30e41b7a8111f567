"""Where the rules stop something once the money of a round is used: one after the other, so that the last place is taken once."""

from uuid import UUID

from sqlalchemy import func, select

from marketplace.kernel.db import db, locked
from marketplace.orders.lifecycle import OrderState
from marketplace.orders.models import Order
from marketplace.policy.programme_guards import Stops
from marketplace.vouchers.models import Round, Voucher
from marketplace.vouchers.queries import budget as reads
from marketplace.vouchers.queries.spending import spec_of
from marketplace.vouchers.rules import budget
from marketplace.vouchers.rules.budget import BudgetUse

_UNSIGNED = (OrderState.PLACED, OrderState.TAKEN)


def wait_for_turn(voucher: Voucher) -> None:
    """Of two orders at the same moment the second sees what the first has taken. The round comes before its vouchers."""
    if budget.stops(spec_of(voucher.round.version_id), Stops.ORDERS):
        locked(Round, voucher.round_id, beside_new=True)


def check_signing(order: Order) -> None:
    """What is signed already is counted, not what other firms have only ordered: that is not signed yet.

    Raises: RuleViolation: so much is signed that no more may be.
    """
    if order.version_id is None or order.round_id is None:
        return
    spec = spec_of(order.version_id)
    if budget.stops(spec, Stops.CONTRACTS):
        use = reads.use_of(locked(Round, order.round_id, beside_new=True))
        budget.check_budget(spec, Stops.CONTRACTS, BudgetUse(use.whole_fen, use.used_fen - _unsigned_fen(order.round_id)))


def _unsigned_fen(round_id: UUID) -> int:
    """What is held for orders of a round whose contract is not signed."""
    wanted = select(func.sum(Order.subsidy_fen)).where(Order.round_id == round_id, Order.state.in_(_UNSIGNED))
    return int(db.session.scalar(wanted) or 0)
