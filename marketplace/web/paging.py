"""Lists: filter in the URL, one page at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from flask import request, url_for
from sqlalchemy import Select, func, select

from marketplace.kernel.db import db
from marketplace.web.reading import asked_number

T = TypeVar("T")

PER_PAGE = 20
COUNTED = 10_000  # rows: an exact count of more costs more than it tells


class Total(int):
    """How many there are, or that there are more than were counted; reads as 10000+ then."""

    is_more: bool = False

    @classmethod
    def above(cls, counted: int) -> "Total":
        """More than were counted."""
        total = cls(counted)
        total.is_more = True
        return total

    def __str__(self) -> str:
        return f"{int(self)}+" if self.is_more else int.__repr__(self)


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list, and where the others are."""

    items: Sequence[T]
    number: int  # from 1
    total: int  # rows in all, or a `Total` that says: more than these
    per_page: int = PER_PAGE
    goes_on: bool = False  # beyond what was counted there is another page

    @property
    def pages(self) -> int:
        """How many pages there are; of a list that was not counted to its end, those that are known of."""
        counted = max(1, -(-self.total // self.per_page))
        return max(counted, self.number + self.goes_on) if _is_more(self.total) else counted

    @property
    def told_pages(self) -> str:
        """The same in words: 500+ where there may be more."""
        return f"{self.pages}+" if _is_more(self.total) and (self.goes_on or self.number < self.pages) else str(self.pages)

    @property
    def numbers(self) -> list[int | None]:
        """The at most five pages that a pager offers, in order; None where some are left out."""
        near = {1, self.number - 1, self.number, self.number + 1, self.pages} - {0, self.pages + 1}
        shown: list[int | None] = []
        for number in sorted(near):
            shown += [None, number] if shown and number - (shown[-1] or 0) > 1 else [number]
        return shown

    @property
    def first(self) -> int:
        return (self.number - 1) * self.per_page + 1 if self.total else 0

    @property
    def last(self) -> int:
        return self.first + len(self.items) - 1 if self.total else 0


def page_number() -> int:
    """The page asked for in the URL; nonsense is page one."""
    return asked_number("page", 1, 999_999) or 1


def paged(statement: Select[T], per_page: int = PER_PAGE) -> Page[T]:
    """The page of an entity query that the URL asks for. A long list is counted to COUNTED and can be leafed through beyond."""
    total = counted(statement)
    number = page_number() if _is_more(total) else min(page_number(), max(1, -(-total // per_page)))
    items = db.session.scalars(statement.limit(per_page + 1).offset((number - 1) * per_page)).unique().all()
    if not items and number > 1:  # beyond the end of a list that nobody counted
        number = max(1, total // per_page)
        items = db.session.scalars(statement.limit(per_page + 1).offset((number - 1) * per_page)).unique().all()
    return Page(items[:per_page], number, total, per_page, len(items) > per_page)


def counted(statement: Select[T], most: int | None = None) -> Total:
    """How many rows a query has, looking at no more than these, or COUNTED, and one."""
    most = COUNTED if most is None else most
    some = statement.order_by(None).limit(most + 1).subquery()
    found = db.session.scalar(select(func.count()).select_from(some)) or 0
    return Total.above(most) if found > most else Total(found)


def _is_more(total: int) -> bool:
    return isinstance(total, Total) and total.is_more


def page_of(rows: Sequence[T], per_page: int = PER_PAGE) -> Page[T]:
    """The page of a list already in memory that the URL asks for."""
    number = min(page_number(), max(1, -(-len(rows) // per_page)))
    return Page(rows[(number - 1) * per_page : number * per_page], number, len(rows), per_page)


def same_query(endpoint: str) -> str:
    """Another endpoint with this page's filters. The visitor's words are put behind the question mark, never into url_for."""
    query = request.query_string.decode("utf-8", "replace")
    return url_for(endpoint) + (f"?{query}" if query else "")
