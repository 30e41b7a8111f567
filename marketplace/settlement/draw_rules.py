"""Of which appropriations a payment is taken: those that may pay for it, bound ones before free ones, in the order that is set. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypedDict
from uuid import UUID

from marketplace.identity import regions
from marketplace.kernel.errors import N_, RuleViolation
from marketplace.kernel.lifecycle import Word
from marketplace.kernel.money import split_pro_rata


class OrderOfUse(Word):
    """Which of several appropriations pays first."""

    PRO_RATA = "pro_rata", N_("按余额比例")
    OLDEST = "oldest", N_("先下达的先用")


class DrawnFund(TypedDict):
    """An appropriation as a payment found it."""

    id: str
    source: str
    left: int  # in fen
    bound: bool


class DrawnFrom(TypedDict):
    """What a payment was taken from, and how."""

    order: str
    funds: list[DrawnFund]  # in the order of use


@dataclass(frozen=True, slots=True)
class Fund:
    """What is left of an appropriation, and what it may pay for."""

    id: UUID
    source: str
    left_fen: int
    dated_on: date
    bound_to: Mapping[str, Sequence[str]]

    def may_pay(self, cause: "PaidCause") -> bool:
        """Whether it may pay for this; what it is not bound in, it pays for all."""
        places, classes, categories = (self.bound_to.get(name, ()) for name in ("regions", "classes", "categories"))
        return (
            (not places or any(regions.covers(one, cause.region_code) for one in places))
            and (not classes or cause.class_key in classes)
            and (not categories or cause.category in categories)
        )


@dataclass(frozen=True, slots=True)
class PaidCause:
    """What is paid for, as far as money may be bound to it."""

    region_code: str
    class_key: str
    category: str


def found_for(cause: PaidCause, funds: Sequence[Fund], order: OrderOfUse) -> DrawnFrom:
    """The appropriations that may pay for something, in the order of use: what is bound first, so that what is free stays for others."""
    usable = sorted((one for one in funds if one.left_fen > 0 and one.may_pay(cause)), key=_place)
    rows = [DrawnFund(id=str(one.id), source=one.source, left=one.left_fen, bound=any(one.bound_to.values())) for one in usable]
    return DrawnFrom(order=order.value, funds=rows)


def _place(fund: Fund) -> tuple[bool, date, str]:
    return not any(fund.bound_to.values()), fund.dated_on, str(fund.id)


def check_enough(amount_fen: int, found: DrawnFrom, number: str) -> None:
    """What may pay must hold enough.

    Raises: RuleViolation: it does not, and what to do.
    """
    if amount_fen > sum(one["left"] for one in found["funds"]):
        raise RuleViolation(
            N_("申请 %(number)s 可用的资金来源余额不足：限定用途的资金不能用于这一笔。请先登记可用的资金，或暂不列入本批次。"),
            field="claims",
            code="sources_short",
            number=number,
        )


def drawn(amount_fen: int, found: DrawnFrom) -> dict[str, int]:
    """How much of an amount each appropriation bears, adding up to the fen."""
    taken: dict[str, int] = {}
    for is_bound in (True, False):
        tier = {one["id"]: one["left"] for one in found["funds"] if one["bound"] is is_bound}
        wanted = min(amount_fen - sum(taken.values()), sum(tier.values()))
        if wanted > 0:
            taken |= split_pro_rata(wanted, tier) if found["order"] == OrderOfUse.PRO_RATA else _one_by_one(wanted, tier)
    assert sum(taken.values()) == amount_fen, "asked before"
    return taken


def _one_by_one(amount_fen: int, left: Mapping[str, int]) -> dict[str, int]:
    taken: dict[str, int] = {}
    for name, fen in left.items():
        taken[name] = min(fen, amount_fen - sum(taken.values()))
    return {name: fen for name, fen in taken.items() if fen}


def by_source(draws: Mapping[str, int], found: DrawnFrom) -> dict[str, int]:
    """The same by source of money."""
    sources, sums = {one["id"]: one["source"] for one in found["funds"]}, Counter[str]()
    for name, fen in draws.items():
        sums[sources[name]] += fen
    return dict(sorted(sums.items()))


def shares(draws: Mapping[UUID, int], sources: Mapping[UUID, str]) -> dict[str, int]:
    """Draws on appropriations by their sources of money."""
    sums = Counter[str]()
    for key, fen in draws.items():
        sums[sources[key]] += fen
    return dict(sorted(sums.items()))


def parts_of(amount_fen: int, draws: Mapping[UUID, int]) -> dict[UUID, int]:
    """A part of what was taken of appropriations, pro rata to the whole."""
    return {UUID(name): fen for name, fen in split_pro_rata(amount_fen, {str(key): fen for key, fen in draws.items()}).items()}


def spread(split: Mapping[str, int], brought: Sequence[tuple[UUID, str, int]]) -> dict[UUID, int]:
    """A split by source of money, as it was kept before, over the appropriations of each source: pro rata to what they brought."""
    found: dict[UUID, int] = {}
    for source, fen in split.items():
        rows = {key: amount for key, own, amount in brought if own == source}
        found |= parts_of(fen, rows) if fen else {}
    return found
