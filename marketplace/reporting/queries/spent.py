"""Spending as the worker counted it: the sums of each day, added up for a span, and the moment they are of."""

from collections.abc import Sequence
from datetime import date, datetime
from itertools import chain
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
    across: str = ""  # the key of the second grouping, where there are two


def as_of() -> datetime | None:
    """The moment of the sums; None: no worker has counted them."""
    row = db.session.get(StoredFigure, SPENDING)
    return None if row is None else row.as_of


def sums(
    *bys: str, first: date, last: date, areas: tuple[str, ...], programmes: Select[UUID], within: Sequence[tuple[str, str]] = ()
) -> list[Sum]:
    """The sums of a span of days over programmes of one currency, by what groups them: for firms that are in the areas now.

    Args:
        bys: one grouping, or two.
        within: other groupings and their keys, to which they are narrowed.
    """
    days = moving.widened(table_of(SpentDay), [*bys, *dict(within)])
    parts = [moving.parts_of(days, by) for by in bys]
    wanted = (
        select(*chain(*parts), *(func.sum(days.c[name]) for name in (*moving.MEASURES, "orders")))
        .select_from(days)
        .join(Organisation, Organisation.id == days.c.enterprise_id)
        .where(days.c.day >= first, days.c.day <= last, in_areas(areas))
        .where(days.c.programme_id.in_(programmes), moving.is_within(days, within))
        .group_by(*chain(*parts))
    )
    return summed(wanted, [len(one) for one in parts])


def summed(wanted: Select[Any], widths: Sequence[int]) -> list[Sum]:
    """Groups with their sums, as they were asked for: what groups them first, the sums last.

    Args:
        widths: of how many columns the key of each grouping is.
    """
    return [_sum(row, widths[0], sum(widths)) for row in db.session.execute(wanted)]


def _sum(row: Sequence[Any], first: int, keys: int) -> Sum:
    redeemed, cut, paid, orders = (int(one or 0) for one in row[keys:])
    return Sum(moving.key_of(row[:first]), redeemed, cut, paid, orders, moving.key_of(row[first:keys]))
