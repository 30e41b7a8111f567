"""What the two sides of a match did and told, step by step."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel import clock
from marketplace.kernel.append_only import ROWS
from marketplace.kernel.db import HasId, Model, state_enum
from marketplace.matching.rules import MatchState


class MatchStep(HasId, Model):
    """A match came to a state: who brought it there and when, and from quoted on what was told of it."""

    __tablename__ = "match_steps"
    __table_args__ = (
        CheckConstraint("state NOT IN ('quoted', 'contracted', 'delivered') OR amount_fen IS NOT NULL", name="amount_told"),
        CheckConstraint("amount_fen IS NULL OR amount_fen > 0", name="amount_positive"),
        CheckConstraint("quantity IS NULL OR quantity > 0", name="quantity_positive"),
        Index(None, "match_id"),
        {"info": {"kept": ROWS}},
    )

    match_id: Mapped[UUID] = mapped_column(ForeignKey("matches.id"))
    state: Mapped[MatchState] = mapped_column(state_enum(MatchState, "step_known"))
    organisation_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisations.id"))  # None: a bureau's move that names no body
    actor_id: Mapped[UUID | None]
    happened_on: Mapped[date | None]  # as it was told; None: the day it was written down
    amount_fen: Mapped[int | None] = mapped_column(BigInteger)  # from quoted on
    quantity: Mapped[int | None] = mapped_column(BigInteger)  # a year, in `unit`; of a delivery what was delivered
    unit: Mapped[str] = mapped_column(String(20), default="")
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


class MatchMessage(HasId, Model):
    """What one side of a match wrote to the other."""

    __tablename__ = "match_messages"
    __table_args__ = (CheckConstraint("length(body) > 0", name="something_said"), Index(None, "match_id"), {"info": {"kept": ROWS}})

    match_id: Mapped[UUID] = mapped_column(ForeignKey("matches.id"))
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    actor_id: Mapped[UUID]
    body: Mapped[str] = mapped_column(String(1000))
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


class MatchCorrection(HasId, Model):
    """An officer or auditor corrects amount and quantity of a contract that both sides confirmed; the newest counts."""

    __tablename__ = "match_corrections"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="amount_positive"),
        CheckConstraint("quantity IS NULL OR quantity > 0", name="quantity_positive"),
        CheckConstraint("length(reason) > 0", name="reason_given"),
        Index(None, "contract_id"),
        {"info": {"kept": ROWS}},
    )

    contract_id: Mapped[UUID] = mapped_column(ForeignKey("match_contracts.id"))
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    quantity: Mapped[int | None] = mapped_column(BigInteger)  # a year, in `unit`; None: the planned one
    unit: Mapped[str] = mapped_column(String(20), default="")
    reason: Mapped[str] = mapped_column(String(500))
    actor_id: Mapped[UUID]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
