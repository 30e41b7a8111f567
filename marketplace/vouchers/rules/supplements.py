"""What is taken back together (统一收回) and handed out again (补发): the day of the one, and whose money the other uses."""

from datetime import date

from marketplace.kernel.errors import N_, RuleViolation
from marketplace.vouchers.rules.states import RoundState

CALLED_IN_FROM = frozenset({RoundState.PUBLISHED, RoundState.IN_USE})
SUPPLEMENTED = CALLED_IN_FROM | {RoundState.SETTLING}


def check_call_in(state: RoundState, day: date, *, use_window: tuple[date, date], known: date | None, today: date) -> None:
    """An officer sets the last day of what a round has handed out so far, once, while it is in use.

    Raises: RuleViolation beside the day.
    """
    if state not in CALLED_IN_FROM:
        raise RuleViolation(N_("批次当前为“%(now)s”，不能统一收回。"), code="round_state", now=state.label)
    if known is not None:
        raise RuleViolation(N_("本批次已定于 %(day)s 统一收回，只能定一次。"), field="day", code="called_in", day=known.isoformat())
    first, last = max(today, use_window[0]), use_window[1]
    if not first <= day < last:
        raise RuleViolation(
            N_("统一收回日应在 %(first)s 起、下单截止 %(last)s 之前。"),
            field="day",
            code="call_in_day",
            first=first.isoformat(),
            last=last.isoformat(),
        )


def check_supplements(state: RoundState, *, same_programme: bool, same_money: bool) -> None:
    """A round hands out again what an earlier one of its programme did not use; simulated money stays simulated.

    Raises: RuleViolation beside the field.
    """
    if not same_programme or state not in SUPPLEMENTED:
        raise RuleViolation(N_("只能接续本项目已发放服务券、尚未结项的批次。"), field="supplements", code="supplements")
    if not same_money:
        raise RuleViolation(N_("模拟批次只能接续模拟批次，正式批次只能接续正式批次。"), field="supplements", code="supplements_simulated")
