"""What an SME is owed, month by month what is to be paid of it, and what was. Amounts are reported, not the ledger's."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.arrears.lifecycle import ArrearState, DebtorKind
from marketplace.identity.models import Organisation
from marketplace.kernel import clock
from marketplace.kernel.append_only import ROWS
from marketplace.kernel.db import HasId, Model, only, state_enum


class Arrear(HasId, Model):
    """A sum that somebody owes an SME and did not pay on its day."""

    __tablename__ = "arrears"
    __table_args__ = (
        CheckConstraint("amount_fen > 0 AND amount_fen <= 1000000000000000", name="amount_bounded"),
        CheckConstraint("confirmed_by IS NULL OR confirmed_by <> registered_by", name="confirmed_by_another"),
        CheckConstraint("state = 'registered' OR confirmed_by IS NOT NULL", name="confirmed_by_somebody"),
        CheckConstraint("state <> 'dropped' OR length(answer) > 0", name="dropped_says_why"),
        Index(None, "due_on", "id"),  # the order of the list
        Index(None, "creditor_id"),
        Index("ix_arrears_open", "looked_on", **only("state = 'open'")),  # what waits for this week's word
    )

    number: Mapped[str] = mapped_column(String(24), unique=True)
    creditor_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    region_code: Mapped[str] = mapped_column(String(6))  # of the creditor when it was registered
    debtor: Mapped[str] = mapped_column(String(120))
    debtor_kind: Mapped[DebtorKind] = mapped_column(state_enum(DebtorKind, "debtor_kind_known"))
    amount_fen: Mapped[int] = mapped_column(BigInteger)  # when it was registered; what is left follows from its progress
    due_on: Mapped[date]  # the day by which it had to be paid
    evidence: Mapped[str] = mapped_column(String(1000))  # contract, invoice, acceptance: what shows that it is owed
    state: Mapped[ArrearState] = mapped_column(state_enum(ArrearState, "state_known"), default=ArrearState.REGISTERED)
    answer: Mapped[str] = mapped_column(String(300), default="")  # why it is not on the list
    registered_by: Mapped[UUID]
    registered_at: Mapped[datetime] = mapped_column(default=clock.now)
    listed_on: Mapped[date | None]  # the day since which it counts; None: it is not on the list
    looked_on: Mapped[date | None]  # the day of the last word on it
    confirmed_by: Mapped[UUID | None]  # or left off by

    creditor: Mapped[Organisation] = relationship(lazy="joined")


class ArrearPlan(HasId, Model):
    """How much of an arrear is to be paid in a month; the newest of a month counts."""

    __tablename__ = "arrear_plans"
    __table_args__ = (
        CheckConstraint("amount_fen >= 0 AND amount_fen <= 1000000000000000", name="amount_bounded"),
        Index(None, "arrear_id", "month", "made_at"),
        Index(None, "month"),
        {"info": {"kept": ROWS}},
    )

    arrear_id: Mapped[UUID] = mapped_column(ForeignKey("arrears.id"))
    month: Mapped[date]  # its first day
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    note: Mapped[str] = mapped_column(String(300), default="")
    made_by: Mapped[UUID]
    made_at: Mapped[datetime] = mapped_column(default=clock.now)


class ArrearProgress(HasId, Model):
    """A word on an arrear: what was paid since the last one, or why nothing was; below nought where an earlier word was wrong."""

    __tablename__ = "arrear_progress"
    __table_args__ = (
        CheckConstraint("amount_fen BETWEEN -1000000000000000 AND 1000000000000000", name="amount_bounded"),
        CheckConstraint("length(note) > 0", name="note_given"),
        Index(None, "arrear_id", "said_on"),
        Index(None, "said_on"),
        {"info": {"kept": ROWS}},
    )

    arrear_id: Mapped[UUID] = mapped_column(ForeignKey("arrears.id"))
    said_on: Mapped[date]
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    note: Mapped[str] = mapped_column(String(300))
    said_by: Mapped[UUID]
    said_at: Mapped[datetime] = mapped_column(default=clock.now)
