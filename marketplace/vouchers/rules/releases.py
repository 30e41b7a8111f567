"""When a round gives out its money at several moments (分次放出): what was typed, what it must add up to, and what is still held back."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from marketplace.kernel.currencies import format_money
from marketplace.kernel.errors import N_, RuleViolation
from marketplace.kernel.money import Fen
from marketplace.policy.programme_spec import ProgrammeSpec

MOST = 24  # releases of a round


@dataclass(frozen=True, slots=True)
class Release:
    """So much is given out from a moment on."""

    at: datetime
    amount_fen: int


def check(spec: ProgrammeSpec, releases: tuple[Release, ...], window: tuple[datetime, datetime]) -> None:
    """Where the rules say so there are at least two, each later than the one before, the first when the window opens.

    Raises: RuleViolation.
    """
    if not spec.allocation.is_released:
        if releases:
            raise RuleViolation(N_("本项目的资金一次放出，不用填写分次放出。"), field="releases", code="releases")
        return
    moments = [one.at for one in releases]
    if not 2 <= len(moments) <= MOST or moments != sorted(set(moments)):
        raise RuleViolation(N_("请按时间先后填写 2 到 %(most)s 次放出。"), field="releases", code="releases", most=MOST)
    if moments[0] != window[0] or moments[-1] >= window[1]:
        raise RuleViolation(N_("第一次放出应在申领开始时，最后一次应在申领截止前。"), field="releases", code="releases_window")
    if any(one.amount_fen <= 0 for one in releases):
        raise RuleViolation(N_("每次放出的金额应大于 0。"), field="releases", code="releases")


def check_sum(spec: ProgrammeSpec, releases: tuple[Release, ...], budget_fen: int) -> None:
    """All of them are the whole budget. Raises: RuleViolation that names them."""
    total = sum(one.amount_fen for one in releases)
    if total != budget_fen:
        raise RuleViolation(
            N_("各次放出合计 %(total)s 元，批次资金 %(budget)s 元：%(rows)s。请修改批次，使两者相等。"),
            field="releases",
            code="releases_sum",
            total=format_money(total, spec.currency),
            budget=format_money(budget_fen, spec.currency),
            rows="，".join(format_money(one.amount_fen, spec.currency) for one in releases),
        )


def held_back_fen(releases: Iterable[Release], now: datetime) -> Fen:
    """What is not given out yet."""
    return Fen(sum(one.amount_fen for one in releases if one.at > now))
