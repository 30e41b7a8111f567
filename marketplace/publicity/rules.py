"""When a public notice ends, who may object, and what a decision needs."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from marketplace.kernel.calendar import WorkingCalendar
from marketplace.kernel.errors import N_, RuleViolation
from marketplace.kernel.lifecycle import State, Word
from marketplace.kernel.typed import checked_reason


class PublicNoticeState(State):
    OPEN = "open", N_("公示中"), "blue"  # in its period
    CLOSED = "closed", N_("公示结束，异议不成立或无异议"), "green"  # the period ended without an upheld objection
    STOPPED = "stopped", N_("已终止"), "red"  # an objection was upheld, or the notice was withdrawn


class ObjectionState(State):
    RAISED = "raised", N_("待处理"), "amber", N_("主管部门")
    UPHELD = "upheld", N_("异议成立"), "red"
    REJECTED = "rejected", N_("异议不成立")


class TitleLanguage(Word):
    """In what a title may stand beside the Chinese one; a bureau types it, nobody translates it."""

    TIBETAN = "bo", N_("藏文标题")
    UYGHUR = "ug", N_("维吾尔文标题")
    MONGOLIAN = "mn", N_("蒙古文标题")

    @property
    def direction(self) -> str:
        """Which way it is written."""
        return "rtl" if self is TitleLanguage.UYGHUR else "ltr"


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who publishes a notice, and whom the public phones about it."""

    name: str
    contact_name: str
    contact_phone: str
    oversight_phone: str
    contact_hours: str = ""


def check_issuer(issuer: Issuer | None) -> Issuer:
    """Raises: RuleViolation: nobody is responsible for the place, or the bureau has not said whom the public phones."""
    if issuer is None:
        raise RuleViolation(N_("公示须写明发布单位，本地区还没有主管部门的工作人员，请先在系统中添加。"), code="issuer")
    lacks = {N_("联系人"): issuer.contact_name, N_("联系电话"): issuer.contact_phone, N_("监督电话"): issuer.oversight_phone}
    missing = [label for label, value in lacks.items() if not value.strip()]
    if missing:
        raise RuleViolation(
            N_("公示须写明联系人、联系电话和监督电话。%(name)s 还没有登记：%(missing)s。请在“对外联系方式”登记后再办理。"),
            name=issuer.name,
            missing="、".join(missing),
            code="issuer",
        )
    return issuer


def check_supplement(state: PublicNoticeState) -> None:
    """Raises: RuleViolation: the notice is over; what the public read stays."""
    if state is not PublicNoticeState.OPEN:
        raise RuleViolation(N_("公示已经结束，不能再补充。"))


def last_day(published_on: date, working_days: int, calendar: WorkingCalendar, region_code: str) -> date:
    """The last day of a notice, inclusive; the working day after publication is day one.

    Raises: RuleViolation: the end falls into a year whose holidays nobody has entered, so it would move later.
    """
    if working_days < 1:
        raise RuleViolation(N_("公示期至少 1 个工作日。"), field="working_days")
    end = calendar.add_working_days(published_on, working_days, region_code)
    if end.provisional:
        raise RuleViolation(
            N_("公示期将到 %(year)s 年，该年的放假安排还没有录入工作日历，截止日期无法确定。请先录入并确认该年，再发布公示。"),
            year=str(end.on.year),
            code="calendar.provisional",
        )
    return end.on


def takes_objections(state: PublicNoticeState, published_on: date, until: date, *, today: date) -> bool:
    """Whether a notice is in its period."""
    return state is PublicNoticeState.OPEN and published_on <= today <= until


def check_may_object(state: PublicNoticeState, published_on: date, until: date, *, today: date) -> None:
    """Raises: RuleViolation: the notice is not in its period."""
    if takes_objections(state, published_on, until, today=today):
        return
    if state is PublicNoticeState.OPEN and today < published_on:
        raise RuleViolation(N_("公示将于 %(day)s 开始，请届时再提出。"), day=published_on.isoformat())
    raise RuleViolation(N_("公示已于 %(day)s 截止，不能再提出异议。如有问题，请联系主管部门。"), day=until.isoformat())


def check_evidence(told: str, files: int) -> None:
    """Raises: RuleViolation: nothing by which the objection can be looked into."""
    if not files and len(told.strip()) < 4:
        raise RuleViolation(
            N_("请上传证明材料，或写明可以核实的线索，例如文件名称、公开网址、知情单位。没有依据的异议无法核实。"), field="evidence"
        )


def check_decision(decision: ObjectionState, answer: str) -> None:
    """Raises: RuleViolation: no decision, or one without an answer to whoever objected."""
    if decision is ObjectionState.RAISED:
        raise RuleViolation(N_("请选择异议成立或不成立。"), field="decision")
    checked_reason(answer, N_("请写明处理意见，异议人凭编号可以看到。"), field="answer")


def has_ended(state: PublicNoticeState, until: date, objections: Collection[ObjectionState], *, today: date) -> bool:
    """Whether an open notice can be closed: its period is over and nothing waits for a decision."""
    return state is PublicNoticeState.OPEN and today > until and ObjectionState.RAISED not in objections
