"""Claims of providers, payment batches, what the bank said."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.identity.models import Organisation
from marketplace.kernel import clock
from marketplace.kernel.append_only import ROWS
from marketplace.kernel.db import HasId, Model, state_enum
from marketplace.kernel.money import CNY, split_pro_rata
from marketplace.kernel.zones import InZone
from marketplace.orders.models import Order
from marketplace.policy.programme_guards import ClaimLevel
from marketplace.policy.terms import TermColumns
from marketplace.settlement.draw_rules import DrawnFrom, by_source, drawn
from marketplace.settlement.lifecycle import BatchState, ClaimState, LineState, ShortKind
from marketplace.subsidies.models import Subsidy
from marketplace.vouchers.models import Round
from marketplace.vouchers.rules.kept_facts import Kept


class Claim(HasId, TermColumns, InZone, Model):
    """The provider asks for what a firm redeemed (兑付申请), or a firm for money without an order."""

    __tablename__ = "claims"
    __table_args__ = (
        CheckConstraint("requested_fen > 0", name="requested_positive"),
        CheckConstraint("approved_fen IS NULL OR (approved_fen >= 0 AND approved_fen <= requested_fen)", name="approved_within_request"),
        CheckConstraint("approved_fen IS NULL OR approved_fen = requested_fen OR length(cut_reason) > 0", name="cut_has_reason"),
        CheckConstraint("approved_fen IS NULL OR deserved_fen IS NULL OR approved_fen <= deserved_fen", name="approved_within_deserved"),
        CheckConstraint("decided_by IS NULL OR decided_by <> submitted_by", name="decided_by_another"),
        CheckConstraint("decided_by IS NULL OR signed_by IS NULL OR decided_by <> signed_by", name="decided_by_no_signer"),
        CheckConstraint(
            "appeal_answered_by IS NULL OR (appealed_at IS NOT NULL AND length(appeal_answer) > 0"
            " AND (decided_by IS NULL OR appeal_answered_by <> decided_by))",
            name="appeal_answered_by_another",
        ),
        CheckConstraint("drawn_by IS NULL OR drawn_by IN ('none', 'amount', 'rate', 'minimum')", name="drawn_by_known"),
        CheckConstraint(
            "spot_checked_by IS NULL OR (length(spot_report) > 0 AND spot_finding IN ('good', 'bad')"
            " AND (decided_by IS NULL OR decided_by <> spot_checked_by))",
            name="spot_check_by_another",
        ),
        CheckConstraint(
            "drawn_by IS NULL OR drawn_by = 'none' OR spot_checked_by IS NOT NULL OR state NOT IN ('approved', 'batched', 'settled')",
            name="drawn_is_checked",
        ),
        CheckConstraint(
            "(order_id IS NULL) <> (subsidy_id IS NULL) AND (order_id IS NULL) = (provider_id IS NULL)", name="order_or_subsidy"
        ),
        CheckConstraint("length(currency) = 3", name="currency_code"),
        CheckConstraint("(pay_by IS NULL) = (pay_from IS NULL) AND (pay_by IS NULL) = (pay_days IS NULL)", name="pay_term_whole"),
        CheckConstraint("(level_by IS NULL) = (level_from IS NULL) AND (level_by IS NULL) = (level_days IS NULL)", name="level_term_whole"),
        CheckConstraint(
            "(few_points IS NULL) = (few_points_of IS NULL) AND (few_points IS NULL) = (few_points_floor IS NULL)"
            " AND (few_points IS NULL OR (few_points >= 0 AND few_points < few_points_floor))",
            name="few_points_whole",
        ),
        Index(None, "level_by"),
        Index(None, "pay_by"),
        Index(None, "subsidy_id", unique=True),
        Index(None, "round_id"),
        Index(None, "provider_id", "state"),
        Index(None, "programme_id", "state"),
        Index(None, "due_on", "id"),  # the order of the queue
        Index(None, "payee_id"),
    )

    number: Mapped[str] = mapped_column(String(24), unique=True)
    order_id: Mapped[UUID | None] = mapped_column(ForeignKey("orders.id"), unique=True)
    subsidy_id: Mapped[UUID | None] = mapped_column(ForeignKey("subsidies.id"))  # what it is for, if not an order
    provider_id: Mapped[UUID | None] = mapped_column(ForeignKey("providers.id"))  # of the order, who asks; else the firm does
    enterprise_id: Mapped[UUID | None] = mapped_column(ForeignKey("enterprises.id"), index=True)  # of the order: whose area a claim is in
    round_id: Mapped[UUID] = mapped_column(ForeignKey("rounds.id"))  # whose money it is
    payee_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))  # who is paid: the provider, the firm, or whom the round names
    programme_id: Mapped[UUID] = mapped_column(ForeignKey("programmes.id"))
    book_id: Mapped[UUID] = mapped_column(ForeignKey("ledger_books.id"))
    currency: Mapped[str] = mapped_column(String(3), default=CNY, server_default=CNY)  # of the book
    requested_fen: Mapped[int] = mapped_column(BigInteger)
    approved_fen: Mapped[int | None] = mapped_column(BigInteger)
    cut_reason: Mapped[str] = mapped_column(String(500), default="")
    deserved_fen: Mapped[int | None] = mapped_column(BigInteger)  # reckoned again on the papers; None: decided before this was kept
    payee_bank: Mapped[str] = mapped_column(String(100), default="")  # of the payee when it was approved, or as confirmed since
    payee_account: Mapped[str] = mapped_column(String(40), default="")
    pay_from: Mapped[date | None]  # since when finance's term to pay runs, itself not counted; None: nothing is to be paid
    pay_days: Mapped[int | None]  # working days
    pay_by: Mapped[date | None]  # its last day
    level_from: Mapped[date | None]  # since when the level whose turn it is has its term, itself not counted; None: no level waits
    level_days: Mapped[int | None]  # working days
    level_by: Mapped[date | None]  # its last day; when it passes nobody has decided anything
    account_doubted: Mapped[bool] = mapped_column(default=False)  # the bank sent money back: a second person looks at the account again
    bank_hint: Mapped[str] = mapped_column(String(300), default="", server_default="")  # why the bank did not pay last, or sent it back
    draw_place: Mapped[int | None]  # its place in the draw of its round, from 1, by submission; None: it came before there was a draw
    drawn_by: Mapped[str | None] = mapped_column(String(10))  # why it is checked on the spot: amount, rate, minimum; none: it is not
    spot_checked_by: Mapped[UUID | None]
    spot_checked_at: Mapped[datetime | None]
    spot_finding: Mapped[str | None] = mapped_column(String(10))  # good, bad
    spot_report: Mapped[str] = mapped_column(String(2000), default="")  # what was checked and found
    considered: Mapped[str] = mapped_column(  # what was made of a problem found on the spot; a trigger lets no claim pass without
        String(2000), default="", server_default=""
    )
    checks: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    open_checks: Mapped[int] = mapped_column(default=0, server_default="0")  # how many of them are not green
    levels_left: Mapped[int] = mapped_column(default=0, server_default="0")  # how many opinions are missing before the decision
    few_points: Mapped[int | None]  # of a party when it was handed in: one person more looks; None: all parties had enough
    few_points_of: Mapped[UUID | None]  # which party
    few_points_floor: Mapped[int | None]  # with so many, nobody more would look
    facts: Mapped[Kept | None] = mapped_column(  # of the register, where a title decided what it deserves; None: an order, or not kept yet
        JSON(none_as_null=True)
    )
    state: Mapped[ClaimState] = mapped_column(state_enum(ClaimState, "state_known"), default=ClaimState.DRAFT)
    state_reason: Mapped[str] = mapped_column(String(500), default="")
    due_on: Mapped[date | None]  # to decide, or to mend; once it is refused or cut: to appeal
    submitted_by: Mapped[UUID | None]
    submitted_at: Mapped[datetime | None]
    signed_by: Mapped[UUID | None]  # who signed the agreement that pays for the order: decides on none of its claims
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]
    appeal: Mapped[str] = mapped_column(String(1000), default="", server_default="")  # why the asker thinks a refusal or a cut wrong
    appealed_at: Mapped[datetime | None]
    appeal_answer: Mapped[str] = mapped_column(String(500), default="", server_default="")
    appeal_answered_by: Mapped[UUID | None]  # another than who decided
    created_at: Mapped[datetime] = mapped_column(default=clock.now)

    order: Mapped[Order | None] = relationship(lazy="joined")
    subsidy: Mapped[Subsidy | None] = relationship(lazy="joined")
    round: Mapped[Round] = relationship(lazy="joined")
    third: Mapped[Organisation] = relationship(lazy="select")  # who is paid, where it is neither the asker nor the firm

    @property
    def time_zone(self) -> str:
        """Of its round."""
        return self.round.time_zone

    @property
    def cause(self) -> Order | Subsidy:
        """What it is for."""
        found = self.order or self.subsidy
        assert found is not None, "a constraint of the database"
        return found

    @property
    def version_id(self) -> UUID:
        """The rules under which it came about."""
        assert self.cause.version_id is not None, "a claim is for money of a programme"
        return self.cause.version_id

    @property
    def region_code(self) -> str:
        """Of the firm, when it ordered or applied."""
        return self.cause.region_code

    @property
    def firm(self) -> Organisation:
        """Whose order or application it is."""
        return self.cause.enterprise.organisation

    @property
    def asker(self) -> Organisation:
        """Who asks: the provider of an order, else the firm itself."""
        return self.firm if self.order is None else self.order.provider.organisation

    @property
    def payee(self) -> Organisation:
        """Who is paid."""
        return {one.id: one for one in (self.firm, self.asker)}.get(self.payee_id) or self.third

    @property
    def parties(self) -> set[UUID]:
        """The organisations that it concerns."""
        return {self.firm.id, self.asker.id, self.payee_id}

    @property
    def decided_on(self) -> date | None:
        """The day of the decision."""
        return self.day_of(self.decided_at) if self.decided_at else None

    @property
    def is_cut(self) -> bool:
        """Whether it was decided with less than was asked for, or nothing."""
        return self.approved_fen is not None and self.approved_fen < self.requested_fen

    @property
    def appeal_waits(self) -> bool:
        """Whether an appeal waits for its answer."""
        return self.appealed_at is not None and self.appeal_answered_by is None

    @property
    def deciders(self) -> list[tuple[str, UUID | None]]:
        """Its number with each who decided on its amount: they have no hand in its payment."""
        return [(self.number, one) for one in (self.decided_by, self.appeal_answered_by)]

    @property
    def about(self) -> str:
        """What it is for, in words: the service, or the title with its number."""
        if self.order is not None:
            return self.order.offering.title
        assert self.subsidy is not None, "a constraint of the database"
        return f"{self.subsidy.title_label} {self.subsidy.title_number}"


class ClaimOpinion(HasId, Model):
    """What somebody found right at a level of a claim's review. Of a claim that is handed in again the levels begin again."""

    __tablename__ = "claim_opinions"
    __table_args__ = (
        UniqueConstraint("claim_id", "submitted_at", "level"),
        UniqueConstraint("claim_id", "submitted_at", "reviewer_id"),  # each level another person
        CheckConstraint("amount_fen > 0", name="amount_positive"),
        CheckConstraint("length(opinion) > 0", name="opinion_said"),
        CheckConstraint("level IN ('formal', 'expert', 'final')", name="level_known"),
        {"info": {"kept": ROWS}},
    )

    claim_id: Mapped[UUID] = mapped_column(ForeignKey("claims.id"))
    submitted_at: Mapped[datetime]  # which hand-in it is about
    level: Mapped[str] = mapped_column(String(20))  # formal, expert, final: see policy.programme_guards
    reviewer_id: Mapped[UUID]
    amount_fen: Mapped[int] = mapped_column(BigInteger)  # nobody after goes above it
    few_points: Mapped[int | None]  # of a party to the claim when it was handed in, for which a level more was asked; None: none was
    opinion: Mapped[str] = mapped_column(String(1000))
    created_at: Mapped[datetime] = mapped_column(default=clock.now)

    @property
    def level_label(self) -> str:
        """What the level is called."""
        return ClaimLevel(self.level).label


