"""Figures that are asked for often and dear to count: kept with the moment they are of."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, PrimaryKeyConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel.db import Model


class StoredFigure(Model):
    """Some figures of a page, as they were counted last."""

    __tablename__ = "stored_figures"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)  # which page's
    values: Mapped[dict[str, int]] = mapped_column(JSON)  # name of a figure → it; money in fen
    as_of: Mapped[datetime]  # when they were counted


class SpentDay(Model):
    """What was redeemed and paid on a day for the orders of a firm with a provider, as the ledger has it: counted by the worker.

    What was granted and paid without an order stands here too, with no provider. Only what an order keeps for ever; where the firm is, is
    asked when the figures are read.
    """

    __tablename__ = "spent_days"
    __table_args__ = (
        PrimaryKeyConstraint("day", "programme_id", "enterprise_id", "provider_id", "category", "class_key", "region_code", "paid_from"),
        CheckConstraint("redeemed_fen >= 0 AND orders >= 0", name="sums_positive"),
    )

    day: Mapped[date]  # accounting date
    programme_id: Mapped[UUID]
    enterprise_id: Mapped[UUID]
    provider_id: Mapped[UUID]  # zero: the money went to the firm without an order
    category: Mapped[str] = mapped_column(String(40))
    class_key: Mapped[str] = mapped_column(String(40))  # of the firm, as its programme names it, when it was granted or applied
    region_code: Mapped[str] = mapped_column(String(6))  # of the firm when it ordered or applied
    paid_from: Mapped[str] = mapped_column(String(36))  # id of the appropriation that paid; empty: nothing was, or nobody wrote down which
    redeemed_fen: Mapped[int]
    cut_fen: Mapped[int]  # of what was redeemed: not granted, or not asked for in time; below nought on a day on which an appeal was right
    paid_fen: Mapped[int]  # below nought on a day on which more came back from banks than was paid
    orders: Mapped[int]  # that were redeemed, and applications that were granted
