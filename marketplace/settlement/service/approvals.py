"""One of the claims that are approved together because every check is green."""

from datetime import datetime
from uuid import UUID

from marketplace.kernel.db import locked
from marketplace.kernel.money import Fen
from marketplace.piles.work import PileAsk
from marketplace.settlement import queries
from marketplace.settlement.lifecycle import ClaimState
from marketplace.settlement.models import Claim
from marketplace.settlement.queries import causes
from marketplace.settlement.rules import Approval
from marketplace.settlement.service import claims, explanations, spot_checks


def approve_listed(claim_id: UUID, mark: str, ask: PileAsk) -> None:
    """Approve one of a list as it was listed, for what was asked.

    Raises: NotFound: in no area of the person any more. RuleViolation, Conflict: it changed since, or a rule of one approval says no.
    """
    queries.in_area(claim_id, ask.areas)
    approval = Approval(Fen(spot_checks.locked_claim(claim_id).requested_fen), opinion=ask.reason)
    claims.approve(claim_id, approval, actor_id=ask.actor_id, now=ask.now, request_key=ask.key(claim_id), shown=mark)


def look_at_checks(claim_id: UUID, now: datetime) -> None:
    """Keep what the checks of one that was left out say now, so that its page explains it."""
    claim = locked(Claim, claim_id)
    if claim.state is ClaimState.SUBMITTED:
        explanations.keep_checks(claim, causes.checks_of(claim, claim.day_of(now)))
