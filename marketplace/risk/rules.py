"""What a signal is worth, and how it may be closed. Pure."""

from marketplace.kernel.errors import N_, RuleViolation
from marketplace.kernel.lifecycle import State

MIN_WORDS = 4


class Severity(State):
    NOTE = "note", N_("留意")
    WARNING = "warning", N_("预警"), "amber"
    SERIOUS = "serious", N_("严重"), "red"


class SignalState(State):
    OPEN = "open", N_("待核查"), "amber"
    EXPLAINED = "explained", N_("已说明"), "green"
    CONFIRMED = "confirmed", N_("已查实"), "red"


def check_close(verdict: SignalState, answer: str) -> None:
    """Raises: RuleViolation: not a verdict, or nothing said."""
    if verdict is SignalState.OPEN:
        raise RuleViolation(N_("请选择核查结论。"), field="verdict")
    if len(answer.strip()) < MIN_WORDS:
        raise RuleViolation(N_("请写明核查经过和依据，不少于 %(count)s 个字。"), field="answer", count=MIN_WORDS)
