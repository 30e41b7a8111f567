"""Reads of who a round pays where its programme pays neither the provider nor the firm."""

from uuid import UUID

from sqlalchemy import Select, select

from marketplace.identity.models import Organisation
from marketplace.kernel.db import db
from marketplace.vouchers.payee_models import RoundPayee


def of_round(round_id: UUID) -> Select[RoundPayee]:
    """Everybody that was named, as they were."""
    return select(RoundPayee).where(RoundPayee.round_id == round_id).order_by(RoundPayee.named_at, RoundPayee.id)


def confirmed(round_id: UUID) -> dict[str, Organisation]:
    """Who may be paid, by credit code, by name."""
    wanted = select(Organisation).join(RoundPayee, RoundPayee.organisation_id == Organisation.id)
    wanted = wanted.where(RoundPayee.round_id == round_id, RoundPayee.confirmed_by.is_not(None))
    return {one.uscc: one for one in db.session.scalars(wanted.order_by(Organisation.name, Organisation.id))}


def agency_of(round_id: UUID) -> UUID:
    """The one operator that a round pays: it was not announced without."""
    (found,) = confirmed(round_id).values()
    return found.id
