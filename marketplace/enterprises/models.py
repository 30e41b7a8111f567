"""SME profiles, yearly figures with evidence, titles, groups. A profile has its organisation's id."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.identity.models import Organisation
from marketplace.kernel import clock
from marketplace.kernel.append_only import ROWS
from marketplace.kernel.db import HasId, Model, state_enum
from marketplace.kernel.errors import N_
from marketplace.kernel.lifecycle import State
from marketplace.policy.programme_words import TitleGrade


class ReviewState(State):
    """A declared fact and what the authority said of it."""

    DECLARED = "declared", N_("待审核"), "amber"
    ACCEPTED = "accepted", N_("已采信"), "green"
    RETURNED = "returned", N_("已退回"), "red"


class Enterprise(Model):
    """An organisation as an SME. Size class follows from the newest accepted yearly figures."""

    __tablename__ = "enterprises"
    __table_args__ = (
        CheckConstraint("size_class IN ('large', 'medium', 'small', 'micro', 'not_covered', 'unknown')", name="size_known"),
        Index(None, "updated_at"),  # what has changed since a sweep looked last
    )

    id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), primary_key=True)
    main_products: Mapped[str] = mapped_column(String(500), default="")
    introduction: Mapped[str] = mapped_column(String(1000), default="")
    size_class: Mapped[str] = mapped_column(String(16), default="unknown")  # 工信部联企业〔2011〕300号
    size_year: Mapped[int | None]  # of the figures it stands on
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    updated_at: Mapped[datetime] = mapped_column(default=clock.now, onupdate=clock.now)

    organisation: Mapped[Organisation] = relationship(lazy="joined")


class EnterpriseYear(HasId, Model):
    """A firm's figures of one year, declared with evidence and accepted by an officer."""

    __tablename__ = "enterprise_years"
    __table_args__ = (
        UniqueConstraint("enterprise_id", "year"),
        CheckConstraint("employees >= 0 AND revenue_fen >= 0 AND assets_fen >= 0", name="figures_positive"),
        CheckConstraint("revenue_fen <= 1000000000000000000 AND assets_fen <= 1000000000000000000", name="figures_bounded"),
        Index(None, "updated_at"),  # what has changed since a sweep looked last
    )

    enterprise_id: Mapped[UUID] = mapped_column(ForeignKey("enterprises.id"))
    year: Mapped[int]
    employees: Mapped[int]  # persons at the year's end
    revenue_fen: Mapped[int] = mapped_column(BigInteger)
    assets_fen: Mapped[int] = mapped_column(BigInteger)
    source: Mapped[str] = mapped_column(String(100), default="")  # audited statement, tax return, declaration
    file_id: Mapped[UUID | None] = mapped_column(ForeignKey("stored_files.id"))
    state: Mapped[ReviewState] = mapped_column(state_enum(ReviewState, "state_known"), default=ReviewState.DECLARED)
    state_reason: Mapped[str] = mapped_column(String(500), default="")
    decided_by: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    updated_at: Mapped[datetime] = mapped_column(default=clock.now, onupdate=clock.now)


class Title(HasId, Model):
    """A title an organisation holds (称号): kind, number, from, to, document. Kinds are in enterprises.rules."""

    __tablename__ = "titles"
    __table_args__ = (
        UniqueConstraint("organisation_id", "kind", "valid_from"),
        CheckConstraint("valid_until IS NULL OR valid_until >= valid_from", name="period_order"),
        Index(None, "kind", "valid_from"),
        Index(None, "updated_at"),  # what has changed since a sweep looked last
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    kind: Mapped[str] = mapped_column(String(40))
    number: Mapped[str] = mapped_column(String(60), default="")
    granted_by: Mapped[str] = mapped_column(String(120), default="")
    grade: Mapped[TitleGrade | None] = mapped_column(state_enum(TitleGrade, "grade_known"))  # None: not said
    document: Mapped[str] = mapped_column(String(200), default="")
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]  # last day; None where none is printed
    revoked_on: Mapped[date | None]  # first day on which it no longer counts, by a decision
    state: Mapped[ReviewState] = mapped_column(state_enum(ReviewState, "state_known"), default=ReviewState.DECLARED)
    file_id: Mapped[UUID | None] = mapped_column(ForeignKey("stored_files.id"))
    decided_by: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    updated_at: Mapped[datetime] = mapped_column(default=clock.now, onupdate=clock.now)


class FirmGroup(HasId, Model):
    """Organisations that an officer found to be associated (关联企业). Who belongs to it, and since when, is told by its entries."""

    __tablename__ = "firm_groups"
    __table_args__ = (
        CheckConstraint("length(reason) > 0 AND length(evidence) > 0", name="reason_given"),
        Index(None, "region_code"),
        {"info": {"kept": ROWS}},
    )

    number: Mapped[str] = mapped_column(String(24), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    region_code: Mapped[str] = mapped_column(String(6))  # of the first of its members, when it was made
    reason: Mapped[str] = mapped_column(String(500))  # by what they are associated
    evidence: Mapped[str] = mapped_column(String(500))  # register, contract, report: what shows it
    made_by: Mapped[UUID]
    made_at: Mapped[datetime] = mapped_column(default=clock.now)


class FirmGroupEntry(HasId, Model):
    """An organisation belongs to a group from a day on, or no longer. The newest of a day counts."""

    __tablename__ = "firm_group_entries"
    __table_args__ = (
        CheckConstraint("length(reason) > 0", name="reason_given"),
        Index(None, "organisation_id", "on_day"),
        Index(None, "group_id", "on_day"),
        {"info": {"kept": ROWS}},
    )

    group_id: Mapped[UUID] = mapped_column(ForeignKey("firm_groups.id"))
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    joins: Mapped[bool]  # False: it left
    on_day: Mapped[date]  # the first day on which it holds
    reason: Mapped[str] = mapped_column(String(500))
    made_by: Mapped[UUID]
    made_at: Mapped[datetime] = mapped_column(default=clock.now)

    group: Mapped[FirmGroup] = relationship(lazy="joined")
    organisation: Mapped[Organisation] = relationship(lazy="joined")
