"""Lists: filter in the URL, one page at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

from flask import request, url_for
from sqlalchemy import ColumnElement, Select, Table, UnaryExpression, select, tuple_
from sqlalchemy.sql.operators import asc_op, desc_op

from marketplace.kernel.counting import Total, counted, first_of
from marketplace.web.query_string import asked_key, asked_number

T = TypeVar("T")

PER_PAGE = 20


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list, and where the others are."""

    items: Sequence[T]
    number: int  # from 1
    total: int  # rows in all, or a `Total` that says: more than these
    per_page: int = PER_PAGE
    goes_on: bool = False  # beyond what was counted there is another page
    first_key: UUID | None = None  # rows by which the pages beside this one are found, however far down the list it stands
    last_key: UUID | None = None
    asked: int | None = None  # the page that was asked for by a number beyond what was counted: this one is shown instead

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

    def beside(self, number: int) -> dict[str, object]:
        """What the address of another page says: its number, and for the pages beside this one the row behind or before which it begins."""
        is_next, is_prev = number == self.number + 1, number == self.number - 1 and number > 1
        after, before = self.last_key if is_next else None, self.first_key if is_prev else None
        return {"page": number, "after": after, "before": before}

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
    keys = _keys(statement) if _is_more(total) else None
    return (keys and _leafed(statement, keys, total, per_page)) or _jumped(statement, total, per_page, has_keys=keys is not None)


def _jumped(statement: Select[T], total: Total, per_page: int, *, has_keys: bool) -> Page[T]:
    """A page by its number: the database counts its way there, where there is no other; by rows one goes on from what was counted."""
    asked, counted_to = page_number(), max(1, -(-total // per_page))
    number = asked if _is_more(total) and not has_keys else min(asked, counted_to)
    items = first_of(statement, per_page + 1, (number - 1) * per_page)
    if not items and number > 1:  # beyond the end of a list that nobody counted
        number = max(1, total // per_page)
        items = first_of(statement, per_page + 1, (number - 1) * per_page)
    refused = asked if _is_more(total) and number < asked else None
    shown = items[:per_page]
    return Page(shown, number, total, per_page, len(items) > per_page, *(_ends(shown) if has_keys else (None, None)), refused)


def _ends(items: Sequence[Any]) -> tuple[UUID | None, UUID | None]:
    """The keys of the first and of the last row."""
    return (items[0].id, items[-1].id) if items else (None, None)


@dataclass(frozen=True, slots=True)
class _Keys:
    """By what a list is ordered: columns that are never empty, all in one direction, the row's key last."""

    table: Table
    names: tuple[str, ...]
    is_down: bool

    def beyond(self, row_id: UUID, *, forward: bool) -> ColumnElement[bool]:
        """SQL condition: rows that stand behind a row, or before it. Its values are asked one by one, so that an index can be used."""
        other = self.table.alias()
        there = tuple_(*(select(other.c[name]).where(other.c.id == row_id).scalar_subquery() for name in self.names))
        own = tuple_(*(self.table.c[name] for name in self.names))
        return own < there if self.is_down is forward else own > there

    def turned(self) -> list[ColumnElement[Any]]:
        """The order from the end to the beginning."""
        return [self.table.c[name].asc() if self.is_down else self.table.c[name].desc() for name in self.names]


def _keys(statement: Select[Any]) -> _Keys | None:
    """By what a query of entities is ordered; None: by something in which a row cannot be found again."""
    table = getattr(statement.column_descriptions[0]["entity"], "__table__", None)
    if not isinstance(table, Table):
        return None
    names, ways = list[str](), set[bool]()
    for clause in statement._order_by_clauses:
        turned = isinstance(clause, UnaryExpression) and clause.modifier in {desc_op, asc_op}
        column = clause.element if turned else clause
        is_own = getattr(getattr(column, "table", None), "name", None) == table.name
        if not is_own or column.name not in table.c or table.c[column.name].nullable:
            return None
        names.append(column.name)
        ways.add(turned and clause.modifier is desc_op)
    if not names or names[-1] != "id" or len(ways) != 1:
        return None
    return _Keys(table, tuple(names), ways.pop())


def _leafed(statement: Select[T], keys: _Keys, total: Total, per_page: int) -> Page[T] | None:
    """The page behind or before the row that the URL names; None: it names none, or nothing is there."""
    after, before = asked_key("after"), asked_key("before")
    edge, forward = after or before, after is not None
    if edge is None:
        return None
    wanted = statement.where(keys.beyond(edge, forward=forward))
    wanted = wanted if forward else wanted.order_by(None).order_by(*keys.turned())
    rows = first_of(wanted, per_page + 1)
    if not rows:
        return None
    items = rows[:per_page] if forward else rows[:per_page][::-1]
    return Page(items, page_number(), total, per_page, not forward or len(rows) > per_page, *_ends(items))


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
