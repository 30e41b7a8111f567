"""Service records: their words, the check of a provider's own report, and the states such a report goes through.

A record is one service delivered to one firm; the rows of one event share its name and day. It is written by an order on acceptance,
by an event's check-in, by a match that came to a contract, or by a provider's report after review. It is never changed: a mistake is
corrected by a new row that names the one it replaces.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from marketplace.kernel.errors import N_, Denied, RuleViolation
from marketplace.kernel.lifecycle import State, Word
from marketplace.kernel.money import MAX_AMOUNT_FEN
from marketplace.kernel.normal_text import plain
from marketplace.kernel.sentences import Sentence
from marketplace.policy.fees import FeeKind
from marketplace.policy.programme_words import ServiceFunction

MOST_PERSON_TIMES = 100_000  # of one row: more than this is a slip of the keyboard
NEAR_DAYS = 15  # a report this close to a record of the same kind is pointed out to the reviewer; it refuses nothing


SME_SIZES = frozenset({"medium", "small", "micro"})
UNSURE_SIZES = frozenset({"unknown"})


class Mode(Word):
    """Where the service happened. Both counts as offline and as online."""

    ONLINE = "online", N_("线上")
    OFFLINE = "offline", N_("线下")
    BOTH = "both", N_("线上线下结合")


class ActivityKind(Word):
    """What kind of event; rule sets count some of them apart."""

    TRAINING = "training", N_("培训班")
    FINANCE_LECTURE = "finance_lecture", N_("融资知识讲座")
    BANK_MATCHING = "bank_matching", N_("银企对接")
    STARTUP_PITCH = "startup_pitch", N_("创业项目洽谈、推介")
    TECHNOLOGY = "technology", N_("技术洽谈、检测诊断、推广")
    INFORMATION = "information", N_("信息服务活动")
    OTHER = "other", N_("其他活动")


class RecordSource(Word):
    """Who wrote the record."""

    ORDER = "order", N_("订单验收")
    REPORT = "report", N_("机构填报")
    MATCH = "match", N_("供需对接签约")
    ACTIVITY = "activity", N_("活动签到")
    IMPORT = "import", N_("历史导入")


class EvidenceGrade(Word):
    """How a record is known to be true."""

    SYSTEM = "system", N_("平台记录")
    REVIEWED = "reviewed", N_("已审核")
    IMPORTED = "imported", N_("历史导入，已审核")


class AcceptedBy(Word):
    """Who accepted a delivery: it stands in the register, with its order, in the trail and on the claim."""

    FIRM = "firm", N_("企业验收")
    DEFAULT = "default", N_("企业逾期未验收，视为验收")  # nobody said anything in time, and the rules take that for acceptance
    OFFICER = "officer", N_("主管部门裁定验收")  # an officer decided on a dispute


class Side(Word):
    """From where somebody acts on a report."""

    PROVIDER = "provider", N_("服务机构")
    OFFICER = "officer", N_("主管部门")


class ReportState(State):
    """Where a provider's own report stands."""

    DRAFT = "draft", N_("草稿"), "neutral", Side.PROVIDER
    SUBMITTED = "submitted", N_("待审核"), "amber", Side.OFFICER
    RETURNED = "returned", N_("退回修改"), "red", Side.PROVIDER  # to be mended and submitted again
    ACCEPTED = "accepted", N_("已计入台账"), "green"  # its records were written; a mistake is corrected by another report
    REFUSED = "refused", N_("不予计入"), "red"

    @property
    def is_editable(self) -> bool:
        """Whether its provider is still writing it."""
        return self.waits_for == Side.PROVIDER


class MemberState(State):
    """Where a membership stands: the platform proposes, an officer looks at the agreement."""

    PROPOSED = "proposed", N_("待审核"), "amber"
    ACCEPTED = "accepted", N_("已加入"), "green"
    REFUSED = "refused", N_("未通过"), "red"


def check_decider(decided_by: UUID, submitted_by: UUID | None) -> None:
    """Raises: RuleViolation if somebody decides on what they submitted themselves."""
    if decided_by == submitted_by:
        raise Denied(N_("这份填报是您提交的，请由另一位审核人员办理。"))


def check_editable(state: ReportState) -> None:
    """Raises: RuleViolation if a report may no longer be changed in place."""
    if not state.is_editable:
        raise RuleViolation(N_("填报当前为“%(now)s”，不能直接修改；已计入台账的，请用“更正”另填一行。"), now=state.label)


@dataclass(frozen=True, slots=True)
class Claimed:
    """What a provider says it did for one firm: a row of its report."""

    enterprise_id: UUID
    function: ServiceFunction
    mode: Mode
    fee_kind: FeeKind
    delivered_on: date
    person_times: int
    fee_fen: int  # what the firm paid
    title: str
    category: str = ""
    activity: str = ""  # name of the event, where it was one
    activity_kind: ActivityKind | None = None


