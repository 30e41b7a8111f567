"""What may be registered, planned and reported. Pure."""

from dataclasses import dataclass
from datetime import date, timedelta

from marketplace.kernel import typed
from marketplace.kernel.errors import N_, RuleViolation
from marketplace.kernel.money import Fen

MOST_FEN = 1_000_000_000_000_000
A_WEEK = timedelta(days=7)  # 周调度


@dataclass(frozen=True, slots=True)
class ArrearWords:
    """What is typed at a step."""

    amount_fen: Fen | None = None
    month: str = ""  # 2026-03
    words: str = ""

    def content(self) -> dict[str, object]:
        """For the command's key."""
        return {"amount_fen": self.amount_fen, "month": self.month, "words": self.words}


def month_of(day: date) -> date:
    """The first day of its month."""
    return day.replace(day=1)


def next_month(first: date) -> date:
    """The first day of the month after."""
    return (first + timedelta(days=31)).replace(day=1)


def month_named(text: str) -> date | None:
    """The first day of a month written as 2026-03; None: it is none."""
    return typed.day(f"{text.strip()}-01")


def check_arrear(amount_fen: int, due_on: date, *, today: date) -> None:
    """Something is owed, and its day is over. Raises: RuleViolation beside the field."""
    if not 0 < amount_fen <= MOST_FEN:
        raise RuleViolation(N_("欠款金额须大于 0。"), field="amount", code="amount")
    if due_on >= today:
        raise RuleViolation(N_("应付日期还没有过，不是拖欠。"), field="due_on", code="not_due")


def check_plan(month: date | None, amount_fen: int, left_fen: int, *, today: date) -> date:
    """A plan is for this month or a later one, and for what is left at most. Raises: RuleViolation beside the field."""
    if month is None:
        raise RuleViolation(N_("请按 2026-03 的样子填写月份。"), field="month", code="month")
    if month < month_of(today):
        raise RuleViolation(N_("过去的月份不能再定计划。"), field="month", code="past")
    if not 0 <= amount_fen <= left_fen:
        raise RuleViolation(N_("计划清偿金额须在 0 和尚欠金额之间。"), field="amount", code="amount")
    return month


def check_paid(amount_fen: int, left_fen: int) -> None:
    """No more is paid than is left; nothing is progress too. Raises: RuleViolation."""
    if not 0 <= amount_fen <= left_fen:
        raise RuleViolation(N_("本次清偿金额须在 0 和尚欠金额之间。"), field="amount", code="amount")


def check_reversed(amount_fen: int, paid_fen: int) -> None:
    """No more is taken back than was reported. Raises: RuleViolation."""
    if not 0 < amount_fen <= paid_fen:
        raise RuleViolation(N_("更正金额须大于 0，且不超过已登记的清偿金额。"), field="amount", code="amount")
