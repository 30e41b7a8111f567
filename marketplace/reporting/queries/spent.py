"""Spending as the worker counted it: the sums of each day, added up for a span, and the moment they are of."""

from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Select, func, select

from marketplace.identity.models import Organisation
from marketplace.identity.queries import in_areas
from marketplace.kernel.db import db
from marketplace.reporting.models import SpentDay, StoredFigure

SPENDING = "spending"  # names the moment of the sums


class Sum(NamedTuple):
    """What was redeemed or granted and paid for something, and of how many orders and applications."""

    key: str
    redeemed_fen: int
    paid_fen: int
    orders: int


def as_of() -> datetime | None:
    """The moment of the sums; None: no worker has counted them."""
    row = db.session.get(StoredFigure, SPENDING)
    return None if row is None else row.as_of


def sums(column: str, *, first: date, last: date, areas: tuple[str, ...], programmes: Select[UUID]) -> list[Sum]:
    """The sums of a span of days over programmes of one currency, by a column: for firms that are in the areas now."""
    by = SpentDay.__table__.c[column]
    wanted = (
        select(by, func.sum(SpentDay.redeemed_fen), func.sum(SpentDay.paid_fen), func.sum(SpentDay.orders))
        .join(Organisation, Organisation.id == SpentDay.enterprise_id)
        .where(SpentDay.day >= first, SpentDay.day <= last, in_areas(areas))
        .where(SpentDay.programme_id.in_(programmes))
        .group_by(by)
    )
    return [Sum(str(key), int(redeemed), int(paid), int(orders)) for key, redeemed, paid, orders in db.session.execute(wanted)]
