"""How the budget of a round is divided (配额), and what was moved between its parts. What a part still holds is a ledger account."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel import clock
from marketplace.kernel.append_only import ROWS
from marketplace.kernel.db import HasId, Model


class RoundPart(HasId, Model):
    """A part of a round's budget as it was announced. While the round is a draft its officer may change it."""

    __tablename__ = "round_parts"
    __table_args__ = (
        CheckConstraint("amount_fen >= 0", name="amount_not_negative"),
        CheckConstraint("amount_fen <= 1000000000000000", name="amount_bounded"),
        UniqueConstraint("round_id", "name"),
    )

    round_id: Mapped[UUID] = mapped_column(ForeignKey("rounds.id"))
    name: Mapped[str] = mapped_column(String(40))  # as the rules name it
    amount_fen: Mapped[int] = mapped_column(BigInteger)


class RoundRelease(HasId, Model):
    """So much of a round's budget is given out from a moment on (分次放出). While the round is a draft its officer may change it."""

    __tablename__ = "round_releases"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="amount_positive"),
        CheckConstraint("amount_fen <= 1000000000000000", name="amount_bounded"),
        UniqueConstraint("round_id", "at"),
    )

    round_id: Mapped[UUID] = mapped_column(ForeignKey("rounds.id"))
    at: Mapped[datetime]
    amount_fen: Mapped[int] = mapped_column(BigInteger)


class PartShift(HasId, Model):
    """What was moved from one part of a budget to another after the announcement (调剂)."""

    __tablename__ = "part_shifts"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="amount_positive"),
        CheckConstraint("amount_fen <= 1000000000000000", name="amount_bounded"),
        CheckConstraint("source <> target", name="between_two"),
        Index(None, "round_id", "created_at"),
        {"info": {"kept": ROWS}},
    )

    round_id: Mapped[UUID] = mapped_column(ForeignKey("rounds.id"))
    source: Mapped[str] = mapped_column(String(40))  # names of parts; "-": what belongs to none of them; empty: money that came or went
    target: Mapped[str] = mapped_column(String(40))
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    reason: Mapped[str] = mapped_column(String(300))
    actor_id: Mapped[UUID | None]  # None: the platform, on the day that the round set
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
