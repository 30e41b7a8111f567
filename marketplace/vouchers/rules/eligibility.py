"""May this firm have a voucher? Each rule answers for itself, in words, with the clause it stands on."""

from collections.abc import Iterator
from dataclasses import dataclass

from marketplace.enterprises.rules import FirmSize, TitleState, title_state
from marketplace.identity import industries, regions
from marketplace.kernel.errors import N_, RuleViolation
from marketplace.kernel.policyfiles.provenance import Provenance, Source
from marketplace.kernel.sentences import Sentence, listed
from marketplace.policy.programme_decisions import FirmClass
from marketplace.policy.programme_spec import ProgrammeSpec
from marketplace.policy.programme_words import ClassDay
from marketplace.vouchers.rules import stacking
from marketplace.vouchers.rules.classes import ClassStanding, standing, worst
from marketplace.vouchers.rules.facts import Eligibility, FirmFacts


@dataclass(frozen=True, slots=True)
class RuleResult:
    """One rule: its name, the answer, why, and where the rule comes from."""

    rule: str
    label: str
    verdict: Eligibility
    sentence: Sentence
    provenance: Provenance


REGISTERED = Source("本平台", "申领前须通过企业认证")
ROUND_NOTICE = Source("本批次公告", "开展地区")


def check_eligibility(spec: ProgrammeSpec, facts: FirmFacts, areas: tuple[str, ...] = ()) -> tuple[RuleResult, ...]:
    """Every rule of the programme on one firm.

    Args:
        areas: region or park codes the round is held in; none asks nothing more than the programme.
    """
    return tuple(_results(spec, facts, areas))


READ_AGAIN = frozenset(
    {"size", "titles", "listed", "not_listed", "after", "not_with", "sanctions"}
)  # facts that may have changed since a voucher was issued


def check_still_eligible(spec: ProgrammeSpec, facts: FirmFacts, class_key: str) -> None:
    """A firm that orders still is of the size, holds the title and stands on the list that its voucher stands on, is on no list of the
    barred, and has had nothing meanwhile that stands against it.

    Args:
        class_key: class of the voucher; whether the firm must still be in it is for the programme to say.

    Raises: RuleViolation that names what changed.
    """
    results = [one for one in _results(spec, facts, ()) if one.rule in READ_AGAIN]
    if spec.class_day and spec.class_day.value is ClassDay.ORDER:
        results.append(_still_in_class(spec, facts, class_key, spec.class_day.provenance))
    failed = next((one for one in results if one.verdict is Eligibility.UNMET), None)
    if failed is not None:
        raise RuleViolation(
            N_("企业目前不再符合本项目的用券条件（%(label)s）：%(why)s情况有变或有误的，请先更新企业资料或联系主管部门。"),
            field="voucher_id",
            code="no_longer_eligible",
            label=failed.label,
            why=failed.sentence,
        )


def _still_in_class(spec: ProgrammeSpec, facts: FirmFacts, class_key: str, provenance: Provenance) -> RuleResult:
    """Whether the firm is in the class of its voucher, whatever other class it may be in now."""
    mine = standing(spec.firm_class(class_key), facts, spec.slug)
    said = {"class": mine.firm_class.label, "labels": listed(mine.labels(Eligibility.UNMET))}
    sentence = Sentence(N_("这张券按“%(class)s”发放，企业目前不属于该类别（%(labels)s不符）。"), said)
    return RuleResult("class_day", N_("企业类别"), mine.verdict, sentence, provenance)


def overall(results: tuple[RuleResult, ...]) -> Eligibility:
    """Unmet if any rule is; otherwise unknown if any is; otherwise met."""
    return worst(one.verdict for one in results)


def classes_of(spec: ProgrammeSpec, facts: FirmFacts) -> tuple[FirmClass, ...]:
    """Every class the firm surely belongs to, in the programme's order."""
    return tuple(one for one in spec.classes if standing(one, facts, spec.slug).verdict is Eligibility.MET)


def class_of(spec: ProgrammeSpec, facts: FirmFacts) -> FirmClass | None:
    """The class that decides rate, cap and face: the first the firm belongs to. None where it is in none, and where it is still open
    whether it belongs to one that comes before.
    """
    decided = _first_class(spec, facts)
    return decided.firm_class if decided and decided.verdict is Eligibility.MET else None


