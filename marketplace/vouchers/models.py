"""Programmes with frozen versions, appropriations, rounds, applications, vouchers. Balances are ledger accounts, never columns."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, composite, mapped_column, relationship

from marketplace.kernel import clock
from marketplace.kernel.append_only import ROWS
from marketplace.kernel.db import HasId, Model, state_enum
from marketplace.kernel.sentences import Sentence
from marketplace.ledger.rules import AccountCode
from marketplace.policy.terms import TermColumns
from marketplace.vouchers.instruments import STRATEGIES, Strategy
from marketplace.vouchers.rules.rounds import ROUND_DAYS
from marketplace.vouchers.rules.states import ApplicationState, RoundState, VoucherState

SOURCES = ("central", "region", "prefecture", "county", "park", "carried_over")  # whose money an appropriation is


class Programme(HasId, Model):
    """A voucher programme (政策项目). Its rules are versions; its money is a book."""

    __tablename__ = "programmes"

    slug: Mapped[str] = mapped_column(String(80), unique=True)  # file name without suffix
    name: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(20))  # service, innovation, compute
    area_code: Mapped[str] = mapped_column(String(6))  # whose programme it is
    book_id: Mapped[UUID] = mapped_column(ForeignKey("ledger_books.id"), unique=True)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


class ProgrammeVersion(HasId, Model):
    """The rules as they were on a day. An order placed under a version is settled under it; rows are never changed."""

    __tablename__ = "programme_versions"
    __table_args__ = (UniqueConstraint("programme_id", "number"), UniqueConstraint("programme_id", "sha256"), {"info": {"kept": ROWS}})

    programme_id: Mapped[UUID] = mapped_column(ForeignKey("programmes.id"))
    number: Mapped[int]  # from 1
    spec: Mapped[str] = mapped_column(Text)  # canonical JSON of policy.programme_file
    sha256: Mapped[str] = mapped_column(String(64))
    note: Mapped[str] = mapped_column(String(300), default="")
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


class SignedValue(HasId, Model):
    """An officer's word on an assumed value: signed as it is, or replaced in a newer version."""

    __tablename__ = "signed_values"
    __table_args__ = (
        UniqueConstraint("version_id", "key"),
        CheckConstraint("action IN ('signed', 'replaced')", name="action_known"),
        {"info": {"kept": ROWS}},
    )

    version_id: Mapped[UUID] = mapped_column(ForeignKey("programme_versions.id"))
    key: Mapped[str] = mapped_column(String(160))  # key path in the file
    action: Mapped[str] = mapped_column(String(16))
    value: Mapped[str] = mapped_column(String(200))
    reason: Mapped[str] = mapped_column(String(300))
    actor_id: Mapped[UUID]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


