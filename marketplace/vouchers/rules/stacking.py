"""What a firm was given before: what must come first (后续支持), what stands against it (不重复享受), what is counted (享受次数). Pure."""

from datetime import date

from marketplace.enterprises.rules import full_months
from marketplace.kernel.errors import N_
from marketplace.kernel.sentences import Sentence
from marketplace.policy.programme_stacking import FollowOn, GrantCount, NoStacking
from marketplace.policy.programme_words import AidSpan, AidStage
from marketplace.vouchers.rules.facts import Aid, Eligibility, FirmFacts

Answer = tuple[Eligibility, Sentence]


def comes_after(asked: FollowOn, facts: FirmFacts) -> Answer:
    """Whether the firm had a voucher of one of the programmes that must come first, and it came as far as is asked."""
    params = {"programmes": asked.label, "stage": asked.stage.label}
    had = facts.aid_of(asked.programmes)
    if had is None:
        return Eligibility.UNKNOWN, Sentence(N_("须先用过%(programmes)s（%(stage)s），申领时由平台核对。"), params)
    if any(_is_far_enough(one, asked.stage, facts.as_of) for one in had):
        return Eligibility.MET, Sentence(N_("企业用过%(programmes)s（%(stage)s）。"), params)
    if had:
        unfinished = N_("须先用过%(programmes)s（%(stage)s），本企业还没有办到这一步。请先办完，再申领。")
        return Eligibility.UNMET, Sentence(unfinished, params)
    return Eligibility.UNMET, Sentence(N_("须先用过%(programmes)s（%(stage)s），本企业没有。请先申领并使用。"), params)


def _is_far_enough(one: Aid, stage: AidStage, on: date) -> bool:
    reached = one.used_on if stage is AidStage.USED else one.completed_on
    return reached is not None and reached <= on


def stands_alone(asked: NoStacking, facts: FirmFacts) -> Answer:
    """Whether nothing that was given under one of the programmes stands against a voucher of this one."""
    params = {"programmes": asked.label}
    had = facts.aid_of(asked.programmes)
    if had is None:
        return Eligibility.UNKNOWN, Sentence(_OPEN[asked.span], params)
    against = [one for one in had if _is_against(one, asked.span, facts.as_of)]
    if not against:
        return Eligibility.MET, Sentence(N_("企业没有与本项目重复的%(programmes)s。"), params)
    return Eligibility.UNMET, Sentence(_AGAINST[asked.span], params | {"year": facts.as_of.year})


def is_left(asked: GrantCount, slug: str, facts: FirmFacts) -> Answer:
    """Whether the firm was given something under the programme itself less often than it may be."""
    span = Sentence(N_("近 %(months)s 个月内"), {"months": asked.months}) if asked.months else N_("累计")
    params: dict[str, object] = {"most": asked.most, "span": span}
    had = facts.aid_of((slug,), with_associates=True)
    if had is None:
        return Eligibility.UNKNOWN, Sentence(N_("每家企业%(span)s最多享受本项目 %(most)s 次，申领时由平台核对。"), params)
    count = sum(asked.months is None or full_months(one.given_on, facts.as_of) < asked.months for one in had)
    params["count"] = count
    if count < asked.most:
        return Eligibility.MET, Sentence(N_("企业%(span)s享受本项目 %(count)s 次，最多 %(most)s 次。"), params)
    used_up = N_("企业%(span)s已享受本项目 %(count)s 次，最多 %(most)s 次。没有用过的券可以先退回，再申领。")
    if theirs := sorted({one.of_associate for one in had if one.of_associate}):
        params["firms"] = "、".join(theirs)
        used_up = N_("企业和关联企业（%(firms)s）%(span)s已享受本项目 %(count)s 次，合计最多 %(most)s 次。没有用过的可以先退回，再申领。")
    return Eligibility.UNMET, Sentence(used_up, params)


_OPEN = {
    AidSpan.HELD: N_("持有%(programmes)s期间不能享受本项目，申领时由平台核对。"),
    AidSpan.YEAR: N_("同一年度享受过%(programmes)s的不能享受本项目，申领时由平台核对。"),
    AidSpan.EVER: N_("享受过%(programmes)s的不能享受本项目，申领时由平台核对。"),
}
_AGAINST = {
    AidSpan.HELD: N_("企业还持有%(programmes)s，不能重复享受。请先用完或退回，再申领。"),
    AidSpan.YEAR: N_("企业 %(year)s 年已享受%(programmes)s，同一年度不能重复享受。请在下一年度再申领；没有用过的，可以先退回。"),
    AidSpan.EVER: N_("企业已享受%(programmes)s，不能重复享受。没有用过的，可以先退回，再申领。"),
}


def _is_against(one: Aid, span: AidSpan, on: date) -> bool:
    """By the calendar year of the day it was given or first used on; a voucher that is still held was not given up."""
    if span is AidSpan.HELD:
        return one.is_held
    return span is AidSpan.EVER or on.year in {day.year for day in (one.given_on, one.used_on) if day}
