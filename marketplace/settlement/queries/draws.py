"""The draw of a round: how far it has come, and who entered it."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select

from marketplace.kernel.db import db
from marketplace.settlement.models import Claim


@dataclass(frozen=True, slots=True)
class SoFar:
    """How many claims of a round entered its draw, and how many were drawn."""

    entered: int
    drawn: int


def _of_round(round_id: UUID) -> ColumnElement[bool]:
    return Claim.round_id == round_id


_IS_DRAWN = Claim.drawn_by.in_(["amount", "rate", "minimum"])


def drawn_so_far(round_id: UUID) -> SoFar:
    """The draw of a round until now."""
    statement = select(func.count(), func.count().filter(_IS_DRAWN)).where(_of_round(round_id), Claim.draw_place.is_not(None))
    entered, drawn = db.session.execute(statement).one()
    return SoFar(int(entered), int(drawn))


def in_draw_order(round_id: UUID) -> Select[Claim]:
    """The claims of a round in the order in which they entered its draw."""
    return select(Claim).where(_of_round(round_id), Claim.draw_place.is_not(None)).order_by(Claim.draw_place)
