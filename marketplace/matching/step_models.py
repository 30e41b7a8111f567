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
