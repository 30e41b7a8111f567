"""Of which appropriations a payment is taken: those that may pay for it, bound ones before free ones, in the order that is set. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypedDict
from uuid import UUID

from marketplace.identity import regions
from marketplace.kernel.errors import N_, RuleViolation
from marketplace.kernel.lifecycle import Word
from marketplace.kernel.money import split_pro_rata
from marketplace.vouchers.fund_settings import BarredUse
from marketplace.vouchers.rules.funds import BARRED, BOUND


class OrderOfUse(Word):
    """Which of several appropriations pays first."""

    PRO_RATA = "pro_rata", N_("按余额比例")
    OLDEST = "oldest", N_("先下达的先用")
    USE_BY = "use_by", N_("先到期的先用")


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
    use_by: date | None = None  # last day of use; None: no end

    @property
    def is_bound(self) -> bool:
        """Whether it may pay for some things only; what it may not pay for does not bind it to others."""
        return any(self.bound_to.get(name) for name in BOUND)

    def may_pay(self, cause: "PaidCause") -> bool:
        """Whether it may pay for this; what it is not bound in, it pays for all."""
        places, classes, categories = (self.bound_to.get(name, ()) for name in BOUND)
        return (
            (not places or any(regions.covers(one, cause.region_code) for one in places))
            and (not classes or cause.class_key in classes)
            and (not categories or cause.category in categories)
            and cause.category not in self.bound_to.get(BARRED, ())
        )


@dataclass(frozen=True, slots=True)
class PaidCause:
    """What is paid for, as far as money may be bound to it."""

    region_code: str
    class_key: str
    category: str
    name: str = ""  # of the service, or of what it stands on


@dataclass(frozen=True, slots=True)
class UseRules:
    """What decides which money pays on a day, beside what each document is bound to."""

    order: OrderOfUse
    today: date
    negative: Sequence[BarredUse] = ()

    def barring(self, cause: PaidCause, source: str) -> BarredUse | None:
        """The entry of the negative list by which money of a source may not pay for something."""
        return next((one for one in self.negative if one.holds_for(source) and one.meets(cause.category, cause.name)), None)

    def is_over(self, fund: Fund) -> bool:
        """Whether the last day of use is over."""
        return fund.use_by is not None and fund.use_by < self.today


def found_for(cause: PaidCause, funds: Sequence[Fund], by: UseRules) -> DrawnFrom:
    """The appropriations that may pay for something, in the order of use: what is bound first, so that what is free stays for others."""
    able = (one for one in funds if one.left_fen > 0 and one.may_pay(cause))
    usable = [one for one in able if not by.is_over(one) and by.barring(cause, one.source) is None]
    usable.sort(key=lambda one: _place(one, by.order))
    rows = [DrawnFund(id=str(one.id), source=one.source, left=one.left_fen, bound=one.is_bound) for one in usable]
    return DrawnFrom(order=by.order.value, funds=rows)


def _place(fund: Fund, order: OrderOfUse) -> tuple[bool, date, date, str]:
    last = fund.use_by or date.max
    return not fund.is_bound, last if order is OrderOfUse.USE_BY else date.min, fund.dated_on, str(fund.id)


def check_enough(amount_fen: int, found: DrawnFrom, number: str, barred: "Barred") -> None:
    """What may pay must hold enough.

    Args:
        barred: what else has money left and may not pay, as `barred_of` found it.

    Raises: RuleViolation: it does not, and what to do.
    """
    if amount_fen <= sum(one["left"] for one in found["funds"]):
        return
    said: dict[str, object] = {"number": number}
    if barred.entry is not None:
        raise RuleViolation(
            N_("申请 %(number)s 属于负面清单“%(entry)s”，现有资金不能支付，请移出本批次。"),
            field="claims",
            code="negative_list",
            **said,
            entry=barred.entry.label,
        )
    if barred.over_on is not None:
        raise RuleViolation(
            N_("申请 %(number)s 可用的资金来源余额不足：有资金的使用期限 %(day)s 已过。请先办理结转，或暂不列入本批次。"),
            field="claims",
            code="sources_over",
            **said,
            day=barred.over_on.isoformat(),
        )
    raise RuleViolation(
        N_("申请 %(number)s 可用的资金来源余额不足：限定用途的资金不能用于这一笔。请先登记可用的资金，或暂不列入本批次。"),
        field="claims",
        code="sources_short",
        **said,
    )


@dataclass(frozen=True, slots=True)
class Barred:
    """Why money that is left may not pay for something."""

    entry: BarredUse | None = None  # of the negative list
    over_on: date | None = None  # last day of use of some that would


def barred_of(cause: PaidCause, funds: Sequence[Fund], by: UseRules) -> Barred:
    """Why of the documents that have money left some may not pay."""
    left = [one for one in funds if one.left_fen > 0]
    entries = (by.barring(cause, one.source) for one in left)
    over = [one.use_by for one in left if by.is_over(one) and one.may_pay(cause) and one.use_by is not None]
    return Barred(next((one for one in entries if one is not None), None), max(over, default=None))


def check_not_barred(cause: PaidCause, sources: Iterable[str], negative: Sequence[BarredUse]) -> None:
    """Something that no money of a programme may pay for is not approved.

    Raises: RuleViolation: which entry of the negative list says so.
    """
    met = [one for one in negative if one.meets(cause.category, cause.name)]
    found = [next((one for one in met if one.holds_for(source)), None) for source in sources] if met else []
    if found and all(found):
        raise RuleViolation(
            N_("这一笔属于负面清单“%(entry)s”，本项目的资金不能支付。请退回或不予兑付，并写明原因。"),
            code="negative_list",
            entry=next(one.label for one in found if one is not None),
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
