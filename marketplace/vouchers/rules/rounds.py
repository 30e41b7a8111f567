"""A round: when it may open, its claim window, and the days by which something must be done."""

import calendar as months
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from marketplace.identity import regions
from marketplace.kernel.calendar import Deadline, WorkingCalendar
from marketplace.kernel.errors import N_, Denied, RuleViolation
from marketplace.policy.programme_spec import ProgrammeSpec, TimeLimit
from marketplace.policy.programme_words import DayKind, PartsUnused
from marketplace.vouchers.rules.releases import Release
from marketplace.vouchers.rules.states import RUNNING, RoundState, Way


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundPlan:
    """What an officer says of a round."""

    name: str
    area_code: str
    apply_from_at: datetime
    apply_until_at: datetime  # the first instant at which it is too late
    use_from: date
    use_until: date  # last day to order
    redeem_until: date  # last day to claim payment
    contract_from: date | None = None  # first day on which a contract may be dated, where the programme looks back
    take_until: date | None = None
    contract_until: date | None = None
    deliver_until: date | None = None
    accept_until: date | None = None
    rate_until: date | None = None
    review_until: date | None = None
    notice_until: date | None = None
    results_on: date | None = None
    pooled_on: date | None = None
    simulated: bool = False
    parts: Mapping[str, int] | None = None  # amounts of the parts of the budget, by name; None: it is not divided
    releases: tuple[Release, ...] | None = None  # when how much is given out; None: all at once
    supplements_id: UUID | None = None  # the round whose money it hands out again (补发)

    @property
    def days(self) -> "Days":
        """The days by field, as the rules read them."""
        return {one.field: getattr(self, one.field) for one in ROUND_DAYS}


SHOWN = 3  # open values named in the refusal; the page lists them all

Days = Mapping[str, date | None]  # the days of a round by field


@dataclass(frozen=True, slots=True)
class RoundDay:
    """One day of a round, as forms, pages and rules read it: where it stands, which key of the rules it belongs to, its name."""

    field: str
    key: str  # a limit that says set_by_round means this day; so does a look-back that is allowed
    label: str
    help: str
    otherwise: str = ""  # the field that stands in for a round that leaves it open; none: it must be given


ROUND_DAYS: tuple[RoundDay, ...] = (
    RoundDay("contract_from", "contract.lookback", N_("补报合同起始"), N_("领券前签订的合同，从这一天起签订的可以补报。"), "use_from"),
    RoundDay("use_until", "times.order", N_("下单截止"), N_("最后一个下单日。")),
    RoundDay("take_until", "times.accept", N_("接单截止"), N_("服务机构最后一个接单日。"), "use_until"),
    RoundDay("contract_until", "times.contract_upload", N_("签约截止"), N_("合同签订并上传的最后一天。不填：同下单截止。"), "use_until"),
    RoundDay("deliver_until", "times.service", N_("交付截止"), N_("服务最晚在这一天交付。不填：按合同签订后的服务期。"), "use_until"),
    RoundDay("accept_until", "times.acceptance", N_("验收截止"), N_("企业最晚在这一天验收。不填：与兑付申请截止相同。"), "redeem_until"),
    RoundDay("rate_until", "times.evaluation", N_("评价截止"), N_("企业最后一个评价日。"), "redeem_until"),
    RoundDay("redeem_until", "times.claim_window", N_("兑付申请截止"), N_("服务机构最后一个申请兑付的日子。")),
    RoundDay("review_until", "times.review", N_("兑付审核截止"), N_("主管部门最晚在这一天审核完。"), "redeem_until"),
    RoundDay("notice_until", "times.notice", N_("兑付公示截止"), N_("公示到这一天为止。"), "redeem_until"),
    RoundDay("results_on", "allocation.results", N_("公布申领结果"), N_("最晚在这一天公布。")),
    RoundDay("pooled_on", "parts_unused", N_("配额统筹日"), N_("从这一天起，各项配额的未用部分归各类统筹使用。")),
)
DAY_OF: Mapping[str, RoundDay] = {one.key: one for one in ROUND_DAYS}
# The others are offered where the rules leave them to the round.
ALWAYS_OFFERED = frozenset({"use_until", "contract_until", "deliver_until", "accept_until", "redeem_until"})
AT_A_TILL = frozenset({"use_until", "redeem_until"})  # of those, what is there where nothing lies between an order and its redemption


def own_day(key: str, days: Days) -> date | None:
    """The round's own day for a limit, or the one that stands in for it in a round that leaves it open."""
    one = DAY_OF[key]
    return days.get(one.field) or (days.get(one.otherwise) if one.otherwise else None)