class Round(HasId, Model):
    """One round of a programme (批次): its version, dates, area. Its budget is what was appropriated to its pool."""

    __tablename__ = "rounds"
    __table_args__ = (
        UniqueConstraint("programme_id", "name"),
        CheckConstraint("claim_until_at >= claim_from_at", name="claim_window_order"),
        CheckConstraint("use_until >= use_from", name="use_window_order"),
        CheckConstraint("redeem_until >= use_until", name="redeem_after_use"),
        CheckConstraint("contract_until IS NULL OR contract_until >= use_until", name="contract_after_order"),
        CheckConstraint("deliver_until IS NULL OR deliver_until >= COALESCE(contract_until, use_until)", name="delivery_after_contract"),
        CheckConstraint(
            "accept_until IS NULL OR accept_until >= COALESCE(deliver_until, contract_until, use_until)", name="acceptance_after_delivery"
        ),
        CheckConstraint("redeem_until >= COALESCE(accept_until, deliver_until, contract_until, use_until)", name="claim_after_acceptance"),
        CheckConstraint("last_sequence >= 0", name="sequence_positive"),
        Index(None, "state"),
    )

    number: Mapped[str] = mapped_column(String(24), unique=True)
    programme_id: Mapped[UUID] = mapped_column(ForeignKey("programmes.id"))
    version_id: Mapped[UUID] = mapped_column(ForeignKey("programme_versions.id"))
    name: Mapped[str] = mapped_column(String(120))
    area_code: Mapped[str] = mapped_column(String(6))
    apply_from_at: Mapped[datetime] = mapped_column("claim_from_at")  # a firm applies; the columns keep their older names
    apply_until_at: Mapped[datetime] = mapped_column("claim_until_at")
    use_from: Mapped[date]
    use_until: Mapped[date]  # last day to order
    take_until: Mapped[date | None]  # last day of a provider to take an order; the others like it: see rules.rounds.ROUND_DAYS
    contract_until: Mapped[date | None]  # last day on which a contract may be signed; None: that of ordering
    deliver_until: Mapped[date | None]  # last day to deliver; None: a signed contract lives its service term
    accept_until: Mapped[date | None]  # last day to accept; None: that of claims
    rate_until: Mapped[date | None]  # last day to rate, where the rules leave it to the round
    redeem_until: Mapped[date]  # last day to submit a claim
    review_until: Mapped[date | None]  # last day to decide on claims, where the rules leave it to the round
    notice_until: Mapped[date | None]  # last day of the public notice of claims, where the rules leave it to the round
    results_on: Mapped[date | None]  # last day to publish who got a voucher, where the rules leave it to the round
    simulated: Mapped[bool] = mapped_column(default=False)  # 模拟: an old programme replayed; says so everywhere
    state: Mapped[RoundState] = mapped_column(state_enum(RoundState, "state_known"), default=RoundState.DRAFT)
    state_reason: Mapped[str] = mapped_column(String(300), default="")
    suspended_from: Mapped[str | None] = mapped_column(String(32))  # where a suspended round goes back to
    last_sequence: Mapped[int] = mapped_column(default=0)  # of applications: first come means this order
    draw_seed: Mapped[str | None] = mapped_column(String(64))  # secret until the round is over: 32 bytes in hex; None: a draft
    draw_commitment: Mapped[str | None] = mapped_column(String(64))  # its SHA-256, public since the announcement
    draw_committed_at: Mapped[datetime | None]
    draw_late: Mapped[bool] = mapped_column(default=False)  # published later than the announcement: the round was announced before
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)

    programme: Mapped[Programme] = relationship(lazy="joined")

    @property
    def days(self) -> dict[str, date | None]:
        """The last days by field, as the rules read them."""
        return {one.field: getattr(self, one.field) for one in ROUND_DAYS}

    @property
    def book_id(self) -> UUID:
        """The book in which its money stands."""
        return self.programme.book_id


class Appropriation(HasId, Model):
    """Money that arrived (资金下达): from which source, by which document, for which round. The amount moved is in the ledger."""

    __tablename__ = "appropriations"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="amount_positive"),
        CheckConstraint("amount_fen <= 1000000000000000", name="amount_bounded"),
        CheckConstraint("source IN ({})".format(", ".join(f"'{source}'" for source in SOURCES)), name="source_known"),
        UniqueConstraint("round_id", "source", "document_number"),
    )

    number: Mapped[str] = mapped_column(String(24), unique=True)
    programme_id: Mapped[UUID] = mapped_column(ForeignKey("programmes.id"))
    round_id: Mapped[UUID] = mapped_column(ForeignKey("rounds.id"))
    source: Mapped[str] = mapped_column(String(20))
    document_number: Mapped[str] = mapped_column(String(100))  # 指标文号
    dated_on: Mapped[date]
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    file_id: Mapped[UUID | None] = mapped_column(ForeignKey("stored_files.id"))
    recorded_by: Mapped[UUID]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


