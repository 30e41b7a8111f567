"""What a signal is worth, and how it may be closed. Pure."""

import hashlib
from datetime import date

from marketplace.kernel.currencies import format_money
from marketplace.kernel.errors import N_, RuleViolation
from marketplace.kernel.lifecycle import State, Word
from marketplace.kernel.money import CNY, Fen

MIN_WORDS = 4


class Severity(State):
    NOTE = "note", N_("留意")
    WARNING = "warning", N_("预警"), "amber"
    SERIOUS = "serious", N_("严重"), "red"


class SignalState(State):
    OPEN = "open", N_("待核查"), "amber"
    EXPLAINED = "explained", N_("已说明"), "green"
    CONFIRMED = "confirmed", N_("已查实"), "red"


class BarKind(Word):
    """What a decision keeps an organisation from, for a time: both from orders, offerings and applications, a ban from the register too."""

    SUSPENSION = "suspension", N_("暂停参与")
    BAN = "ban", N_("禁止参与")


def cause_of(*parts: object) -> str:
    """One short word for a reason: the same reason again has the same."""
    return hashlib.sha256("\n".join(str(one) for one in parts).encode()).hexdigest()[:32]


def barred(name: str, kind: BarKind, from_on: date, until_on: date, number: str) -> RuleViolation:
    """Who is kept away hears until when, and by which decision."""
    return RuleViolation(
        N_("%(name)s 自 %(first)s 至 %(last)s 被%(kind)s（处理决定 %(number)s），期满后才能办理。如有异议，可在申诉期内申诉。"),
        code="barred",
        name=name,
        first=from_on.isoformat(),
        last=until_on.isoformat(),
        kind=kind.label,
        number=number,
    )


def above_credit(name: str, points: int, most_fen: int, until_on: date) -> RuleViolation:
    """Who has too few credit points hears up to what amount an order goes, and until when."""
    return RuleViolation(
        N_("%(name)s 的信用分为 %(points)s 分，至 %(last)s 每笔订单不超过 %(most)s 元。请选择金额较小的服务，或待信用分恢复后办理。"),
        code="above_credit",
        name=name,
        points=points,
        last=until_on.isoformat(),
        most=format_money(Fen(most_fen), CNY),
    )


def check_close(verdict: SignalState, answer: str) -> None:
    """Raises: RuleViolation: not a verdict, or nothing said."""
    if verdict is SignalState.OPEN:
        raise RuleViolation(N_("请选择核查结论。"), field="verdict")
    if len(answer.strip()) < MIN_WORDS:
        raise RuleViolation(N_("请写明核查经过和依据，不少于 %(count)s 个字。"), field="answer", count=MIN_WORDS)
