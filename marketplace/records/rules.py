"""Service records: their words, the check of a provider's own report, and the states such a report goes through.

A record is one service delivered, or one event held. It is written by an order on acceptance, by an event on check-in, or by a
provider's report after review; it is never changed: a mistake is corrected by a new row that replaces the old one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from marketplace.kernel.errors import N_, RuleViolation

MOST_PERSON_TIMES = 100_000  # of one row: more than this is a slip of the keyboard
MOST_FEE_FEN = 10**15


class FunctionKind(StrEnum):
    """Which function of a service platform a service belongs to."""

    INFORMATION = "information"
    TECHNOLOGY = "technology"
    ENTREPRENEURSHIP = "entrepreneurship"
    TRAINING = "training"
    FINANCE = "finance"
    OTHER = "other"


class Mode(StrEnum):
    """Where the service happened. Both counts as offline and as online."""

    ONLINE = "online"
    OFFLINE = "offline"
    BOTH = "both"


class FeeKind(StrEnum):
    """What the firm paid."""

    PUBLIC_BENEFIT = "public_benefit"
    LOW_FEE = "low_fee"
    STANDARD = "standard"


class RecordKind(StrEnum):
    """A service to one firm, or an event for many."""

    SERVICE = "service"
    EVENT = "event"


class EventKind(StrEnum):
    """What kind of event; rule sets count some of them apart."""

    TRAINING = "training"
    LECTURE = "lecture"
    BANK_MATCHING = "bank_matching"
    STARTUP_PITCH = "startup_pitch"
    TECHNOLOGY = "technology"
    INFORMATION = "information"
    OTHER = "other"


class RecordSource(StrEnum):
    """Who wrote the record."""

    ORDER = "order"
    EVENT = "event"
    MATCH = "match"
    REPORT = "report"
    IMPORT = "import"


class ReportState(StrEnum):
    """Where a provider's own report stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"  # to be mended and submitted again
    ACCEPTED = "accepted"  # a record was written
    REFUSED = "refused"
    CORRECTED = "corrected"  # an accepted one, replaced by a new row


FUNCTION_LABELS: dict[FunctionKind, str] = {
    FunctionKind.INFORMATION: N_("信息服务"),
    FunctionKind.TECHNOLOGY: N_("技术服务"),
    FunctionKind.ENTREPRENEURSHIP: N_("创业服务"),
    FunctionKind.TRAINING: N_("培训服务"),
    FunctionKind.FINANCE: N_("融资服务"),
    FunctionKind.OTHER: N_("其他服务"),
}
MODE_LABELS: dict[Mode, str] = {Mode.ONLINE: N_("线上"), Mode.OFFLINE: N_("线下"), Mode.BOTH: N_("线上线下结合")}
FEE_LABELS: dict[FeeKind, str] = {
    FeeKind.PUBLIC_BENEFIT: N_("公益性"),
    FeeKind.LOW_FEE: N_("低收费"),
    FeeKind.STANDARD: N_("标准收费"),
}
RECORD_KIND_LABELS: dict[RecordKind, str] = {RecordKind.SERVICE: N_("单项服务"), RecordKind.EVENT: N_("活动")}
EVENT_LABELS: dict[EventKind, str] = {
    EventKind.TRAINING: N_("培训班"),
    EventKind.LECTURE: N_("知识讲座"),
    EventKind.BANK_MATCHING: N_("银企对接"),
    EventKind.STARTUP_PITCH: N_("创业项目洽谈、推介"),
    EventKind.TECHNOLOGY: N_("技术洽谈、检测诊断、推广"),
    EventKind.INFORMATION: N_("信息服务活动"),
    EventKind.OTHER: N_("其他活动"),
}
SOURCE_LABELS: dict[RecordSource, str] = {
    RecordSource.ORDER: N_("订单验收"),
    RecordSource.EVENT: N_("活动签到"),
    RecordSource.MATCH: N_("供需对接签约"),
    RecordSource.REPORT: N_("机构填报"),
    RecordSource.IMPORT: N_("历史导入"),
}
STATE_LABELS: dict[ReportState, str] = {
    ReportState.DRAFT: N_("草稿"),
    ReportState.SUBMITTED: N_("待审核"),
    ReportState.RETURNED: N_("退回修改"),
    ReportState.ACCEPTED: N_("已计入台账"),
    ReportState.REFUSED: N_("不予计入"),
    ReportState.CORRECTED: N_("已更正"),
}

TRANSITIONS: dict[ReportState, frozenset[ReportState]] = {
    ReportState.DRAFT: frozenset({ReportState.SUBMITTED}),
    ReportState.SUBMITTED: frozenset({ReportState.ACCEPTED, ReportState.RETURNED, ReportState.REFUSED}),
    ReportState.RETURNED: frozenset({ReportState.SUBMITTED}),
    ReportState.ACCEPTED: frozenset({ReportState.CORRECTED}),
    ReportState.REFUSED: frozenset(),
    ReportState.CORRECTED: frozenset(),
}
EDITABLE = frozenset({ReportState.DRAFT, ReportState.RETURNED})
NEEDS_REASON = frozenset({ReportState.RETURNED, ReportState.REFUSED, ReportState.CORRECTED})


