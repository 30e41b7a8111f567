"""Programmes with frozen versions, appropriations, rounds, applications, vouchers. Balances are ledger accounts, never columns."""

import json
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, composite, mapped_column, relationship

from marketplace.kernel import clock
from marketplace.kernel.append_only import ROWS
from marketplace.kernel.db import HasId, Model, only, state_enum
from marketplace.kernel.money import CNY
from marketplace.kernel.sentences import Sentence
from marketplace.kernel.zones import CHINA, InZone
from marketplace.ledger.rules import AccountCode
from marketplace.policy.programme_draft import Document
from marketplace.policy.terms import TermColumns
from marketplace.vouchers import chart
from marketplace.vouchers.instruments import STRATEGIES, Strategy
from marketplace.vouchers.of_round import OfRound
from marketplace.vouchers.rules.kept_facts import Kept
from marketplace.vouchers.rules.rounds import ROUND_DAYS
from marketplace.vouchers.rules.states import ApplicationState, RoundState, VoucherState

SOURCES = ("central", "region", "prefecture", "county", "park", "carried_over")  # whose money an appropriation is


class Programme(HasId, Model):
    """A voucher programme (政策项目). Its rules are versions; its money is a book."""

    __tablename__ = "programmes"
    __table_args__ = (CheckConstraint("length(currency) = 3", name="currency_code"),)

    slug: Mapped[str] = mapped_column(String(80), unique=True)  # file name without suffix
    name: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(20))  # service, innovation, compute
    area_code: Mapped[str] = mapped_column(String(6))  # whose programme it is
    book_id: Mapped[UUID] = mapped_column(ForeignKey("ledger_books.id"), unique=True)
    currency: Mapped[str] = mapped_column(String(3), default=CNY, server_default=CNY)  # of its book
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


class ListedFirm(HasId, Model):
    """A firm on a list that a programme's conditions name (名录). Kept by credit code: it need not have registered yet."""

    __tablename__ = "listed_firms"
    __table_args__ = (
        UniqueConstraint("programme_id", "list_name", "uscc"),
        CheckConstraint("length(uscc) = 18", name="uscc_length"),
        Index(None, "uscc"),
        Index(None, "updated_at"),  # what has changed since a sweep looked last
    )

    programme_id: Mapped[UUID] = mapped_column(ForeignKey("programmes.id"))
    list_name: Mapped[str] = mapped_column(String(40))  # as the rules name it
    uscc: Mapped[str] = mapped_column(String(18))
    name: Mapped[str] = mapped_column(String(120))
    is_on: Mapped[bool] = mapped_column(default=True)  # False: taken off, and since when
    note: Mapped[str] = mapped_column(String(200), default="")  # document or reason
    changed_by: Mapped[UUID]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    updated_at: Mapped[datetime] = mapped_column(default=clock.now, onupdate=clock.now)


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


class ProgrammeDraft(HasId, Model):
    """Rules that are being written: of a programme, one draft that its officers share, or of one to come. They need not be right yet."""

    __tablename__ = "programme_drafts"
    __table_args__ = (
        CheckConstraint("version_id IS NULL OR closed_at IS NOT NULL", name="published_is_closed"),
        CheckConstraint("programme_id IS NULL OR base_id IS NOT NULL", name="base_of_programme"),
        Index("uq_programme_drafts_open", "programme_id", unique=True, **only("closed_at IS NULL")),
        Index("ix_programme_drafts_list", "changed_at", **only("closed_at IS NULL")),
    )

    programme_id: Mapped[UUID | None] = mapped_column(ForeignKey("programmes.id"))  # None: it opens one when it is published
    area_code: Mapped[str] = mapped_column(String(6))  # whose programme it is, or is to be
    base_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("programme_versions.id")
    )  # the version it is written upon, or a copy of; None: of a file, or from scratch
    base_file: Mapped[str] = mapped_column(String(80), server_default="")  # code of the shipped file that it is a copy of; empty: of none
    document: Mapped[str] = mapped_column(Text)  # JSON of policy.programme_draft
    created_by: Mapped[UUID]
    created_at: Mapped[datetime]
    changed_by: Mapped[UUID]
    changed_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]  # published or given up
    version_id: Mapped[UUID | None] = mapped_column(ForeignKey("programme_versions.id"))  # what it became; None once closed: given up

    @property
    def content(self) -> Document:
        """What is written so far."""
        found: Document = json.loads(self.document)
        return found


