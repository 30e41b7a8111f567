"""Of which sources a payment was taken, decided again. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

from marketplace.kernel.errors import N_
from marketplace.kernel.money import split_pro_rata
from marketplace.recomputing.rules.outcome import Mismatch, unlike
from marketplace.recomputing.rules.posted import PostedMoves
from marketplace.settlement.draw_rules import DrawnFrom, drawn
from marketplace.settlement.short_rules import split_of_part
from marketplace.vouchers import chart
from marketplace.vouchers.chart import Place

_SPLIT = N_("付款来源：按制单时各来源余额重新分摊")
_RECEIVED = N_("来源余额：不超过本批次收到的资金")
_AMOUNT = N_("付款金额：不超过核准金额")
_BOOKS = N_("付款金额：与账上兑付一致")
_KINDS = N_("付款来源：各来源合计与所用指标文件一致")
_PLANNED = N_("付款来源：与账上列入的来源一致")
_PAID = N_("付款来源：与账上各来源兑付一致")


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
    draws: Mapping[str, int] | None  # by appropriation; None: history, split by source alone
    funds: DrawnFrom | None  # what it was drawn from, in which order; None: planned when its book was opened
    kinds: Mapping[str, str]  # by appropriation of the round, its source of money
    split: Mapping[str, int]
    sources: Mapping[str, int] | None  # what each source had left; None: made before this was kept
    received: Mapping[str, int]  # what each source, and each appropriation, had brought by then
    is_paid: bool
    payee_id: UUID
    posted: PostedMoves

    @property
    def asked_fen(self) -> int:
        """What the batch asked to pay."""
        return self.amount_fen + self.short_fen

    @property
    def is_older(self) -> bool:
        """Whether it was made before what it was drawn from was kept."""
        return self.funds is None and self.sources is None


def resplit(one: DecidedLine) -> Iterator[Mismatch]:
    """The sources of a line, and its amount."""
    yield from _redrawn(one, one.funds) if one.funds is not None else _split_of_before(one)
    if one.draws is not None:
        yield from _as_posted(one, one.draws)
    yield from _amount(one)


def _split_of_before(one: DecidedLine) -> Iterator[Mismatch]:
    """By sources of money, as it was before appropriations had accounts of their own."""
    assert one.sources is not None, "asked before"
    total = sum(one.sources.values())
    again = split_of_part(one.amount_fen, one.asked_fen, one.sources) if one.amount_fen > 0 and one.asked_fen <= total else {}
    yield from unlike(_SPLIT, _said(one.split), _said(again), is_money=False)
    for source, left in one.sources.items():
        if left > one.received.get(source, 0):
            yield Mismatch(_RECEIVED, left, one.received.get(source, 0))


def _redrawn(one: DecidedLine, found: DrawnFrom) -> Iterator[Mismatch]:
    """By appropriation: those that may pay, in the order that was set, none with more than it had brought."""
    total, asked_fen = sum(fund["left"] for fund in found["funds"]), one.asked_fen
    again = drawn(asked_fen, found) if 0 < asked_fen <= total else {}
    if one.short_fen and 0 < one.amount_fen <= sum(again.values()):
        again = split_pro_rata(one.amount_fen, again)
    yield from unlike(_SPLIT, _said(one.draws or {}), _said(again), is_money=False)
    for fund in found["funds"]:
        if fund["left"] > one.received.get(fund["id"], 0):
            yield Mismatch(_RECEIVED, fund["left"], one.received.get(fund["id"], 0))
    asked = drawn(asked_fen, found) if 0 < asked_fen <= total else {}
    yield from unlike(_PLANNED, _said(asked), _said(_posted(one, chart.FUND_PLANNED, "payment.plan")), is_money=False)


def _as_posted(one: DecidedLine, draws: Mapping[str, int]) -> Iterator[Mismatch]:
    """What the line says, and the accounts of its appropriations in the books."""
    sums = Counter[str]()
    for key, fen in draws.items():
        sums[one.kinds.get(key, key)] += fen
    yield from unlike(_KINDS, _said(one.split), _said(sums), is_money=False)
    if one.is_paid:
        yield from unlike(_PAID, _said(draws), _said(_posted(one, chart.PAID_FROM, "payment.settle")), is_money=False)


def _posted(one: DecidedLine, place: Place, verb: str) -> dict[str, int]:
    """By appropriation, what an event of the line put onto its account."""
    found = {key: one.posted.onto(place.of(key), verb) for key in one.kinds}
    return {key: fen for key, fen in found.items() if fen}


def _amount(one: DecidedLine) -> Iterator[Mismatch]:
    """What was paid is what was approved and posted."""
    asked_fen = one.asked_fen
    if asked_fen > (one.approved_fen or 0):
        yield Mismatch(_AMOUNT, asked_fen, one.approved_fen)
    if one.is_paid:
        yield from unlike(_BOOKS, one.amount_fen, one.posted.off(chart.PAYABLE.of(one.payee_id), "payment.settle"))


def _said(split: Mapping[str, int]) -> str:
    return ", ".join(f"{source} {fen}" for source, fen in sorted(split.items()))
