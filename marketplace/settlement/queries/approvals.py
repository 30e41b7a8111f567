"""Claims that may be approved together: every check is green, and nothing but the decision is missing."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, Select, or_, select

from marketplace.kernel.db import db
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


def some(claim_ids: Sequence[UUID]) -> Sequence[Claim]:
    """Several at once."""
    return db.session.scalars(select(Claim).where(Claim.id.in_(claim_ids))).unique().all()
