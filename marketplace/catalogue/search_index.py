"""What can be ordered, in memory, with its index: finds what a text means. Brings numpy with it: load it for a search in words only."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from marketplace.catalogue.cards import Card
from marketplace.policy.service_categories import category_names
from marketplace.retrieval.index import Params
from marketplace.retrieval.lines import Extra, Hit, Query, SearchLine
from marketplace.retrieval.search import Search
from marketplace.retrieval.text import normalise

CLOSE_ENOUGH = (
    0.17  # share of the full score from which an answer is a hit whatever the two share: it falls with the length of a question, see below
)
TOLD_ENOUGH = 1.2  # or from so much in common, in pairs of signs that nothing else holds: a little more than one, however long the question
RELATED = 5  # of the rest, the best that share at least a pair of signs are shown apart, as perhaps related
SHARE_OF_BEST = 0.5  # beside a good answer, one half as close is noise
MOST = 300  # answers that a query can have

_FOLDED_BY_US = Params(compact_from=10**9)  # never while somebody waits: whoever keeps a shelf lays a new one aside
_LETTERS = re.compile(r"[a-z]{2,}|[0-9]{3,}")


@dataclass(frozen=True, slots=True)
class Item:
    """An offering with all that finds it."""

    card: Card
    description: str
    deliverables: str
    search_text: str
    provider_words: str  # credit code and initials
    changed_at: datetime  # it, its provider or the organisation


@dataclass(frozen=True, slots=True)
class Ranked:
    """What a text means, best first, and what is perhaps related."""

    cards: Sequence[Card]
    related: Sequence[Card]


class Shelf:
    """Offerings that can be found and changed. Threads that share one take turns (it holds no lock)."""

    def __init__(self, items: Iterable[Item]) -> None:
        self.cards: dict[str, Card] = {}
        self.words: dict[str, str] = {}
        self.changed: dict[str, datetime] = {}
        self.search = Search([self._take(item) for item in items], params=_FOLDED_BY_US)

    def put(self, item: Item) -> None:
        """Add an offering, or change it. The index is touched only where a text has changed: a review or a price costs nothing there."""
        line = self._take(item)
        if line.id not in self.search or self.search.index.line(line.id) != line:
            self.search.put(line)

    def remove(self, key: str) -> None:
        """Take an offering off; nothing happens when it is not there."""
        for kept in (self.cards, self.words, self.changed):
            kept.pop(key, None)
        self.search.remove(key)

    def _take(self, item: Item) -> SearchLine:
        card, key = item.card, str(item.card.id)
        name = category_names().get(card.category, "")
        told = (
            card.title, card.summary, name, card.provider_name, item.description, item.deliverables, item.search_text, card.number,
            item.provider_words,
        )  # fmt: skip
        self.cards[key], self.changed[key] = card, item.changed_at
        self.words[key] = f" {normalise(' '.join(told))} "
        extras = (Extra(name, 0.8), Extra(card.summary, 0.6), Extra(item.search_text, 0.6), Extra(card.provider_name, 0.5))
        return SearchLine(key, card.title, (*extras, Extra(item.deliverables, 0.4)))

    def ranked(self, text: str) -> Ranked:
        """The cards that a text means, best first."""
        found, related = self.relevance(text)
        best = sorted(found, key=lambda key: (-found[key], key))
        return Ranked([self.cards[key] for key in best], [self.cards[key] for key in related])

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
            floor = SHARE_OF_BEST * max((hit.share for hit in hits), default=0.0)
            for hit in hits:
                if hit.line_id in found or (hit.share >= max(floor, CLOSE_ENOUGH)) or self._told(text, hit, floor) >= TOLD_ENOUGH:
                    found[hit.line_id] = found.get(hit.line_id, 0.0) + hit.share
                elif len(related) < RELATED and self._told(text, hit) > 0:
                    related.append(hit.line_id)
        for key in found:
            title = normalise(self.cards[key].title)
            found[key] += sum(word in title for word in words) / len(words)
        return found, related

    def _told(self, text: str, hit: Hit, floor: float = 0.0) -> float:
        """What text and offering have in common; nothing where the offering is much further off than the best."""
        if hit.share < floor:
            return 0.0
        words = set(_LETTERS.findall(normalise(text))) & set(_LETTERS.findall(self.words[hit.line_id]))
        return len(words) + self.search.shared_pairs(Query(text), hit.line_id)


def _stands_in(word: str, told: str) -> bool:
    """Chinese anywhere; letters and digits from the beginning of a word, so that "it" is not found in "title"."""
    return f" {word}" in told if word.isascii() else word in told