class Round(HasId, InZone, Model):
    """One round of a programme (批次): its version, dates, area. Its budget is what was appropriated to its pool."""

    __tablename__ = "rounds"
    __table_args__ = (
        UniqueConstraint("programme_id", "name"),
        CheckConstraint("claim_until_at >= claim_from_at", name="claim_window_order"),
        CheckConstraint("use_until >= use_from", name="use_window_order"),
        CheckConstraint("redeem_until >= use_until", name="redeem_after_use"),
        CheckConstraint("contract_from IS NULL OR contract_from <= use_from", name="look_back"),
        CheckConstraint("contract_until IS NULL OR contract_until >= use_until", name="contract_after_order"),
        CheckConstraint("deliver_until IS NULL OR deliver_until >= COALESCE(contract_until, use_until)", name="delivery_after_contract"),
        CheckConstraint(
            "accept_until IS NULL OR accept_until >= COALESCE(deliver_until, contract_until, use_until)", name="acceptance_after_delivery"
        ),
        CheckConstraint("redeem_until >= COALESCE(accept_until, deliver_until, contract_until, use_until)", name="claim_after_acceptance"),
        CheckConstraint("called_in_on >= use_from AND called_in_on < use_until", name="called_in_in_use"),
        CheckConstraint("supplements_id <> id", name="supplements_another"),
        Index(None, "supplements_id"),
        CheckConstraint("pooled_on BETWEEN use_from AND use_until", name="pooled_in_use"),
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
    time_zone: Mapped[str] = mapped_column(String(40), default=CHINA, server_default=CHINA)  # of its programme: its days are days there
    use_from: Mapped[date]
    use_until: Mapped[date]  # last day to order
    contract_from: Mapped[date | None]  # first day on which a contract may be dated, where the rules look back
    take_until: Mapped[date | None]  # last day of a provider to take an order; the others like it: see rules.rounds.ROUND_DAYS
    contract_until: Mapped[date | None]  # last day on which a contract may be signed; None: that of ordering
    deliver_until: Mapped[date | None]  # last day to deliver; None: a signed contract lives its service term
    accept_until: Mapped[date | None]  # last day to accept; None: that of claims
    rate_until: Mapped[date | None]  # last day to rate, where the rules leave it to the round
    redeem_until: Mapped[date]  # last day to submit a claim
    review_until: Mapped[date | None]  # last day to decide on claims, where the rules leave it to the round
    notice_until: Mapped[date | None]  # last day of the public notice of claims, where the rules leave it to the round
    results_on: Mapped[date | None]  # last day to publish who got a voucher, where the rules leave it to the round
    pooled_on: Mapped[
        date | None
    ]  # from this day on what the parts of the budget did not use is there for all; None: the rules have no such day
    pooled_at: Mapped[datetime | None]  # when that was done
    called_in_on: Mapped[date | None]  # last day of the vouchers that were given out by then (统一收回); None: each has its own
    call_in_reason: Mapped[str] = mapped_column(String(300), default="")
    supplements_id: Mapped[UUID | None] = mapped_column(ForeignKey("rounds.id"))  # whose money it hands out again (补发)
    simulated: Mapped[bool] = mapped_column(default=False)  # 模拟: an old programme replayed; says so everywhere
    state: Mapped[RoundState] = mapped_column(state_enum(RoundState, "state_known"), default=RoundState.DRAFT)
    state_reason: Mapped[str] = mapped_column(String(300), default="")
    suspended_from: Mapped[str | None] = mapped_column(String(32))  # where a suspended round goes back to
    answered_until: Mapped[int] = mapped_column("last_sequence", default=0)  # applications up to this place were answered in their order
    budget_stopped_at: Mapped[datetime | None]  # since when its money is used up to where its rules stop something; told to officers
    draw_seed: Mapped[str | None] = mapped_column(String(64))  # secret until the round is over: 32 bytes in hex; None: a draft
    draw_commitment: Mapped[str | None] = mapped_column(String(64))  # its SHA-256, public since the announcement
    draw_committed_at: Mapped[datetime | None]
    draw_late: Mapped[bool] = mapped_column(default=False)  # published later than the announcement: the round was announced before
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)

    programme: Mapped[Programme] = relationship(lazy="joined")

    @property
    def days(self) -> dict[str, date | None]:
        """The days by field, as the rules read them."""
        return {one.field: getattr(self, one.field) for one in ROUND_DAYS}

    @property
    def book_id(self) -> UUID:
        """The book in which its money stands."""
        return self.programme.book_id

    @property
    def currency(self) -> str:
        """Of its amounts."""
        return self.programme.currency


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
    function_code: Mapped[str] = mapped_column(String(12), default="", server_default="")  # 功能科目; empty: the document names none
    economy_code: Mapped[str] = mapped_column(String(12), default="", server_default="")  # 经济科目; the same
    dated_on: Mapped[date]
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    bound_to: Mapped[dict[str, list[str]]] = mapped_column(  # regions, classes, categories that it may pay for; without one: for all
        JSON, default=dict, server_default="{}"
    )
    use_by: Mapped[date | None] = mapped_column(index=True)  # last day of use (使用期限), later once it is carried over; None: no end
    file_id: Mapped[UUID | None] = mapped_column(ForeignKey("stored_files.id"))
    recorded_by: Mapped[UUID]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)

    round: Mapped[Round] = relationship(lazy="select")


