"""Claims of providers, payment batches, what the bank said."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.kernel import clock
from marketplace.kernel.db import HasId, Model, state_enum
from marketplace.orders.models import Order
from marketplace.policy.terms import TermColumns
from marketplace.settlement.lifecycle import BatchState, ClaimState, LineState


class Claim(HasId, TermColumns, Model):
    """The provider asks for what a firm redeemed (兑付申请)."""

    __tablename__ = "claims"
    __table_args__ = (
        CheckConstraint("requested_fen > 0", name="requested_positive"),
        CheckConstraint("approved_fen IS NULL OR (approved_fen >= 0 AND approved_fen <= requested_fen)", name="approved_within_request"),
        CheckConstraint("approved_fen IS NULL OR approved_fen = requested_fen OR length(cut_reason) > 0", name="cut_has_reason"),
        CheckConstraint("approved_fen IS NULL OR deserved_fen IS NULL OR approved_fen <= deserved_fen", name="approved_within_deserved"),
        CheckConstraint("decided_by IS NULL OR decided_by <> submitted_by", name="decided_by_another"),
        CheckConstraint("drawn_by IS NULL OR drawn_by IN ('none', 'amount', 'rate', 'minimum')", name="drawn_by_known"),
        CheckConstraint(
            "spot_checked_by IS NULL OR (length(spot_report) > 0 AND spot_finding IN ('good', 'bad')"
            " AND (decided_by IS NULL OR decided_by <> spot_checked_by))",
            name="spot_check_by_another",
        ),
        CheckConstraint(
            "drawn_by IS NULL OR drawn_by = 'none' OR spot_checked_by IS NOT NULL OR state NOT IN ('approved', 'batched', 'settled')",
            name="drawn_is_checked",
        ),
        Index(None, "provider_id", "state"),
        Index(None, "programme_id", "state"),
        Index(None, "due_on", "id"),  # the order of the queue
        Index(None, "payee_id"),
    )

    number: Mapped[str] = mapped_column(String(24), unique=True)
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id"), unique=True)
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("providers.id"))
    enterprise_id: Mapped[UUID | None] = mapped_column(ForeignKey("enterprises.id"), index=True)  # of the order: whose area a claim is in
    payee_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))  # the provider or the firm: the programme says who is paid
    programme_id: Mapped[UUID] = mapped_column(ForeignKey("programmes.id"))
    book_id: Mapped[UUID] = mapped_column(ForeignKey("ledger_books.id"))
    requested_fen: Mapped[int] = mapped_column(BigInteger)
    approved_fen: Mapped[int | None] = mapped_column(BigInteger)
    cut_reason: Mapped[str] = mapped_column(String(500), default="")
    deserved_fen: Mapped[int | None] = mapped_column(BigInteger)  # reckoned again on the papers; None: decided before this was kept
    payee_bank: Mapped[str] = mapped_column(String(100), default="")  # of the payee when it was approved, or as confirmed since
    payee_account: Mapped[str] = mapped_column(String(40), default="")
    draw_place: Mapped[int | None]  # its place in the draw of its round, from 1, by submission; None: it came before there was a draw
    drawn_by: Mapped[str | None] = mapped_column(String(10))  # why it is checked on the spot: amount, rate, minimum; none: it is not
    spot_checked_by: Mapped[UUID | None]
    spot_checked_at: Mapped[datetime | None]
    spot_finding: Mapped[str | None] = mapped_column(String(10))  # good, bad
    spot_report: Mapped[str] = mapped_column(String(2000), default="")  # what was checked and found
    considered: Mapped[str] = mapped_column(  # what was made of a problem found on the spot; a trigger lets no claim pass without
        String(2000), default="", server_default=""
    )
    checks: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    state: Mapped[ClaimState] = mapped_column(state_enum(ClaimState, "state_known"), default=ClaimState.DRAFT)
    state_reason: Mapped[str] = mapped_column(String(500), default="")
    due_on: Mapped[date | None]
    submitted_by: Mapped[UUID | None]
    submitted_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)

    order: Mapped[Order] = relationship(lazy="joined")


class PaymentBatch(HasId, Model):
    """Approved claims to be paid together. Who prepared it may not approve it."""

    __tablename__ = "payment_batches"
    __table_args__ = (
        CheckConstraint("approved_by IS NULL OR approved_by <> prepared_by", name="two_people"),
        CheckConstraint("state NOT IN ('approved', 'closed') OR approved_by IS NOT NULL", name="approved_by_somebody"),
        Index(None, "state"),
        Index(None, "programme_id"),
    )

    number: Mapped[str] = mapped_column(String(24), unique=True)
    programme_id: Mapped[UUID] = mapped_column(ForeignKey("programmes.id"))
    book_id: Mapped[UUID] = mapped_column(ForeignKey("ledger_books.id"))
    state: Mapped[BatchState] = mapped_column(state_enum(BatchState, "state_known"), default=BatchState.DRAFT)
    state_reason: Mapped[str] = mapped_column(String(300), default="")
    simulated: Mapped[bool] = mapped_column(
        default=False
    )  # of simulated rounds only (模拟): no bank list; a trigger lets no other claim in
    prepared_by: Mapped[UUID]
    submitted_at: Mapped[datetime | None]
    approved_by: Mapped[UUID | None]
    approved_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    closed_at: Mapped[datetime | None]

    lines: Mapped[list["PaymentLine"]] = relationship(order_by="PaymentLine.created_at", lazy="select")


class PaymentLine(HasId, Model):
    """One claim in a batch, to whom, to which account, and what the bank said."""

    __tablename__ = "payment_lines"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="amount_positive"),
        CheckConstraint("state <> 'paid' OR (length(bank_reference) > 0 AND paid_on IS NOT NULL)", name="paid_has_slip"),
        CheckConstraint("state <> 'failed' OR length(failure) > 0", name="failed_has_reason"),
        CheckConstraint(
            "reviewed_by IS NULL OR ((prepared_by IS NULL OR reviewed_by <> prepared_by)"
            " AND (approved_by IS NULL OR reviewed_by <> approved_by))",
            name="reviewer_does_not_pay",
        ),
        UniqueConstraint("batch_id", "claim_id"),
        UniqueConstraint("live_claim_id"),  # a claim is in one living batch at a time
        Index(None, "claim_id"),
        Index(None, "bank_reference"),
    )

    batch_id: Mapped[UUID] = mapped_column(ForeignKey("payment_batches.id"))
    claim_id: Mapped[UUID] = mapped_column(ForeignKey("claims.id"))
    live_claim_id: Mapped[UUID | None]  # the claim while the line waits or is paid; None once failed or dropped
    payee_name: Mapped[str] = mapped_column(String(120))
    payee_bank: Mapped[str] = mapped_column(String(100))
    payee_account: Mapped[str] = mapped_column(String(40))
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    split: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)  # fen by source of money, adding up to the amount
    state: Mapped[LineState] = mapped_column(state_enum(LineState, "state_known"), default=LineState.WAITING)
    bank_reference: Mapped[str] = mapped_column(String(60), default="")
    paid_on: Mapped[date | None]
    failure: Mapped[str] = mapped_column(String(300), default="")
    file_id: Mapped[UUID | None] = mapped_column(ForeignKey("stored_files.id"))  # the bank slip
    recorded_by: Mapped[UUID | None]
    reviewed_by: Mapped[UUID | None]  # who decided on the claim, made the batch and let it pass: never the first among the others
    prepared_by: Mapped[UUID | None]
    approved_by: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)

    claim: Mapped[Claim] = relationship(lazy="joined")


class BankTransfer(HasId, Model):
    """A transfer that the bank made, by its reference. It pays one line, or a whole batch where finance said so."""

    __tablename__ = "bank_transfers"
    __table_args__ = (
        UniqueConstraint("reference_key"),  # one reference settles one line, or one batch, in all programmes and years
        UniqueConstraint("line_id"),
        CheckConstraint("length(reference_key) > 0", name="reference_given"),
        Index(None, "batch_id"),
    )

    reference_key: Mapped[str] = mapped_column(String(60))  # the reference in one spelling: letters and digits
    batch_id: Mapped[UUID] = mapped_column(ForeignKey("payment_batches.id"))
    line_id: Mapped[UUID | None] = mapped_column(ForeignKey("payment_lines.id"))  # None: it pays every line of the batch
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
