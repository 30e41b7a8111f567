"""A round: when it may open, its claim window, and the days by which something must be done."""

import calendar as months
from datetime import date, datetime

from marketplace.kernel.calendar import Deadline, WorkingCalendar
from marketplace.kernel.errors import N_, RuleViolation
from marketplace.policy.programme_spec import ProgrammeSpec, TimeLimit
from marketplace.policy.vocabulary import DayKind
from marketplace.vouchers.rules.states import ROUND_LABELS, RoundState

SHOWN = 3  # open values named in the refusal; the page lists them all


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
        return Deadline(_months_later(start, limit.months), provisional=False)
    if limit.days is None:
        return None
    if limit.day_kind is DayKind.NATURAL:
        return calendar.add_natural_days(start, limit.days, region)
    return calendar.add_working_days(start, limit.days, region)


def _months_later(start: date, count: int) -> date:
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


def check_takes_applications(state: RoundState) -> None:
    """Raises: RuleViolation if firms cannot apply in this state."""
    _only_in(state, frozenset({RoundState.CLAIMING}), N_("批次当前为“%(now)s”，不能申领。"))


def check_takes_orders(state: RoundState) -> None:
    """Raises: RuleViolation if firms cannot order in this state."""
    _only_in(state, frozenset({RoundState.IN_USE}), N_("批次当前为“%(now)s”，不能用券下单。"))


def check_takes_claims(state: RoundState) -> None:
    """Raises: RuleViolation if providers cannot ask for payment in this state."""
    _only_in(state, frozenset({RoundState.IN_USE, RoundState.SETTLING}), N_("批次当前为“%(now)s”，不能申请兑付。"))


def _only_in(state: RoundState, allowed: frozenset[RoundState], sentence: str) -> None:
    if state not in allowed:
        raise RuleViolation(sentence, code="round_state", now=ROUND_LABELS[state])
