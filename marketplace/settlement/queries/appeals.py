"""Who may appeal against a refusal or a cut of a claim."""

from uuid import UUID

from sqlalchemy import ColumnElement

from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound
from marketplace.settlement.lifecycle import ClaimState
from marketplace.settlement.models import Claim


def of_asker(claim_id: UUID, organisation_id: UUID) -> Claim:
    """A claim of one's own, as asker. Raises: NotFound."""
    row = db.session.get(Claim, claim_id)
    if row is None or row.asker.id != organisation_id:
        raise NotFound
    return row


def may_appeal() -> ColumnElement[bool]:
    """SQL condition: it was refused or cut, and nobody has appealed."""
    return Claim.state.in_((ClaimState.REFUSED, ClaimState.APPROVED)) & Claim.due_on.is_not(None) & Claim.appealed_at.is_(None)
