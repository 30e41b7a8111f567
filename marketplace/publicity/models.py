"""Public notices and the objections raised against them."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, composite, mapped_column

from marketplace.kernel import clock
from marketplace.kernel.db import HasId, Model, state_enum
from marketplace.kernel.errors import N_
from marketplace.kernel.lifecycle import Word
from marketplace.kernel.sentences import Sentence
from marketplace.kernel.zones import CHINA, InZone
from marketplace.publicity.rules import ObjectionState, PublicNoticeState

__all__ = ["Objection", "ObjectionState", "PublicNotice", "PublicNoticeKind", "PublicNoticeState"]


class PublicNoticeKind(Word):
    """What is published for objection."""

    PROVIDER_ADMISSION = "provider_admission", N_("服务机构入库")
    PROVIDER_REMOVAL = "provider_removal", N_("服务机构出库")
    APPLICATION_RESULT = "application_result", N_("服务券申领结果")
    CLAIM_RESULT = "claim_result", N_("兑付结果")
    EVALUATION_RESULT = "evaluation_result", N_("示范平台评审结果")


class PublicNotice(HasId, InZone, Model):
    """Something published for objection before it takes effect (公示)."""

    __tablename__ = "public_notices"
    __table_args__ = (
        CheckConstraint("last_day >= published_on", name="period_order"),
        Index(None, "subject_id"),
        Index(None, "state", "last_day"),
    )

    number: Mapped[str] = mapped_column(String(24), unique=True)
    kind: Mapped[PublicNoticeKind] = mapped_column(state_enum(PublicNoticeKind, length=40))
    title: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    subject_type: Mapped[str] = mapped_column(String(64))
    subject_id: Mapped[UUID]
    area_code: Mapped[str] = mapped_column(String(6))
    time_zone: Mapped[str] = mapped_column(String(40), default=CHINA, server_default=CHINA)  # its days are days there
    published_on: Mapped[date]
    last_day: Mapped[date]  # inclusive; the period starts the next working day
    working_days: Mapped[int]  # of its period; 0: it is not counted in working days
    term: Mapped[str] = mapped_column(String(40), default="", server_default="")  # how long, in words, where not so
    state: Mapped[PublicNoticeState] = mapped_column(state_enum(PublicNoticeState, "state_known"), default=PublicNoticeState.OPEN)
    simulated: Mapped[bool] = mapped_column(default=False)  # of a simulated round (模拟): in no list of the public
    outcome_message: Mapped[str] = mapped_column("outcome", String(500), default="")  # why it was stopped
    outcome_values: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)  # what fills the sentence in the reader's language
    outcome: Mapped[Sentence] = composite("outcome_message", "outcome_values")
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    closed_at: Mapped[datetime | None]


class Objection(HasId, Model):
    """A named objection with its grounds (异议)."""

    __tablename__ = "objections"
    __table_args__ = (Index(None, "notice_id"), Index(None, "address", "created_at"))

    number: Mapped[str] = mapped_column(String(24), unique=True)
    notice_id: Mapped[UUID] = mapped_column(ForeignKey("public_notices.id"))
    name: Mapped[str] = mapped_column(String(60))
    contact: Mapped[str] = mapped_column(String(100))
    grounds: Mapped[str] = mapped_column(Text)
    address: Mapped[str] = mapped_column(String(45), default="")  # of the network, to slow down floods
    state: Mapped[ObjectionState] = mapped_column(state_enum(ObjectionState, "state_known"), default=ObjectionState.RAISED)
    answer: Mapped[str] = mapped_column(Text, default="")
    decided_by: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    decided_at: Mapped[datetime | None]
