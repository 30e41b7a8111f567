"""Signals."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel import clock
from marketplace.kernel.db import HasId, Model, state_enum
from marketplace.risk.rules import Severity, SignalState

__all__ = ["RiskSignal", "Severity", "SignalState"]


class RiskSignal(HasId, Model):
    """A reason to open a file, never a verdict."""

    __tablename__ = "risk_signals"
    __table_args__ = (UniqueConstraint("kind", "subject_id"), Index(None, "state", "severity"))

    kind: Mapped[str] = mapped_column(String(64))  # related_party, invoice_reused, price_above_listed, split_contracts, ledger_mismatch …
    severity: Mapped[Severity] = mapped_column(state_enum(Severity, "severity_known"))
    subject_type: Mapped[str] = mapped_column(String(64))
    subject_id: Mapped[UUID]
    region_code: Mapped[str | None] = mapped_column(String(6))
    reason: Mapped[str] = mapped_column(Text)  # what was seen, in words
    evidence: Mapped[str] = mapped_column(Text, default="{}")  # canonical JSON
    state: Mapped[SignalState] = mapped_column(state_enum(SignalState, "state_known"), default=SignalState.OPEN)
    answer: Mapped[str] = mapped_column(Text, default="")
    closed_by: Mapped[UUID | None]
    raised_at: Mapped[datetime] = mapped_column(default=clock.now)
    closed_at: Mapped[datetime | None]