class Application(HasId, TermColumns, OfRound, Model):
    """A firm applies for a voucher in a round (申领). First come is decided by `sequence`, given to one after the other."""

    __tablename__ = "applications"
    __table_args__ = (
        UniqueConstraint("round_id", "enterprise_id"),
        UniqueConstraint("round_id", "sequence"),
        CheckConstraint("requested_fen > 0", name="requested_positive"),
        CheckConstraint("granted_fen >= 0 AND granted_fen <= requested_fen", name="granted_within_request"),
        Index(None, "enterprise_id"),
        Index(None, "state"),
        Index(None, "round_id", "state", "sequence"),
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
    portions: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)  # asked for by kind of service, in fen; {}: the rules have none
    plan: Mapped[str] = mapped_column(String(500), default="")  # what the firm wants to buy
    checks: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)  # snapshot: rule, verdict, sentence, clause
    facts: Mapped[Kept | None] = mapped_column(JSON(none_as_null=True))  # of the firm, that the checks were decided on; None: not kept yet
    state: Mapped[ApplicationState] = mapped_column(state_enum(ApplicationState, "state_known"), default=ApplicationState.SUBMITTED)
    class_key: Mapped[str] = mapped_column(String(40), default="")  # class of firm when it applied
    above_soft: Mapped[str] = mapped_column(String(500), default="", server_default="")  # why more is granted than a soft cap allows
    part_name: Mapped[str] = mapped_column(String(40), default="")  # part of the budget that it draws on; empty: not divided by firms
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


class ApplicationScore(HasId, Model):
    """What one officer of the panel gave to an application (评分表), once and for good."""

    __tablename__ = "application_scores"
    __table_args__ = (UniqueConstraint("application_id", "scorer_id"), {"info": {"kept": ROWS}})

    application_id: Mapped[UUID] = mapped_column(ForeignKey("applications.id"))
    scorer_id: Mapped[UUID]
    points: Mapped[dict[str, int]] = mapped_column(JSON)  # criterion → points
    reason: Mapped[str] = mapped_column(String(500))
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


