"""Simulated rounds (模拟): old programmes replayed. Nothing of theirs is real money, and this one predicate says so to every total, public
list, recommendation and bank list. It looks at the round: a programme may have rounds of both kinds."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from marketplace.kernel.db import db
from marketplace.vouchers.models import Programme, Round
from marketplace.vouchers.rules.states import RoundState

RoundKey = InstrumentedAttribute[UUID] | InstrumentedAttribute[UUID | None]


def _simulated() -> Select[UUID]:
    return select(Round.id).where(Round.simulated)


def is_real(round_id: RoundKey) -> ColumnElement[bool]:
    """SQL condition on a column that names a round or none: what stands there is not of a simulated round."""
    return or_(round_id.is_(None), round_id.not_in(_simulated()))


def is_simulated(round_id: RoundKey) -> ColumnElement[bool]:
    """SQL condition, the other side of `is_real`."""
    return round_id.in_(_simulated())


def is_real_programme() -> ColumnElement[bool]:
    """SQL condition: the programme has a real round, or none at all yet; it is not there for reruns only."""
    rounds = exists().where(Round.programme_id == Programme.id)
    return or_(~rounds, rounds.where(is_real(Round.id)))


def reruns() -> Select[Round]:
    """Simulated rounds as the public sees them, none that is a draft, newest first."""
    shown = select(Round).where(is_simulated(Round.id), Round.state != RoundState.DRAFT)
    return shown.order_by(Round.use_from.desc(), Round.id.desc())


def has_reruns(programme_id: UUID) -> bool:
    """Whether the public may look at a simulated round of a programme."""
    return db.session.scalars(reruns().where(Round.programme_id == programme_id).limit(1)).unique().first() is not None


def simulated_among(*round_ids: Any) -> set[UUID]:
    """Those of some rounds that are simulated."""
    wanted = {key for key in round_ids if key is not None}
    return set(db.session.scalars(_simulated().where(Round.id.in_(wanted)))) if wanted else set()


def simulated_ids() -> frozenset[UUID]:
    """Every simulated round, for pages that name what belongs to rounds: there are few, and a page asks once."""
    return frozenset(db.session.scalars(_simulated()))
