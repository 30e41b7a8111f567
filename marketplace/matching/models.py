"""Industry chains, needs lists, supply lists, surveys, runs of the matching, matches."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, CheckConstraint, Float, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.identity.models import Organisation
from marketplace.kernel import clock
from marketplace.kernel.append_only import ROWS
from marketplace.kernel.db import HasId, Model, state_enum
from marketplace.kernel.errors import N_
from marketplace.kernel.lifecycle import Word
from marketplace.matching.rules import Direction, MatchState, NeedsState, SupplyState, TradeRole
from marketplace.policy.terms import TermColumns


class Chain(HasId, Model):
    """An industry chain of an area with its chain head (链长, an official)."""

    __tablename__ = "chains"
    __table_args__ = (UniqueConstraint("area_code", "name"),)

    name: Mapped[str] = mapped_column(String(60))
    area_code: Mapped[str] = mapped_column(String(6))
    head_name: Mapped[str] = mapped_column(String(60), default="")
    head_post: Mapped[str] = mapped_column(String(100), default="")
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


class AppointmentRole(Word):
    LEADER = "leader", N_("链主")
    RESEARCH = "research", N_("链创")


class ChainAppointment(HasId, Model):
    """The bureau appoints a chain leader (链主) or research body (链创) for a chain."""

    __tablename__ = "chain_appointments"
    __table_args__ = (
        UniqueConstraint("chain_id", "organisation_id", "role", "from_on"),
        CheckConstraint("role IN ('leader', 'research')", name="role_known"),
        CheckConstraint("until_on IS NULL OR until_on >= from_on", name="period_order"),
    )

    chain_id: Mapped[UUID] = mapped_column(ForeignKey("chains.id"))
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    role: Mapped[AppointmentRole] = mapped_column(state_enum(AppointmentRole, length=16))
    from_on: Mapped[date]
    until_on: Mapped[date | None]  # last day
    document: Mapped[str] = mapped_column(String(200), default="")
    appointed_by: Mapped[UUID]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)

    chain: Mapped[Chain] = relationship(lazy="joined")
    organisation: Mapped[Organisation] = relationship(lazy="joined")


class NeedsList(HasId, Model):
    """A chain leader's list of needs (主要配套产品需求清单), versioned."""

    __tablename__ = "needs_lists"
    __table_args__ = (
        UniqueConstraint("leader_id", "title", "version"),
        CheckConstraint("direction IN ('upstream', 'downstream')", name="direction_known"),
    )

    number: Mapped[str] = mapped_column(String(24), unique=True)
    leader_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    chain_id: Mapped[UUID] = mapped_column(ForeignKey("chains.id"))
    title: Mapped[str] = mapped_column(String(120))
    direction: Mapped[Direction] = mapped_column(state_enum(Direction, length=12))  # upstream: who supplies me
    version: Mapped[int] = mapped_column(default=1)
    state: Mapped[NeedsState] = mapped_column(state_enum(NeedsState, "state_known"), default=NeedsState.DRAFT)
    checksum: Mapped[str] = mapped_column(String(64), default="")  # of the file it came from
    published_at: Mapped[datetime | None]
    created_by: Mapped[UUID]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)

    leader: Mapped[Organisation] = relationship(lazy="joined")
    chain: Mapped[Chain] = relationship(lazy="joined")
    needs: Mapped[list["Need"]] = relationship(order_by="Need.position", lazy="select")


