"""How many rows there are, counted no further than it tells."""

from collections.abc import Sequence
from typing import TypeVar

from sqlalchemy import Select, func, inspect, select

from marketplace.kernel.db import db

T = TypeVar("T")

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


def counted(statement: Select[T], most: int | None = None) -> Total:
    """How many rows a query has, looking at no more than these, or COUNTED, and one."""
    most = COUNTED if most is None else most
    some = statement.order_by(None).limit(most + 1).subquery()
    found = db.session.scalar(select(func.count()).select_from(some)) or 0
    return Total.above(most) if found > most else Total(found)


def first_of(statement: Select[T], most: int, skipped: int = 0) -> Sequence[T]:
    """Some rows of a list. Of what brings others along, the keys first: a list is sorted without what stands beside its rows."""
    entity = statement.column_descriptions[0]["entity"]
    if not any(one.lazy == "joined" for one in inspect(entity).relationships):
        return db.session.scalars(statement.limit(most).offset(skipped)).unique().all()
    keys = db.session.scalars(statement.with_only_columns(entity.id).limit(most).offset(skipped)).all()
    wanted = select(entity).where(entity.id.in_(keys)).options(*statement._with_options)
    found = {row.id: row for row in db.session.scalars(wanted).unique()} if keys else {}
    return [found[key] for key in keys if key in found]
