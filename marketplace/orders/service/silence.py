"""Whether a firm's silence counts as acceptance: the term is over, and nothing stands in its way."""

from datetime import date

from marketplace.kernel.errors import N_, RuleViolation
from marketplace.orders import queries
from marketplace.orders.lifecycle import OrderState
from marketplace.orders.models import Order
from marketplace.orders.queries.terms import silence_of
from marketplace.policy import terms
from marketplace.policy.programme_words import EvidenceStep, Silence
from marketplace.vouchers.rules.states import VoucherState


def counts_as_accepted(order: Order, today: date) -> bool:
    """The firm's day is over, its silence means acceptance, every paper of the delivery is there and the voucher is not frozen.

    It is over with the day itself, whether or not anything has been written yet: at midnight it is too late to dispute.
    """
    if order.state is not OrderState.DELIVERED or not terms.is_over(order, today) or silence_of(order) is not Silence.ACCEPT:
        return False
    return not queries.missing_papers(order, EvidenceStep.DELIVERY) and not _is_frozen(order)


def _is_frozen(order: Order) -> bool:
    return order.voucher is not None and order.voucher.state is VoucherState.FROZEN


def check_not_silent(order: Order, today: date) -> None:
    """Raises: RuleViolation: the firm was silent until its day was over, which means it has accepted."""
    if counts_as_accepted(order, today):
        assert order.due_on is not None, "its day is over"
        raise RuleViolation(
            N_("验收期限已于 %(day)s 届满，按项目规则视为验收，不能再退回或提出争议。"), code="silent", day=order.due_on.isoformat()
        )
