"""Orders, their documents, reviews by the firm."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.agreements.models import Agreement
from marketplace.catalogue.models import Offering, Provider
from marketplace.enterprises.models import Enterprise
from marketplace.kernel import clock
from marketplace.kernel.db import HasId, Model, only, state_enum
from marketplace.kernel.money import CNY, Fen
from marketplace.kernel.zones import CHINA, InZone
from marketplace.orders.lifecycle import OrderState
from marketplace.policy.programme_words import DocumentKind
from marketplace.policy.terms import TermColumns
from marketplace.records.rules import AcceptedBy
from marketplace.vouchers.models import Voucher
from marketplace.vouchers.rules.kept_facts import Kept


class Order(HasId, TermColumns, InZone, Model):
    """A firm orders an offering. The amount held for it is on ledger account order:<id>:reserved."""

    __tablename__ = "orders"
    __table_args__ = (
        CheckConstraint("price_fen > 0 AND contract_fen > 0", name="price_positive"),
        CheckConstraint("contract_fen <= 1000000000000000", name="price_bounded"),
        CheckConstraint("subsidy_fen >= 0 AND subsidy_fen <= contract_fen", name="subsidy_within_price"),
        CheckConstraint("(voucher_id IS NULL) = (book_id IS NULL)", name="voucher_names_book"),
        CheckConstraint("voucher_id IS NOT NULL OR subsidy_fen = 0", name="no_subsidy_without_voucher"),
        CheckConstraint("agreement_id IS NULL OR voucher_id IS NOT NULL", name="agreement_serves_right"),
        CheckConstraint("enterprise_id <> provider_id", name="two_parties"),
        CheckConstraint("accepted_by = 'firm' OR redeemed_at IS NOT NULL", name="accepted_when_redeemed"),
        CheckConstraint("fee_kind IN ('public_benefit', 'low_fee', 'standard')", name="fee_kind_known"),
        CheckConstraint("length(currency) = 3", name="currency_code"),
        CheckConstraint("in_kind_fen >= 0 AND in_kind_fen <= 1000000000000000", name="in_kind_bounded"),
        CheckConstraint("in_kind_fen = 0 OR voucher_id IS NOT NULL", name="in_kind_beside_voucher"),
        Index(None, "enterprise_id", "placed_at"),
        Index(None, "provider_id", "state"),
        Index(None, "programme_id", "state"),
        Index(None, "voucher_id"),
        Index(None, "placed_at", "id"),  # the order of a bureau's list
        Index(None, "offering_id"),
        Index(None, "agreement_id"),
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
    agreement_id: Mapped[UUID | None] = mapped_column(ForeignKey("agreements.id"))  # what pays, where a bureau agreed with the provider
    programme_id: Mapped[UUID | None] = mapped_column(ForeignKey("programmes.id"))
    version_id: Mapped[UUID | None] = mapped_column(ForeignKey("programme_versions.id"))
    round_id: Mapped[UUID | None] = mapped_column(ForeignKey("rounds.id"))
    book_id: Mapped[UUID | None] = mapped_column(ForeignKey("ledger_books.id"))
    currency: Mapped[str] = mapped_column(  # of the offering, and of the book: a trigger lets no other in
        String(3), default=CNY, server_default=CNY
    )
    time_zone: Mapped[str] = mapped_column(String(40), default=CHINA, server_default=CHINA)  # of its programme: its days are days there
    price_fen: Mapped[int] = mapped_column(BigInteger)  # listed when ordered
    contract_fen: Mapped[int] = mapped_column(BigInteger)  # agreed; never above the listed price
    subsidy_fen: Mapped[int] = mapped_column(BigInteger)  # reserved at order, as printed on the order; the ledger holds it
    in_kind_fen: Mapped[int] = mapped_column(  # of the firm's own share, what it declared to give in kind, beside the price
        BigInteger, default=0, server_default="0"
    )
    preview: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)  # how the subsidy was computed: steps, binding cap
    facts: Mapped[Kept | None] = mapped_column(  # what else it was decided on, for whoever decides it again; None: not kept yet
        JSON(none_as_null=True)
    )
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
    agreement: Mapped[Agreement | None] = relationship(lazy="select")
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


class OrderProposal(HasId, Model):
    """What one side of an order proposes and the other answers: another price (议价), or to end it with what was done (终止)."""

    __tablename__ = "order_proposals"
    __table_args__ = (
        CheckConstraint("kind IN ('price', 'termination')", name="kind_known"),
        CheckConstraint("side IN ('firm', 'provider')", name="side_known"),
        CheckConstraint("outcome IN ('', 'agreed', 'refused', 'withdrawn')", name="outcome_known"),
        CheckConstraint("amount_fen >= 0 AND (amount_fen > 0 OR kind = 'termination')", name="amount_of_kind"),
        CheckConstraint("(outcome = '') = (answered_at IS NULL)", name="answered_when"),
        CheckConstraint("(outcome = '') = (answered_by IS NULL)", name="answered_by_somebody"),
        CheckConstraint("outcome IN ('', 'withdrawn') OR answered_by <> proposed_by", name="answered_by_another"),
        CheckConstraint("length(reason) > 0", name="proposal_has_reason"),
        Index("uq_order_proposals_open", "order_id", unique=True, **only("answered_at IS NULL")),
        Index(None, "order_id", "proposed_at"),
    )

    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id"))
    kind: Mapped[str] = mapped_column(String(16))  # word of rules.ProposalKind
    amount_fen: Mapped[int] = mapped_column(BigInteger)  # the price, or what of the contract was done
    before_fen: Mapped[int] = mapped_column(BigInteger)  # the contract before, or the listed price where there was none
    reason: Mapped[str] = mapped_column(String(500))
    side: Mapped[str] = mapped_column(String(16))  # who proposes
    proposed_by: Mapped[UUID]
    proposed_at: Mapped[datetime]
    outcome: Mapped[str] = mapped_column(String(16), default="")  # word of rules.ProposalOutcome; empty: not answered
    answer: Mapped[str] = mapped_column(String(500), default="")
    answered_by: Mapped[UUID | None]
    answered_at: Mapped[datetime | None]


class OrderDocument(HasId, Model):
    """A paper of an order: contract, delivery evidence, invoice, payment slip. Replaced by a newer one, never deleted."""

    __tablename__ = "order_documents"
    __table_args__ = (
        CheckConstraint("amount_fen IS NULL OR amount_fen > 0", name="amount_positive"),
        CheckConstraint("invoice_key IS NULL OR kind = 'invoice'", name="only_invoices_have_keys"),
        CheckConstraint("net_fen IS NULL OR (net_fen > 0 AND kind = 'invoice')", name="only_invoices_have_net"),
        CheckConstraint(
            "(tax_fen IS NULL) = (net_fen IS NULL) AND (tax_fen IS NULL OR (tax_fen >= 0 AND net_fen + tax_fen = amount_fen))",
            name="net_and_tax_are_whole",
        ),
        CheckConstraint("units IS NULL OR (units > 0 AND kind = 'metering_log')", name="only_logs_have_units"),
        CheckConstraint("unit_fen IS NULL OR (unit_fen > 0 AND kind = 'contract')", name="only_contracts_have_unit_price"),
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
    net_fen: Mapped[int | None] = mapped_column(BigInteger)  # of an invoice, without its tax
    tax_fen: Mapped[int | None] = mapped_column(BigInteger)
    units: Mapped[int | None] = mapped_column(BigInteger)  # that a metering log counts
    unit_fen: Mapped[int | None] = mapped_column(BigInteger)  # price of one of them, as the contract says it
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
