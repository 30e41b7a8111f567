"""The rows behind a measure: the ledger's entries, the claims whose term ended, the reviews."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, Select, select, true

from marketplace.identity.models import Organisation
from marketplace.kernel.db import db
from marketplace.kernel.errors import N_
from marketplace.kernel.zones import day_in, zone
from marketplace.ledger.models import Entry
from marketplace.orders.models import Order, Review
from marketplace.performance.indicators import Indicator
from marketplace.performance.queries.values import CountedYear, due_to_pay, paid_in_time, reviews
from marketplace.reporting.queries import behind
from marketplace.settlement.models import Claim

_PAID = frozenset({Indicator.PAID, Indicator.EXECUTION})


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """One row, as a page shows it."""

    day: date
    number: str
    shown_id: UUID
    endpoint: str  # of its page, which takes `argument`
    argument: str
    firm: str
    amount_fen: int | None = None  # of money; None: the row is counted or said
    said: str = ""


def rows_behind(counted: CountedYear, indicator: Indicator) -> Select[Any]:
    """The rows that are counted, the newest first."""
    if indicator is Indicator.TIMELY:
        return due_to_pay(counted).order_by(Claim.pay_by.desc(), Claim.id.desc())
    if indicator is Indicator.SATISFACTION:
        return reviews(counted).order_by(Review.created_at.desc(), Review.id.desc())
    return behind.entries_of(counted.narrowed, lambda rows: _measured(rows, indicator))


def _measured(rows: FromClause, indicator: Indicator) -> ColumnElement[bool]:
    if indicator in _PAID:
        return rows.c.paid_fen != 0
    return rows.c.redeemed_fen != 0 if indicator in {Indicator.REDEEMED, Indicator.FIRMS, Indicator.SERVICES} else true()


def rows_shown(found: Sequence[Any], counted: CountedYear, indicator: Indicator) -> list[EvidenceRow]:
    """Rows of a page with whom they are about."""
    if indicator is Indicator.TIMELY:
        return _terms(found)
    return _reviews(found, counted) if indicator is Indicator.SATISFACTION else _entries(found, counted, indicator)


def _entries(found: Sequence[Entry], counted: CountedYear, indicator: Indicator) -> list[EvidenceRow]:
    rows = behind.rows_of(found, counted.narrowed)
    return [
        EvidenceRow(
            day=one.day,
            number=one.number,
            shown_id=one.shown_id,
            endpoint="orders.show" if one.provider else "settlement.claim",
            argument="order_id" if one.provider else "claim_id",
            firm=one.firm,
            amount_fen=one.paid_fen if indicator in _PAID else one.redeemed_fen,
        )
        for one in rows
        if (one.paid_fen if indicator in _PAID else one.redeemed_fen)
    ]


def _terms(found: Sequence[Claim]) -> list[EvidenceRow]:
    ids = [one.id for one in found]
    in_time = set(db.session.scalars(select(Claim.id).where(Claim.id.in_(ids), paid_in_time())))
    names = _names([one.enterprise_id for one in found if one.enterprise_id])
    return [
        EvidenceRow(
            day=one.pay_by,
            number=one.number,
            shown_id=one.id,
            endpoint="settlement.claim",
            argument="claim_id",
            firm=names[one.enterprise_id] if one.enterprise_id else "",
            said=N_("期限内付清") if one.id in in_time else N_("未在期限内付清"),
        )
        for one in found
        if one.pay_by is not None
    ]


def _reviews(found: Sequence[Review], counted: CountedYear) -> list[EvidenceRow]:
    names = _names([one.enterprise_id for one in found])
    wanted = select(Order.id, Order.number).where(Order.id.in_([one.order_id for one in found]))
    numbers = dict(db.session.execute(wanted).all())
    return [
        EvidenceRow(
            day=day_in(one.created_at, zone(counted.time_zone)),
            number=numbers[one.order_id],
            shown_id=one.order_id,
            endpoint="orders.show",
            argument="order_id",
            firm=names[one.enterprise_id],
            said=str(one.score),
        )
        for one in found
    ]


def _names(ids: Sequence[UUID]) -> dict[UUID, str]:
    return dict(db.session.execute(select(Organisation.id, Organisation.name).where(Organisation.id.in_(ids))).all())