def check_transition(current: ReportState, wanted: ReportState, *, reason: str = "") -> None:
    """Raises: RuleViolation if a report in `current` may not become `wanted`, or a reason is owed and not given."""
    if wanted not in TRANSITIONS[current]:
        raise RuleViolation(N_("填报当前为“%(now)s”，不能变为“%(wanted)s”。"), now=STATE_LABELS[current], wanted=STATE_LABELS[wanted])
    if wanted in NEEDS_REASON and not reason.strip():
        raise RuleViolation(N_("请写明理由，让填报机构知道哪里要改。"), field="reason")


def check_editable(state: ReportState) -> None:
    """Raises: RuleViolation if a report may no longer be changed in place."""
    if state not in EDITABLE:
        raise RuleViolation(N_("填报当前为“%(now)s”，不能直接修改；已计入台账的，请用“更正”另填一行。"), now=STATE_LABELS[state])


@dataclass(frozen=True, slots=True)
class ReportRow:
    """What a provider says it did."""

    kind: RecordKind
    function: FunctionKind
    mode: Mode
    fee_kind: FeeKind
    served_on: date
    person_times: int
    fee_fen: int  # what the firm paid, for the whole row
    enterprise_id: UUID | None = None  # a service has one firm
    offering_id: UUID | None = None
    event_kind: EventKind | None = None
    title: str = ""
    evidence: int = 0  # how many pieces: notice, photo, signed list, summary


def check_row(row: ReportRow, *, today: date, open_from: date | None = None) -> None:
    """A report's row by itself.

    Args:
        open_from: first day still open for reports; earlier years come in by reviewed import only.

    Raises: RuleViolation naming the field.
    """
    _check_day(row.served_on, today, open_from)
    _check_numbers(row)
    if row.kind is RecordKind.SERVICE and row.enterprise_id is None:
        raise RuleViolation(N_("请选择服务的企业。"), field="enterprise_id")
    if row.kind is RecordKind.EVENT and row.event_kind is None:
        raise RuleViolation(N_("请选择活动类型。"), field="event_kind")
    if row.kind is RecordKind.EVENT and not row.title.strip():
        raise RuleViolation(N_("请填写活动名称。"), field="title")
    if row.evidence < 1:
        raise RuleViolation(N_("请至少上传一份佐证材料（通知、照片、签到表或总结）。"), field="evidence")


def _check_day(served_on: date, today: date, open_from: date | None) -> None:
    if served_on > today:
        raise RuleViolation(N_("服务日期 %(day)s 晚于今天，请填写实际服务的日期。"), field="served_on", day=served_on.isoformat())
    if open_from is not None and served_on < open_from:
        raise RuleViolation(N_("%(first)s 以前的服务请通过历史台账导入，经审核后计入。"), field="served_on", first=open_from.isoformat())


def _check_numbers(row: ReportRow) -> None:
    if not 1 <= row.person_times <= MOST_PERSON_TIMES:
        raise RuleViolation(N_("服务人次应在 1 到 %(most)s 之间。"), field="person_times", most=MOST_PERSON_TIMES)
    if not 0 <= row.fee_fen <= MOST_FEE_FEN:
        raise RuleViolation(N_("收费金额不能是负数，也不能超过上限，请核对单位是不是元。"), field="fee")
    if row.fee_kind is FeeKind.PUBLIC_BENEFIT and row.fee_fen != 0:
        raise RuleViolation(N_("公益性服务不收费：请把收费金额改为 0，或改选收费类型。"), field="fee")
    if row.fee_kind is FeeKind.STANDARD and row.fee_fen == 0:
        raise RuleViolation(N_("标准收费的服务请填写收费金额；没有收费的请选“公益性”。"), field="fee")


def service_key(
    *, provider_id: UUID, enterprise_id: UUID | None, served_on: date, function: FunctionKind, offering_id: UUID | None, title: str = ""
) -> str:
    """What makes two reports the same service: provider, firm, day, function, offering; for an event its title.

    Unique among reports. Two orders of one offering on one day are two services, so orders bear no such constraint.
    """
    name = _plain(title) if enterprise_id is None else ""
    parts = (provider_id, enterprise_id or "", served_on.isoformat(), function.value, offering_id or "", name)
    return hashlib.sha256("\x1f".join(map(str, parts)).encode()).hexdigest()


def _plain(title: str) -> str:
    return "".join(title.split()).casefold()


@dataclass(frozen=True, slots=True)
class Neighbour:
    """An existing record of the same provider, day and function (and firm, for a service); corrected ones left out."""

    id: str
    source: RecordSource
    served_on: date
    offering_id: UUID | None = None
    title: str = ""


def check_no_duplicate(row: ReportRow, neighbours: Iterable[Neighbour]) -> None:
    """Refuse a report of what is in the register already, from whatever source.

    A service is the same when the offerings are, or when one side names none: a report that leaves the offering out must not slip
    past the order that names it. An event is the same when the titles are, spaces and case aside.

    Raises: RuleViolation naming the record that stands in the way.
    """
    for other in neighbours:
        if other.served_on == row.served_on and _same_service(row, other):
            raise RuleViolation(
                N_("这项服务已在台账中（来源：%(source)s，日期 %(day)s，编号 %(record)s），不能重复填报。"),
                field="served_on",
                code="duplicate_record",
                source=SOURCE_LABELS[other.source],
                day=other.served_on.isoformat(),
                record=other.id,
            )


def _same_service(row: ReportRow, other: Neighbour) -> bool:
    if row.kind is RecordKind.EVENT:
        return _plain(row.title) == _plain(other.title)
    return row.offering_id is None or other.offering_id is None or row.offering_id == other.offering_id