class Need(HasId, Model):
    """One product a leader needs, or (downstream) one product it wants to sell."""

    __tablename__ = "needs"
    __table_args__ = (
        UniqueConstraint("list_id", "position"),
        Index(None, "lineage_id"),
        CheckConstraint("quantity IS NULL OR quantity > 0", name="quantity_positive"),
        CheckConstraint("max_suppliers >= 1", name="suppliers_positive"),
        CheckConstraint("share_cap_bp BETWEEN 1 AND 10000", name="share_cap_range"),
        CheckConstraint("target_price_fen IS NULL OR target_price_fen > 0", name="price_positive"),
    )

    list_id: Mapped[UUID] = mapped_column(ForeignKey("needs_lists.id"))
    position: Mapped[int]  # row of the list
    line_number: Mapped[str] = mapped_column(String(40), default="")  # the sender's own, where there is one
    lineage_id: Mapped[UUID | None]  # the same need over all versions of its list; set on publication
    continues: Mapped[str] = mapped_column(String(36), default="")  # what the sender said where two earlier lines fit: an id, or "new"
    product: Mapped[str] = mapped_column(String(120))
    specification: Mapped[str] = mapped_column(String(300), default="")
    industry_code: Mapped[str | None] = mapped_column(String(4))
    quantity: Mapped[int | None] = mapped_column(BigInteger)  # a year, in `unit`
    unit: Mapped[str] = mapped_column(String(20), default="")
    target_price_fen: Mapped[int | None] = mapped_column(BigInteger)  # per unit
    needed_by: Mapped[date | None]
    certificates: Mapped[list[str]] = mapped_column(JSON, default=list)  # required of the other side
    region_code: Mapped[str | None] = mapped_column(String(6))  # only from here, where the need says so
    max_suppliers: Mapped[int] = mapped_column(default=3)
    share_cap_bp: Mapped[int] = mapped_column(default=10000)  # most one supplier may bear
    excluded: Mapped[list[str]] = mapped_column(JSON, default=list)  # credit codes
    note: Mapped[str] = mapped_column(String(300), default="")


class Campaign(HasId, Model):
    """The bureau surveys supplies per county (全面摸排)."""

    __tablename__ = "survey_campaigns"

    title: Mapped[str] = mapped_column(String(120))
    area_code: Mapped[str] = mapped_column(String(6))
    due_on: Mapped[date]
    closed_at: Mapped[datetime | None]
    created_by: Mapped[UUID]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


class SupplyList(HasId, Model):
    """A firm's list of what it supplies (产品供给清单), versioned; the newest published version counts."""

    __tablename__ = "supply_lists"
    __table_args__ = (UniqueConstraint("enterprise_id", "version"), Index(None, "state"))

    enterprise_id: Mapped[UUID] = mapped_column(ForeignKey("enterprises.id"))
    campaign_id: Mapped[UUID | None] = mapped_column(ForeignKey("survey_campaigns.id"))
    version: Mapped[int] = mapped_column(default=1)
    state: Mapped[SupplyState] = mapped_column(state_enum(SupplyState, "state_known"), default=SupplyState.DRAFT)
    entered_by_officer: Mapped[bool] = mapped_column(default=False)
    confirmed_at: Mapped[datetime | None]
    created_by: Mapped[UUID]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)

    supplies: Mapped[list["Supply"]] = relationship(order_by="Supply.position", lazy="select")


class Supply(HasId, Model):
    """One product a firm can supply, or (downstream) buys."""

    __tablename__ = "supplies"
    __table_args__ = (
        UniqueConstraint("list_id", "position"),
        CheckConstraint("capacity IS NULL OR capacity > 0", name="capacity_positive"),
        CheckConstraint("side IN ('sells', 'buys')", name="side_known"),
        CheckConstraint("max_customers >= 1", name="customers_positive"),
        CheckConstraint("minimum_lot IS NULL OR minimum_lot > 0", name="minimum_lot_positive"),
        Index(None, "enterprise_id"),
        Index(None, "lineage_id"),
    )

    list_id: Mapped[UUID] = mapped_column(ForeignKey("supply_lists.id"))
    enterprise_id: Mapped[UUID] = mapped_column(ForeignKey("enterprises.id"))
    position: Mapped[int]
    line_number: Mapped[str] = mapped_column(String(40), default="")  # these three as in needs
    lineage_id: Mapped[UUID | None]
    continues: Mapped[str] = mapped_column(String(36), default="")
    side: Mapped[TradeRole] = mapped_column(state_enum(TradeRole, length=8), default=TradeRole.SELLS)  # buys: raw materials
    product: Mapped[str] = mapped_column(String(120))
    specification: Mapped[str] = mapped_column(String(300), default="")
    industry_code: Mapped[str | None] = mapped_column(String(4))
    capacity: Mapped[int | None] = mapped_column(BigInteger)  # a year, in `unit`
    unit: Mapped[str] = mapped_column(String(20), default="")
    price_fen: Mapped[int | None] = mapped_column(BigInteger)
    lead_days: Mapped[int | None]
    minimum_lot: Mapped[int | None] = mapped_column(BigInteger)  # in `unit`
    certificates: Mapped[list[str]] = mapped_column(JSON, default=list)  # held; a last good day in brackets: ISO9001（2027-06-30）
    excluded: Mapped[list[str]] = mapped_column(JSON, default=list)  # credit codes of leaders the firm does not deal with
    wanted_customers: Mapped[str] = mapped_column(String(200), default="")  # 拟配套对象
    max_customers: Mapped[int] = mapped_column(default=10)


