"""Which checks of a claim let it not pass, and what was said of those that were not green."""

from collections.abc import Iterable, Sequence
from uuid import UUID

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


def words_of(claims: Iterable[Claim]) -> dict[UUID, str]:
    """What was said at the approval of each check that was not green, in one text for each of some claims. One statement."""
    by_id = {one.id: one for one in claims}
    wanted = select(ClaimExplanation).where(ClaimExplanation.claim_id.in_(by_id), ClaimExplanation.claim_id == Claim.id)
    wanted = wanted.where(ClaimExplanation.submitted_at == Claim.submitted_at).order_by(ClaimExplanation.check_key)
    texts: dict[UUID, list[str]] = {}
    for row in db.session.scalars(wanted):
        labels = {one["key"]: one["label"] for one in by_id[row.claim_id].checks}
        texts.setdefault(row.claim_id, []).append(f"{labels.get(row.check_key, row.check_key)}：{row.words}")
    return {claim_id: "；".join(found) for claim_id, found in texts.items()}