class Voucher(HasId, OfRound, Model):
    """A firm's right, under one round, to have part of its orders paid. What is left of it stands in the ledger."""

    __tablename__ = "vouchers"
    __table_args__ = (
        CheckConstraint("face_fen > 0", name="face_positive"),
        CheckConstraint("face_fen <= 1000000000000000", name="face_bounded"),
        CheckConstraint("instrument IN ('face_value', 'quota')", name="instrument_known"),
        CheckConstraint("valid_until >= valid_from", name="validity_order"),
        CheckConstraint("completed_on IS NULL OR completed_on >= used_on", name="used_before_completed"),
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
    portions: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)  # of face_fen by kind of service, with what was moved since
    class_key: Mapped[str] = mapped_column(String(40), default="")  # class of firm that chose rate and caps
    above_soft: Mapped[str] = mapped_column(String(500), default="", server_default="")  # why it is above a soft cap; empty: that binds
    part_name: Mapped[str] = mapped_column(String(40), default="")  # part of the budget that it draws on; empty: not divided by firms
    facts: Mapped[Kept | None] = mapped_column(JSON(none_as_null=True))  # what else its grant was decided on; None: not kept yet
    valid_from: Mapped[date]
    valid_until: Mapped[date]  # last good day, China Standard Time
    state: Mapped[VoucherState] = mapped_column(state_enum(VoucherState, "state_known"), default=VoucherState.AVAILABLE)
    state_reason_message: Mapped[str] = mapped_column("state_reason", String(300), default="")
    state_reason_values: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)  # what fills it in the reader's language
    state_reason: Mapped[Sentence] = composite("state_reason_message", "state_reason_values")
    used_on: Mapped[date | None]  # when an order was first accepted, China Standard Time; other programmes may ask for it
    completed_on: Mapped[date | None]  # when the payment of one was first approved
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
    def portion_accounts(self) -> dict[str, AccountCode]:
        """By kind of service, the account that says what is left of it."""
        return {name: chart.PORTION.of(self.id, name) for name in self.portions}

    @property
    def last_day(self) -> date:
        """Its last good day: its own, or the one on which the round takes back together what it had given out by then."""
        called_in = self.round.called_in_on
        return min(self.valid_until, called_in) if called_in and self.valid_from <= called_in else self.valid_until

    @property
    def part_accounts(self) -> tuple[AccountCode, ...]:
        """The part of the budget that it draws on, which moves with the pool; none where budgets are not divided by firms."""
        return (chart.PART.of(self.round_id, self.part_name),) if self.part_name else ()

    @property
    def payer_account(self) -> AccountCode:
        """Where an order's money comes from and goes back to."""
        return self.strategy.payer(self.id, self.round_id)


class PortionMoved(HasId, Model):
    """An amount that was moved between kinds of service of a voucher (分类额度调整)."""

    __tablename__ = "portion_moves"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="amount_positive"),
        CheckConstraint("source <> target", name="two_portions"),
        CheckConstraint("moved_by IN ('firm', 'officer')", name="mover_known"),
        CheckConstraint("length(reason) > 0", name="move_has_reason"),
        Index(None, "voucher_id", "created_at"),
        {"info": {"kept": ROWS}},
    )

    voucher_id: Mapped[UUID] = mapped_column(ForeignKey("vouchers.id"))
    source: Mapped[str] = mapped_column(String(40))  # as the rules name it
    target: Mapped[str] = mapped_column(String(40))
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    moved_by: Mapped[str] = mapped_column(String(16))
    actor_id: Mapped[UUID]
    reason: Mapped[str] = mapped_column(String(300))
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
