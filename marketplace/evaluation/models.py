"""Platforms and their member bodies, settings of a rule set, judgements by people."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.identity.models import Organisation
from marketplace.kernel import clock
from marketplace.kernel.append_only import ROWS
from marketplace.kernel.db import HasId, Model, state_enum
from marketplace.kernel.errors import N_
from marketplace.kernel.lifecycle import State
from marketplace.vouchers.rules.kept_facts import Kept


class MemberState(State):
    """Where a membership stands: the platform proposes, an officer looks at the agreement."""

    PROPOSED = "proposed", N_("待审核"), "amber"
    ACCEPTED = "accepted", N_("已加入"), "green"
    REFUSED = "refused", N_("未通过"), "red"


class Platform(Model):
    """A provider that runs a platform with member bodies (平台、集聚服务机构)."""

    __tablename__ = "platforms"
    __table_args__ = (CheckConstraint("attribution IN ('own', 'members', 'both')", name="attribution_known"),)

    id: Mapped[UUID] = mapped_column(ForeignKey("providers.id"), primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    attribution: Mapped[str] = mapped_column(String(10), default="both")  # whose services it says count; the rule set's setting decides
    created_at: Mapped[datetime] = mapped_column(default=clock.now)

    organisation: Mapped[Organisation] = relationship(primaryjoin="foreign(Platform.id) == Organisation.id", lazy="joined", viewonly=True)


class PlatformMember(HasId, Model):
    """A provider is a member body of a platform from a day to a day."""

    __tablename__ = "platform_members"
    __table_args__ = (
        Index(  # a refused proposal may be made again
            "uq_platform_members_standing",
            "platform_id",
            "provider_id",
            "from_on",
            unique=True,
            sqlite_where=text("state <> 'refused'"),
            postgresql_where=text("state <> 'refused'"),
        ),
        CheckConstraint("platform_id <> provider_id", name="not_itself"),
        CheckConstraint("decided_by IS NULL OR decided_by <> proposed_by", name="decided_by_another"),
        CheckConstraint("until_on IS NULL OR until_on >= from_on", name="period_order"),
    )

    platform_id: Mapped[UUID] = mapped_column(
        Uuid, ForeignKey("platforms.id")
    )  # said: of a key that points on, the order of imports decides
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("providers.id"), index=True)
    from_on: Mapped[date]
    until_on: Mapped[date | None]  # last day
    agreement: Mapped[str] = mapped_column(String(200), default="")
    file_id: Mapped[UUID | None] = mapped_column(ForeignKey("stored_files.id"))
    state: Mapped[MemberState] = mapped_column(state_enum(MemberState, "state_known"), default=MemberState.PROPOSED)
    state_reason: Mapped[str] = mapped_column(String(300), default="")
    proposed_by: Mapped[UUID]
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)

    provider: Mapped[Organisation] = relationship(
        primaryjoin="foreign(PlatformMember.provider_id) == Organisation.id", lazy="joined", viewonly=True
    )
    platform: Mapped[Platform] = relationship(lazy="joined")


class RulesetSetting(HasId, Model):
    """How an ambiguous clause is read in an area, by whom and why. The newest row of the widest area that has one counts."""

    __tablename__ = "ruleset_settings"
    __table_args__ = (Index(None, "ruleset", "key"), {"info": {"kept": ROWS}})

    ruleset: Mapped[str] = mapped_column(String(80))
    area_code: Mapped[str] = mapped_column(String(6))  # an area of authority
    key: Mapped[str] = mapped_column(String(80))
    value: Mapped[str] = mapped_column(String(80))
    reason: Mapped[str] = mapped_column(String(300))
    actor_id: Mapped[UUID]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


class Judgement(HasId, Model):
    """What a person says of a criterion that figures cannot settle, or a prefecture's own test. The newest row counts."""

    __tablename__ = "judgements"
    __table_args__ = (
        CheckConstraint("verdict IN ('met', 'unmet', 'unknown')", name="verdict_known"),
        Index(None, "organisation_id", "ruleset", "year"),
        {"info": {"kept": ROWS}},
    )

    ruleset: Mapped[str] = mapped_column(String(80))
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    year: Mapped[int]
    criterion_id: Mapped[str] = mapped_column(String(80))
    verdict: Mapped[str] = mapped_column(String(10))
    opinion: Mapped[str] = mapped_column(Text)
    value: Mapped[int | None]  # a figure of the judge's own, e.g. satisfaction in basis points
    file_id: Mapped[UUID | None] = mapped_column(ForeignKey("stored_files.id"))
    actor_id: Mapped[UUID]
    facts: Mapped[Kept | None] = mapped_column(JSON(none_as_null=True))  # what the verdict follows from; None: not kept yet
    created_at: Mapped[datetime] = mapped_column(default=clock.now)

    organisation: Mapped[Organisation] = relationship(lazy="joined")
