"""What a case may lead to, who may decide on it, and what must be said. Pure."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from marketplace.kernel.currencies import format_money
from marketplace.kernel.errors import N_, Denied, RuleViolation
from marketplace.kernel.lifecycle import State, Word
from marketplace.kernel.money import Fen

MIN_WORDS = 10  # of a finding, a decision on an appeal, an appeal


class CaseSource(Word):
    """What brought a case about; the party is never told."""

    OWN = "own", N_("日常监督")
    SIGNAL = "signal", N_("风险提示")
    CHECK = "check", N_("抽查")
    TIP = "tip", N_("举报线索")


class MeasureKind(Word):
    """What a decision does."""

    RECOVERY = "recovery", N_("追回资金")
    WARNING = "warning", N_("警告")
    SUSPENSION = "suspension", N_("暂停参与")
    BAN = "ban", N_("禁止参与")
    REMOVAL = "removal", N_("出库")
    TITLE = "title", N_("撤销称号")
    COUNT = "count", N_("冲销计数")
    REFERRAL = "referral", N_("移送")


class MeasureState(State):
    PROPOSED = "proposed", N_("拟作出"), "amber"
    IN_FORCE = "in_force", N_("已生效"), "red"
    LIFTED = "lifted", N_("已撤销")


class AppealAnswer(Word):
    UPHELD = "upheld", N_("维持原决定")
    REVOKED = "revoked", N_("撤销原决定")


FOR_DAYS = frozenset({MeasureKind.SUSPENSION, MeasureKind.BAN})  # they end by themselves
NUMBERED = frozenset({MeasureKind.RECOVERY, MeasureKind.TITLE, MeasureKind.COUNT})  # they strike something that has a number


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureWanted:
    """A measure as the investigator wants it."""

    kind: MeasureKind
    until_on: date | None = None
    amount_fen: Fen | None = None
    target: str = ""  # number of the claim, title or service record
    receiver: str = ""  # to whom the case is referred
    note: str = ""


def check_proposal(wanted: MeasureWanted, *, today: date, most_days: int) -> None:
    """What a measure needs stands with it.

    Raises: RuleViolation beside the field.
    """
    if wanted.kind in FOR_DAYS:
        check_days(wanted.until_on, today=today, most_days=most_days)
    if wanted.kind in NUMBERED and not wanted.target.strip():
        raise RuleViolation(N_("请填写所涉兑付申请、称号或台账来源的编号。"), field="target", code="no_target")
    if wanted.kind is MeasureKind.RECOVERY and not wanted.amount_fen:
        raise RuleViolation(N_("请填写要追回的金额。"), field="amount", code="no_amount")
    if wanted.kind is MeasureKind.REFERRAL and not wanted.receiver.strip():
        raise RuleViolation(N_("请写明移送给哪个机关。"), field="receiver", code="no_receiver")


def check_days(until_on: date | None, *, today: date, most_days: int) -> None:
    """Raises: RuleViolation: no last day, one that is over, or one too far away."""
    if until_on is None:
        raise RuleViolation(N_("请填写截止日期，当天仍然有效。"), field="until", code="no_day")
    if until_on < today:
        raise RuleViolation(N_("截止日期不能早于今天。"), field="until", code="day_over")
    last = today + timedelta(days=most_days)
    if until_on > last:
        raise RuleViolation(
            N_("期限最长 %(days)s 天，截止日期不能晚于 %(last)s。"), field="until", code="too_long", days=most_days, last=last.isoformat()
        )


def check_recovery(amount_fen: int, *, paid_fen: int, asked_fen: int, number: str, currency: str) -> None:
    """Nothing is asked back that was not paid, or that was asked back before.

    Raises: RuleViolation beside the amount.
    """
    left = max(paid_fen - asked_fen, 0)
    if amount_fen > left:
        raise RuleViolation(
            N_("兑付申请 %(number)s 已付 %(paid)s 元，其中已要求追回 %(asked)s 元，最多还能追回 %(left)s 元。"),
            field="amount",
            code="above_paid",
            number=number,
            paid=format_money(paid_fen, currency),
            asked=format_money(asked_fen, currency),
            left=format_money(left, currency),
        )


def check_words(text: str, field: str) -> str:
    """What was seen and on what it stands, in enough words. Raises: RuleViolation beside the field."""
    if len(text.strip()) < MIN_WORDS:
        raise RuleViolation(N_("请写明事实、理由和依据，不少于 %(count)s 个字。"), field=field, code="few_words", count=MIN_WORDS)
    return text.strip()


def check_finding(is_established: bool, measures: int) -> None:
    """Who finds that something was wrong says what shall follow; who finds nothing proposes nothing.

    Raises: RuleViolation beside the verdict.
    """
    if is_established and not measures:
        raise RuleViolation(N_("认定成立的，请先拟定至少一项处理措施。"), field="verdict", code="no_measure")
    if not is_established and measures:
        raise RuleViolation(N_("认定不成立的，请先撤下已拟定的处理措施。"), field="verdict", code="has_measures")


def check_not_own(own_id: UUID | None, party_id: UUID) -> None:
    """Nobody handles a case about the own organisation. Raises: Denied."""
    if own_id == party_id:
        raise Denied(N_("案件涉及您所在的单位，请由其他单位的人员办理。"), code="own_case")


def check_another(actor_id: UUID, before: Collection[UUID | None]) -> None:
    """Who decides did not find, and who answers an appeal did neither. Raises: Denied."""
    if actor_id in before:
        raise Denied(N_("您办理过这件案件的前一环节，请由另一位工作人员决定。"), code="four_eyes")


def check_no_judge(actor_id: UUID, judged: Collection[UUID]) -> None:
    """Who let a claim pass has no say in the case about it. Raises: Denied."""
    if actor_id in judged:
        raise Denied(N_("案件所涉的兑付申请由您审核过，请由另一位工作人员办理。"), code="judged_before")


def check_in_days(last_on: date | None, today: date) -> None:
    """Raises: RuleViolation: the days for an appeal are over."""
    if last_on is not None and today > last_on:
        raise RuleViolation(N_("申诉期已于 %(day)s 届满，不能再申诉。"), code="appeal_over", day=last_on.isoformat())
