"""What can be ordered, asked of the database: lists without words, chosen cards, and words as long as no index stands."""

from collections.abc import Collection, Sequence
from typing import Any, overload
from uuid import UUID

from sqlalchemy import ColumnElement, Select, case, false, func, or_, select

from marketplace.catalogue.cards import BANDS, Card, Cell, OfferingSearch, SearchResult, counts_without, facet_counts, how_many
from marketplace.catalogue.lifecycle import OfferingState, ProviderState
from marketplace.catalogue.models import Offering, Provider
from marketplace.identity.models import Organisation
from marketplace.identity.queries import named
from marketplace.kernel.db import db, like
from marketplace.kernel.money import CNY
from marketplace.policy.service_categories import category_names, service_categories

ON_SHELF = (Offering.state == OfferingState.LISTED) & (Provider.state == ProviderState.ADMITTED)
COLUMNS = (
    Offering.id, Offering.number, Offering.title, Offering.summary, Offering.category, Offering.price_fen, Offering.price_unit,
    Offering.cycle_days, Offering.mode, Offering.review_count, Offering.review_total, Offering.listed_at, Provider.id,
    Organisation.name, Organisation.region_code, Offering.currency,
)  # fmt: skip

_RATING = case((Offering.review_count > 0, 10 * Offering.review_total // Offering.review_count), else_=0)
_ORDERS = {
    "newest": (Offering.listed_at.desc(), Offering.id),
    "price": (Offering.price_fen, Offering.id),
    "-price": (Offering.price_fen.desc(), Offering.id),
    "rating": (_RATING.desc(), Offering.review_count.desc(), Offering.id),
}
_below = [(Offering.price_fen < high, key) for key, (_low, high, _label) in BANDS.items() if high is not None]
_band = case((Offering.currency != CNY, ""), *_below, else_=list(BANDS)[-1])
_prefecture = func.substr(Organisation.region_code, 1, 4)


def joined(*columns: Any) -> Select[Any]:
    """Columns of offerings with their providers and organisations."""
    wanted = select(*columns).select_from(Offering).join(Provider, Provider.id == Offering.provider_id)
    return wanted.join(Organisation, Organisation.id == Provider.id)


MOST_CHOSEN = 10_000  # ids in one statement, where a process has no copy of the shelf yet


class Rows(Sequence[Card]):
    """Cards of a query, read where they are looked at: the number of all is known, a page is asked for."""

    def __init__(self, wanted: Select[Any], total: int) -> None:
        self._wanted, self._total = wanted, total

    def __len__(self) -> int:
        return self._total

    @overload
    def __getitem__(self, at: int) -> Card: ...
    @overload
    def __getitem__(self, at: slice) -> list[Card]: ...
    def __getitem__(self, at: int | slice) -> Card | list[Card]:
        if isinstance(at, int):
            return self[at : at + 1][0]
        start, stop, _step = at.indices(self._total)
        rows = db.session.execute(self._wanted.offset(start).limit(stop - start)) if stop > start else ()
        return [Card(*row) for row in rows]


def search_offerings(wanted: OfferingSearch, only: Collection[UUID] | None = None) -> SearchResult:
    """What can be ordered and fits, in the order asked for. Words are looked for as they are written; where they stand in the title
    comes first.

    Args:
        only: nothing but these; None: all.
    """
    chosen, words = wanted.chosen, wanted.text.split()
    told = [_told(word) for word in words]
    if only is not None:
        told.append(Offering.id.in_(list(only)[:MOST_CHOSEN]))
    cells = _cells(told)
    titled = [case((Offering.title.icontains(word, autoescape=True), 0), else_=1) for word in words]
    order = _ORDERS.get(wanted.sort) or (*titled, *_ORDERS["newest"])
    rows = joined(*COLUMNS).where(ON_SHELF, *told, *_conditions(chosen)).order_by(*order)
    total = how_many(cells, chosen)
    return SearchResult(Rows(rows, total), facet_counts(cells, chosen), {} if total else counts_without(cells, chosen))


def cards_of(ids: Sequence[UUID]) -> list[Card]:
    """The orderable ones among some offerings, in the order given."""
    rows = db.session.execute(joined(*COLUMNS).where(ON_SHELF, Offering.id.in_(ids))) if ids else ()
    known = {card.id: card for card in (Card(*row) for row in rows)}
    return [known[one] for one in ids if one in known]


def _cells(told: Sequence[ColumnElement[bool]]) -> dict[Cell, int]:
    """How many there are of each kind that facets tell apart: one look at the shelf counts for all facets."""
    kinds = joined(Offering.category, _prefecture.label("prefecture"), _band.label("band"), Offering.mode).where(ON_SHELF, *told).subquery()
    return {Cell(*row[:-1]): row[-1] for row in db.session.execute(select(*kinds.c, func.count()).group_by(*kinds.c))}


def _told(word: str) -> ColumnElement[bool]:
    """The word stands in the short texts of the offering, in its category's name, or in the name or codes of its provider.

    Long texts are left to the index: looking through them takes seconds where there are many.
    """
    columns = (Offering.title, Offering.summary, Offering.search_text)
    categories = [code for code, name in category_names().items() if word in name]
    exact = (Offering.number == word.upper(), Organisation.uscc == word.upper(), Offering.category.in_(categories))
    return or_(*(like(column, word) for column in columns), named(word), *exact)


def _conditions(chosen: dict[str, str]) -> list[ColumnElement[bool]]:
    """The facets of `cards.FACETS` as conditions."""
    made: dict[str, Any] = {"category": _of_category, "function": _of_function, "region": _of_region, "band": _of_band, "mode": _of_mode}
    return [made[facet](value) for facet, value in chosen.items()]


def _of_category(code: str) -> ColumnElement[bool]:
    return Offering.category == code


def _of_function(value: str) -> ColumnElement[bool]:
    known = [one.code for one in service_categories()]
    mine = Offering.category.in_([one.code for one in service_categories() if one.function.value == value])
    return or_(mine, Offering.category.not_in(known)) if value == "other" else mine


def _of_region(code: str) -> ColumnElement[bool]:
    return _prefecture == code[:4] if code == f"{code[:4]}00" else false()


def _of_band(key: str) -> ColumnElement[bool]:
    return _band == key if key in BANDS else false()


def _of_mode(mode: str) -> ColumnElement[bool]:
    return Offering.mode.in_((mode, "both")) if mode in {"online", "offline"} else false()