class MatchRun(HasId, Model):
    """One run of the matching: what went in, with which parameters and code, and what the plan was worth."""

    __tablename__ = "match_runs"
    __table_args__ = (Index(None, "list_id"),)

    number: Mapped[str] = mapped_column(String(24), unique=True)
    list_id: Mapped[UUID] = mapped_column(ForeignKey("needs_lists.id"))
    job_id: Mapped[UUID | None] = mapped_column(ForeignKey("jobs.id"))
    parameters: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    code_version: Mapped[str] = mapped_column(String(40))  # the build: a hash of the code that searches, judges and plans
    supplies_hash: Mapped[str] = mapped_column(String(64))  # of its snapshot; of runs before there were any, over the supplies searched
    supplies_count: Mapped[int]
    excluded: Mapped[list[dict[str, Any]]] = mapped_column(
        JSON, default=list
    )  # pairs that hard rules removed, with reasons (the best ones)
    objective: Mapped[float | None] = mapped_column(Float)
    bound: Mapped[float | None] = mapped_column(Float)
    summary: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    actor_id: Mapped[UUID]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)

    needs_list: Mapped[NeedsList] = relationship(lazy="joined")


class MatchSnapshot(HasId, Model):
    """Everything a run decided from, and what it decided: whoever doubts it decides it again (`flask match redo`)."""

    __tablename__ = "match_snapshots"
    __table_args__ = (
        UniqueConstraint("run_id"),
        CheckConstraint("length(content_hash) = 64 AND length(answer_hash) = 64", name="hashes_whole"),
        {"info": {"kept": ROWS}},
    )

    run_id: Mapped[UUID] = mapped_column(ForeignKey("match_runs.id"))
    build: Mapped[str] = mapped_column(String(40))  # hash of the code that decided
    content: Mapped[bytes] = mapped_column(LargeBinary)  # lines, answers, free capacity, settings, day, weights: JSON, deflated (zlib)
    content_hash: Mapped[str] = mapped_column(String(64))  # SHA-256 of that JSON
    answer: Mapped[bytes] = mapped_column(LargeBinary)  # ranks, reasons, plan: JSON, deflated (zlib)
    answer_hash: Mapped[str] = mapped_column(String(64))  # SHA-256 of that JSON
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


