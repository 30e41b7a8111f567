"""Targets of programmes and what became of them: last year's scored and signed, this year's watched, others waiting to be confirmed."""

from collections.abc import Sequence
from datetime import date
from functools import partial
from uuid import UUID

from marketplace.demo.days import Days, at
from marketplace.demo.known_ids import KnownIds, key_of
from marketplace.demo.timeline import Moment, Step, Story
from marketplace.kernel.db import by_id
from marketplace.kernel.money import YUAN
from marketplace.moves.service import By
from marketplace.performance import rules, service
from marketplace.performance.indicators import Indicator, IndicatorTarget
from marketplace.performance.models import PerformancePlan
from marketplace.performance.rules import StepWords

_SERVICE, _INNOVATION = "xizang_enterprise_service_voucher", "xizang_innovation_voucher"
_MONEY = (
    IndicatorTarget(Indicator.PAID, 60_000 * YUAN, 40),
    IndicatorTarget(Indicator.REDEEMED, 120_000 * YUAN, 20),
    IndicatorTarget(Indicator.FIRMS, 12, 20),
    IndicatorTarget(Indicator.SERVICES, 20, 20),
)
_THIS_YEAR = (
    IndicatorTarget(Indicator.PAID, 80_000 * YUAN, 30),
    IndicatorTarget(Indicator.FIRMS, 20, 20),
    IndicatorTarget(Indicator.SERVICES, 30, 20),
    IndicatorTarget(Indicator.TIMELY, 9_000, 15),
    IndicatorTarget(Indicator.SATISFACTION, 9_000, 15),
)
_NOT_YET = "资金到位较晚，第一批服务券启动迟，当年没有完成，结余资金结转下年使用。"
_BEHIND = "低于目标：拨付批次曾退回重办，企业验收集中在第四季度，已请财政和服务专员加快办理。"


def last_year(ids: KnownIds, days: Days) -> Story:
    """The targets of the year before the first round: money came late in it, and the score says so."""
    plan, scored = key_of("plan", "last"), days.near(-60)
    yield Step(at(days.near(-170), "10:15"), partial(_enter, ids, plan, _SERVICE, scored.year - 1, _MONEY))
    yield Step(at(days.near(-168), "15:10"), partial(_second, ids, plan, "confirm"))
    yield Step(at(scored, "10:20"), partial(_read, ids, plan, "assess", _NOT_YET))
    yield Step(at(days.after(scored, 2), "16:00"), partial(_second, ids, plan, "sign"))


def this_year(ids: KnownIds, days: Days) -> Story:
    """The targets of this year, read in its middle."""
    plan, looked = key_of("plan", "this"), days.near(-20)
    yield Step(at(days.near(-150), "10:25"), partial(_enter, ids, plan, _SERVICE, looked.year, _THIS_YEAR))
    yield Step(at(days.near(-148), "15:20"), partial(_second, ids, plan, "confirm"))
    yield Step(at(looked, "11:10"), partial(_read, ids, plan, "monitor", _BEHIND))


def waiting(ids: KnownIds, days: Days) -> Story:
    """Targets of another programme, which a second person has yet to confirm."""
    day: date = days.ago(3)
    yield Step(at(day, "16:35"), partial(_enter, ids, key_of("plan", "waits"), _INNOVATION, day.year, _MONEY))


def _enter(ids: KnownIds, plan: UUID, slug: str, year: int, targets: Sequence[IndicatorTarget], moment: Moment) -> None:
    service.enter(ids.programmes[slug], year, targets, by=By(ids.users["officer"], moment.now, plan))


def _by(ids: KnownIds, plan: UUID, login: str, verb: str, moment: Moment) -> By:
    return By(ids.users[login], moment.now, key_of(plan, verb), {})


def _second(ids: KnownIds, plan: UUID, verb: str, moment: Moment) -> None:
    getattr(service, verb)(plan, StepWords(), by=_by(ids, plan, "officer_b", verb, moment))


def _read(ids: KnownIds, plan: UUID, verb: str, why: str, moment: Moment) -> None:
    """Values are read; what is behind has its reason."""
    row, by = by_id(PerformancePlan, plan), _by(ids, plan, "officer", verb, moment)
    found, scale = service.read(row, service.today_of(row, by))
    behind = {str(one.target.indicator): why for one in found if rules.is_behind(one.value, one.expected, scale)}
    getattr(service, verb)(plan, StepWords(reasons=behind), by=by)
