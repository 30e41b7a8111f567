"""Spending as the worker counted it: the sums of each day, added up for a span, and the moment they are of."""

from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Select, func, select

from marketplace.identity.models import Organisation
from marketplace.identity.queries import in_areas
from marketplace.kernel.db import db, table_of
from marketplace.reporting.models import SpentDay, StoredFigure
from marketplace.reporting.queries import moving

SPENDING = "spending"  # names the moment of the sums


class Sum(NamedTuple):
    """What was redeemed or granted for something, cut and paid of it, and of how many orders and applications."""

    key: str
    redeemed_fen: int
    cut_fen: int
    paid_fen: int
    orders: int


def as_of() -> datetime | None:
    """The moment of the sums; None: no worker has counted them."""
    row = db.session.get(StoredFigure, SPENDING)
    return None if row is None else row.as_of


def sums(
    by: str, *, first: date, last: date, areas: tuple[str, ...], programmes: Select[UUID], within: tuple[str, str] | None = None
) -> list[Sum]:
    """The sums of a span of days over programmes of one currency, by what groups them: for firms that are in the areas now.

    Args:
        within: another grouping and its key, to which they are narrowed.
    """
    days = table_of(SpentDay)
    parts = moving.parts_of(days, by)
    wanted = (
        select(*parts, *(func.sum(days.c[name]) for name in (*moving.MEASURES, "orders")))
        .select_from(SpentDay)
        .join(Organisation, Organisation.id == SpentDay.enterprise_id)
        .where(SpentDay.day >= first, SpentDay.day <= last, in_areas(areas))
        .where(SpentDay.programme_id.in_(programmes))
        .group_by(*parts)
    )
    return summed(wanted if within is None else wanted.where(moving.is_of(days, *within)))


def summed(wanted: Select[Any]) -> list[Sum]:
    """Groups with their sums, as they were asked for: what groups them first, the sums last."""
    count = len(Sum._fields) - 1
    return [Sum(moving.key_of(row[:-count]), *(int(one or 0) for one in row[-count:])) for row in db.session.execute(wanted)]
