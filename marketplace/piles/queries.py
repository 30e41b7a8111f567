"""Reads of lists that are decided on together."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from sqlalchemy import Select, func, select

from marketplace.kernel.db import db, found_by
from marketplace.piles.models import LEFT_OUT, SKIPPED, PileLine, PileRun


def run_of(run_id: UUID, kind: str, actor_id: UUID) -> PileRun:
    """One's own. Raises: NotFound."""
    return found_by(select(PileRun).where(PileRun.id == run_id, PileRun.kind == kind, PileRun.actor_id == actor_id))


def lines_of(run_id: UUID, *, left_out: bool = False) -> Select[PileLine]:
    """The rows of a run as it listed them, those first that nothing is done with; `left_out`: these alone."""
    is_out = PileLine.outcome.in_((LEFT_OUT, SKIPPED))
    wanted = select(PileLine).where(PileLine.run_id == run_id)
    wanted = wanted.where(is_out) if left_out else wanted
    return wanted.order_by(func.coalesce(PileLine.outcome == SKIPPED, False).desc(), PileLine.place)


def sums_of(run_id: UUID) -> list[tuple[str, int, int]]:
    """Currency, how many rows, and their amount, of what a run would do or did."""
    line = PileLine
    wanted = select(line.currency, func.count(), func.sum(line.amount_fen)).where(line.run_id == run_id, line.currency.is_not(None))
    wanted = wanted.where(line.outcome.is_distinct_from(SKIPPED)).group_by(line.currency).order_by(line.currency)
    return [(str(currency), int(count), int(amount or 0)) for currency, count, amount in db.session.execute(wanted)]


def outcomes_of(run_id: UUID) -> Mapping[str | None, int]:
    """How many rows were decided on, left out, skipped, and not reached yet."""
    line = PileLine
    rows = db.session.execute(select(line.outcome, func.count()).where(line.run_id == run_id).group_by(line.outcome))
    return {outcome: int(count) for outcome, count in rows}


def lines_by_row(run_id: UUID, row_ids: Iterable[UUID]) -> Mapping[UUID, PileLine]:
    """The lines of some rows of a run."""
    wanted = select(PileLine).where(PileLine.run_id == run_id, PileLine.row_id.in_(list(row_ids)))
    return {one.row_id: one for one in db.session.scalars(wanted)}


def next_lines(run_id: UUID, most: int = 100) -> list[UUID]:
    """Rows of a run that nobody has reached yet."""
    wanted = select(PileLine.row_id).where(PileLine.run_id == run_id, PileLine.outcome.is_(None))
    return list(db.session.scalars(wanted.order_by(PileLine.place).limit(most)))