def _first_class(spec: ProgrammeSpec, facts: FirmFacts) -> ClassStanding | None:
    """The first class that the firm is not surely outside of."""
    return next((one for one in _standings(spec, facts) if one.verdict is not Eligibility.UNMET), None)


def _standings(spec: ProgrammeSpec, facts: FirmFacts) -> Iterator[ClassStanding]:
    return (standing(one, facts, spec.slug) for one in spec.classes)


def _results(spec: ProgrammeSpec, facts: FirmFacts, areas: tuple[str, ...]) -> Iterator[RuleResult]:
    yield _verified(facts)
    yield _region(spec, facts)
    if areas:
        yield _area(facts, areas)
    if spec.divided_by == "regions":
        yield _part(spec, facts)
    yield _size(spec, facts)
    if spec.beneficiaries.titles:
        yield _titles(spec, facts)
    yield class_result(spec, facts)
    if spec.beneficiaries.operating_months:
        yield _operating(spec, facts)
    if spec.beneficiaries.industries_include or spec.beneficiaries.industries_exclude:
        yield _industry(spec, facts)
    if spec.beneficiaries.lists:
        yield _listed(spec, facts)
    if spec.beneficiaries.lists_excluded:
        yield _not_listed(spec, facts)
    yield from stacking_results(spec, facts)
    if spec.beneficiaries.sanctions_check.value:
        yield _sanctions(spec, facts)


def stacking_results(spec: ProgrammeSpec, facts: FirmFacts) -> Iterator[RuleResult]:
    """What the firm was given under other programmes, and how often under this one, where the programme asks for it."""
    if after := spec.beneficiaries.after:
        yield RuleResult("after", N_("须先用过的项目"), *stacking.comes_after(after, facts), after.provenance)
    if apart := spec.beneficiaries.not_with:
        yield RuleResult("not_with", N_("不重复享受"), *stacking.stands_alone(apart, facts), apart.provenance)
    if count := spec.beneficiaries.count:
        yield RuleResult("count", N_("享受次数"), *stacking.is_left(count, spec.slug, facts), count.provenance)


def _verified(facts: FirmFacts) -> RuleResult:
    if facts.verified is None:
        found = Eligibility.UNKNOWN, Sentence(N_("申领前须完成企业认证。"))
    elif facts.verified:
        found = Eligibility.MET, Sentence(N_("企业认证已通过。"))
    else:
        found = Eligibility.UNMET, Sentence(N_("企业认证尚未通过，请先完成企业认证。"))
    return RuleResult("verified", N_("企业认证"), *found, REGISTERED)


def _region(spec: ProgrammeSpec, facts: FirmFacts) -> RuleResult:
    firms = spec.beneficiaries
    label, inside = N_("适用地区"), listed(_place(code) for code in firms.regions.value)
    if firms.parks and facts.park_code and facts.park_code in firms.parks.value:
        sentence = Sentence(N_("企业在%(park)s，视同区内企业。"), {"park": _place(facts.park_code)})
        return RuleResult("region", label, Eligibility.MET, sentence, firms.parks.provenance)
    if facts.region_code is None:
        return RuleResult(
            "region",
            label,
            Eligibility.UNKNOWN,
            Sentence(N_("请填写企业所在地区；本项目面向%(where)s。"), {"where": inside}),
            firms.regions.provenance,
        )
    if any(regions.covers(code, facts.region_code) for code in firms.regions.value):
        found = Eligibility.MET, Sentence(N_("企业所在地区属于%(where)s。"), {"where": inside})
    else:
        found = Eligibility.UNMET, Sentence(N_("本项目面向%(where)s的企业，企业所在地区不在其内。"), {"where": inside})
    return RuleResult("region", label, *found, firms.regions.provenance)


