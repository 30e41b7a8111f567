"""Who has looked at a claim since it was handed in last, level by level."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from marketplace.kernel.db import db
from marketplace.policy.programme_guards import ClaimLevel
from marketplace.settlement.level_rules import GivenOpinion, is_before_last, next_level, one_more
from marketplace.settlement.lifecycle import ClaimState
from marketplace.settlement.models import Claim, ClaimOpinion
from marketplace.vouchers.queries.spending import spec_of

_ORDER = {level.value: place for place, level in enumerate(ClaimLevel)}  # as the file is held to name them


def opinions_of(claim: Claim) -> list[ClaimOpinion]:
    """The opinions on the claim as it stands, the first level first; those on an earlier hand-in are in the trail."""
    wanted = select(ClaimOpinion).where(ClaimOpinion.claim_id == claim.id, ClaimOpinion.submitted_at == claim.submitted_at)
    return sorted(db.session.scalars(wanted), key=lambda one: _ORDER[one.level])  # one a level


def given_for(claim: Claim) -> list[GivenOpinion]:
    """The same, as the rules read them."""
    return [GivenOpinion(ClaimLevel(one.level), one.reviewer_id, one.amount_fen) for one in opinions_of(claim)]


def everybody(claim: Claim) -> set[UUID]:
    """Everybody who ever said what the claim deserves: at a level, in the decision, or in the answer to its appeal."""
    said = db.session.scalars(select(ClaimOpinion.reviewer_id).where(ClaimOpinion.claim_id == claim.id))
    return {*said, *(who for _number, who in claim.deciders if who is not None)}


def named_for(claim: Claim) -> Sequence[ClaimLevel]:
    """The levels of a claim, as it was handed in last: the programme's, and one more where a party has few credit points."""
    named = spec_of(claim.version_id).claim_levels
    return named if claim.few_points is None else one_more(named)


@dataclass(frozen=True, slots=True)
class Levels:
    """The levels of a claim, what was said at those that are behind, and whose turn it is."""

    named: Sequence[ClaimLevel]
    opinions: Sequence[ClaimOpinion]
    turn: ClaimLevel | None
    is_before_last: bool


def levels_of(claim: Claim) -> Levels:
    """Without a statement where the claim has no levels."""
    named = named_for(claim)
    found = opinions_of(claim) if named else []
    turn = next_level(named, len(found)) if claim.state is ClaimState.SUBMITTED else None
    return Levels(named, found, turn, turn is not None and is_before_last(named, len(found)))