class Match(HasId, TermColumns, Model):
    """A need and a supply brought together, why, and what became of it."""

    __tablename__ = "matches"
    __table_args__ = (
        UniqueConstraint("run_id", "need_id", "supply_id"),
        CheckConstraint("state <> 'refused' OR length(refusal_reason) > 0", name="refusal_has_reason"),
        CheckConstraint("state NOT IN ('contracted', 'delivered') OR contracted_on IS NOT NULL", name="contract_has_date"),
        CheckConstraint("contract_fen IS NULL OR contract_fen > 0", name="contract_positive"),
        Index(None, "need_id"),
        Index(None, "supply_id"),
        Index(None, "enterprise_id", "state"),
        Index(None, "leader_id", "state"),
        Index(None, "due_on"),
    )

    number: Mapped[str] = mapped_column(String(24), unique=True)
    run_id: Mapped[UUID] = mapped_column(ForeignKey("match_runs.id"))
    need_id: Mapped[UUID] = mapped_column(ForeignKey("needs.id"))
    supply_id: Mapped[UUID] = mapped_column(ForeignKey("supplies.id"))
    leader_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    enterprise_id: Mapped[UUID] = mapped_column(ForeignKey("enterprises.id"))
    score: Mapped[float] = mapped_column(Float)  # 0 to 1
    reasons: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)  # which characters, class, certificate, how much each gave
    planned: Mapped[bool] = mapped_column(default=False)  # in the plan, not only in the ranking
    planned_quantity: Mapped[int | None] = mapped_column(BigInteger)  # None: to be agreed
    planned_unit: Mapped[str] = mapped_column(String(20), default="")  # the need's, or another in which the quantity is whole
    state: Mapped[MatchState] = mapped_column(state_enum(MatchState, "state_known"), default=MatchState.PROPOSED)
    refusal_reason: Mapped[str] = mapped_column(String(40), default="")  # matching.rules.RefusalReason
    note: Mapped[str] = mapped_column(Text, default="")
    contract_fen: Mapped[int | None] = mapped_column(BigInteger)  # these five of the contract that stands, once both have confirmed it
    contracted_on: Mapped[date | None]
    contract_quantity: Mapped[int | None] = mapped_column(BigInteger)  # a year, in `contract_unit`; None: the planned one
    contract_unit: Mapped[str] = mapped_column(String(20), default="")
    file_id: Mapped[UUID | None] = mapped_column(ForeignKey("stored_files.id"))
    updated_at: Mapped[datetime] = mapped_column(default=clock.now, onupdate=clock.now)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)

    run: Mapped[MatchRun] = relationship(lazy="joined")
    need: Mapped[Need] = relationship(lazy="joined")
    supply: Mapped[Supply] = relationship(lazy="joined")


class MatchContract(HasId, Model):
    """A contract that one side of a match registered. It counts once the other side has confirmed it."""

    __tablename__ = "match_contracts"
    __table_args__ = (
        CheckConstraint("as_of_migration OR (amount_fen IS NOT NULL AND file_id IS NOT NULL)", name="facts_complete"),
        CheckConstraint("amount_fen IS NULL OR amount_fen > 0", name="amount_positive"),
        CheckConstraint("quantity IS NULL OR quantity > 0", name="quantity_positive"),
        CheckConstraint("as_of_migration OR confirmed_by IS NULL OR confirmed_by <> registered_by", name="confirmed_by_other"),
        CheckConstraint("confirmed_at IS NULL OR declined_at IS NULL", name="one_answer"),
        CheckConstraint("declined_at IS NULL OR length(decline_reason) > 0", name="decline_has_reason"),
        Index(None, "match_id"),
    )

    match_id: Mapped[UUID] = mapped_column(ForeignKey("matches.id"))
    signed_on: Mapped[date]
    amount_fen: Mapped[int | None] = mapped_column(BigInteger)
    quantity: Mapped[int | None] = mapped_column(BigInteger)  # a year, in `unit`; None: the planned one
    unit: Mapped[str] = mapped_column(String(20), default="")
    file_id: Mapped[UUID | None] = mapped_column(ForeignKey("stored_files.id"))
    registered_by: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))  # the side
    registered_actor: Mapped[UUID | None]
    registered_at: Mapped[datetime]
    confirmed_by: Mapped[UUID | None] = mapped_column(ForeignKey("organisations.id"))  # the other side
    confirmed_actor: Mapped[UUID | None]
    confirmed_at: Mapped[datetime | None]
    declined_at: Mapped[datetime | None]
    decline_reason: Mapped[str] = mapped_column(String(500), default="")
    as_of_migration: Mapped[bool] = mapped_column(default=False)  # one side's word from before both had to confirm: counted as confirmed

    match: Mapped[Match] = relationship(lazy="joined")


class MatchVoid(HasId, Model):
    """An officer or auditor declares a confirmed contract void (作废). Once per contract, never taken back: the sides register anew."""

    __tablename__ = "match_voids"
    __table_args__ = (
        UniqueConstraint("contract_id"),
        CheckConstraint("length(reason) > 0", name="reason_given"),
        {"info": {"kept": ROWS}},
    )

    contract_id: Mapped[UUID] = mapped_column(ForeignKey("match_contracts.id"))
    reason: Mapped[str] = mapped_column(String(500))
    actor_id: Mapped[UUID]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