def _part(spec: ProgrammeSpec, facts: FirmFacts) -> RuleResult:
    """Where budgets are divided by regions, a firm draws on the part of its own."""
    part, label = spec.part_of_firm("", facts.region_code), N_("地区配额")
    if facts.region_code is None:
        found = Eligibility.UNKNOWN, Sentence(N_("请填写企业所在地区，资金按地区分配。"))
    elif part is None:
        found = Eligibility.UNMET, Sentence(N_("资金按地区分配，企业所在地区没有配额。"))
    else:
        found = Eligibility.MET, Sentence(N_("企业使用“%(part)s”的配额。"), {"part": part.label})
    return RuleResult("part", label, *found, spec.parts[0].provenance if part is None else part.provenance)


def _area(facts: FirmFacts, areas: tuple[str, ...]) -> RuleResult:
    where = listed(_place(code) for code in areas)
    if facts.region_code is None:
        found = Eligibility.UNKNOWN, Sentence(N_("请填写企业所在地区；本批次在%(where)s开展。"), {"where": where})
    elif any(regions.covers(code, facts.region_code, facts.park_code) for code in areas):
        found = Eligibility.MET, Sentence(N_("本批次在%(where)s开展，企业在此范围内。"), {"where": where})
    else:
        found = Eligibility.UNMET, Sentence(N_("本批次只在%(where)s开展，请关注所在地区的批次。"), {"where": where})
    return RuleResult("area", N_("批次开展地区"), *found, ROUND_NOTICE)


def _size(spec: ProgrammeSpec, facts: FirmFacts) -> RuleResult:
    asked = spec.beneficiaries.size_classes
    params = {"size": facts.size.label, "asked": listed(size.label for size in asked.value)}
    if facts.size is FirmSize.UNKNOWN:
        found = Eligibility.UNKNOWN, Sentence(N_("企业规模尚未判定，请补充上年从业人员、营业收入和资产数据。"))
    elif facts.size.value in {size.value for size in asked.value}:
        found = Eligibility.MET, Sentence(N_("企业规模为%(size)s。"), params)
    elif facts.size is FirmSize.NOT_COVERED:
        found = Eligibility.UNKNOWN, Sentence(N_("所属行业不在划型标准内，须由主管部门人工认定规模。"))
    else:
        found = Eligibility.UNMET, Sentence(N_("企业规模为%(size)s，本项目面向%(asked)s。"), params)
    return RuleResult("size", N_("企业规模"), *found, asked.provenance)


def _titles(spec: ProgrammeSpec, facts: FirmFacts) -> RuleResult:
    asked = spec.beneficiaries.titles
    assert asked
    kinds = {kind.value: kind.label for kind in asked.value}
    good = [one for one in facts.titles if one.kind.value in kinds and title_state(one, facts.as_of) is TitleState.VALID]
    if good:
        found = Eligibility.MET, Sentence(N_("企业持有有效称号：%(title)s。"), {"title": kinds[good[0].kind.value]})
    else:
        found = Eligibility.UNMET, Sentence(N_("须持有下列有效称号之一：%(titles)s。"), {"titles": listed(sorted(kinds.values()))})
    return RuleResult("titles", N_("称号"), *found, asked.provenance)


def class_result(spec: ProgrammeSpec, facts: FirmFacts) -> RuleResult:
    """To which class a firm belongs, and where that is open or none, for want of what."""
    label, mine = N_("企业类别"), _first_class(spec, facts)
    if mine is None:
        verdict = Eligibility.UNKNOWN if facts.size is FirmSize.NOT_COVERED else Eligibility.UNMET
        offered = listed(_not_in(one) for one in _standings(spec, facts))
        sentence = Sentence(N_("企业须属于下列类别之一：%(classes)s。"), {"classes": offered})
        return RuleResult("class", label, verdict, sentence, spec.classes[0].provenance)
    params = {"class": mine.firm_class.label}
    if mine.verdict is Eligibility.MET:
        sentence = Sentence(N_("按“%(class)s”计算。"), params)
    else:
        missing = {"missing": listed(mine.labels(Eligibility.UNKNOWN))}
        sentence = Sentence(N_("请补充%(missing)s，才能判定企业是否属于“%(class)s”。"), params | missing)
    return RuleResult("class", label, mine.verdict, sentence, mine.firm_class.provenance)


def _not_in(one: ClassStanding) -> Sentence:
    return Sentence(N_("%(class)s（%(labels)s不符）"), {"class": one.firm_class.label, "labels": listed(one.labels(Eligibility.UNMET))})


