"""Signals."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, composite, mapped_column

from marketplace.kernel import clock
from marketplace.kernel.db import HasId, Model, state_enum
from marketplace.kernel.sentences import Sentence
from marketplace.risk.rules import BarKind, Severity, SignalState

__all__ = ["RiskSignal", "Severity", "SignalState"]


class RiskSignal(HasId, Model):
    """A reason to open a file, never a verdict."""

    __tablename__ = "risk_signals"
    __table_args__ = (UniqueConstraint("kind", "subject_id", "cause"), Index(None, "state", "severity"))

    kind: Mapped[str] = mapped_column(String(64))  # related_party, invoice_reused, price_above_listed, split_contracts, ledger_mismatch …
    severity: Mapped[Severity] = mapped_column(state_enum(Severity, "severity_known"))
    subject_type: Mapped[str] = mapped_column(String(64))
    subject_id: Mapped[UUID]
    cause: Mapped[str] = mapped_column(String(64), default="", server_default="")  # which of several reasons; empty: there is but one
    region_code: Mapped[str | None] = mapped_column(String(6))
    reason_message: Mapped[str] = mapped_column("reason", Text)  # what was seen, in words
    reason_values: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)  # what fills the words in the reader's language
    reason: Mapped[Sentence] = composite("reason_message", "reason_values")
    evidence: Mapped[str] = mapped_column(Text, default="{}")  # canonical JSON
    state: Mapped[SignalState] = mapped_column(state_enum(SignalState, "state_known"), default=SignalState.OPEN)
    answer: Mapped[str] = mapped_column(Text, default="")
    closed_by: Mapped[UUID | None]
    raised_at: Mapped[datetime] = mapped_column(default=clock.now)
    closed_at: Mapped[datetime | None]


class Bar(HasId, Model):
    """An organisation kept from orders, offerings and applications for a time, by a decision on a case."""

    __tablename__ = "bars"
    __table_args__ = (
        CheckConstraint("until_on >= from_on", name="days_in_order"),
        CheckConstraint("length(number) > 0", name="by_a_decision"),
        Index(None, "organisation_id", "until_on"),
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    kind: Mapped[BarKind] = mapped_column(state_enum(BarKind, "kind_known"))
    from_on: Mapped[date]
    until_on: Mapped[date]  # last day; on the next one it is over by itself
    number: Mapped[str] = mapped_column(String(24))  # of the case that was decided
    lifted_on: Mapped[date | None]  # the first day without it, where an appeal took it away before its day
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


class CreditReview(HasId, Model):
    """An organisation with so few credit points that one person more looks at each claim it is a party to. By the newest reckoning."""

    __tablename__ = "credit_reviews"
    __table_args__ = (CheckConstraint("points >= 0 AND floor > points", name="points_below_floor"),)

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), unique=True)
    points: Mapped[int]  # that were left when it was reckoned
    floor: Mapped[int]  # with so many, nobody more would look
    until_on: Mapped[date]  # last day; on the next one enough points are back


class CreditLimit(HasId, Model):
    """An organisation with too few credit points: each order of it, and from it, goes up to an amount. By the newest reckoning alone."""

    __tablename__ = "credit_limits"
    __table_args__ = (CheckConstraint("most_fen > 0 AND points >= 0", name="limit_positive"),)

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), unique=True)
    points: Mapped[int]  # that were left when it was reckoned
    most_fen: Mapped[int] = mapped_column(BigInteger)  # price of one order, in yuan
    until_on: Mapped[date]  # last day; on the next one enough points are back
