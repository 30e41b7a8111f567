"""Reads of the register: the records that count, who may see them, and those close to one another."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, extract, func, literal, or_, select
from sqlalchemy.orm import aliased, lazyload, selectinload

from marketplace.identity.models import Organisation
from marketplace.identity.queries import by_uscc, in_areas, named, stands_in
from marketplace.kernel import typed
from marketplace.kernel.db import db, found_by
from marketplace.kernel.errors import N_, NotFound, RuleViolation
from marketplace.kernel.lifecycle import Word
from marketplace.kernel.normal_text import findable
from marketplace.policy.fees import FeeKind
from marketplace.policy.programme_words import ServiceFunction
from marketplace.records.delivered import Delivered
from marketplace.records.models import ReportRow, ServiceRecord, ServiceReport
from marketplace.records.platform_models import PlatformMember
from marketplace.records.rules import (
    MemberState,
    Mode,
    Neighbour,
    RecordSource,
    ReportState,
)

SORTS: dict[str, ColumnElement[Any]] = {
    "day": ServiceRecord.delivered_on.asc(),
    "-day": ServiceRecord.delivered_on.desc(),
    "fee": ServiceRecord.fee_fen.asc(),
    "-fee": ServiceRecord.fee_fen.desc(),
    "persons": ServiceRecord.person_times.asc(),
    "-persons": ServiceRecord.person_times.desc(),
}
CHOICES: dict[str, type[Word]] = {"function": ServiceFunction, "fee_kind": FeeKind, "mode": Mode, "source": RecordSource}


_BARE = lazyload("*")  # without the organisations that are joined in for pages


def _is_last() -> ColumnElement[bool]:
    """SQL condition: nothing corrects the record, and it does not only take another away. Nothing simulated corrects a real one."""
    later = aliased(ServiceRecord)
    return ~ServiceRecord.is_void & ~exists().where(later.corrects_id == ServiceRecord.id, later.simulated == ServiceRecord.simulated)


def is_current() -> ColumnElement[bool]:
    """SQL condition: the record counts: it is the last word on its service, and not of a simulated round."""
    return _is_last() & ~ServiceRecord.simulated


def is_counted() -> ColumnElement[bool]:
    """SQL condition: the record counts in the figures of its year: as `is_current`, but what was written for a year after it was closed
    neither adds to it nor takes anything away. Where no year is closed, the two are the same.
    """
    r, later = ServiceRecord, aliased(ServiceRecord)
    replaced = exists().where(later.corrects_id == r.id, later.simulated == r.simulated, ~later.after_close)
    return ~r.is_void & ~r.simulated & ~r.after_close & ~replaced


def current() -> Select[ServiceRecord]:
    """The records that count, as a statement to narrow down."""
    return select(ServiceRecord).where(is_current())


def correctable() -> Select[ServiceRecord]:
    """The records that a provider may ask to correct: its last words, those of simulated rounds among them."""
    return select(ServiceRecord).where(_is_last())


def by_source(source_kind: str, source_id: UUID) -> ServiceRecord | None:
    """The record that an order, match, report row or attendance wrote, if it did."""
    return db.session.scalars(
        select(ServiceRecord).where(ServiceRecord.source_kind == source_kind, ServiceRecord.source_id == source_id).options(_BARE)
    ).one_or_none()


def _of_provider_or_area(provider_id: UUID, area_codes: Iterable[str]) -> ColumnElement[bool]:
    """SQL condition: one's own records, or those in one's area of authority: of a provider there, or of a firm there."""
    there = select(Organisation.id).where(in_areas(area_codes))
    return or_(ServiceRecord.provider_id == provider_id, ServiceRecord.provider_id.in_(there), ServiceRecord.enterprise_id.in_(there))


def visible(record_id: UUID, *, organisation_id: UUID, area_codes: Iterable[str]) -> ServiceRecord:
    """A record of the provider itself, or of an officer's own area.

    Raises: NotFound: no such record, or neither theirs nor of their area.
    """
    row = db.session.scalars(select(ServiceRecord).where(ServiceRecord.id == record_id)).one_or_none()
    areas = list(area_codes)
    if row is None or not (row.provider_id == organisation_id or stands_in(row.provider, areas) or stands_in(row.enterprise, areas)):
        raise NotFound
    return row


def openable(record_ids: Iterable[UUID], *, organisation_id: UUID, area_codes: Iterable[str]) -> set[UUID]:
    """Those of some records whose page somebody may open."""
    statement = select(ServiceRecord.id).where(ServiceRecord.id.in_(list(record_ids)), _of_provider_or_area(organisation_id, area_codes))
    return set(db.session.scalars(statement))


def of_provider(record_id: UUID, provider_id: UUID) -> ServiceRecord:
    """One of a provider's own records. Raises: NotFound."""
    return visible(record_id, organisation_id=provider_id, area_codes=())


