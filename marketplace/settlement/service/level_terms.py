"""By when the level of a review whose turn it is says its word: counted from its turn. A day that passes decides nothing."""

from datetime import date
from uuid import UUID

from marketplace.kernel.db import locked
from marketplace.policy.programme_guards import ClaimLevel
from marketplace.risk import queries as risk
from marketplace.settlement.lifecycle import ClaimState
from marketplace.settlement.models import Claim
from marketplace.settlement.queries import levels
from marketplace.settlement.settings import finance
from marketplace.vouchers.queries.spending import calendar_of


def begin_levels(claim: Claim, today: date) -> None:
    """Who looks at a claim that is handed in: fixed here, whatever becomes of credit points while it is reviewed."""
    found = risk.fewest_points(claim.parties, today)
    claim.few_points, claim.few_points_of = (found.points, found.organisation_id) if found else (None, None)
    claim.few_points_floor = found.floor if found else None
    claim.levels_left = max(0, len(levels.named_for(claim)) - 1)


def begin_level_term(claim: Claim, start: date) -> None:
    """It is the turn of the next level; of a claim that waits for none, nobody's."""
    turn = levels.levels_of(claim).turn if claim.state is ClaimState.SUBMITTED else None
    if turn is None:
        claim.level_from = claim.level_days = claim.level_by = None
        return
    days = days_of(turn, claim.region_code)
    last = _last_day(claim, start, days)  # asked for first: the three columns stand together or not at all
    claim.level_from, claim.level_days, claim.level_by = start, days, last


def days_of(level: ClaimLevel, area_code: str) -> int:
    """Working days that a level has in an area."""
    found = finance(area_code)
    return {
        ClaimLevel.FORMAL: found.level_terms.formal,
        ClaimLevel.EXPERT: found.level_terms.expert,
        ClaimLevel.FINAL: found.level_terms.final,
    }[level]


def recount_level_term(claim_id: UUID) -> bool:
    """Count the last day again after the calendar changed. Whether it moved."""
    claim = locked(Claim, claim_id)
    before = claim.level_by
    if claim.state is ClaimState.SUBMITTED and claim.level_from is not None and claim.level_days is not None:
        claim.level_by = _last_day(claim, claim.level_from, claim.level_days)
    return claim.level_by != before


def _last_day(claim: Claim, start: date, days: int) -> date:
    return calendar_of(claim.version_id).add_working_days(start, days, claim.region_code).on
