"""Which checks of a claim let it not pass, and what was said of those that were not green."""

from collections.abc import Sequence

from sqlalchemy import select

from marketplace.kernel.db import db
from marketplace.policy.programme_guards import ClaimCheck
from marketplace.settlement.explanation_models import ClaimExplanation
from marketplace.settlement.lifecycle import ClaimState
from marketplace.settlement.models import Claim
from marketplace.settlement.settings import finance
from marketplace.vouchers.queries.spending import spec_of


def blocking_of(claim: Claim) -> frozenset[ClaimCheck]:
    """Named by the settings of its place, and by its programme."""
    own = spec_of(claim.version_id).blocking_checks
    return frozenset(finance(claim.region_code).blocking_checks.value) | frozenset(own.value if own else ())


def explanations_of(claim: Claim) -> Sequence[ClaimExplanation]:
    """Those of the claim as it was handed in last; without a statement before anybody decided."""
    if claim.state in {ClaimState.SUBMITTED, ClaimState.RETURNED, ClaimState.DRAFT}:
        return ()
    wanted = select(ClaimExplanation).where(ClaimExplanation.claim_id == claim.id, ClaimExplanation.submitted_at == claim.submitted_at)
    return db.session.scalars(wanted.order_by(ClaimExplanation.check_key)).all()
