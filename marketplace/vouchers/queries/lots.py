"""The draw of lots of a round, as pages and services read it."""

from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from marketplace.kernel.db import db
from marketplace.vouchers.lot_models import Lot, Lottery


def lottery_of(round_id: UUID) -> Lottery | None:
    """The draw of a round, if there is one."""
    return db.session.scalars(select(Lottery).where(Lottery.round_id == round_id)).one_or_none()


def lots_of(round_id: UUID) -> Select[Lot]:
    """The lots with their applications: as they were drawn; before that by name."""
    wanted = select(Lot).options(joinedload(Lot.application))
    return wanted.where(Lot.round_id == round_id).order_by(Lot.place, Lot.name)


def listed(round_id: UUID) -> list[tuple[int | None, str]]:
    """The whole list as everybody may take it away: place and name of each lot."""
    rows = db.session.execute(select(Lot.place, Lot.name).where(Lot.round_id == round_id).order_by(Lot.place, Lot.name))
    return [(place, name) for place, name in rows]


def count_of(round_id: UUID) -> int:
    """How many lots there are."""
    return int(db.session.scalar(select(func.count()).select_from(Lot).where(Lot.round_id == round_id)) or 0)


def places_of(round_id: UUID) -> dict[UUID, int]:
    """By application, the place that its lot drew."""
    rows = db.session.execute(select(Lot.application_id, Lot.place).where(Lot.round_id == round_id, Lot.place.is_not(None)))
    return {application_id: place for application_id, place in rows if place is not None}


def of_application(application_id: UUID) -> Lot | None:
    """The lot of an application, if it has one."""
    return db.session.scalars(select(Lot).where(Lot.application_id == application_id)).one_or_none()