def asked_days(spec: ProgrammeSpec) -> tuple[RoundDay, ...]:
    """The days that the rules leave to the round: it must give them."""
    if not spec.has_orders or spec.deducts_at_once:
        return tuple(DAY_OF[one.key] for one in spec.times.all() if one.set_by_round)
    by_round = [one.key for one in (*spec.times.all(), spec.allocation.results) if one.set_by_round]
    if spec.parts_unused and spec.parts_unused.value is PartsUnused.ON_DAY:
        by_round.append(spec.parts_unused.key)
    return tuple(DAY_OF[one] for one in ([spec.lookback.key] if spec.lookback.value else []) + by_round)


def offered_days(spec: ProgrammeSpec) -> tuple[RoundDay, ...]:
    """The days an officer may fill in, in the order of an order's life."""
    asked = asked_days(spec)
    return tuple(one for one in ROUND_DAYS if one.field in _always(spec) or one in asked)


def _always(spec: ProgrammeSpec) -> frozenset[str]:
    """The days that every round of the rules may have."""
    if spec.deducts_at_once:
        return AT_A_TILL
    return ALWAYS_OFFERED if spec.has_orders else frozenset()


_NOT_BEFORE: tuple[tuple[str, tuple[str, ...]], ...] = (  # a day, and those it may not come before, the nearest first
    ("take_until", ("use_until",)),
    ("contract_until", ("use_until",)),
    ("deliver_until", ("contract_until", "use_until")),
    ("accept_until", ("deliver_until", "contract_until", "use_until")),
    ("redeem_until", ("accept_until", "deliver_until", "contract_until", "use_until")),
    ("rate_until", ("use_until",)),
    ("review_until", ("redeem_until",)),
    ("notice_until", ("redeem_until",)),
)


def check_days(days: Days, asked: tuple[RoundDay, ...]) -> None:
    """Each day that the rules ask for is there, and none comes before the step that it follows.

    Raises: RuleViolation beside the field.
    """
    for one in asked:
        if days.get(one.field) is None:
            raise RuleViolation(
                N_("本项目的规则把“%(label)s”留给批次确定，请填写日期。"), field=one.field, code="round_day", label=one.label
            )
    labels = {one.field: one.label for one in ROUND_DAYS}
    for field, before in _NOT_BEFORE:
        day = days.get(field)
        earlier = next(((name, found) for name in before if (found := days.get(name)) is not None), None)
        if day is not None and earlier is not None and day < earlier[1]:
            raise RuleViolation(
                N_("%(label)s不能早于%(before)s（%(day)s）。"),
                field=field,
                code="days_order",
                label=labels[field],
                before=labels[earlier[0]],
                day=earlier[1].isoformat(),
            )


@dataclass(frozen=True, slots=True)
class DayShown:
    """A day of a round as pages show it: the day itself, or the programme's limit where the round leaves it to the contract."""

    label: str
    day: date | None
    limit: TimeLimit | None = None


def days_shown(spec: ProgrammeSpec, days: Days) -> list[DayShown]:
    """Every day that counts in a round, each apart, read as the rules read it."""
    found = []
    for one in ROUND_DAYS if spec.has_orders and not spec.deducts_at_once else offered_days(spec):
        if one.field == "deliver_until" and days.get(one.field) is None and not spec.times.service.set_by_round:
            limit = spec.times.service
            found.append(DayShown(one.label, None if limit.is_set else last_delivery(days), limit if limit.is_set else None))
        elif one.field in ALWAYS_OFFERED or days.get(one.field) is not None:
            found.append(DayShown(one.label, own_day(one.key, days)))
    return found


def last_delivery(days: Days) -> date | None:
    """The round's own last day to deliver where no service term ends earlier."""
    return days.get("deliver_until") or days.get("accept_until") or days.get("redeem_until")


def check_area(programme_area: str, area_code: str) -> None:
    """A round is held inside the area whose programme it is.

    Raises: Denied beside the area.
    """
    if not regions.covers(programme_area, area_code):
        raise Denied(
            N_("这个项目属于%(owner)s，批次只能在该地区之内开设。请改选地区，或由本地区另行导入项目。"),
            field="area_code", code="round_area", owner=regions.full_name(programme_area),
        )  # fmt: skip


def due(
    limit: TimeLimit, start: date, calendar: WorkingCalendar, *, region: str | None = None, round_day: date | None = None
) -> Deadline | None:
    """The last day of a time limit that begins on `start`; None if there is no limit.

    Counting begins the next day. A month that has no such day ends on its last one. Natural days and months end where they end,
    on a free day too: orders and uploads need no office hours.

    Args:
        round_day: the day the round sets, for a limit that says so.

    Raises: RuleViolation if the round should set the day and has not.
    """
    if limit.set_by_round:
        if round_day is None:
            raise RuleViolation(N_("批次没有填写这一截止日期，请先补填批次信息。"), code="round_day", key=limit.key)
        return Deadline(round_day, provisional=False)
    if limit.months is not None:
        return Deadline(months_later(start, limit.months), provisional=False)
    if limit.days is None:
        return None
    if limit.day_kind is DayKind.NATURAL:
        return calendar.add_natural_days(start, limit.days, region)
    return calendar.add_working_days(start, limit.days, region)


