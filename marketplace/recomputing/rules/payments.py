"""Of which sources a payment was taken, decided again. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

from marketplace.kernel.errors import N_
from marketplace.recomputing.rules.outcome import Mismatch, unlike
from marketplace.recomputing.rules.posted import PostedMoves
from marketplace.settlement.short_rules import split_of_part
from marketplace.vouchers import chart

_SPLIT = N_("付款来源：按制单时各来源余额重新分摊")
_RECEIVED = N_("来源余额：不超过本批次收到的资金")
_AMOUNT = N_("付款金额：不超过核准金额")
_BOOKS = N_("付款金额：与账上兑付一致")


@dataclass(frozen=True, slots=True, kw_only=True)
class DecidedLine:
    """A line of a payment as it lies in the database."""

    id: UUID
    number: str  # of the claim
    batch_id: UUID
    currency: str
    area_code: str  # of the round
    amount_fen: int  # paid, or to be paid
    short_fen: int  # what was not paid of what the batch asked
    approved_fen: int | None  # of its claim
    split: Mapping[str, int]
    sources: Mapping[str, int] | None  # what each source had left; None: made before this was kept
    received: Mapping[str, int]  # what each source had brought by then
    is_paid: bool
    payee_id: UUID
    posted: PostedMoves


def resplit(one: DecidedLine) -> Iterator[Mismatch]:
    """The sources of a line, and its amount."""
    assert one.sources is not None, "asked before"
    total = sum(one.sources.values())
    asked_fen = one.amount_fen + one.short_fen
    again = split_of_part(one.amount_fen, asked_fen, one.sources) if one.amount_fen > 0 and asked_fen <= total else {}
    yield from unlike(_SPLIT, _said(one.split), _said(again), is_money=False)
    for source, left in one.sources.items():
        if left > one.received.get(source, 0):
            yield Mismatch(_RECEIVED, left, one.received.get(source, 0))
    if asked_fen > (one.approved_fen or 0):
        yield Mismatch(_AMOUNT, asked_fen, one.approved_fen)
    if one.is_paid:
        yield from unlike(_BOOKS, one.amount_fen, one.posted.off(chart.PAYABLE.of(one.payee_id), "payment.settle"))


def _said(split: Mapping[str, int]) -> str:
    return ", ".join(f"{source} {fen}" for source, fen in sorted(split.items()))
