"""Search among what firms can order: one index per process, made anew when the shelf in the database has changed."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from threading import Lock
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from marketplace.catalogue.models import Offering, OfferingState, Provider, ProviderState
from marketplace.identity.models import Organisation
from marketplace.kernel.db import db
from marketplace.kernel.errors import N_
from marketplace.kernel.money import YUAN
from marketplace.policy.service_categories import category_names, function_of
from marketplace.retrieval.lines import Extra, Hit, Line, Query
from marketplace.retrieval.search import Search
from marketplace.retrieval.text import normalise

CLOSE_ENOUGH = 0.17  # closeness from which an answer is a hit whatever the two share: it falls with the length of a question, see below
TOLD_ENOUGH = 1.2  # or from so much in common, in pairs of signs that nothing else holds: a little more than one, however long the question
RELATED = 5  # of the rest, the best that share at least a pair of signs are shown apart, as perhaps related
SHARE_OF_BEST = 0.5  # beside a good answer, one half as close is noise
MOST = 300  # answers that a query can have

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

    @property
    def rating_tenths(self) -> int | None:
        """The average review in tenths, rounded down: 47 is 4.7. None: nobody rated it yet."""
        return 10 * self.review_total // self.review_count if self.review_count else None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody looks for: words and chosen facets."""

    text: str = ""
    category: str = ""
    function: str = ""
    region: str = ""
    band: str = ""
    mode: str = ""
    sort: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """The answers, how many more each other choice would give, and what to let go when there are none."""

    cards: Sequence[Card]
    facets: Mapping[str, Mapping[str, int]]  # facet → value → how many
    without: Mapping[str, int]  # facet that could be dropped → how many there would be
    related: Sequence[Card] = ()  # no hits: perhaps what is meant


FACETS: Mapping[str, Callable[[Card], Iterable[str]]] = {
    "category": lambda card: (card.category,),
    "function": lambda card: (function_of(card.category).value,),
    "region": lambda card: (card.region_code[:4] + "00",),
    "band": lambda card: (_band(card.price_fen),),
    "mode": lambda card: ("online", "offline") if card.mode == "both" else (card.mode,),
}

SORTS: Mapping[str, Callable[[Card], Any]] = {
    "newest": lambda card: (-card.listed_at.timestamp(), str(card.id)),
    "price": lambda card: (card.price_fen, str(card.id)),
    "-price": lambda card: (-card.price_fen, str(card.id)),
    "rating": lambda card: (-(card.rating_tenths or 0), -card.review_count, str(card.id)),
}


def _band(price_fen: int) -> str:
    return next(key for key, (low, high, _label) in BANDS.items() if low <= price_fen and (high is None or price_fen < high))


Row = tuple[Sequence[Any], tuple[str, str, str], str]  # of a card; description, deliverables and search words; of the provider


class _Shelf:
    """What can be ordered, read once, with its index."""

    def __init__(self, stamp: object, rows: Iterable[Row]) -> None:
        self.stamp = stamp
        self.cards: dict[str, Card] = {}
        self.words: dict[str, str] = {}
        lines = []
        for values, texts, provider_words in rows:
            card = Card(*values)
            key, name = str(card.id), category_names().get(card.category, "")
            description, deliverables, search_text = texts
            self.cards[key] = card
            told = (card.title, card.summary, name, card.provider_name, description, deliverables, search_text, card.number, provider_words)
            self.words[key] = f" {normalise(' '.join(told))} "
            extras = (Extra(name, 0.8), Extra(card.summary, 0.6), Extra(search_text, 0.6), Extra(card.provider_name, 0.5))
            lines.append(Line(key, card.title, (*extras, Extra(deliverables, 0.4))))
        self.search = Search(lines)

    def relevance(self, text: str) -> tuple[dict[str, float], list[str]]:
        """Offerings a text means, with how well each fits: every word stands in it, or it reads like one, or they have much in common.
        And those that may be related, best first.
        """
        words = normalise(text).split()
        if not words:
            return dict.fromkeys(self.cards, 0.0), []
        related: list[str] = []
        found = {key: 1.0 for key, told in self.words.items() if all(_stands_in(word, told) for word in words)}
        if not all(word.isascii() for word in words):  # single letters would meet everywhere
            hits = self.search.search(Query(text), MOST)
            floor = SHARE_OF_BEST * max((hit.closeness for hit in hits), default=0.0)
            for hit in hits:
                if hit.line_id in found or (hit.closeness >= max(floor, CLOSE_ENOUGH)) or self._told(text, hit, floor) >= TOLD_ENOUGH:
                    found[hit.line_id] = found.get(hit.line_id, 0.0) + hit.closeness
                elif len(related) < RELATED and self._told(text, hit) > 0:
                    related.append(hit.line_id)
        for key in found:
            title = normalise(self.cards[key].title)
            found[key] += sum(word in title for word in words) / len(words)
        return found, related

    def _told(self, text: str, hit: Hit, floor: float = 0.0) -> float:
        """What text and offering have in common; nothing where the offering is much further off than the best."""
        if hit.closeness < floor:
            return 0.0
        words = set(_LETTERS.findall(normalise(text))) & set(_LETTERS.findall(self.words[hit.line_id]))
        return len(words) + self.search.shared_pairs(Query(text), hit.line_id)