def _operating(spec: ProgrammeSpec, facts: FirmFacts) -> RuleResult:
    asked = spec.beneficiaries.operating_months
    assert asked
    params = {"asked": asked.value, "months": facts.operating_months}
    if facts.operating_months is None:
        found = Eligibility.UNKNOWN, Sentence(N_("请填写成立日期；须经营满 %(asked)s 个月。"), params)
    elif facts.operating_months >= asked.value:
        found = Eligibility.MET, Sentence(N_("已经营 %(months)s 个月，满 %(asked)s 个月。"), params)
    else:
        found = Eligibility.UNMET, Sentence(N_("已经营 %(months)s 个月，须满 %(asked)s 个月。"), params)
    return RuleResult("operating", N_("经营时间"), *found, asked.provenance)


def _industry(spec: ProgrammeSpec, facts: FirmFacts) -> RuleResult:
    include, exclude = spec.beneficiaries.industries_include, spec.beneficiaries.industries_exclude
    setting = exclude or include
    assert setting
    if facts.industry_code is None:
        return RuleResult("industry", N_("行业"), Eligibility.UNKNOWN, Sentence(N_("请填写企业所属行业。")), setting.provenance)
    steps = {step.code for step in industries.path(facts.industry_code)}
    params = {"industry": industries.industry(facts.industry_code).name}
    if exclude and steps & set(exclude.value):
        return RuleResult(
            "industry", N_("行业"), Eligibility.UNMET, Sentence(N_("本项目不支持%(industry)s企业。"), params), exclude.provenance
        )
    if include and not steps & set(include.value):
        sentence = Sentence(N_("本项目限定行业，不包括%(industry)s。"), params)
        return RuleResult("industry", N_("行业"), Eligibility.UNMET, sentence, include.provenance)
    return RuleResult(
        "industry", N_("行业"), Eligibility.MET, Sentence(N_("所属行业%(industry)s在支持范围内。"), params), setting.provenance
    )


def _listed(spec: ProgrammeSpec, facts: FirmFacts) -> RuleResult:
    asked = spec.beneficiaries.lists
    assert asked
    answer, params = facts.on_any(spec.slug, asked.value), {"lists": listed(spec.called[name] for name in asked.value)}
    if answer is None:
        found = Eligibility.UNKNOWN, Sentence(N_("须列入%(lists)s，申领时由平台核对。"), params)
    elif answer:
        found = Eligibility.MET, Sentence(N_("企业已列入%(lists)s。"), params)
    else:
        found = Eligibility.UNMET, Sentence(N_("企业未列入%(lists)s；名录有误的，请联系主管部门。"), params)
    return RuleResult("listed", N_("列入名录"), *found, asked.provenance)


def _not_listed(spec: ProgrammeSpec, facts: FirmFacts) -> RuleResult:
    barred = spec.beneficiaries.lists_excluded
    assert barred
    answer, params = facts.on_any(spec.slug, barred.value), {"lists": listed(spec.called[name] for name in barred.value)}
    if answer is None:
        found = Eligibility.UNKNOWN, Sentence(N_("不得列入%(lists)s，申领时由平台核对。"), params)
    elif answer:
        found = Eligibility.UNMET, Sentence(N_("本项目不支持列入%(lists)s的企业；名录有误的，请联系主管部门。"), params)
    else:
        found = Eligibility.MET, Sentence(N_("企业未列入%(lists)s。"), params)
    return RuleResult("not_listed", N_("不得列入的名录"), *found, barred.provenance)


def _sanctions(spec: ProgrammeSpec, facts: FirmFacts) -> RuleResult:
    if facts.sanctioned is None:
        found = Eligibility.UNKNOWN, Sentence(N_("尚未核查失信和受限名单，由主管部门核查。"))
    elif facts.sanctioned:
        found = Eligibility.UNMET, Sentence(N_("企业在失信或受限名单内，移出名单后可申领。"))
    else:
        found = Eligibility.MET, Sentence(N_("企业不在失信和受限名单内。"))
    return RuleResult("sanctions", N_("信用核查"), *found, spec.beneficiaries.sanctions_check.provenance)


def _place(code: str) -> str:
    return regions.region(code).full_name if regions.exists(code) else code