def chain_of(row: ServiceRecord) -> list[ServiceRecord]:
    """A record with all that corrected it and that it corrected, oldest first."""
    found = [row]
    while found[0].corrects_id is not None:
        found.insert(0, db.session.get_one(ServiceRecord, found[0].corrects_id))
    while (later := db.session.scalars(select(ServiceRecord).where(ServiceRecord.corrects_id == found[-1].id)).one_or_none()) is not None:
        found.append(later)
    return found


@dataclass(frozen=True, slots=True)
class RecordFilter:
    """What a list of records is narrowed to; every field stands in the URL."""

    year: str = ""
    function: str = ""
    fee_kind: str = ""
    mode: str = ""
    source: str = ""
    q: str = ""

    @classmethod
    def of(cls, given: Mapping[str, str]) -> "RecordFilter":
        """From a query string; what is not known there is left out."""
        chosen = {key: value for key, words in CHOICES.items() if (value := given.get(key, "")) in set(words)}
        year = typed.number(given.get("year"), typed.FIRST_DAY.year, typed.LAST_DAY.year)
        return cls(year=str(year or ""), q=given.get("q", "").strip()[:60], **chosen)

    def words(self) -> list[str]:
        """The filter in words, for the head of an export."""
        labels = [words(chosen).label for key, words in CHOICES.items() if (chosen := getattr(self, key))]
        return [word for word in (f"{self.year} 年" if self.year else "", *labels, self.q) if word]

    def narrow(self, statement: Select[ServiceRecord]) -> Select[ServiceRecord]:
        """The statement with this filter."""
        equal = {"function": self.function, "fee_kind": self.fee_kind, "mode": self.mode, "source_kind": self.source}
        for column, value in equal.items():
            if value:
                statement = statement.where(getattr(ServiceRecord, column) == value)
        if self.year:
            statement = statement.where(in_year(int(self.year)))
        if self.q:
            firms = select(Organisation.id).where(or_(named(self.q), Organisation.uscc == self.q))
            statement = statement.where(
                or_(
                    ServiceRecord.title.contains(self.q, autoescape=True),
                    ServiceRecord.activity.contains(self.q, autoescape=True),
                    ServiceRecord.source_number == self.q,
                    ServiceRecord.enterprise_id.in_(firms),
                    ServiceRecord.provider_id.in_(firms),
                )
            )
        return statement


def in_year(year: int) -> ColumnElement[bool]:
    """SQL condition: the service was delivered in a year."""
    return ServiceRecord.delivered_on.between(date(year, 1, 1), date(year, 12, 31))


def register_of(provider_id: UUID, chosen: RecordFilter, sort: str = "") -> Select[ServiceRecord]:
    """A provider's own register; what is of simulated rounds stands in it, marked, and counts nowhere."""
    return _sorted(chosen.narrow(correctable().where(ServiceRecord.provider_id == provider_id)), sort)


def register_in(area_codes: Iterable[str], chosen: RecordFilter, sort: str = "") -> Select[ServiceRecord]:
    """The register of an area: services by providers there and to firms there."""
    there = select(Organisation.id).where(in_areas(area_codes))
    return _sorted(chosen.narrow(current().where(or_(ServiceRecord.provider_id.in_(there), ServiceRecord.enterprise_id.in_(there)))), sort)


def _sorted(statement: Select[ServiceRecord], sort: str) -> Select[ServiceRecord]:
    return statement.order_by(SORTS.get(sort, SORTS["-day"]), ServiceRecord.id.desc())


def memberships_on(provider_id: UUID, day: date) -> Select[UUID, UUID, str]:
    """Of which platforms a provider is a member body on a day, as a record keeps it."""
    one = PlatformMember
    in_time = (one.from_on <= day) & or_(one.until_on.is_(None), one.until_on >= day)
    columns = select(one.platform_id, one.id.label("member_id"), literal("record").label("known_from"))
    return columns.where(one.provider_id == provider_id, one.state == MemberState.ACCEPTED, in_time)


def years_of(provider_id: UUID | None = None) -> list[int]:
    """Years that have records, newest first."""
    statement = select(extract("year", ServiceRecord.delivered_on)).distinct()
    if provider_id is not None:
        statement = statement.where(ServiceRecord.provider_id == provider_id)
    return sorted((int(year) for year in db.session.scalars(statement)), reverse=True)


def of_source_or_near(told: Delivered, *, or_near: bool) -> Sequence[ServiceRecord]:
    """What a record that is about to be written may meet, in one look: the one of the same source, and if asked those that count of the
    same provider, firm, function and day."""
    wanted = (ServiceRecord.source_kind == told.source_kind) & (ServiceRecord.source_id == told.source_id)
    if or_near:
        parties = (ServiceRecord.provider_id == told.provider_id) & (ServiceRecord.enterprise_id == told.enterprise_id)
        alike = (ServiceRecord.function == told.function) & (ServiceRecord.delivered_on == told.delivered_on)
        wanted |= parties & alike & is_current()
    return db.session.scalars(select(ServiceRecord).where(wanted).order_by(ServiceRecord.id).options(_BARE)).all()


