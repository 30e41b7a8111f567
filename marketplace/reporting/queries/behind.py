"""The rows behind a figure of spending: each with its day, the order or the application that it is of, and whom it is about."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, Select, select, true
from sqlalchemy.orm import aliased

from marketplace.identity.models import Organisation
from marketplace.kernel.db import db
from marketplace.ledger.models import Entry
from marketplace.reporting.queries import Span, in_span, moving
from marketplace.reporting.queries.moving import Moved

Narrowed = Callable[[Moved], Select[Any]]


def entries(span: Span) -> Select[Entry]:
    """The ledger's entries of a span, the newest first."""
    return entries_of(in_span(span), lambda rows: true() if span.within is None else moving.is_of(rows, *span.within))


def entries_of(narrowed: Narrowed, which: Callable[[FromClause], ColumnElement[bool]]) -> Select[Entry]:
    """Entries that spent, cut or paid something, the newest first.

    Args:
        which: of the rows that are left, those that are meant.
    """
    rows = moving.moved(narrowed)
    wanted = select(Entry).join(rows, (rows.c.book_id == Entry.book_id) & (rows.c.entry_id == Entry.id))
    return wanted.where(which(rows)).order_by(Entry.effective_on.desc(), Entry.id.desc())


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
    return rows_of(found, in_span(span))


def rows_of(found: Sequence[Entry], narrowed: Narrowed) -> list[RowBehind]:
    """What some entries moved and whom it is about, in one statement."""
    ids, firm, provider = [one.id for one in found], aliased(Organisation), aliased(Organisation)
    rows = moving.moved(lambda one: narrowed(one).where(Entry.id.in_(ids)))
    wanted = (
        select(rows.c.day, rows.c.number, rows.c.shown_id, firm.name, provider.name, *(rows.c[name] for name in moving.MEASURES))
        .join(firm, firm.id == rows.c.enterprise_id)
        .outerjoin(provider, provider.id == rows.c.provider_id)
    )
    return [RowBehind(*row) for row in db.session.execute(wanted.order_by(rows.c.day.desc(), rows.c.entry_id.desc()))]
