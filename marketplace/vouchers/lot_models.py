"""A draw of lots and its lots."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.kernel.append_only import Kept
from marketplace.kernel.db import HasId, Model
from marketplace.vouchers.models import Application


class Lottery(HasId, Model):
    """The draw of lots of a round (摇号): the seed is committed to at the announcement, the list closed, then the seed shown."""

    __tablename__ = "lotteries"
    __table_args__ = (
        CheckConstraint("fixed_at IS NULL OR fixed_at >= committed_at", name="committed_first"),
        CheckConstraint("drawn_at IS NULL OR drawn_at >= fixed_at", name="fixed_first"),
        CheckConstraint("drawn_at IS NULL OR fixed_at IS NOT NULL", name="drawn_after_list"),
        CheckConstraint("(fixed_at IS NULL) = (lots_digest = '')", name="list_digest"),
        UniqueConstraint("round_id"),
    )

    round_id: Mapped[UUID] = mapped_column(ForeignKey("rounds.id"))
    seed: Mapped[str] = mapped_column(String(64))  # secret until it is drawn: 32 bytes in hex
    commitment: Mapped[str] = mapped_column(String(64))  # its SHA-256, public since the announcement
    committed_at: Mapped[datetime]
    fixed_at: Mapped[datetime | None]  # when the list of lots was closed
    lots_digest: Mapped[str] = mapped_column(String(64), default="")  # SHA-256 of the list, see kernel.draw.digest
    drawn_at: Mapped[datetime | None]  # when the seed was shown


class Lot(HasId, Model):
    """One lot of a draw: an application that was there when the window closed. Nobody is taken off the list; a place is given once."""

    __tablename__ = "lots"
    __table_args__ = (
        UniqueConstraint("application_id"),
        UniqueConstraint("round_id", "name"),
        UniqueConstraint("round_id", "place"),
        CheckConstraint("place > 0", name="place_positive"),
        {"info": {"kept": Kept(("place",), "place", ("id", "round_id", "application_id", "name"))}},
    )

    round_id: Mapped[UUID] = mapped_column(ForeignKey("rounds.id"))
    application_id: Mapped[UUID] = mapped_column(ForeignKey("applications.id"))
    name: Mapped[str] = mapped_column(String(24))  # what is drawn: the application's number
    place: Mapped[int | None]  # in the order that was drawn, from 1; None: not drawn yet

    application: Mapped[Application] = relationship()
