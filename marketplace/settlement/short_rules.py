"""Lines that are paid in part (部分支付、扣款): more than nothing, less than all, with a reason. What is left stays payable. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from marketplace.kernel.currencies import format_money
from marketplace.kernel.errors import N_, RuleViolation
from marketplace.kernel.money import CNY, split_pro_rata
from marketplace.settlement.lifecycle import ShortKind


@dataclass(frozen=True, slots=True)
class Shortfall:
    """A line that is paid in part: how much is paid, and why not the rest."""

    kind: ShortKind
    paid_fen: int
    reason: str


def check_shortfall(short: Shortfall, asked_fen: int, currency: str = CNY) -> None:
    """A part is more than nothing and less than all, and has a reason.

    Raises: RuleViolation beside the field.
    """
    if not 0 < short.paid_fen < asked_fen:
        raise RuleViolation(
            N_("实付金额须大于 0、小于应付的 %(most)s 元。全部付清的请选“已付款”，没有付的请选“付款失败”。"),
            field="amount",
            code="part_amount",
            most=format_money(asked_fen, currency),
        )
    if not short.reason.strip():
        raise RuleViolation(N_("请写明没有付足的原因（部分支付或扣款的依据）。"), field="reason", code="part_reason")


def split_of_part(paid_fen: int, asked_fen: int, sources: Mapping[str, int]) -> dict[str, int]:
    """The sources of a part of a payment: pro rata to what the whole had taken of each."""
    return split_pro_rata(paid_fen, split_pro_rata(asked_fen, sources))
