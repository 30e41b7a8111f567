"""Statements of a bank account (对账单), their lines, and what was said of lines that have no counterpart. Nothing of it ever changes."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel import clock
from marketplace.kernel.append_only import ROWS
from marketplace.kernel.db import HasId, Model
from marketplace.kernel.money import CNY


class BankStatement(HasId, Model):
    """A statement that was brought in; its id is the import's. One for an account and a period."""

    __tablename__ = "bank_statements"
    __table_args__ = (
        UniqueConstraint("account", "currency", "first_on", "last_on"),
        CheckConstraint("first_on <= last_on", name="period_in_order"),
        CheckConstraint("length(currency) = 3", name="currency_code"),
        Index(None, "last_on", "id"),
        {"info": {"kept": ROWS}},
    )

    number: Mapped[str] = mapped_column(String(24), unique=True)
    area_code: Mapped[str] = mapped_column(String(6))  # whose payments it is compared with
    account: Mapped[str] = mapped_column(String(40))  # digits
    currency: Mapped[str] = mapped_column(String(3), default=CNY, server_default=CNY)
    first_on: Mapped[date]
    last_on: Mapped[date]  # inclusive
    opening_fen: Mapped[int] = mapped_column(BigInteger)
    closing_fen: Mapped[int] = mapped_column(BigInteger)
    recorded_by: Mapped[UUID]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


class BankStatementRow(HasId, Model):
    """A line of a statement, as the bank wrote it."""

    __tablename__ = "bank_statement_rows"
    __table_args__ = (
        UniqueConstraint("statement_id", "place"),
        CheckConstraint("amount_fen <> 0", name="amount_given"),
        {"info": {"kept": ROWS}},
    )

    statement_id: Mapped[UUID] = mapped_column(ForeignKey("bank_statements.id"))
    place: Mapped[int]  # in the statement, from 1
    booked_on: Mapped[date]
    amount_fen: Mapped[int] = mapped_column(BigInteger)  # below nought: it left the account
    reference: Mapped[str] = mapped_column(String(60), default="")
    reference_key: Mapped[str] = mapped_column(String(60), default="")  # the same in one spelling
    counterparty: Mapped[str] = mapped_column(String(120), default="")
    counter_account: Mapped[str] = mapped_column(String(40), default="")
    purpose: Mapped[str] = mapped_column(String(200), default="")


class ExplainedDifference(HasId, Model):
    """Why a line of a statement, or a payment of its days, has no counterpart: said once, by one person."""

    __tablename__ = "explained_differences"
    __table_args__ = (
        UniqueConstraint("statement_id", "item_id"),
        CheckConstraint("length(reason) > 0", name="reason_said"),
        {"info": {"kept": ROWS}},
    )

    statement_id: Mapped[UUID] = mapped_column(ForeignKey("bank_statements.id"))
    item_id: Mapped[UUID]  # a row of the statement, a transfer of ours, a return or an instalment
    reason: Mapped[str] = mapped_column(String(500))
    proposed_by: Mapped[UUID]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


class AgreedDifference(HasId, Model):
    """A second person agrees with an explanation: the difference is explained."""

    __tablename__ = "agreed_differences"
    __table_args__ = (
        UniqueConstraint("explanation_id"),
        CheckConstraint("confirmed_by <> proposed_by", name="two_people"),
        {"info": {"kept": ROWS}},
    )

    explanation_id: Mapped[UUID] = mapped_column(ForeignKey("explained_differences.id"))
    proposed_by: Mapped[UUID]  # of the explanation
    confirmed_by: Mapped[UUID]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
