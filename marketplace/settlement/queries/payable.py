"""Approved claims that wait to be paid, those of simulated rounds apart."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, Select, cast, func, select

from marketplace.kernel.db import db
from marketplace.kernel.money import Fen
from marketplace.settlement.lifecycle import ClaimState
from marketplace.settlement.models import Claim
from marketplace.settlement.queries import programme_in_areas
from marketplace.settlement.queries.paid import paid_of_claim
from marketplace.vouchers.models import Programme
from marketplace.vouchers.queries.reruns import is_real, is_simulated


@dataclass(frozen=True, slots=True)
class ProgrammePayable:
    """What a programme has to pay, of its real rounds or of its simulated ones."""

    programme: Programme
    simulated: bool
    count: int
    amount_fen: Fen


MOST_AT_ONCE = 500  # claims that one batch is made of: as many as a page and a paper can be read through


def _waits(programme_id: UUID, simulated: bool) -> tuple[ColumnElement[bool], ...]:
    kind = (is_simulated if simulated else is_real)(Claim.round_id)
    return (Claim.programme_id == programme_id, kind, Claim.state == ClaimState.APPROVED)


def payable(programme_id: UUID, *, simulated: bool = False) -> list[Claim]:
    """Approved claims of a programme that are in no living batch, oldest decision first: as many as one batch is made of."""
    waiting = select(Claim).where(*_waits(programme_id, simulated)).order_by(Claim.decided_at, Claim.id)
    return list(db.session.scalars(waiting.limit(MOST_AT_ONCE)))


def whole_payable(programme_id: UUID, *, simulated: bool = False) -> tuple[int, Fen]:
    """How many claims of a programme wait to be paid, and how much they come to."""
    whole = cast(func.sum(Claim.approved_fen - paid_of_claim()), BigInteger)
    count, fen = db.session.execute(select(func.count(Claim.id), whole).where(*_waits(programme_id, simulated))).one()
    return int(count), Fen(int(fen or 0))


def to_pay(areas: Iterable[str]) -> Select[Programme, bool, int, int | None]:
    """Programmes with approved claims to be paid: how many, how much; what is simulated stands apart, after what is real."""
    played, whole = is_simulated(Claim.round_id).label("played"), cast(func.sum(Claim.approved_fen - paid_of_claim()), BigInteger)
    sums = select(Programme, played, func.count(Claim.id), whole).join(Claim, Claim.programme_id == Programme.id)
    sums = sums.where(programme_in_areas(areas), Claim.state == ClaimState.APPROVED)
    return sums.group_by(Programme.id, played).order_by(played, Programme.name)


def payable_sums(areas: Iterable[str]) -> list[ProgrammePayable]:
    """The same, read."""
    return [
        ProgrammePayable(programme, simulated, count, Fen(fen or 0))
        for programme, simulated, count, fen in db.session.execute(to_pay(areas))
    ]
