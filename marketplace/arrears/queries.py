"""Reads of arrears: the list, what is left of each, and the report of a month. Sums are made of rows, in SQL."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select, true

from marketplace.arrears.lifecycle import ArrearState
from marketplace.arrears.models import Arrear, ArrearPlan, ArrearProgress
from marketplace.arrears.rules import A_WEEK, next_month
from marketplace.identity.scope import acted_on
from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound

Areas = Sequence[str] | None  # None: everything, for an auditor


@dataclass(frozen=True, slots=True)
class ArrearFilter:
    """Which arrears are looked for."""

    state: ArrearState | None = None
    not_by: UUID | None = None  # registered by somebody else
    quiet_on: date | None = None  # open, and without a word for a week on this day


def arrears(areas: Areas, wanted: ArrearFilter) -> Select[Arrear]:
    """Arrears of firms in some areas, what is due longest first."""
    rows = select(Arrear).where(_in_areas(areas))
    if wanted.state is not None:
        rows = rows.where(Arrear.state == wanted.state)
    if wanted.not_by is not None:
        rows = rows.where(Arrear.registered_by != wanted.not_by)
    if wanted.quiet_on is not None:
        rows = rows.where(Arrear.state == ArrearState.OPEN, Arrear.looked_on <= wanted.quiet_on - A_WEEK)
    return rows.order_by(Arrear.due_on, Arrear.id)


def _in_areas(areas: Areas) -> ColumnElement[bool]:
    return true() if areas is None else acted_on(Arrear.region_code, areas)


def arrear_in(arrear_id: UUID, areas: Areas) -> Arrear:
    """One of them. Raises: NotFound: not of the areas."""
    row = db.session.scalars(arrears(areas, ArrearFilter()).where(Arrear.id == arrear_id)).one_or_none()
    if row is None:
        raise NotFound
    return row


def paid_fen(found: Sequence[Arrear]) -> dict[UUID, int]:
    """What was paid of each, in one statement."""
    ids = [row.id for row in found]
    sums = select(ArrearProgress.arrear_id, func.sum(ArrearProgress.amount_fen)).where(ArrearProgress.arrear_id.in_(ids))
    paid = {key: int(total) for key, total in db.session.execute(sums.group_by(ArrearProgress.arrear_id))}
    return {key: paid.get(key, 0) for key in ids}


def progress_of(arrear_id: UUID) -> Select[ArrearProgress]:
    """What was said of it, the newest first."""
    wanted = select(ArrearProgress).where(ArrearProgress.arrear_id == arrear_id)
    return wanted.order_by(ArrearProgress.said_at.desc(), ArrearProgress.id.desc())


def _newest_plans(month: date) -> Any:
    """The plan that counts of each arrear in a month."""
    place = func.row_number().over(partition_by=ArrearPlan.arrear_id, order_by=(ArrearPlan.made_at.desc(), ArrearPlan.id.desc()))
    ranked = select(ArrearPlan.arrear_id, ArrearPlan.amount_fen, place.label("place")).where(ArrearPlan.month == month).subquery()
    return select(ranked.c.arrear_id, ranked.c.amount_fen).where(ranked.c.place == 1).subquery()


def planned_fen(arrear_id: UUID, month: date) -> int | None:
    """What is to be paid of one in a month; None: nobody planned it."""
    plans = _newest_plans(month)
    found: int | None = db.session.scalar(select(plans.c.amount_fen).where(plans.c.arrear_id == arrear_id))
    return found


@dataclass(frozen=True, slots=True)
class MonthSums:
    """An arrear in a month, or all of them: what was left at its start, came new, was planned, was paid, is left."""

    opening_fen: int
    new_fen: int
    planned_fen: int
    paid_fen: int

    @property
    def left_fen(self) -> int:
        """At the month's end."""
        return self.opening_fen + self.new_fen - self.paid_fen


def in_month(areas: Areas, month: date) -> Select[Arrear]:
    """Arrears that were on the list in a month: listed before its end, and not cleared before its start."""
    end = next_month(month)
    before = _progress(ArrearProgress.said_on < month)
    rows = select(Arrear).outerjoin(before, before.c.arrear_id == Arrear.id).where(_in_areas(areas), Arrear.listed_on < end)
    live = or_(Arrear.listed_on >= month, Arrear.amount_fen > func.coalesce(before.c.fen, 0), Arrear.id.in_(_said_in(month)))
    return rows.where(live).order_by(Arrear.due_on, Arrear.id)


def _said_in(month: date) -> Select[UUID]:
    return select(ArrearProgress.arrear_id).where(ArrearProgress.said_on >= month, ArrearProgress.said_on < next_month(month))


def _progress(*conditions: ColumnElement[bool]) -> Any:
    sums = select(ArrearProgress.arrear_id, func.sum(ArrearProgress.amount_fen).label("fen")).where(*conditions)
    return sums.group_by(ArrearProgress.arrear_id).subquery()


def _with_sums(month: date, *columns: Any) -> Select[Any]:
    """Arrears beside what of them stands where in a month."""
    end = next_month(month)
    before, within = (
        _progress(ArrearProgress.said_on < month),
        _progress(and_(ArrearProgress.said_on >= month, ArrearProgress.said_on < end)),
    )
    plans = _newest_plans(month)
    is_old = Arrear.listed_on < month
    opening = case((is_old, Arrear.amount_fen), else_=0) - func.coalesce(before.c.fen, 0)
    sums = (opening, case((is_old, 0), else_=Arrear.amount_fen), func.coalesce(plans.c.amount_fen, 0), func.coalesce(within.c.fen, 0))
    wanted = sums if columns else tuple(func.coalesce(func.sum(one), 0) for one in sums)
    return (
        select(*columns, *wanted)
        .select_from(Arrear)
        .outerjoin(before, before.c.arrear_id == Arrear.id)
        .outerjoin(within, within.c.arrear_id == Arrear.id)
        .outerjoin(plans, plans.c.arrear_id == Arrear.id)
        .where(Arrear.listed_on < end)
    )


def month_sums(found: Sequence[Arrear], month: date) -> dict[UUID, MonthSums]:
    """The month of some arrears, in one statement."""
    rows = db.session.execute(_with_sums(month, Arrear.id).where(Arrear.id.in_([row.id for row in found])))
    return {key: MonthSums(*map(int, sums)) for key, *sums in rows}


def month_total(areas: Areas, month: date) -> MonthSums:
    """The month of everything in some areas: sums of the very rows."""
    row = db.session.execute(_with_sums(month).where(_in_areas(areas))).one()
    return MonthSums(*(int(one) for one in row))