class PaymentBatch(HasId, Model):
    """Approved claims to be paid together. Who prepared it may not approve it."""

    __tablename__ = "payment_batches"
    __table_args__ = (
        CheckConstraint("approved_by IS NULL OR approved_by <> prepared_by", name="two_people"),
        CheckConstraint("state NOT IN ('approved', 'closed') OR approved_by IS NOT NULL", name="approved_by_somebody"),
        CheckConstraint("length(currency) = 3", name="currency_code"),
        Index(None, "state"),
        Index(None, "programme_id"),
    )

    number: Mapped[str] = mapped_column(String(24), unique=True)
    programme_id: Mapped[UUID] = mapped_column(ForeignKey("programmes.id"))
    book_id: Mapped[UUID] = mapped_column(ForeignKey("ledger_books.id"))
    currency: Mapped[str] = mapped_column(String(3), default=CNY, server_default=CNY)  # of the book, and so of every claim in it
    state: Mapped[BatchState] = mapped_column(state_enum(BatchState, "state_known"), default=BatchState.DRAFT)
    state_reason: Mapped[str] = mapped_column(String(300), default="")
    simulated: Mapped[bool] = mapped_column(
        default=False
    )  # of simulated rounds only (模拟): no bank list; a trigger lets no other claim in
    prepared_by: Mapped[UUID]
    submitted_at: Mapped[datetime | None]
    approved_by: Mapped[UUID | None]
    approved_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    closed_at: Mapped[datetime | None]

    lines: Mapped[list["PaymentLine"]] = relationship(order_by="PaymentLine.created_at", lazy="select")


