"""Orders, their documents, reviews by the firm."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.catalogue.models import Offering, Provider
from marketplace.enterprises.models import Enterprise
from marketplace.kernel import clock
from marketplace.kernel.db import HasId, Model, only, state_enum
from marketplace.kernel.money import Fen
from marketplace.orders.lifecycle import OrderState
from marketplace.policy.programme_words import DocumentKind
from marketplace.policy.terms import TermColumns
from marketplace.records.rules import AcceptedBy
from marketplace.vouchers.models import Voucher


class Order(HasId, TermColumns, Model):
    """A firm orders an offering. The amount held for it is on ledger account order:<id>:reserved."""

    __tablename__ = "orders"
    __table_args__ = (
        CheckConstraint("price_fen > 0 AND contract_fen > 0", name="price_positive"),
        CheckConstraint("contract_fen <= 1000000000000000", name="price_bounded"),
        CheckConstraint("subsidy_fen >= 0 AND subsidy_fen <= contract_fen", name="subsidy_within_price"),
        CheckConstraint("(voucher_id IS NULL) = (book_id IS NULL)", name="voucher_names_book"),
        CheckConstraint("voucher_id IS NOT NULL OR subsidy_fen = 0", name="no_subsidy_without_voucher"),
        CheckConstraint("enterprise_id <> provider_id", name="two_parties"),
        CheckConstraint("accepted_by = 'firm' OR redeemed_at IS NOT NULL", name="accepted_when_redeemed"),
        CheckConstraint("fee_kind IN ('public_benefit', 'low_fee', 'standard')", name="fee_kind_known"),
        Index(None, "enterprise_id", "placed_at"),
        Index(None, "provider_id", "state"),
        Index(None, "programme_id", "state"),
        Index(None, "voucher_id"),
        Index(None, "placed_at", "id"),  # the order of a bureau's list
        Index(None, "offering_id"),
        Index(None, "round_id"),
        Index("ix_orders_due_on_open", "due_on", **only("closed_at IS NULL")),  # what the sweeps look for
    )

    number: Mapped[str] = mapped_column(String(24), unique=True)
    enterprise_id: Mapped[UUID] = mapped_column(ForeignKey("enterprises.id"))
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("providers.id"))
    offering_id: Mapped[UUID] = mapped_column(ForeignKey("offerings.id"))
    category: Mapped[str] = mapped_column(String(40))
    region_code: Mapped[str] = mapped_column(String(6))  # of the firm, when it ordered
    voucher_id: Mapped[UUID | None] = mapped_column(ForeignKey("vouchers.id"))
    programme_id: Mapped[UUID | None] = mapped_column(ForeignKey("programmes.id"))
    version_id: Mapped[UUID | None] = mapped_column(ForeignKey("programme_versions.id"))
    round_id: Mapped[UUID | None] = mapped_column(ForeignKey("rounds.id"))
    book_id: Mapped[UUID | None] = mapped_column(ForeignKey("ledger_books.id"))
    price_fen: Mapped[int] = mapped_column(BigInteger)  # listed when ordered
    contract_fen: Mapped[int] = mapped_column(BigInteger)  # agreed; never above the listed price
    subsidy_fen: Mapped[int] = mapped_column(BigInteger)  # reserved at order, as printed on the order; the ledger holds it
    preview: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)  # how the subsidy was computed: steps, binding cap
    limits: Mapped[list[str]] = mapped_column(JSON, default=list)  # limit accounts that the reservation moved
    fee_kind: Mapped[str] = mapped_column(String(20), default="standard")  # of the offering, when it was ordered
    requirement: Mapped[str] = mapped_column(String(1000), default="")
    state: Mapped[OrderState] = mapped_column(state_enum(OrderState, "state_known"), default=OrderState.PLACED)
    state_reason: Mapped[str] = mapped_column(String(500), default="")
    due_on: Mapped[date | None]  # last day for whoever has it now
    remind_on: Mapped[date | None] = mapped_column(index=True)  # next day on which a firm that is to accept is reminded of it
    rate_until: Mapped[date | None] = mapped_column(index=True)  # last day to rate; None: not accepted yet, or no limit
    accepted_by: Mapped[AcceptedBy] = mapped_column(  # who accepted, once somebody did
        state_enum(AcceptedBy, "accepted_by_known"), default=AcceptedBy.FIRM, server_default="firm"
    )
    contract_on: Mapped[date | None]  # the day the contract was signed: the service term counts from it, whatever paper replaces it
    placed_at: Mapped[datetime] = mapped_column(default=clock.now)
    taken_at: Mapped[datetime | None]
    contracted_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    redeemed_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]  # since then nothing of it changes: it ended, or its claim is being looked at
    placed_by: Mapped[UUID]

    enterprise: Mapped[Enterprise] = relationship(lazy="joined")
    provider: Mapped[Provider] = relationship(lazy="joined")
    offering: Mapped[Offering] = relationship(lazy="joined")
    voucher: Mapped[Voucher | None] = relationship(lazy="select")
    documents: Mapped[list["OrderDocument"]] = relationship(order_by="OrderDocument.created_at", lazy="select")

    @property
    def own_share_fen(self) -> Fen:
        """What the firm itself bears of the agreed price."""
        return Fen(self.contract_fen - self.subsidy_fen)


class OrderDispute(HasId, Model):
    """What an officer has to decide about a delivery (争议): the firm disputes it, or said nothing. One for an order, then it ends."""

    __tablename__ = "order_disputes"
    __table_args__ = (
        UniqueConstraint("order_id"),
        CheckConstraint("(decided_by IS NULL) = (decided_at IS NULL)", name="decided_by_somebody"),
        CheckConstraint("(decided_by IS NULL) = (amount_fen IS NULL)", name="decided_with_amount"),
        CheckConstraint("amount_fen IS NULL OR amount_fen >= 0", name="amount_not_negative"),
        CheckConstraint("decided_by IS NULL OR length(answer) > 0", name="decision_has_reason"),
        CheckConstraint("opened_by IS NULL OR decided_by IS NULL OR opened_by <> decided_by", name="decided_by_another"),
    )

    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id"))
    opened_by: Mapped[UUID | None]  # None: the firm said nothing, and the rules ask an officer
    reason: Mapped[str] = mapped_column(String(500))
    opened_at: Mapped[datetime]
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]
    amount_fen: Mapped[int | None] = mapped_column(BigInteger)  # what of the reserved amount is redeemed; 0: nothing
    answer: Mapped[str] = mapped_column(String(500), default="")


class OrderDocument(HasId, Model):
    """A paper of an order: contract, delivery evidence, invoice, payment slip. Replaced by a newer one, never deleted."""

    __tablename__ = "order_documents"
    __table_args__ = (
        CheckConstraint("amount_fen IS NULL OR amount_fen > 0", name="amount_positive"),
        CheckConstraint("invoice_key IS NULL OR kind = 'invoice'", name="only_invoices_have_keys"),
        CheckConstraint("slip_key IS NULL OR kind = 'bank_transfer_slip'", name="only_slips_have_slip_keys"),
        UniqueConstraint("invoice_key"),  # an invoice is used once, in all programmes and years
        Index(None, "slip_key", unique=True),  # so is the slip of a payment
        Index(None, "order_id", "kind"),
        Index(None, "number_key"),
        Index(None, "file_id"),
    )

    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id"))
    kind: Mapped[DocumentKind] = mapped_column(state_enum(DocumentKind, "kind_known"))  # the words of a programme's evidence matrix
    file_id: Mapped[UUID] = mapped_column(ForeignKey("stored_files.id"))
    number: Mapped[str] = mapped_column(String(60), default="")  # of the contract, invoice or slip
    number_key: Mapped[str] = mapped_column(String(60), default="")  # the number in one spelling; of an invoice with its code
    invoice_key: Mapped[str | None] = mapped_column(String(80))  # code and number, digits only; None once replaced
    slip_key: Mapped[str | None] = mapped_column(String(120))  # firm, number and amount of a payment slip; None once replaced
    amount_fen: Mapped[int | None] = mapped_column(BigInteger)
    dated_on: Mapped[date | None]
    note: Mapped[str] = mapped_column(String(300), default="")
    uploaded_by: Mapped[UUID]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    replaced_at: Mapped[datetime | None]


class Review(HasId, Model):
    """What the firm says of a service after accepting it (评价); the provider may answer once."""

    __tablename__ = "reviews"
    __table_args__ = (CheckConstraint("score BETWEEN 1 AND 5", name="score_range"), Index(None, "provider_id"))

    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id"), unique=True)
    enterprise_id: Mapped[UUID] = mapped_column(ForeignKey("enterprises.id"))
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("providers.id"))
    score: Mapped[int]  # 1 to 5
    comment: Mapped[str] = mapped_column(String(500), default="")
    answer: Mapped[str] = mapped_column(String(500), default="")
    created_by: Mapped[UUID]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    answered_at: Mapped[datetime | None]
