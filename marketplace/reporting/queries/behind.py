"""The rows behind a figure of spending: each with its day, the order or the application that it is of, and whom it is about."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, Select, func, select
from sqlalchemy.orm import aliased

from marketplace.identity.models import Organisation
from marketplace.kernel.db import db
from marketplace.ledger.models import Entry
from marketplace.reporting.queries import Span, in_span, moving
from marketplace.reporting.queries.moving import Moved

Narrowed = Callable[[Moved], Select[Any]]


def entries(span: Span) -> Select[Entry]:
    """The ledger's entries of a span, the newest first."""
    return entries_of(in_span(span), lambda rows: moving.is_within(rows, span.within), dict(span.within))


def entries_of(narrowed: Narrowed, which: Callable[[FromClause], ColumnElement[bool]], bys: Collection[str] = ()) -> Select[Entry]:
    """Entries that spent, cut or paid something, the newest first.

    Args:
        which: of the rows that are left, those that are meant.
        bys: the groupings that it asks for.
    """
    rows = moving.widened(moving.moved(narrowed), bys)
    meant = select(rows.c.book_id, rows.c.entry_id).where(which(rows)).distinct().subquery()
    wanted = select(Entry).join(meant, (meant.c.book_id == Entry.book_id) & (meant.c.entry_id == Entry.id))
    return wanted.order_by(Entry.effective_on.desc(), Entry.id.desc())


@dataclass(frozen=True, slots=True)
class RowBehind:
    """One of them, as a page shows it."""

    day: date
    number: str
    shown_id: UUID  # of the order, or of the claim where there is none
    firm: str
    provider: str | None  # None: the money went to the firm
    redeemed_fen: int
    cut_fen: int
    paid_fen: int


def rows_behind(found: Sequence[Entry], span: Span) -> list[RowBehind]:
    """What some entries of a span moved and whom it is about."""
    return rows_of(found, in_span(span), span.within)


def rows_of(found: Sequence[Entry], narrowed: Narrowed, within: Sequence[tuple[str, str]] = ()) -> list[RowBehind]:
    """What some entries moved and whom it is about, a row each, in one statement; `within`: of their money, what is of these groups."""
    ids, firm, provider = [one.id for one in found], aliased(Organisation), aliased(Organisation)
    rows = moving.widened(moving.moved(lambda one: narrowed(one).where(Entry.id.in_(ids))), dict(within))
    named = (rows.c.day, rows.c.number, rows.c.shown_id, firm.name, provider.name)
    wanted = (
        select(*named, *(func.sum(rows.c[name]) for name in moving.MEASURES))
        .join(firm, firm.id == rows.c.enterprise_id)
        .outerjoin(provider, provider.id == rows.c.provider_id)
        .where(moving.is_within(rows, within))
        .group_by(rows.c.entry_id, *named)
    )
    found_rows = db.session.execute(wanted.order_by(rows.c.day.desc(), rows.c.entry_id.desc()))
    return [RowBehind(*row[:-3], *(int(fen) for fen in row[-3:])) for row in found_rows]