class PaymentLine(HasId, Model):
    """One claim in a batch, to whom, to which account, and what the bank said."""

    __tablename__ = "payment_lines"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="amount_positive"),
        CheckConstraint("state <> 'paid' OR (length(bank_reference) > 0 AND paid_on IS NOT NULL)", name="paid_has_slip"),
        CheckConstraint("state <> 'failed' OR length(failure) > 0", name="failed_has_reason"),
        CheckConstraint(
            "reviewed_by IS NULL OR ((prepared_by IS NULL OR reviewed_by <> prepared_by)"
            " AND (approved_by IS NULL OR reviewed_by <> approved_by))",
            name="reviewer_does_not_pay",
        ),
        CheckConstraint(
            "bounced_fen >= 0 AND bounced_fen <= amount_fen AND (bounced_fen = 0 OR state IN ('paid', 'bounced'))",
            name="bounced_within_paid",
        ),
        CheckConstraint(
            "short_fen >= 0 AND (short_fen = 0 OR (state IN ('paid', 'bounced') AND short_kind IS NOT NULL AND length(short_reason) > 0))",
            name="short_is_said",
        ),
        UniqueConstraint("batch_id", "claim_id"),
        UniqueConstraint("live_claim_id"),  # a claim is in one living batch at a time
        Index(None, "claim_id"),
        Index(None, "bank_reference"),
    )

    batch_id: Mapped[UUID] = mapped_column(ForeignKey("payment_batches.id"))
    claim_id: Mapped[UUID] = mapped_column(ForeignKey("claims.id"))
    live_claim_id: Mapped[UUID | None]  # the claim while the line waits, or was paid and nothing of it came back
    payee_name: Mapped[str] = mapped_column(String(120))
    payee_bank: Mapped[str] = mapped_column(String(100))
    payee_account: Mapped[str] = mapped_column(String(40))
    amount_fen: Mapped[int] = mapped_column(BigInteger)  # to be paid; once the bank has paid, what it paid
    short_fen: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")  # what it did not pay of what the batch asked
    short_kind: Mapped[ShortKind | None] = mapped_column(state_enum(ShortKind, "short_kind_known"))
    short_reason: Mapped[str] = mapped_column(String(300), default="", server_default="")
    bounced_fen: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")  # of the amount, what the bank sent back (退汇)
    draws: Mapped[dict[str, int] | None] = mapped_column(  # fen by appropriation, adding up to the amount; once it is paid the books say so
        JSON(none_as_null=True)  # None: history, paid before accounts were kept per appropriation: `split` alone says it
    )
    funds: Mapped[DrawnFrom | None] = mapped_column(JSON(none_as_null=True))  # by which order, from what; None: not kept yet
    split: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)  # the same by source of money
    sources: Mapped[dict[str, int] | None] = mapped_column(  # what each source had left when it was split; None: kept with `funds`
        JSON(none_as_null=True)
    )
    state: Mapped[LineState] = mapped_column(state_enum(LineState, "state_known"), default=LineState.WAITING)
    bank_reference: Mapped[str] = mapped_column(String(60), default="")
    paid_on: Mapped[date | None]
    failure: Mapped[str] = mapped_column(String(300), default="")
    file_id: Mapped[UUID | None] = mapped_column(ForeignKey("stored_files.id"))  # the bank slip
    recorded_by: Mapped[UUID | None]
    reviewed_by: Mapped[UUID | None]  # who decided on the claim, made the batch and let it pass: never the first among the others
    prepared_by: Mapped[UUID | None]
    approved_by: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)

    claim: Mapped[Claim] = relationship(lazy="joined")

    @property
    def currency(self) -> str:
        """Of its amount."""
        return self.claim.currency

    @property
    def asked_fen(self) -> int:
        """What the batch asked to pay."""
        return self.amount_fen + self.short_fen

    @property
    def asked_split(self) -> dict[str, int]:
        """The same by source of money; of a line from before its sources were kept, what was paid."""
        if self.short_fen and self.funds:
            return by_source(drawn(self.asked_fen, self.funds), self.funds)
        return split_pro_rata(self.asked_fen, self.sources) if self.short_fen and self.sources else self.split

    @property
    def is_history(self) -> bool:
        """Whether it was paid before accounts were kept per appropriation: its split is what was written then, the books have none."""
        return self.draws is None and self.state in {LineState.PAID, LineState.BOUNCED}


class BankTransfer(HasId, Model):
    """A transfer that the bank made, by its reference. It pays one line, or a whole batch where finance said so."""

    __tablename__ = "bank_transfers"
    __table_args__ = (
        UniqueConstraint("reference_key"),  # one reference settles one line, or one batch, in all programmes and years
        UniqueConstraint("line_id"),
        CheckConstraint("length(reference_key) > 0", name="reference_given"),
        Index(None, "batch_id"),
    )

    reference_key: Mapped[str] = mapped_column(String(60))  # the reference in one spelling: letters and digits
    batch_id: Mapped[UUID] = mapped_column(ForeignKey("payment_batches.id"))
    line_id: Mapped[UUID | None] = mapped_column(ForeignKey("payment_lines.id"))  # None: it pays every line of the batch
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
