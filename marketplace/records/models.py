"""Service records and providers' own reports. A record is never changed: a correction is a new row that names the one it replaces."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.identity.models import Organisation
from marketplace.kernel import clock
from marketplace.kernel.append_only import ROWS
from marketplace.kernel.db import HasId, Model, state_enum
from marketplace.kernel.money import CNY
from marketplace.policy.fees import FeeKind
from marketplace.policy.programme_words import ServiceFunction
from marketplace.records.rules import EvidenceGrade, Mode, RecordSource, ReportState


class ServiceRecord(HasId, Model):
    """One service delivered to one firm (服务台账)."""

    __tablename__ = "service_records"
    __table_args__ = (
        UniqueConstraint("source_kind", "source_id"),  # an order, match, report row or attendance is counted once
        UniqueConstraint("corrects_id"),  # a record is corrected once; the correction may be corrected again
        CheckConstraint("person_times >= 1", name="person_times_positive"),
        CheckConstraint("fee_fen >= 0", name="fee_positive"),
        CheckConstraint("fee_kind IN ('public_benefit', 'low_fee', 'standard')", name="fee_kind_known"),
        CheckConstraint("mode IN ('online', 'offline', 'both')", name="mode_known"),
        CheckConstraint(
            "function IN ('information', 'technology', 'entrepreneurship', 'training', 'finance', 'other')", name="function_known"
        ),
        CheckConstraint("source_kind IN ('order', 'report', 'match', 'activity', 'import')", name="source_known"),
        CheckConstraint("evidence_grade IN ('system', 'reviewed', 'imported')", name="grade_known"),
        CheckConstraint("accepted_by IN ('', 'firm', 'default', 'officer')", name="accepted_by_known"),
        CheckConstraint("NOT is_void OR corrects_id IS NOT NULL", name="void_names_record"),
        Index(None, "provider_id", "delivered_on"),
        Index(None, "enterprise_id", "delivered_on"),
        Index(None, "region_code", "delivered_on"),
        CheckConstraint("length(currency) = 3", name="currency_code"),
        CheckConstraint("firm_size IN ('large', 'medium', 'small', 'micro', 'not_covered', 'unknown')", name="firm_size_known"),
        CheckConstraint("firm_facts_from IN ('record', 'migration')", name="firm_facts_from_known"),
        Index(None, "delivered_on", "id"),  # the order of the register
        {"info": {"kept": ROWS}},
    )

    provider_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))  # who served (a match: the platform that brought it about)
    enterprise_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))  # who was served
    # What decided stands with the record: a firm that grows, moves or gains a title later changes no year that is over.
    region_code: Mapped[str] = mapped_column(String(6))  # of the firm served
    firm_size: Mapped[str] = mapped_column(String(16), default="unknown")  # size class that was known
    firm_titles: Mapped[list[str]] = mapped_column(JSON, default=list)  # kinds of title held on the day of the service
    firm_facts_on: Mapped[date | None]  # the day on which size and titles were read
    firm_facts_from: Mapped[str] = mapped_column(String(12), default="record")  # "migration": read for records that were there before
    function: Mapped[ServiceFunction] = mapped_column(state_enum(ServiceFunction, length=20))
    category: Mapped[str] = mapped_column(String(40), default="")
    title: Mapped[str] = mapped_column(String(200))
    activity: Mapped[str] = mapped_column(
        String(120), default=""
    )  # name of the event, where it was one; the same name and day is one event
    activity_kind: Mapped[str] = mapped_column(String(40), default="")  # bank_matching, finance_lecture, salon …
    mode: Mapped[Mode] = mapped_column(state_enum(Mode, length=10))
    fee_kind: Mapped[FeeKind] = mapped_column(state_enum(FeeKind, length=20))
    currency: Mapped[str] = mapped_column(String(3), default=CNY, server_default=CNY)  # of the fee; no sum adds two
    fee_fen: Mapped[int] = mapped_column(BigInteger, default=0)
    subsidised: Mapped[bool] = mapped_column(default=False)  # part of the fee was borne by a voucher
    person_times: Mapped[int] = mapped_column(default=1)
    delivered_on: Mapped[date]
    source_kind: Mapped[RecordSource] = mapped_column(state_enum(RecordSource, length=12))
    source_id: Mapped[UUID]
    source_number: Mapped[str] = mapped_column(String(40), default="")  # printed number of the order, report or match it comes from
    evidence_grade: Mapped[EvidenceGrade] = mapped_column(state_enum(EvidenceGrade, length=20), default=EvidenceGrade.SYSTEM)
    accepted_by: Mapped[str] = mapped_column(String(10), default="", server_default="")  # of an order: firm, default (no answer), officer
    file_id: Mapped[UUID | None] = mapped_column(ForeignKey("stored_files.id"))
    corrects_id: Mapped[UUID | None] = mapped_column(ForeignKey("service_records.id"))
    is_void: Mapped[bool] = mapped_column(default=False)  # the record it names should not have been counted at all
    simulated: Mapped[bool] = mapped_column(default=False)  # of a simulated round (模拟): kept for its provider, counted nowhere
    after_close: Mapped[bool] = mapped_column(default=False)  # written when its year, or that of what it corrects, was closed
    created_at: Mapped[datetime] = mapped_column(default=clock.now)

    provider: Mapped[Organisation] = relationship(foreign_keys=[provider_id], lazy="joined")
    enterprise: Mapped[Organisation] = relationship(foreign_keys=[enterprise_id], lazy="joined")


class ServiceReport(HasId, Model):
    """A provider reports services that did not pass through an order (自报台账); an officer reviews it."""

    __tablename__ = "service_reports"
    __table_args__ = (
        CheckConstraint("decided_by IS NULL OR decided_by <> submitted_by", name="decided_by_another"),
        Index(None, "provider_id", "state"),
    )

    number: Mapped[str] = mapped_column(String(24), unique=True)
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("providers.id"))
    title: Mapped[str] = mapped_column(String(120))
    state: Mapped[ReportState] = mapped_column(state_enum(ReportState, "state_known"), default=ReportState.DRAFT)
    state_reason: Mapped[str] = mapped_column(String(500), default="")
    imported: Mapped[bool] = mapped_column(default=False)  # past years by file: graded "imported"
    corrects_record_id: Mapped[UUID | None] = mapped_column(ForeignKey("service_records.id"))  # a correction names the record
    created_by: Mapped[UUID | None]
    submitted_by: Mapped[UUID | None]
    submitted_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)

    rows: Mapped[list["ReportRow"]] = relationship(order_by="ReportRow.position", lazy="select")
    provider: Mapped[Organisation] = relationship(
        primaryjoin="foreign(ServiceReport.provider_id) == Organisation.id", lazy="joined", viewonly=True
    )


class ReportRow(HasId, Model):
    """One service in a report, as the provider wrote it."""

    __tablename__ = "report_rows"
    __table_args__ = (
        UniqueConstraint("report_id", "position"),
        CheckConstraint("person_times >= 1", name="person_times_positive"),
        CheckConstraint("fee_fen >= 0", name="fee_positive"),
    )

    report_id: Mapped[UUID] = mapped_column(ForeignKey("service_reports.id"))
    position: Mapped[int]
    enterprise_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    function: Mapped[ServiceFunction] = mapped_column(state_enum(ServiceFunction, length=20))
    category: Mapped[str] = mapped_column(String(40), default="")
    title: Mapped[str] = mapped_column(String(200))
    activity: Mapped[str] = mapped_column(String(120), default="")
    activity_kind: Mapped[str] = mapped_column(String(40), default="")
    mode: Mapped[Mode] = mapped_column(state_enum(Mode, length=10))
    fee_kind: Mapped[FeeKind] = mapped_column(state_enum(FeeKind, length=20))
    fee_fen: Mapped[int] = mapped_column(BigInteger, default=0)
    person_times: Mapped[int] = mapped_column(default=1)
    delivered_on: Mapped[date]
    is_void: Mapped[bool] = mapped_column(default=False)  # in a correction: the record should not have been counted at all
    file_id: Mapped[UUID | None] = mapped_column(ForeignKey("stored_files.id"))
    findings: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)  # what the checks said when it was accepted

    enterprise: Mapped[Organisation] = relationship(lazy="joined")
