"""Several firms buy one service together (联合用券): who may, and how the price is divided. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from marketplace.kernel.currencies import format_money
from marketplace.kernel.errors import N_, RuleViolation
from marketplace.kernel.money import CNY
from marketplace.orders.lifecycle import OrderState
from marketplace.policy.programme_spec import ProgrammeSpec

LEAST = 2
UNSIGNED = frozenset({OrderState.PLACED, OrderState.TAKEN})


@dataclass(frozen=True, slots=True)
class JointShare:
    """What a firm pays of the price."""

    enterprise_id: UUID
    amount_fen: int


def check_pooled(spec: ProgrammeSpec) -> None:
    """Raises: RuleViolation: the programme lets each firm use its voucher alone."""
    if spec.pooling is None:
        raise RuleViolation(N_("这张券只能由本企业单独使用，不能与其他企业联合用券。"), field="voucher_id", code="not_pooled")


def check_shares(spec: ProgrammeSpec, price_fen: int, shares: Sequence[JointShare], *, currency: str = CNY) -> None:
    """As many firms as may be, each once, which pay the price between them, to the fen.

    Raises: RuleViolation beside the field.
    """
    check_pooled(spec)
    assert spec.pooling is not None, "checked just now"
    least, most = spec.pooling.least or LEAST, spec.pooling.most
    if not least <= len(shares) <= most:
        raise RuleViolation(
            N_("联合用券须有 %(least)s 至 %(most)s 家企业，现在是 %(count)s 家。"),
            code="pooled_firms",
            least=least,
            most=most,
            count=len(shares),
        )
    if len({one.enterprise_id for one in shares}) < len(shares):
        raise RuleViolation(N_("同一家企业写了不止一次，请合并为一行。"), code="pooled_twice")
    if any(one.amount_fen <= 0 for one in shares):
        raise RuleViolation(N_("每家承担的金额须大于 0。"), code="pooled_amount")
    total = sum(one.amount_fen for one in shares)
    if total != price_fen:
        raise RuleViolation(
            N_("各家承担的金额合计 %(total)s 元，标价 %(price)s 元，相差 %(difference)s 元，请改为相等。"),
            field="own_amount",
            code="pooled_sum",
            total=format_money(total, currency),
            price=format_money(price_fen, currency),
            difference=format_money(abs(price_fen - total), currency),
        )


def is_broken(states: Sequence[OrderState]) -> bool:
    """Whether somebody left before every contract was signed: one ended, and no contract that all signed holds the others."""
    return any(one.has_ended for one in states) and any(one in UNSIGNED for one in states)
