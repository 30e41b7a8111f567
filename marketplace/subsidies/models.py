"""What a firm's application without an order stands on. Where it is in its life says its claim."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.enterprises.models import Enterprise
from marketplace.kernel import clock
from marketplace.kernel.db import HasId, Model
from marketplace.kernel.money import CNY
from marketplace.policy.programme_words import TitleKind
from marketplace.vouchers.rules.kept_facts import Kept

AWARD = "award"  # in the place of a category of services


class Subsidy(HasId, Model):
    """A firm asks for money of a round on a ground of its own: a title, or the evidence of a cost.

    What is held for it is on account subsidy:<id>:reserved.
    """

    __tablename__ = "subsidies"
    __table_args__ = (
        UniqueConstraint("programme_id", "simulated", "title_kind", "number_key"),  # one award for a title, however its number is typed
        CheckConstraint("amount_fen > 0 AND amount_fen <= 1000000000000000", name="amount_bounded"),
        CheckConstraint("length(currency) = 3", name="currency_code"),
        CheckConstraint("number_key IS NULL OR length(number_key) > 0", name="number_given"),
        Index(None, "enterprise_id", "created_at"),
        Index(None, "round_id"),
    )

    programme_id: Mapped[UUID] = mapped_column(ForeignKey("programmes.id"))
    version_id: Mapped[UUID] = mapped_column(ForeignKey("programme_versions.id"))
    round_id: Mapped[UUID] = mapped_column(ForeignKey("rounds.id"))
    simulated: Mapped[bool] = mapped_column(default=False)  # of a simulated round: it uses up no real title
    book_id: Mapped[UUID] = mapped_column(ForeignKey("ledger_books.id"))
    enterprise_id: Mapped[UUID] = mapped_column(ForeignKey("enterprises.id"))
    region_code: Mapped[str] = mapped_column(String(6))  # of the firm, when it applied
    class_key: Mapped[str] = mapped_column(String(40))  # class of firm when it applied
    category: Mapped[str] = mapped_column(  # of the cost that it is for, as services are called; "award": it stands on a title
        String(40), default=AWARD, server_default=AWARD
    )
    payee_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisations.id"))  # who is paid; None: the firm itself
    title_kind: Mapped[str] = mapped_column(String(40))  # what it stands on and uses up: a kind of title, or a field of the evidence
    title_number: Mapped[str] = mapped_column(String(60))  # as the register has it, or as it was typed
    evidence: Mapped[list[dict[str, str]]] = mapped_column(JSON, default=list)  # of a cost: name, label, kind, value; none for a title
    file_id: Mapped[UUID | None] = mapped_column(ForeignKey("stored_files.id"))  # the scan of the evidence
    number_key: Mapped[str | None] = mapped_column(String(60))  # in one spelling; None once it is refused: the title may be used again
    currency: Mapped[str] = mapped_column(String(3), default=CNY, server_default=CNY)  # of the book
    amount_fen: Mapped[int] = mapped_column(BigInteger)  # held when it was applied for; the ledger has it
    limits: Mapped[list[str]] = mapped_column(JSON, default=list)  # limit accounts that this moved
    facts: Mapped[Kept | None] = mapped_column(JSON(none_as_null=True))  # what amount and checks were decided on; None: not kept yet
    checks: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)  # of the firm on that day: rule, verdict, sentence, clause
    created_at: Mapped[datetime] = mapped_column(default=clock.now)

    enterprise: Mapped[Enterprise] = relationship(lazy="joined")

    months: Mapped[list["SubsidyMonth"]] = relationship(lazy="select", order_by="SubsidyMonth.month")

    @property
    def paid_to(self) -> UUID:
        """The organisation that is paid."""
        return self.payee_id or self.enterprise_id

    @property
    def title_label(self) -> str:
        """What its title is called."""
        named = next((one["label"] for one in self.evidence if one["name"] == self.title_kind), "")
        return named or TitleKind(self.title_kind).label


class SubsidyMonth(HasId, Model):
    """One month for which a relief was asked on a contract: once, whatever spans the applications name."""

    __tablename__ = "subsidy_months"
    __table_args__ = (
        UniqueConstraint("programme_id", "simulated", "number_key", "month"),
        CheckConstraint("number_key IS NULL OR length(number_key) > 0", name="number_given"),
        Index(None, "subsidy_id"),
        Index(None, "enterprise_id", "programme_id"),
    )

    subsidy_id: Mapped[UUID] = mapped_column(ForeignKey("subsidies.id"))
    programme_id: Mapped[UUID] = mapped_column(ForeignKey("programmes.id"))
    enterprise_id: Mapped[UUID] = mapped_column(ForeignKey("enterprises.id"))
    simulated: Mapped[bool]  # of a simulated round: it uses up no real month
    number_key: Mapped[str | None] = mapped_column(String(60))  # of the contract, in one spelling; None: refused, or no longer asked for
    month: Mapped[str] = mapped_column(String(7))  # 2022-01
