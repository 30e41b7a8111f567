"""Search among what firms can order: lists come from the database, what words mean from the copy of the shelf that a process keeps."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from marketplace.catalogue.cards import SORTS, Card, OfferingSearch, SearchResult, cell_of, counts_without, facet_counts, narrowed
from marketplace.catalogue.queries import browsing
from marketplace.catalogue.queries.index_copy import keeper


def find(wanted: OfferingSearch) -> SearchResult:
    """What can be ordered and fits, in the order asked for. Until the process has laid its shelf, words are only looked for as written."""
    ranked = keeper().ranked(wanted.text) if wanted.text.strip() else None
    if ranked is None:
        return replace(browsing.search_offerings(wanted), short_only=bool(wanted.text.strip()))
    chosen = wanted.chosen
    cards = narrowed(ranked.cards, chosen)
    if wanted.sort in SORTS:
        cards.sort(key=SORTS[wanted.sort])
    cells = Counter(cell_of(card) for card in ranked.cards)
    return SearchResult(
        cards, facet_counts(cells, chosen), {} if cards else counts_without(cells, chosen), narrowed(ranked.related, chosen)
    )


def cards_of(ids: Sequence[UUID]) -> list[Card]:
    """The orderable ones among some offerings, in the order given."""
    return browsing.cards_of(ids)
