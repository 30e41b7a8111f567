"""The table of what two persons decide about what a document has left."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.kernel.db import HasId, Model, only, state_enum
from marketplace.vouchers.models import Appropriation
from marketplace.vouchers.rules.funds import FundActKind


class FundAct(HasId, Model):
    """What a document has left is to go back to the treasury (收回), or may be used longer (结转): proposed by one, decided by another."""

    __tablename__ = "fund_acts"
    __table_args__ = (
        CheckConstraint("amount_fen > 0 AND amount_fen <= 1000000000000000", name="amount_bounded"),
        CheckConstraint("(kind = 'carry') = (until_on IS NOT NULL)", name="until_of_carry"),
        CheckConstraint("length(reason) > 0", name="reason_said"),
        CheckConstraint("(decided_by IS NULL) = (accepted IS NULL) AND (decided_by IS NULL) = (decided_at IS NULL)", name="decided_whole"),
        CheckConstraint("decided_by IS NULL OR decided_by <> proposed_by", name="two_people"),
        Index("uq_fund_acts_open", "appropriation_id", unique=True, **only("decided_by IS NULL")),  # one at a time
        Index(None, "appropriation_id", "proposed_at"),
    )

    number: Mapped[str] = mapped_column(String(24), unique=True)
    appropriation_id: Mapped[UUID] = mapped_column(ForeignKey("appropriations.id"))
    kind: Mapped[FundActKind] = mapped_column(state_enum(FundActKind, "kind_known"))
    amount_fen: Mapped[int] = mapped_column(BigInteger)  # that goes back; of a carry-over, what was left when it was proposed
    until_on: Mapped[date | None]  # of a carry-over, the new last day
    part: Mapped[str] = mapped_column(String(40), default="")  # of a divided budget: out of which of its parts it goes back
    reason: Mapped[str] = mapped_column(String(300))
    proposed_by: Mapped[UUID]
    proposed_at: Mapped[datetime]
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]
    accepted: Mapped[bool | None]  # None: it waits for the second person
    answer: Mapped[str] = mapped_column(String(300), default="")  # why it was refused

    appropriation: Mapped[Appropriation] = relationship(lazy="joined")
