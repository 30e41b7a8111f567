"""The claims that wait for a reviewer, one after the other: those of the area in which this person has no part, what is due first."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, or_

from marketplace.kernel.counting import Total, counted, first_of
from marketplace.settlement.lifecycle import ClaimState
from marketplace.settlement.models import Claim, ClaimOpinion
from marketplace.settlement.queries import ClaimFilters, queue


@dataclass(frozen=True, slots=True)
class Reviewer:
    """Who looks: where they may, and whose person they are."""

    id: UUID
    organisation_id: UUID | None
    areas: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class QueuePlace:
    """Where a claim stands in the queue; kept before a decision, which clears its day."""

    due_on: date | None
    claim_id: UUID


def place_of(claim: Claim) -> QueuePlace:
    """Where it stands now."""
    return QueuePlace(claim.due_on, claim.id)


def has_no_part(reviewer: Reviewer) -> ColumnElement[bool]:
    """SQL condition: the reviewer did not hand it in, sign for it, check it on the spot or look at it before, and is of no party."""
    looked = exists().where(
        ClaimOpinion.claim_id == Claim.id,
        ClaimOpinion.submitted_at == Claim.submitted_at,
        ClaimOpinion.reviewer_id == reviewer.id,
    )
    people = (Claim.submitted_by, Claim.signed_by, Claim.spot_checked_by)
    parties = (Claim.provider_id, Claim.enterprise_id, Claim.payee_id) if reviewer.organisation_id else ()
    return and_(
        ~looked,
        *(one.is_distinct_from(reviewer.id) for one in people),
        *(one.is_distinct_from(reviewer.organisation_id) for one in parties),
    )


def waiting_for(reviewer: Reviewer, filters: ClaimFilters) -> Select[Claim]:
    """Claims that wait for this person, narrowed, what is due first comes first."""
    asked: Iterable[str] = reviewer.areas
    return queue(asked, replace(filters, states=(ClaimState.SUBMITTED,), sort="")).where(has_no_part(reviewer))


def how_many(reviewer: Reviewer, filters: ClaimFilters) -> Total:
    """How many of them there are."""
    return counted(waiting_for(reviewer, filters))


def next_after(place: QueuePlace, reviewer: Reviewer, filters: ClaimFilters) -> Claim | None:
    """The claim behind this place; behind the last one the first again, which was skipped. None: no other one waits."""
    others = waiting_for(reviewer, filters).where(Claim.id != place.claim_id)
    return next(iter(first_of(others.where(_behind(place)), 1) or first_of(others, 1)), None)


def _behind(place: QueuePlace) -> ColumnElement[bool]:
    """SQL condition: behind a place in the order of the queue, where no day comes last."""
    if place.due_on is None:
        return Claim.due_on.is_(None) & (Claim.id > place.claim_id)
    same_day = (Claim.due_on == place.due_on) & (Claim.id > place.claim_id)
    return or_(Claim.due_on > place.due_on, same_day, Claim.due_on.is_(None))
