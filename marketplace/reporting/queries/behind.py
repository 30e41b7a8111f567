"""The rows behind a figure of spending: each with its day, the order or the application that it is of, and whom it is about."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import aliased

from marketplace.identity.models import Organisation
from marketplace.kernel.db import db
from marketplace.ledger.models import Entry
from marketplace.reporting.queries import Span, in_span, moving


def entries(span: Span) -> Select[Entry]:
    """The ledger's entries of a span, the newest first."""
    rows = moving.moved(in_span(span))
    wanted = select(Entry).join(rows, (rows.c.book_id == Entry.book_id) & (rows.c.entry_id == Entry.id))
    narrowed = wanted if span.within is None else wanted.where(moving.is_of(rows, *span.within))
    return narrowed.order_by(Entry.effective_on.desc(), Entry.id.desc())


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
    """What some entries moved and whom it is about, in one statement."""
    ids, firm, provider = [one.id for one in found], aliased(Organisation), aliased(Organisation)
    rows = moving.moved(lambda one: in_span(span)(one).where(Entry.id.in_(ids)))
    wanted = (
        select(rows.c.day, rows.c.number, rows.c.shown_id, firm.name, provider.name, *(rows.c[name] for name in moving.MEASURES))
        .join(firm, firm.id == rows.c.enterprise_id)
        .outerjoin(provider, provider.id == rows.c.provider_id)
    )
    return [RowBehind(*row) for row in db.session.execute(wanted.order_by(rows.c.day.desc(), rows.c.entry_id.desc()))]
