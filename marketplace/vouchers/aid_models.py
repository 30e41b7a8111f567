"""Rows beside vouchers: what firms were granted without one, and to which amounts caps were brought."""

from datetime import date
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel.append_only import ROWS
from marketplace.kernel.db import HasId, Model


class DirectAid(HasId, Model):
    """Money that a firm was granted without a voucher: other programmes may ask for it. Its id is that of what it stands on."""

    __tablename__ = "direct_aids"
    __table_args__ = (Index(None, "enterprise_id"), {"info": {"kept": ROWS}})

    round_id: Mapped[UUID] = mapped_column(ForeignKey("rounds.id"))
    enterprise_id: Mapped[UUID] = mapped_column(ForeignKey("enterprises.id"))
    approved_on: Mapped[date]  # China Standard Time


class CapLevel(Model):
    """To which amount a limit account was brought last: its cap by the rules of that moment. The ledger has the moves."""

    __tablename__ = "cap_levels"
    __table_args__ = (CheckConstraint("level_fen >= 0", name="level_bounded"), CheckConstraint("changes >= 0", name="changes_counted"))

    book_id: Mapped[UUID] = mapped_column(ForeignKey("ledger_books.id"), primary_key=True)
    account_id: Mapped[UUID] = mapped_column(primary_key=True)  # of the limit in its book
    level_fen: Mapped[int] = mapped_column(BigInteger)
    changes: Mapped[int]  # how often it was brought to another amount