def months_later(start: date, count: int) -> date:
    """The same day so many months later, or the last one of a month that has no such day."""
    year, month = divmod(start.month - 1 + count, 12)
    year, month = start.year + year, month + 1
    return date(year, month, min(start.day, months.monthrange(year, month)[1]))


def check_ready_to_open(spec: ProgrammeSpec) -> None:
    """Every assumed value is replaced or signed before a round opens.

    Raises: RuleViolation that names the first few.
    """
    unsigned = spec.unsigned_values()
    if unsigned:
        raise RuleViolation(
            N_("还有 %(count)s 项设定值没有替换或签认：%(first)s。请先逐项处理，再公告批次。"),
            code="unsigned_values",
            count=len(unsigned),
            first="、".join(one.label for one in unsigned[:SHOWN]) + (" 等" if len(unsigned) > SHOWN else ""),
        )


def phase(
    state: RoundState,
    *,
    way: Way,
    apply_window: tuple[datetime, datetime],
    use_window: tuple[date, date],
    today: date,
    now: datetime | None = None,
) -> RoundState:
    """Where a round stands by the clock, whatever was recorded last: doors open and close on the second, the sweep only writes it down.

    Results are published by whoever does the work, so a closed round stays closed; a suspended one stays suspended.

    Args:
        now: the instant, where the window of applications matters; without it only the days of use count.
    """
    opens_at, closes_at = apply_window
    if now is not None and way is not Way.USE:
        if state is RoundState.ANNOUNCED and now >= opens_at:
            state = RoundState.APPLYING
        if state is RoundState.APPLYING and now >= closes_at:
            state = RoundState.SETTLING if way is Way.DIRECT else RoundState.CLOSED
    waits_for_use = state is RoundState.PUBLISHED or (state is RoundState.ANNOUNCED and way is Way.USE)
    if waits_for_use and today >= use_window[0]:
        state = RoundState.IN_USE
    if state is RoundState.IN_USE and today > use_window[1]:
        state = RoundState.SETTLING
    return state


def check_window(opens_at: datetime, closes_at: datetime, now: datetime) -> None:
    """An application arrives inside the window: from the opening instant on, before the closing one.

    Raises: RuleViolation.
    """
    if now < opens_at:
        raise RuleViolation(N_("申领尚未开始，请在公告的时间申领。"), code="window_not_open")
    if now >= closes_at:
        raise RuleViolation(N_("申领已经截止，请关注下一批次。"), code="window_closed")


def check_in_date(valid_until: date, *, today: date) -> None:
    """A voucher is good on its last day.

    Raises: RuleViolation after it.
    """
    if today > valid_until:
        raise RuleViolation(
            N_("服务券已于 %(day)s 到期，不能再用于下单。"), field="voucher_id", code="voucher_expired", day=valid_until.isoformat()
        )


def check_takes_applications(state: RoundState, way: Way) -> None:
    """Raises: RuleViolation if firms cannot apply in this state, or never do in such a round."""
    if way is Way.USE:
        raise RuleViolation(N_("本批次不需要申领，符合条件的企业由平台或主管部门直接发放。"), code="round_state")
    said = N_("批次当前为“%(now)s”，不能提交申请。") if way is Way.DIRECT else N_("批次当前为“%(now)s”，不能申领。")
    _only_in(state, frozenset({RoundState.APPLYING}), said)


def check_takes_orders(state: RoundState) -> None:
    """Raises: RuleViolation if firms cannot order in this state."""
    _only_in(state, RUNNING, N_("批次当前为“%(now)s”，不能用券下单。"))


def check_takes_claims(state: RoundState) -> None:
    """Raises: RuleViolation if providers cannot ask for payment in this state."""
    _only_in(state, RUNNING | {RoundState.SETTLING}, N_("批次当前为“%(now)s”，不能申请兑付。"))


def check_takes_direct_claims(state: RoundState) -> None:
    """Raises: RuleViolation if firms cannot mend in this state what they asked for without an order."""
    _only_in(state, frozenset({RoundState.APPLYING, RoundState.SETTLING}), N_("批次当前为“%(now)s”，不能提交申请。"))


def _only_in(state: RoundState, allowed: frozenset[RoundState], sentence: str) -> None:
    if state not in allowed:
        raise RuleViolation(sentence, code="round_state", now=state.label)