class Application(HasId, TermColumns, Model):
    """A firm applies for a voucher in a round (申领). First come is decided by `sequence`, given under the round's lock."""

    __tablename__ = "applications"
    __table_args__ = (
        UniqueConstraint("round_id", "enterprise_id"),
        UniqueConstraint("round_id", "sequence"),
        CheckConstraint("requested_fen > 0", name="requested_positive"),
        CheckConstraint("granted_fen >= 0 AND granted_fen <= requested_fen", name="granted_within_request"),
        Index(None, "enterprise_id"),
        Index(None, "state"),
        Index(None, "due_on"),
    )

    number: Mapped[str] = mapped_column(String(24), unique=True)
    round_id: Mapped[UUID] = mapped_column(ForeignKey("rounds.id"))
    enterprise_id: Mapped[UUID] = mapped_column(ForeignKey("enterprises.id"))
    sequence: Mapped[int]
    requested_fen: Mapped[int] = mapped_column(BigInteger)
    granted_fen: Mapped[int] = mapped_column(BigInteger, default=0)
    priority_class: Mapped[int] = mapped_column(default=0)  # 0 first
    priority_name: Mapped[str] = mapped_column(String(60), default="")
    plan: Mapped[str] = mapped_column(String(500), default="")  # what the firm wants to buy
    checks: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)  # snapshot: rule, verdict, sentence, clause
    state: Mapped[ApplicationState] = mapped_column(state_enum(ApplicationState, "state_known"), default=ApplicationState.SUBMITTED)
    class_key: Mapped[str] = mapped_column(String(40), default="")  # class of firm when it applied
    place: Mapped[int | None]  # in the queue of the published result, from 1
    reviews: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)  # level by level: who, when, passed or not, why
    reason_message: Mapped[str] = mapped_column("reason", String(500), default="")
    reason_values: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)  # what fills the sentence in the reader's language
    reason: Mapped[Sentence] = composite("reason_message", "reason_values")
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]
    due_on: Mapped[date | None]  # last day to appeal, while it is refused; None also where it was refused before days were kept
    appeal: Mapped[str] = mapped_column(String(1000), default="")  # why the firm thinks the refusal wrong
    appealed_at: Mapped[datetime | None]
    appeal_answer: Mapped[str] = mapped_column(String(500), default="")
    submitted_at: Mapped[datetime] = mapped_column(default=clock.now)

    round: Mapped[Round] = relationship(lazy="joined")

    @property
    def book_id(self) -> UUID:
        """The book in which its money stands."""
        return self.round.book_id


class Voucher(HasId, Model):
    """A firm's right, under one round, to have part of its orders paid.

    What is left of it stands in the ledger: money, or what may still be drawn.
    """

    __tablename__ = "vouchers"
    __table_args__ = (
        CheckConstraint("face_fen > 0", name="face_positive"),
        CheckConstraint("face_fen <= 1000000000000000", name="face_bounded"),
        CheckConstraint("instrument IN ('face_value', 'quota')", name="instrument_known"),
        CheckConstraint("valid_until >= valid_from", name="validity_order"),
        UniqueConstraint("round_id", "enterprise_id"),
        Index(None, "enterprise_id"),
        Index(None, "state", "valid_until"),
        Index(None, "application_id"),
    )

    number: Mapped[str] = mapped_column(String(24), unique=True)  # printed: random with a check character
    programme_id: Mapped[UUID] = mapped_column(ForeignKey("programmes.id"))
    round_id: Mapped[UUID] = mapped_column(ForeignKey("rounds.id"))
    enterprise_id: Mapped[UUID] = mapped_column(ForeignKey("enterprises.id"))
    application_id: Mapped[UUID | None] = mapped_column(ForeignKey("applications.id"))
    instrument: Mapped[str] = mapped_column(String(16))
    face_fen: Mapped[int] = mapped_column(BigInteger)  # issued amount, or the quota
    class_key: Mapped[str] = mapped_column(String(40), default="")  # class of firm that chose rate and caps
    valid_from: Mapped[date]
    valid_until: Mapped[date]  # last good day, China Standard Time
    state: Mapped[VoucherState] = mapped_column(state_enum(VoucherState, "state_known"), default=VoucherState.AVAILABLE)
    state_reason_message: Mapped[str] = mapped_column("state_reason", String(300), default="")
    state_reason_values: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)  # what fills it in the reader's language
    state_reason: Mapped[Sentence] = composite("state_reason_message", "state_reason_values")
    created_at: Mapped[datetime] = mapped_column(default=clock.now)

    round: Mapped[Round] = relationship(lazy="joined")
    programme: Mapped[Programme] = relationship(lazy="joined")

    @property
    def strategy(self) -> Strategy:
        return STRATEGIES[self.instrument]

    @property
    def left_account(self) -> AccountCode:
        """The account that says what is left of it."""
        return self.strategy.left(self.id)

    @property
    def payer_account(self) -> AccountCode:
        """Where an order's money comes from and goes back to."""
        return self.strategy.payer(self.id, self.round_id)

    @property
    def book_id(self) -> UUID:
        """The book in which its money stands."""
        return self.programme.book_id
