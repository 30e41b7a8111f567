"""Platforms, their member bodies, and whose services counted to which platform on the day (平台、集聚服务机构)."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.identity.models import Organisation
from marketplace.kernel import clock
from marketplace.kernel.db import HasId, Model, state_enum
from marketplace.records.rules import MemberState


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


class RecordPlatform(Model):
    """A record counts to a platform: its provider was an accepted member body on the day of the service.

    Written with the record, and for the records of its period when a membership is accepted later; taken away where a membership's last
    day is put before the service. In a year that is closed nothing is added and nothing goes.
    """

    __tablename__ = "record_platforms"
    __table_args__ = (CheckConstraint("known_from IN ('record', 'decision', 'migration')", name="known_from_known"),)

    record_id: Mapped[UUID] = mapped_column(ForeignKey("service_records.id"), primary_key=True)
    platform_id: Mapped[UUID] = mapped_column(ForeignKey("platforms.id"), primary_key=True, index=True)
    member_id: Mapped[UUID] = mapped_column(ForeignKey("platform_members.id"), index=True)  # the membership that it counts by
    known_from: Mapped[str] = mapped_column(String(12), default="record")  # "decision": the membership was accepted later; "migration"
