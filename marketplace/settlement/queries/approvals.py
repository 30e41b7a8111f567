"""Claims that may be approved together: every check is green, and nothing but the decision is missing."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select

from marketplace.kernel.db import db, found_by
from marketplace.settlement.approval_models import ApprovalLine, ApprovalRun
from marketplace.settlement.models import Claim
from marketplace.settlement.queries import ClaimFilters
from marketplace.settlement.queries.waiting import Reviewer, waiting_for
from marketplace.settlement.spot_rules import DrawnBy, SpotFinding


def is_green() -> ColumnElement[bool]:
    """SQL condition: every check was green when it was looked at last, the spot check too, and the decision is what comes next."""
    not_drawn = or_(Claim.drawn_by.is_(None), Claim.drawn_by == DrawnBy.NONE.value, Claim.spot_finding == SpotFinding.GOOD.value)
    return (Claim.open_checks == 0) & (Claim.levels_left == 0) & not_drawn


def green_for(reviewer: Reviewer, filters: ClaimFilters) -> Select[Claim]:
    """Those that wait for this person, in the order of the queue."""
    return waiting_for(reviewer, filters).where(is_green())


def run_of(run_id: UUID, actor_id: UUID) -> ApprovalRun:
    """One's own. Raises: NotFound."""
    return found_by(select(ApprovalRun).where(ApprovalRun.id == run_id, ApprovalRun.actor_id == actor_id))


def claims_of(run_id: UUID, *, left_out: bool = False) -> Select[Claim]:
    """The claims of a run as it listed them; `left_out`: those that were not approved."""
    wanted = select(Claim).join(ApprovalLine, ApprovalLine.claim_id == Claim.id).where(ApprovalLine.run_id == run_id)
    return (wanted.where(ApprovalLine.outcome == "left_out") if left_out else wanted).order_by(ApprovalLine.place, Claim.id)


def sums_of(run_id: UUID) -> list[tuple[str, int, int]]:
    """Currency, how many claims, and their amount, of what a run listed."""
    line = ApprovalLine
    wanted = select(line.currency, func.count(), func.sum(line.requested_fen)).where(line.run_id == run_id)
    rows = db.session.execute(wanted.group_by(line.currency).order_by(line.currency))
    return [(currency, int(count), int(amount)) for currency, count, amount in rows]


def outcomes_of(run_id: UUID) -> Mapping[str | None, int]:
    """How many of its claims were approved, left out, and not reached yet."""
    line = ApprovalLine
    rows = db.session.execute(select(line.outcome, func.count()).where(line.run_id == run_id).group_by(line.outcome))
    return {outcome: int(count) for outcome, count in rows}


def lines_by_claim(run_id: UUID, claim_ids: Iterable[UUID]) -> Mapping[UUID, ApprovalLine]:
    """The lines of some claims of a run."""
    wanted = select(ApprovalLine).where(ApprovalLine.run_id == run_id, ApprovalLine.claim_id.in_(list(claim_ids)))
    return {one.claim_id: one for one in db.session.scalars(wanted)}


def next_lines(run_id: UUID, most: int = 100) -> list[UUID]:
    """Claims of a run that nobody has reached yet."""
    wanted = select(ApprovalLine.claim_id).where(ApprovalLine.run_id == run_id, ApprovalLine.outcome.is_(None))
    return list(db.session.scalars(wanted.order_by(ApprovalLine.place).limit(most)))