def neighbour(row: ServiceRecord) -> Neighbour:
    """A record as the duplicate check sees it; it is named by its order's or report's printed number."""
    return Neighbour(row.source_number or str(row.id), row.source_kind, row.delivered_on, row.category, row.activity)


def find_firm(text: str) -> Organisation:
    """The organisation that a person means by a credit code, or by a name or a part of it.

    Raises: RuleViolation beside the field: none, or more than one.
    """
    wanted = text.strip()
    known = by_uscc(wanted.upper())
    if known is not None:
        return known
    firms = select(Organisation).where(~Organisation.is_authority).order_by(Organisation.name)
    found = list(db.session.scalars(firms.where(Organisation.name_key == (findable(wanted) or wanted))))
    found = found or list(db.session.scalars(firms.where(named(wanted)).limit(6)))
    if not found:
        raise RuleViolation(
            N_("没有找到“%(text)s”。请核对统一社会信用代码或全称；还没有登记的企业，请先由企业注册或主管部门导入。"),
            field="enterprise",
            text=wanted[:40],
        )
    if len(found) > 1:
        names = "、".join(one.name for one in found[:5])
        raise RuleViolation(N_("有多家企业的名称相近：%(names)s。请填写全称或统一社会信用代码。"), field="enterprise", names=names)
    return found[0]


# Reports


def report_of_provider(report_id: UUID, provider_id: UUID) -> ServiceReport:
    """One of a provider's own reports; past years brought in for it by the authority are among them.

    Raises: NotFound.
    """
    row = db.session.scalars(
        select(ServiceReport).where(ServiceReport.id == report_id, ServiceReport.provider_id == provider_id)
    ).one_or_none()
    if row is None:
        raise NotFound
    return row


def report_in_area(report_id: UUID, area_codes: Iterable[str]) -> ServiceReport:
    """A report of a provider of an officer's area; drafts are the provider's own.

    Raises: NotFound.
    """
    return found_by(reports_in(area_codes).where(ServiceReport.id == report_id))


_ROWS = selectinload(ServiceReport.rows).lazyload(ReportRow.enterprise)  # a list of reports says how many rows each has


def reports_of(provider_id: UUID, state: str = "") -> Select[ServiceReport]:
    """A provider's reports, newest first."""
    return _in_state(select(ServiceReport).where(ServiceReport.provider_id == provider_id).options(_ROWS), state).order_by(
        ServiceReport.created_at.desc(), ServiceReport.id
    )


def reports_in(area_codes: Iterable[str], state: str = "", *, not_by: UUID | None = None) -> Select[ServiceReport]:
    """Reports of an area's providers; those that wait longest first.

    Args:
        not_by: leaves out what this user handed in: nobody decides on it oneself.
    """
    there = select(Organisation.id).where(in_areas(area_codes))
    statement = select(ServiceReport).where(ServiceReport.provider_id.in_(there), ServiceReport.state != ReportState.DRAFT).options(_ROWS)
    if not_by is not None:
        statement = statement.where(ServiceReport.submitted_by.is_distinct_from(not_by))
    return _in_state(statement, state).order_by(ServiceReport.submitted_at, ServiceReport.id)


def some_reports(report_ids: Iterable[UUID]) -> list[ServiceReport]:
    """Several reports at once, with their rows."""
    return list(db.session.scalars(select(ServiceReport).where(ServiceReport.id.in_(list(report_ids))).options(_ROWS)))


def _in_state(statement: Select[ServiceReport], state: str) -> Select[ServiceReport]:
    return statement.where(ServiceReport.state == ReportState(state)) if state in set(ReportState) else statement


def waiting_reports(area_codes: Iterable[str]) -> int:
    """How many reports wait for an officer."""
    waiting = reports_in(area_codes, ReportState.SUBMITTED).order_by(None).subquery()
    return db.session.scalar(select(func.count()).select_from(waiting)) or 0


def drafts_imported_by(actor_id: UUID) -> list[ServiceReport]:
    """Past lists that somebody is bringing in and has not handed to review yet."""
    statement = select(ServiceReport).where(ServiceReport.created_by == actor_id, ServiceReport.imported)
    return list(db.session.scalars(statement.where(ServiceReport.state == ReportState.DRAFT)).unique())


def has_row(row_id: UUID) -> bool:
    """Whether a report has this row already."""
    return db.session.get(ReportRow, row_id) is not None


def row_of(report: ServiceReport, row_id: UUID) -> ReportRow:
    """A row of a report. Raises: NotFound."""
    return found_by(select(ReportRow).where(ReportRow.id == row_id, ReportRow.report_id == report.id))


def correction_waiting(record_id: UUID) -> ServiceReport | None:
    """The report that asks to correct a record and is not decided yet."""
    open_states = [state for state in ReportState if state.waits_for]
    statement = select(ServiceReport).where(ServiceReport.corrects_record_id == record_id, ServiceReport.state.in_(open_states))
    return db.session.scalars(statement).first()
