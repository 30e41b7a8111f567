"""What came out of a replay, summed up: by class, region and category, and firm by firm."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from marketplace.kernel.errors import N_
from marketplace.kernel.lifecycle import State
from marketplace.whatif.rules.past import IssuedVoucher
from marketplace.whatif.rules.replay import Replayed

MOST_NAMED = 50  # firms on the page; the file names all


class Fate(State):
    """What changed rules make of a firm."""

    GAINED = "gained", N_("新增受益"), "green"
    MORE = "more", N_("增加"), "green"
    SAME = "same", N_("不变")
    LESS = "less", N_("减少"), "amber"
    LOST = "lost", N_("不再受益"), "red"


def fate_of(before_fen: int, after_fen: int) -> Fate:
    """What became of a firm, by what its orders drew and would draw."""
    if not before_fen:
        return Fate.GAINED if after_fen else Fate.SAME
    if not after_fen:
        return Fate.LOST
    return Fate.SAME if before_fen == after_fen else Fate.MORE if after_fen > before_fen else Fate.LESS


@dataclass(slots=True)
class FirmTotals:
    """One firm."""

    class_before: str
    class_after: str
    region: str
    orders: int = 0
    before_fen: int = 0
    after_fen: int = 0
    grant_fen: int = 0  # what a firm that got no voucher would be granted
    reason: str = ""  # why an order of it bears nothing

    @property
    def fate(self) -> Fate:
        """By its orders; who had none, by the voucher."""
        return Fate.GAINED if self.grant_fen else fate_of(self.before_fen, self.after_fen)


@dataclass(slots=True)
class Sums:
    """Orders and money, before and after."""

    orders: int = 0
    before_fen: int = 0
    after_fen: int = 0

    def add(self, before_fen: int, after_fen: int) -> None:
        """One more order."""
        self.orders += 1
        self.before_fen += before_fen
        self.after_fen += after_fen


@dataclass(slots=True)
class Summary:
    """Everything that a result says."""

    total: Sums = field(default_factory=Sums)
    by_class: dict[tuple[str, str], Sums] = field(default_factory=lambda: defaultdict(Sums))
    by_region: dict[str, Sums] = field(default_factory=lambda: defaultdict(Sums))
    by_category: dict[str, Sums] = field(default_factory=lambda: defaultdict(Sums))
    firms: dict[UUID, FirmTotals] = field(default_factory=dict)
    changed: Counter[Fate] = field(default_factory=Counter)  # orders
    reasons: Counter[str] = field(default_factory=Counter)
    short_fen: int = 0  # what the money of rounds lacked
    short_orders: int = 0
    vouchers: int = 0
    vouchers_after: int = 0
    granted_before_fen: int = 0
    granted_after_fen: int = 0
    unsure: set[UUID] = field(default_factory=set)
    refused: int = 0  # firms that applied and got no voucher
    refused_unsure: int = 0

    def issued(self, one: IssuedVoucher) -> None:
        """A voucher of a chosen round."""
        self.vouchers += 1
        self.vouchers_after += one.class_after is not None
        self.granted_before_fen += one.granted_fen
        self.granted_after_fen += one.granted_after
        if one.is_unsure:
            self.unsure.add(one.enterprise_id)

    def add(self, one: Replayed) -> None:
        """An order that is counted."""
        order, before, after, now = one.order, one.order.counted_fen, one.after_fen, one.class_after or ""
        for sums in (self.total, self.by_class[one.class_before, now], self.by_region[order.region_code], self.by_category[order.category]):
            sums.add(before, after)
        self.changed[fate_of(before, after)] += 1
        if before and not after:
            self.reasons[one.reason] += 1
        self.short_fen += one.short_fen
        self.short_orders += bool(one.short_fen)
        firm = self.firms.setdefault(order.enterprise_id, FirmTotals(one.class_before, now, order.region_code))
        firm.orders, firm.before_fen, firm.after_fen = firm.orders + 1, firm.before_fen + before, firm.after_fen + after
        firm.class_after, firm.reason = now, one.reason or firm.reason

    def applied(self, enterprise_id: UUID, region: str, class_key: str | None, grant_fen: int, *, is_unsure: bool = False) -> None:
        """A firm that applied and got no voucher; `class_key`: of the voucher that it would get now, None: none."""
        self.refused += 1
        self.refused_unsure += is_unsure
        if class_key is not None and not is_unsure and grant_fen:
            firm = self.firms.setdefault(enterprise_id, FirmTotals("", class_key, region))
            firm.grant_fen += grant_fen

    def as_result(self) -> dict[str, Any]:
        """As the job keeps it."""
        fates = Counter(firm.fate for firm in self.firms.values())
        return {
            "orders": self.total.orders,
            "before_fen": self.total.before_fen,
            "after_fen": self.total.after_fen,
            "short_fen": self.short_fen,
            "short_orders": self.short_orders,
            "vouchers": self.vouchers,
            "vouchers_after": self.vouchers_after,
            "granted_before_fen": self.granted_before_fen,
            "granted_after_fen": self.granted_after_fen,
            "unsure": len(self.unsure),
            "refused": self.refused,
            "refused_unsure": self.refused_unsure,
            "changed": {fate.value: self.changed[fate] for fate in Fate},
            "firms": {fate.value: fates[fate] for fate in Fate},
            "reasons": dict(sorted(self.reasons.items())),
            "by_class": [[before, after, *_figures(sums)] for (before, after), sums in sorted(self.by_class.items())],
            "by_region": [[key, *_figures(sums)] for key, sums in sorted(self.by_region.items())],
            "by_category": [[key, *_figures(sums)] for key, sums in sorted(self.by_category.items())],
            "lost": list(self._named(Fate.LOST)),
            "gained": list(self._named(Fate.GAINED)),
        }

    def _named(self, fate: Fate) -> Iterator[list[Any]]:
        """The firms of a fate with the most money, each as the file names it."""
        found = [(key, firm) for key, firm in self.firms.items() if firm.fate is fate]
        found.sort(key=lambda one: (-(one[1].before_fen + one[1].after_fen + one[1].grant_fen), one[0]))
        yield from (firm_line(key, firm) for key, firm in found[:MOST_NAMED])


def _figures(sums: Sums) -> tuple[int, int, int]:
    return sums.orders, sums.before_fen, sums.after_fen


def firm_line(key: UUID, firm: FirmTotals) -> list[Any]:
    """A firm as it is kept."""
    return [
        str(key),
        firm.class_before,
        firm.class_after,
        firm.region,
        firm.orders,
        firm.before_fen,
        firm.after_fen,
        firm.grant_fen,
        firm.fate.value,
        firm.reason,
    ]


def order_line(one: Replayed) -> list[Any]:
    """An order as it is kept."""
    order = one.order
    return [
        order.number,
        str(order.enterprise_id),
        one.class_before,
        one.class_after or "",
        order.region_code,
        order.category,
        order.on.isoformat(),
        order.counted_fen,
        one.after_fen,
        one.short_fen,
        one.reason,
    ]