_LETTERS = re.compile(r"[a-z]{2,}|[0-9]{3,}")


def _stands_in(word: str, told: str) -> bool:
    """Chinese anywhere; letters and digits from the beginning of a word, so that "it" is not found in "title"."""
    return f" {word}" in told if word.isascii() else word in told


_lock = Lock()
_shelf: _Shelf | None = None


def find(wanted: Wanted) -> Found:
    """What can be ordered and fits, in the order asked for."""
    stamp = _stamp()
    with _lock:  # the index holds none
        shelf = _current(stamp)
        relevance, may_be = shelf.relevance(wanted.text)
    matching = [shelf.cards[key] for key in relevance]
    chosen = {facet: getattr(wanted, facet) for facet in FACETS if getattr(wanted, facet)}
    cards = _narrowed(matching, chosen)
    sort = wanted.sort if wanted.sort in SORTS else "" if wanted.text.strip() else "newest"
    cards.sort(key=SORTS[sort] if sort else lambda card: (-relevance[str(card.id)], str(card.id)))
    facets = {facet: _counted(matching, chosen, facet) for facet in FACETS}
    without = {} if cards else _counts_without(matching, chosen)
    return Found(cards, facets, without, _narrowed([shelf.cards[key] for key in may_be], chosen))


def cards_of(ids: Sequence[UUID]) -> list[Card]:
    """The orderable ones among some offerings, in the order given."""
    stamp = _stamp()
    with _lock:
        shelf = _current(stamp)
    return [shelf.cards[str(one)] for one in ids if str(one) in shelf.cards]


def _current(stamp: object) -> _Shelf:
    global _shelf  # noqa: PLW0603 – the one copy of this process, guarded by the lock
    if _shelf is None or _shelf.stamp != stamp:
        _shelf = _Shelf(stamp, _rows())
    return _shelf


def _narrowed(cards: Iterable[Card], chosen: Mapping[str, str]) -> list[Card]:
    return [card for card in cards if all(value in FACETS[facet](card) for facet, value in chosen.items())]


def _counted(cards: Iterable[Card], chosen: Mapping[str, str], facet: str) -> dict[str, int]:
    """How many answers each value of a facet would give beside the other choices."""
    others = {name: value for name, value in chosen.items() if name != facet}
    return dict(Counter(value for card in _narrowed(cards, others) for value in FACETS[facet](card)))


def _counts_without(cards: Sequence[Card], chosen: Mapping[str, str]) -> dict[str, int]:
    counts = {facet: len(_narrowed(cards, {n: v for n, v in chosen.items() if n != facet})) for facet in chosen}
    return {facet: count for facet, count in counts.items() if count}


_ON_SHELF = (Offering.state == OfferingState.LISTED) & (Provider.state == ProviderState.ADMITTED)


def _stamp() -> object:
    """Another value whenever the shelf has changed: cheap, asked with every search."""
    changes = (
        func.count(),
        func.sum(Offering.version),
        func.sum(Offering.review_count),
        func.min(Offering.number),
        func.max(Offering.number),
        func.max(Offering.updated_at),
        func.max(Organisation.updated_at),
    )
    wanted = select(*changes).select_from(Offering).join(Provider, Provider.id == Offering.provider_id)
    return tuple(db.session.execute(wanted.join(Organisation, Organisation.id == Provider.id).where(_ON_SHELF)).one())


def _rows() -> Iterable[Row]:
    columns = (
        Offering.id, Offering.number, Offering.title, Offering.summary, Offering.category, Offering.price_fen, Offering.price_unit,
        Offering.cycle_days, Offering.mode, Offering.review_count, Offering.review_total, Offering.listed_at, Provider.id,
        Organisation.name, Organisation.region_code,
    )  # fmt: skip
    texts = (Offering.description, Offering.deliverables, Offering.search_text, Organisation.uscc, Organisation.name_initials)
    wanted = select(*columns, *texts).join(Provider, Provider.id == Offering.provider_id)
    wanted = wanted.join(Organisation, Organisation.id == Provider.id).where(_ON_SHELF)
    for row in db.session.execute(wanted):
        values: tuple[Any, ...] = tuple(row)
        description, deliverables, search_text, uscc, name_initials = values[len(columns) :]
        yield values[: len(columns)], (description, deliverables, search_text), f"{uscc} {name_initials}"


def without_facet(wanted: Wanted, facet: str) -> Wanted:
    """The same search with one choice let go."""
    return replace(wanted, **{facet: ""})
