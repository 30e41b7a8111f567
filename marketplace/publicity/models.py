"""Public notices and the objections raised against them."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, composite, mapped_column, relationship

from marketplace.kernel import clock
from marketplace.kernel.db import HasId, Model, state_enum
from marketplace.kernel.errors import N_
from marketplace.kernel.files import StoredFile
from marketplace.kernel.lifecycle import Word
from marketplace.kernel.sentences import Sentence
from marketplace.kernel.zones import CHINA, InZone
from marketplace.publicity.rules import ObjectionState, PublicNoticeState, TitleLanguage

__all__ = [
    "NoticeFile",
    "NoticeRow",
    "Objection",
    "ObjectionFile",
    "ObjectionState",
    "PublicNotice",
    "PublicNoticeKind",
    "PublicNoticeState",
    "TitleLanguage",
]


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
        CheckConstraint("issuer = '' OR (contact_name <> '' AND contact_phone <> '' AND oversight_phone <> '')", name="issuer_reachable"),
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
    # Who publishes and whom to phone, as of the day of publication; empty: published before notices named it.
    issuer: Mapped[str] = mapped_column(String(120), default="", server_default="")
    contact_name: Mapped[str] = mapped_column(String(60), default="", server_default="")
    contact_phone: Mapped[str] = mapped_column(String(30), default="", server_default="")
    contact_hours: Mapped[str] = mapped_column(String(60), default="", server_default="")
    oversight_phone: Mapped[str] = mapped_column(String(30), default="", server_default="")  # 监督电话
    document_number: Mapped[str] = mapped_column(String(60), default="", server_default="")  # 文号, where the bureau gave one
    title_bo: Mapped[str] = mapped_column(String(300), default="", server_default="")  # the title as the bureau typed it in Tibetan
    title_ug: Mapped[str] = mapped_column(String(300), default="", server_default="")  # in Uyghur
    title_mn: Mapped[str] = mapped_column(String(300), default="", server_default="")  # in Mongolian

    @property
    def titles(self) -> dict[TitleLanguage, str]:
        """The title in the languages in which it was typed."""
        return {one: typed for one in TitleLanguage if (typed := getattr(self, f"title_{one}"))}


class NoticeFile(HasId, Model):
    """A file that belongs to a notice (附件): everybody may read it, and none is taken away again."""

    __tablename__ = "notice_files"
    __table_args__ = (Index(None, "notice_id"),)

    notice_id: Mapped[UUID] = mapped_column(ForeignKey("public_notices.id"))
    file_id: Mapped[UUID] = mapped_column(ForeignKey("stored_files.id"))
    added_by: Mapped[UUID | None]
    added_at: Mapped[datetime] = mapped_column(default=clock.now)

    file: Mapped[StoredFile] = relationship(lazy="joined")


class NoticeRow(HasId, Model):
    """One row of a notice that announces several things at once: a claim of a batch. It is objected to, and stopped, by itself."""

    __tablename__ = "notice_rows"
    __table_args__ = (UniqueConstraint("notice_id", "position"), Index(None, "subject_id"))

    notice_id: Mapped[UUID] = mapped_column(ForeignKey("public_notices.id"))
    position: Mapped[int]  # from 1
    subject_type: Mapped[str] = mapped_column(String(64))
    subject_id: Mapped[UUID]
    number: Mapped[str] = mapped_column(String(24))
    party: Mapped[str] = mapped_column(String(120))  # whose it is, as it was called on the day
    partner: Mapped[str] = mapped_column(String(120))  # with whom; empty where there is nobody
    about: Mapped[str] = mapped_column(String(200))
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    added_by: Mapped[UUID | None]  # who decided on it
    stopped_by: Mapped[str] = mapped_column(String(24), default="", server_default="")  # number of the objection that was right

    @property
    def outcome(self) -> Sentence | None:
        """Why it is announced no longer; None: it stands."""
        return N_("异议 %(number)s 成立", number=self.stopped_by) if self.stopped_by else None


class ObjectionFile(HasId, Model):
    """What proves an objection: the officers who look into it read it, nobody else."""

    __tablename__ = "objection_files"
    __table_args__ = (Index(None, "objection_id"),)

    objection_id: Mapped[UUID] = mapped_column(ForeignKey("objections.id"))
    file_id: Mapped[UUID] = mapped_column(ForeignKey("stored_files.id"))

    file: Mapped[StoredFile] = relationship(lazy="joined")


class Objection(HasId, Model):
    """A named objection with its grounds (异议)."""

    __tablename__ = "objections"
    __table_args__ = (
        # Whoever decided on a thing does not decide whether somebody objects to it rightly.
        CheckConstraint("decided_by IS NULL OR published_by IS NULL OR decided_by <> published_by", name="decided_by_another"),
        Index(None, "notice_id"),
        Index(None, "address", "created_at"),
    )

    number: Mapped[str] = mapped_column(String(24), unique=True)
    notice_id: Mapped[UUID] = mapped_column(ForeignKey("public_notices.id"))
    name: Mapped[str] = mapped_column(String(60))
    contact: Mapped[str] = mapped_column(String(100))
    grounds: Mapped[str] = mapped_column(Text)
    evidence: Mapped[str] = mapped_column(Text, default="", server_default="")  # where it can be checked, in words
    row_id: Mapped[UUID | None] = mapped_column(ForeignKey("notice_rows.id"))  # to what; None: to the whole notice
    published_by: Mapped[UUID | None]  # who decided on what is objected to
    due_on: Mapped[date | None]  # by when it is answered, inclusive; None: raised before there was such a day
    address: Mapped[str] = mapped_column(String(45), default="")  # of the network, to slow down floods
    state: Mapped[ObjectionState] = mapped_column(state_enum(ObjectionState, "state_known"), default=ObjectionState.RAISED)
    answer: Mapped[str] = mapped_column(Text, default="")
    decided_by: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    decided_at: Mapped[datetime | None]