def open_from(today: date) -> date:
    """First day that a provider may report by itself: this year and the last. Older services come in by reviewed import."""
    return date(today.year - 1, 1, 1)


def check_row(row: Claimed, *, today: date, open_from: date | None = None) -> None:
    """A report's row by itself.

    Args:
        open_from: first day still open for reports; earlier years come in by reviewed import only.

    Raises: RuleViolation naming the field.
    """
    if not row.title.strip():
        raise RuleViolation(N_("请填写服务内容。"), field="title")
    _check_day(row.delivered_on, today, open_from)
    _check_numbers(row)
    _check_activity(row)


def _check_day(delivered_on: date, today: date, open_from: date | None) -> None:
    if delivered_on > today:
        raise RuleViolation(N_("服务日期 %(day)s 晚于今天，请填写实际服务的日期。"), field="delivered_on", day=delivered_on.isoformat())
    if open_from is not None and delivered_on < open_from:
        raise RuleViolation(N_("%(first)s 以前的服务请通过历史台账导入，经审核后计入。"), field="delivered_on", first=open_from.isoformat())


def _check_numbers(row: Claimed) -> None:
    if not 1 <= row.person_times <= MOST_PERSON_TIMES:
        raise RuleViolation(N_("服务人次应在 1 到 %(most)s 之间。"), field="person_times", most=MOST_PERSON_TIMES)
    if not 0 <= row.fee_fen <= MAX_AMOUNT_FEN:
        raise RuleViolation(N_("收费金额不能是负数，也不能超过上限，请核对单位是不是元。"), field="fee")
    if row.fee_kind is FeeKind.PUBLIC_BENEFIT and row.fee_fen != 0:
        raise RuleViolation(N_("公益性服务不收费：请把收费金额改为 0，或改选收费类型。"), field="fee")
    if row.fee_kind is FeeKind.STANDARD and row.fee_fen == 0:
        raise RuleViolation(N_("标准收费的服务请填写收费金额；没有收费的请选“公益性”。"), field="fee")


def _check_activity(row: Claimed) -> None:
    if row.activity.strip() and row.activity_kind is None:
        raise RuleViolation(N_("请选择活动类型。"), field="activity_kind")
    if row.activity_kind is not None and not row.activity.strip():
        raise RuleViolation(N_("请填写活动名称；同名同日的各行算一次活动。"), field="activity")


def service_key(
    *, provider_id: UUID, enterprise_id: UUID, delivered_on: date, function: ServiceFunction, category: str = "", activity: str = ""
) -> str:
    """What makes two reported rows the same: provider, firm, day, function, and the event or else the category of the offering.

    For rows of reports and imports. Two orders of one offering accepted on one day are two services, so orders bear no such key.
    """
    what = ("activity", plain(activity)) if activity.strip() else ("category", category)
    parts = (provider_id, enterprise_id, delivered_on.isoformat(), function.value, *what)
    return hashlib.sha256("\x1f".join(map(str, parts)).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Neighbour:
    """An existing record of the same provider, firm and function; those replaced by a correction left out."""

    id: str
    source: RecordSource
    delivered_on: date
    category: str = ""
    activity: str = ""


def check_no_duplicate(row: Claimed, neighbours: Iterable[Neighbour]) -> None:
    """Refuse a row that is in the register already, from whatever source.

    On the same day, a service is the same when its category is, or when one side names none: a report that leaves the category out
    must not slip past the order that has one. A row of an event is the same when the event is, in whatever spelling.

    Raises: RuleViolation naming the record that stands in the way.
    """
    for other in neighbours:
        if other.delivered_on == row.delivered_on and is_same_service(row, other):
            raise RuleViolation(
                N_("这项服务已在台账中（来源：%(source)s，日期 %(day)s，编号 %(record)s），不能重复填报。"),
                field="delivered_on",
                code="duplicate_record",
                source=other.source.label,
                day=other.delivered_on.isoformat(),
                record=other.id,
            )


def near_findings(row: Claimed, neighbours: Iterable[Neighbour]) -> tuple[Sentence, ...]:
    """What a reviewer should look at: records of the same service a few days off, since orders carry the day of acceptance."""
    near = [n for n in neighbours if 0 < abs((n.delivered_on - row.delivered_on).days) <= NEAR_DAYS and is_same_service(row, n)]
    return tuple(
        Sentence(
            N_("%(day)s 已有一条同类服务记录（来源：%(source)s，编号 %(record)s），请核对是否为同一项服务。"),
            {"day": n.delivered_on.isoformat(), "source": n.source.label, "record": n.id},
        )
        for n in near
    )


def is_same_service(row: Claimed, other: Neighbour) -> bool:
    """Whether a row and a record of the same provider, firm and function are about one service, days aside."""
    if row.activity.strip() or other.activity.strip():
        return plain(row.activity) == plain(other.activity)
    return not row.category or not other.category or row.category == other.category
