"""Search among what firms can order: lists come from the database, what words mean from the copy of the shelf that a process keeps."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace
from uuid import UUID

from marketplace.catalogue.cards import SORTS, Card, OfferingSearch, SearchResult, cell_of, counts_without, facet_counts, narrowed
from marketplace.catalogue.queries import browsing
from marketplace.catalogue.queries.index_copy import keeper


def find(wanted: OfferingSearch, only: Collection[UUID] | None = None) -> SearchResult:
    """What can be ordered and fits, in the order asked for. Until the process has laid its shelf, words are only looked for as written.

    Args:
        only: nothing but these offerings; None: all.
    """
    has_words = bool(wanted.text.strip())
    ranked = keeper().ranked(wanted.text) if has_words or only is not None else None
    if ranked is None:
        return replace(browsing.search_offerings(wanted, only), short_only=has_words)
    chosen = wanted.chosen
    known, related = (_only(cards, only) for cards in (ranked.cards, ranked.related))
    cards = narrowed(known, chosen)
    sort = wanted.sort if wanted.sort in SORTS or has_words else "newest"
    if sort in SORTS:
        cards.sort(key=SORTS[sort])
    cells = Counter(cell_of(card) for card in known)
    return SearchResult(cards, facet_counts(cells, chosen), {} if cards else counts_without(cells, chosen), narrowed(related, chosen))


def _only(cards: Sequence[Card], only: Collection[UUID] | None) -> Sequence[Card]:
    return cards if only is None else [card for card in cards if card.id in only]


def cards_of(ids: Sequence[UUID]) -> list[Card]:
    """The orderable ones among some offerings, in the order given."""
    return browsing.cards_of(ids)
