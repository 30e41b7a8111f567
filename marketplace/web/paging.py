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


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list, and where the others are."""

    items: Sequence[T]
    number: int  # from 1
    total: int  # rows in all
    per_page: int = PER_PAGE

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.per_page))

    @property
    def first(self) -> int:
        return (self.number - 1) * self.per_page + 1 if self.total else 0

    @property
    def last(self) -> int:
        return min(self.number * self.per_page, self.total)


def page_number() -> int:
    """The page asked for in the URL; nonsense is page one."""
    return asked_number("page", 1, 999_999) or 1


def paged(statement: Select[T], per_page: int = PER_PAGE) -> Page[T]:
    """The page of an entity query that the URL asks for."""
    total = db.session.scalar(select(func.count()).select_from(statement.order_by(None).subquery())) or 0
    number = min(page_number(), max(1, -(-total // per_page)))
    items = db.session.scalars(statement.limit(per_page).offset((number - 1) * per_page)).unique().all()
    return Page(items, number, total, per_page)


def page_of(rows: Sequence[T], per_page: int = PER_PAGE) -> Page[T]:
    """The page of a list already in memory that the URL asks for."""
    number = min(page_number(), max(1, -(-len(rows) // per_page)))
    return Page(rows[(number - 1) * per_page : number * per_page], number, len(rows), per_page)


def same_query(endpoint: str) -> str:
    """Another endpoint with this page's filters. The visitor's words are put behind the question mark, never into url_for."""
    query = request.query_string.decode("utf-8", "replace")
    return url_for(endpoint) + (f"?{query}" if query else "")
