"""What a search shows and by what it can be narrowed: cards, facets, orders. Values in, values out."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from marketplace.kernel.errors import N_
from marketplace.kernel.money import CNY, YUAN
from marketplace.policy.service_categories import function_of

BANDS: Mapping[str, tuple[int, int | None, str]] = {  # from (inclusive) and to (exclusive), in fen
    "1": (0, 1_000 * YUAN, N_("1 千元以下")),
    "2": (1_000 * YUAN, 5_000 * YUAN, N_("1 千至 5 千元")),
    "3": (5_000 * YUAN, 10_000 * YUAN, N_("5 千至 1 万元")),
    "4": (10_000 * YUAN, 50_000 * YUAN, N_("1 万至 5 万元")),
    "5": (50_000 * YUAN, None, N_("5 万元以上")),
}


@dataclass(frozen=True, slots=True)
class Card:
    """An offering as a list shows it."""

    id: UUID
    number: str
    title: str
    summary: str
    category: str
    price_fen: int
    price_unit: str
    cycle_days: int
    mode: str
    review_count: int
    review_total: int
    listed_at: datetime
    provider_id: UUID
    provider_name: str
    region_code: str
    currency: str = CNY

    @property
    def rating_tenths(self) -> int | None:
        """The average review in tenths, rounded down: 47 is 4.7. None: nobody rated it yet."""
        return 10 * self.review_total // self.review_count if self.review_count else None


@dataclass(frozen=True, slots=True)
class OfferingSearch:
    """What somebody looks for: words and chosen facets."""

    text: str = ""
    category: str = ""
    function: str = ""
    region: str = ""
    band: str = ""
    mode: str = ""
    sort: str = ""

    @property
    def chosen(self) -> dict[str, str]:
        """The facets that are chosen."""
        return {facet: getattr(self, facet) for facet in FACETS if getattr(self, facet)}


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The answers, how many more each other choice would give, and what to let go when there are none."""

    cards: Sequence[Card]
    facets: Mapping[str, Mapping[str, int]]  # facet → value → how many
    without: Mapping[str, int]  # facet that could be dropped → how many there would be
    related: Sequence[Card] = ()  # no hits: perhaps what is meant
    short_only: bool = False  # the shelf is not laid yet: words were not looked for in long texts


class Cell(NamedTuple):
    """All of an offering that facets ask about: offerings of one cell are counted together."""

    category: str
    prefecture: str  # the first four digits of where the provider is
    band: str  # empty: its price is not in yuan
    mode: str


FACETS: Mapping[str, Callable[[Cell], tuple[str, ...]]] = {
    "category": lambda cell: (cell.category,),
    "function": lambda cell: (function_of(cell.category).value,),
    "region": lambda cell: (cell.prefecture + "00",),
    "band": lambda cell: (cell.band,) if cell.band else (),
    "mode": lambda cell: ("online", "offline") if cell.mode == "both" else (cell.mode,),
}

SORTS: Mapping[str, Callable[[Card], Any]] = {
    "newest": lambda card: (-card.listed_at.timestamp(), str(card.id)),
    "price": lambda card: (card.price_fen, str(card.id)),
    "-price": lambda card: (-card.price_fen, str(card.id)),
    "rating": lambda card: (-(card.rating_tenths or 0), -card.review_count, str(card.id)),
}


def cell_of(card: Card) -> Cell:
    """Where a card is counted."""
    bands = (key for key, (low, high, _label) in BANDS.items() if low <= card.price_fen and (high is None or card.price_fen < high))
    return Cell(card.category, card.region_code[:4], next(bands) if card.currency == CNY else "", card.mode)


def fits(cell: Cell, chosen: Mapping[str, str]) -> bool:
    """Whether offerings of a cell have all that was chosen."""
    return all(value in FACETS[facet](cell) for facet, value in chosen.items())


def narrowed(cards: Iterable[Card], chosen: Mapping[str, str]) -> list[Card]:
    """The cards that have all that was chosen."""
    return [card for card in cards if fits(cell_of(card), chosen)] if chosen else list(cards)


def how_many(cells: Mapping[Cell, int], chosen: Mapping[str, str]) -> int:
    """How many offerings have all that was chosen."""
    return sum(count for cell, count in cells.items() if fits(cell, chosen))


def facet_counts(cells: Mapping[Cell, int], chosen: Mapping[str, str]) -> dict[str, dict[str, int]]:
    """How many answers each value of each facet would give beside the other choices."""
    return {facet: _counted(cells, _others(chosen, facet), facet) for facet in FACETS}


def counts_without(cells: Mapping[Cell, int], chosen: Mapping[str, str]) -> dict[str, int]:
    """How many answers there would be with one choice let go."""
    counts = {facet: how_many(cells, _others(chosen, facet)) for facet in chosen}
    return {facet: count for facet, count in counts.items() if count}


def _others(chosen: Mapping[str, str], facet: str) -> dict[str, str]:
    return {name: value for name, value in chosen.items() if name != facet}


def _counted(cells: Mapping[Cell, int], chosen: Mapping[str, str], facet: str) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for cell, count in cells.items():
        if fits(cell, chosen):
            counts.update(dict.fromkeys(FACETS[facet](cell), count))
    return dict(counts)
