"""The table of whom rounds pay. Beside the other tables of vouchers: that file is full."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.identity.models import Organisation
from marketplace.kernel.db import HasId, Model
from marketplace.vouchers.models import Round


class RoundPayee(HasId, Model):
    """Who a round pays where its programme pays neither the provider nor the firm: a fee office or an operator, with its account."""

    __tablename__ = "round_payees"
    __table_args__ = (
        UniqueConstraint("round_id", "organisation_id"),
        CheckConstraint("length(bank_name) > 0 AND length(bank_account) > 0", name="account_given"),
        CheckConstraint("confirmed_by IS NULL OR confirmed_by <> named_by", name="confirmed_by_another"),
        Index(None, "organisation_id"),
        Index(None, "round_id", "named_at"),
    )

    round_id: Mapped[UUID] = mapped_column(ForeignKey("rounds.id"))
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    bank_name: Mapped[str] = mapped_column(String(100))
    bank_account: Mapped[str] = mapped_column(String(40))  # digits; the organisation has it once it is confirmed
    named_by: Mapped[UUID]
    named_at: Mapped[datetime]
    confirmed_by: Mapped[UUID | None]  # None: nothing is paid there yet
    confirmed_at: Mapped[datetime | None]

    round: Mapped[Round] = relationship(lazy="joined")
    organisation: Mapped[Organisation] = relationship(lazy="joined")

    @property
    def name(self) -> str:
        """What it is called."""
        return self.organisation.name
