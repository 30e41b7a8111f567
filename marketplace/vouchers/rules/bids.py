"""Providers are chosen for a round: until when they ask, who is chosen, and how much firms may draw on each. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from uuid import UUID

from marketplace.kernel.currencies import format_money
from marketplace.kernel.errors import N_, Denied, RuleViolation
from marketplace.kernel.money import Fen
from marketplace.policy.programme_spec import ProgrammeSpec
from marketplace.policy.programme_wholesale import OF_THE_PROVIDER
from marketplace.vouchers.rules.states import RUNNING, BidState, RoundState

OPEN = frozenset({BidState.SUBMITTED, BidState.PASSED_OVER})  # these may be chosen


@dataclass(frozen=True, slots=True)
class Bid:
    """A bid as the choice reads it."""

    id: UUID
    score: Fraction | int | None  # None: not all who are to score have
    place: int  # in the order of arrival


def check_wanted(spec: ProgrammeSpec) -> None:
    """Raises: RuleViolation: the programme chooses no providers."""
    if not spec.chooses_providers:
        raise RuleViolation(N_("本项目不遴选服务机构，企业可以向任何在库机构下单。"), code="no_selection")


def last_day(spec: ProgrammeSpec, announced_on: date) -> date:
    """The last day on which providers ask to be chosen."""
    assert spec.selection.window is not None, "the checks of a file ask for it"
    return announced_on + timedelta(days=spec.selection.window.value)


def check_may_ask(spec: ProgrammeSpec, announced_on: date | None, phase: RoundState, *, today: date) -> None:
    """Raises: RuleViolation: the round chooses nobody, is not announced, or its time for bids is over."""
    check_wanted(spec)
    if announced_on is None or phase not in RUNNING:
        raise RuleViolation(N_("本批次现在不接受申报，请关注批次公告。"), code="round_state")
    last = last_day(spec, announced_on)
    if today > last:
        raise RuleViolation(N_("申报已于 %(day)s 截止。"), code="bids_closed", day=last.isoformat())


def check_may_choose(spec: ProgrammeSpec, announced_on: date | None, phase: RoundState, *, today: date) -> None:
    """Nobody is chosen while others may still ask.

    Raises: RuleViolation.
    """
    check_wanted(spec)
    if announced_on is None or phase not in RUNNING:
        raise RuleViolation(N_("本批次现在不能遴选服务机构，请核对批次状态。"), code="round_state")
    last = last_day(spec, announced_on)
    if today <= last:
        raise RuleViolation(N_("服务机构可以申报到 %(day)s，次日起才能确定遴选结果。"), code="bids_open", day=last.isoformat())


def scorers(spec: ProgrammeSpec) -> int:
    """How many score each bid."""
    return spec.selection.scorers.value if spec.selection.scorers else 1


def mean(spec: ProgrammeSpec, points: Sequence[int]) -> Fraction | None:
    """The mean of the scores of a bid; None until all who are to score have."""
    return Fraction(sum(points), len(points)) if len(points) >= scorers(spec) else None


def said(score: Fraction | int | None) -> str:
    """A score as people read it, cut off behind the second decimal; it decides nothing."""
    if score is None:
        return "—"
    whole, rest = divmod(int(score * 100), 100)
    return f"{whole}.{rest:02d}" if rest else str(whole)


def check_may_score(spec: ProgrammeSpec, known: Sequence[UUID], actor_id: UUID) -> None:
    """Of several each scores once, and no more than are to.

    Raises: RuleViolation.
    """
    if actor_id in known:
        raise RuleViolation(N_("您已经给这份申报评过分，评分交出后不能改。"), code="scored_before")
    if len(known) >= scorers(spec):
        raise RuleViolation(N_("这份申报已经评满，不用再评。"), code="scored")


def check_scored_by_others(bids: Sequence[UUID | None], actor_id: UUID) -> None:
    """Raises: Denied: who scored does not settle the choice."""
    if actor_id in bids:
        raise Denied(N_("您参加了评分，遴选结果请由另一位人员确定。"), code="second_person")


def chosen(spec: ProgrammeSpec, bids: Sequence[Bid], *, already: int) -> list[UUID]:
    """Who is chosen: the best by score, of equals who came first, as many as the rules still allow.

    Raises: RuleViolation: a bid was not scored, nobody asked, or as many are chosen as may be.
    """
    assert spec.selection.providers is not None, "the checks of a file ask for it"
    free = spec.selection.providers.value - already
    if free <= 0:
        raise RuleViolation(N_("已选定 %(count)s 家服务机构，不能再选。"), code="all_chosen", count=already)
    if not bids:
        raise RuleViolation(N_("没有可以选定的申报。"), code="no_bids")
    open_ = sum(one.score is None for one in bids)
    if open_:
        raise RuleViolation(N_("还有 %(count)s 份申报没有评分，评完后才能确定结果。"), code="open_scores", count=open_)
    ranked = sorted(bids, key=lambda one: (-(one.score or 0), one.place))
    return [one.id for one in ranked[:free]]


def most_fen(spec: ProgrammeSpec) -> Fen:
    """The most of an allotment: the lowest cap of a provider that is about every service and firm."""
    caps = [one.amount_fen for one in spec.caps if one.scope in OF_THE_PROVIDER and not one.classes and not one.categories]
    return Fen(min(caps, default=max(one.amount_fen for one in spec.caps if one.scope in OF_THE_PROVIDER)))


def check_amount(spec: ProgrammeSpec, amount_fen: int) -> None:
    """Raises: RuleViolation beside the field: nothing, or more than the rules allow a provider."""
    most = most_fen(spec)
    if not 0 < amount_fen <= most:
        most_said = format_money(most, spec.currency)
        raise RuleViolation(N_("额度应大于 0，不超过每家服务机构的上限 %(most)s 元。"), field="amount", code="allotment", most=most_said)
