"""Which claims are checked a second time on the spot (抽查), who checks, and what must be said of it. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from uuid import UUID

from marketplace.kernel import draw
from marketplace.kernel.errors import N_, Conflict, Denied, RuleViolation
from marketplace.kernel.lifecycle import Word
from marketplace.policy.programme_decisions import SampleRule

MIN_WORDS = 10  # of a report: what was checked and what was found


class DrawnBy(Word):
    """Why a claim was drawn; none: it was not. A claim of before the draw has no word at all."""

    NONE = "none", N_("未抽中")
    AMOUNT = "amount", N_("金额超过必查限额")
    RATE = "rate", N_("按比例抽中")  # its number fell below the rate
    MINIMUM = "minimum", N_("不足最低抽查件数")  # fewer than the programme's least were drawn before it


class SpotFinding(Word):
    GOOD = "good", N_("相符")
    BAD = "bad", N_("发现问题")


@dataclass(frozen=True, slots=True)
class Entered:
    """A claim as it enters the draw, in the order of submission: what is published when the round is over."""

    number: str
    is_above: bool  # its amount is above the limit


def drawn_by(rule: SampleRule, seed: str, number: str, amount_fen: int, drawn_before: int) -> DrawnBy:
    """Whether a claim is drawn when it is submitted, and why.

    Args:
        drawn_before: how many claims of its round were drawn before it.

    Source: checks.sample of the programme.
    """
    return _why(rule, seed, entered(rule, number, amount_fen), drawn_before)


def recomputed(rule: SampleRule, seed: str, entered: Iterable[Entered]) -> Iterator[DrawnBy]:
    """The whole draw again from what is published, claim by claim in the order of submission."""
    drawn = 0
    for one in entered:
        why = _why(rule, seed, one, drawn)
        drawn += is_drawn(why)
        yield why


def entered(rule: SampleRule, number: str, amount_fen: int) -> Entered:
    """A claim as it enters the draw."""
    return Entered(number, rule.always_above_fen is not None and amount_fen > rule.always_above_fen)


def _why(rule: SampleRule, seed: str, claim: Entered, drawn_before: int) -> DrawnBy:
    if claim.is_above:
        return DrawnBy.AMOUNT
    if draw.is_drawn(seed, claim.number, rule.rate_bp):
        return DrawnBy.RATE
    return DrawnBy.MINIMUM if drawn_before < rule.minimum else DrawnBy.NONE


def is_drawn(why: str | None) -> bool:
    """Whether a claim was drawn."""
    return why not in {None, DrawnBy.NONE}


def check_checked(why: str | None, checker_id: UUID | None, reviewer_id: UUID) -> None:
    """A drawn claim is approved after a second officer has checked it on the spot, and never by that officer.

    Raises: Denied.
    """
    if not is_drawn(why):
        return
    if checker_id is None:
        raise Denied(N_("这笔申请被抽中抽查，须先由另一位工作人员登记抽查结果，才能核准。"), code="spot_check_waits")
    check_not_checker(checker_id, reviewer_id)


def check_not_checker(checker_id: UUID | None, reviewer_id: UUID) -> None:
    """Raises: Denied: who checked on the spot decides on the claim."""
    if checker_id == reviewer_id:
        raise Denied(N_("抽查由您登记，请由另一位工作人员作出审核决定。"), code="four_eyes")


def check_considered(finding: str | None, considered: str) -> None:
    """Whoever approves a claim in which a problem was found says how the finding was considered.

    Raises: RuleViolation.
    """
    if finding == SpotFinding.BAD and not considered.strip():
        raise RuleViolation(N_("抽查发现了问题，请写明核准前怎样考虑和核实了这些问题。"), field="considered", code="finding_unanswered")


def check_report(why: str | None, checked_by: UUID | None, report: str) -> None:
    """A spot check is recorded once, of a drawn claim, with what was checked and found.

    Raises: RuleViolation; Conflict: somebody recorded it before.
    """
    if not is_drawn(why):
        raise RuleViolation(N_("这笔申请没有被抽中，不需要抽查。"), code="not_drawn")
    if checked_by is not None:
        raise Conflict(N_("抽查结果已由他人登记，没有改动。请刷新页面查看。"), code="spot_check_done")
    if len(report.strip()) < MIN_WORDS:
        raise RuleViolation(N_("请写明核对了什么、发现了什么，不少于 %(count)s 个字。"), field="report", code="report", count=MIN_WORDS)
