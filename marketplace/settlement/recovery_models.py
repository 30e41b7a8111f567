"""Money that was paid and must come back."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.identity.models import Organisation
from marketplace.kernel import clock
from marketplace.kernel.append_only import ROWS
from marketplace.kernel.db import HasId, Model, state_enum
from marketplace.kernel.money import CNY
from marketplace.kernel.zones import InZone
from marketplace.policy.terms import TermColumns
from marketplace.settlement.lifecycle import RecoveryState
from marketplace.settlement.models import Claim
from marketplace.settlement.recovery_rules import Interest, InterestFrom, RecoveryGround, ReturnsTo


class Recovery(HasId, TermColumns, InZone, Model):
    """A case of money to be paid back (追回): found by one officer, decided by another, paid back in instalments."""

    __tablename__ = "recoveries"
    __table_args__ = (
        CheckConstraint("amount_fen > 0 AND amount_fen <= paid_fen", name="no_more_than_paid"),
        CheckConstraint(
            "recovered_fen >= 0 AND recovered_fen <= amount_fen AND (recovered_fen = 0 OR state NOT IN ('proposed', 'dropped'))",
            name="recovered_within_amount",
        ),
        CheckConstraint("state <> 'repaid' OR recovered_fen = amount_fen", name="repaid_in_full"),
        CheckConstraint("length(finding) > 0", name="finding_said"),
        CheckConstraint("decided_by IS NULL OR opened_by IS NULL OR decided_by <> opened_by", name="two_people"),
        CheckConstraint(
            "state IN ('proposed', 'dropped') OR (decided_by IS NOT NULL AND decided_on IS NOT NULL)",
            name="decided_by_somebody",
        ),
        CheckConstraint("yearly_bp >= 0", name="interest_positive"),
        CheckConstraint("length(currency) = 3", name="currency_code"),
        UniqueConstraint("live_claim_id"),  # of a claim one case at a time
        Index(None, "claim_id"),
        Index(None, "debtor_id", "state"),
        Index(None, "programme_id", "state"),
        Index(None, "due_on", "id"),  # the order of the list
    )

    number: Mapped[str] = mapped_column(String(24), unique=True)
    claim_id: Mapped[UUID] = mapped_column(ForeignKey("claims.id"))
    live_claim_id: Mapped[UUID | None]  # the claim until the case is over
    enterprise_id: Mapped[UUID | None] = mapped_column(ForeignKey("enterprises.id"), index=True)  # in whose area the case is
    debtor_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))  # who was paid, and pays back
    programme_id: Mapped[UUID] = mapped_column(ForeignKey("programmes.id"))
    book_id: Mapped[UUID] = mapped_column(ForeignKey("ledger_books.id"))
    currency: Mapped[str] = mapped_column(String(3), default=CNY, server_default=CNY)  # of the book
    paid_fen: Mapped[int] = mapped_column(BigInteger)  # what could be recovered when the case was opened
    amount_fen: Mapped[int] = mapped_column(BigInteger)  # the principal
    recovered_fen: Mapped[int] = mapped_column(BigInteger, default=0)  # of it, what came back
    ground: Mapped[RecoveryGround] = mapped_column(state_enum(RecoveryGround, "ground_known"))
    finding: Mapped[str] = mapped_column(String(2000))
    returns_to: Mapped[ReturnsTo] = mapped_column(state_enum(ReturnsTo, "target_known"))
    yearly_bp: Mapped[int] = mapped_column(default=0)  # interest, as it was set when the case was decided
    runs_from: Mapped[InterestFrom] = mapped_column(state_enum(InterestFrom, "interest_known"), default=InterestFrom.DUE)
    paid_on: Mapped[date]  # when the bank had paid last
    document: Mapped[str] = mapped_column(String(100), default="")  # 文号 of the decision
    state: Mapped[RecoveryState] = mapped_column(state_enum(RecoveryState, "state_known"), default=RecoveryState.PROPOSED)
    state_reason: Mapped[str] = mapped_column(String(500), default="")
    opened_by: Mapped[UUID | None]  # None: found by a check of the platform's
    opened_at: Mapped[datetime] = mapped_column(default=clock.now)
    decided_by: Mapped[UUID | None]
    decided_on: Mapped[date | None]
    closed_at: Mapped[datetime | None]

    claim: Mapped[Claim] = relationship(lazy="joined")
    debtor: Mapped[Organisation] = relationship(lazy="joined")

    @property
    def time_zone(self) -> str:
        """Of its round."""
        return self.claim.time_zone

    @property
    def interest(self) -> Interest:
        """By which interest runs; a term that may still move has not ended."""
        due = None if self.due_provisional else self.due_on
        return Interest(self.yearly_bp, self.paid_on if self.runs_from is InterestFrom.PAID else due)

    @property
    def pays_back(self) -> bool:
        """Whether money is demanded and not all of it came in."""
        return self.state in {RecoveryState.DEMANDED, RecoveryState.REFERRED}

    def is_overdue(self, today: date) -> bool:
        """Whether the last day has passed with money owed."""
        return self.state is RecoveryState.DEMANDED and self.due_on is not None and self.due_on < today

    @property
    def left_fen(self) -> int:
        """Of the principal, what has not come back."""
        return self.amount_fen - self.recovered_fen


class RecoveryInstalment(HasId, Model):
    """What came back of a case at one time: by the bank, or kept back from another payment."""

    __tablename__ = "recovery_instalments"
    __table_args__ = (
        UniqueConstraint("recovery_id", "place"),
        UniqueConstraint("reference_key"),
        CheckConstraint("principal_fen >= 0 AND interest_fen >= 0 AND principal_fen + interest_fen > 0", name="amount_positive"),
        CheckConstraint("length(reference_key) > 0", name="reference_given"),
        {"info": {"kept": ROWS}},
    )

    recovery_id: Mapped[UUID] = mapped_column(ForeignKey("recoveries.id"))
    place: Mapped[int]  # from 1
    principal_fen: Mapped[int] = mapped_column(BigInteger)
    interest_fen: Mapped[int] = mapped_column(BigInteger)
    split: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)  # the principal by the sources that it had come from
    returned_to: Mapped[ReturnsTo] = mapped_column(state_enum(ReturnsTo, "target_known"))
    received_on: Mapped[date]
    reference: Mapped[str] = mapped_column(String(60))  # of the bank
    reference_key: Mapped[str] = mapped_column(String(60))  # the same in one spelling
    recorded_by: Mapped[UUID]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)

    @property
    def amount_fen(self) -> int:
        """Principal and interest together."""
        return self.principal_fen + self.interest_fen
