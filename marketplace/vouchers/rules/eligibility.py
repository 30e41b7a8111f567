"""May this firm have a voucher? Each rule answers for itself, in words, with the clause it stands on."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from marketplace.enterprises.rules import FirmSize, HeldTitle, TitleState, title_state
from marketplace.identity import industries, regions
from marketplace.kernel.errors import N_, RuleViolation
from marketplace.kernel.lifecycle import State
from marketplace.kernel.policyfiles.provenance import Provenance, Source
from marketplace.kernel.sentences import Sentence
from marketplace.policy.programme_decisions import FirmClass
from marketplace.policy.programme_spec import ProgrammeSpec


class Eligibility(State):
    MET = "met", N_("符合"), "green"
    UNMET = "unmet", N_("不符合"), "red"
    UNKNOWN = "unknown", N_("待补充信息"), "amber"  # a fact is missing: ask for it, do not refuse


@dataclass(frozen=True, slots=True)
class FirmFacts:
    """What is known of a firm on a day. None says "not known", never "no"."""

    verified: bool | None
    size: FirmSize
    titles: tuple[HeldTitle, ...]
    region_code: str | None
    park_code: str | None
    industry_code: str | None  # GB/T 4754-2017
    operating_months: int | None  # full months since it was founded
    sanctioned: bool | None  # on a list of serious dishonesty, or barred from vouchers
    as_of: date


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


def full_months(since: date, until: date) -> int:
    """Full months between two days; the month counts when its day is reached."""
    return (until.year - since.year) * 12 + until.month - since.month - (until.day < since.day)


def check_eligibility(spec: ProgrammeSpec, facts: FirmFacts, areas: tuple[str, ...] = ()) -> tuple[RuleResult, ...]:
    """Every rule of the programme on one firm.

    Args:
        areas: region or park codes the round is held in; none asks nothing more than the programme.
    """
    return tuple(_results(spec, facts, areas))


READ_AGAIN = frozenset({"size", "titles", "sanctions"})  # facts that may have changed since a voucher was issued


def check_still_eligible(spec: ProgrammeSpec, facts: FirmFacts) -> None:
    """A firm that orders still is of the size and holds the title that its voucher stands on, and is on no list of the sanctioned.

    Raises: RuleViolation that names what changed.
    """
    results = [one for one in _results(spec, facts, ()) if one.rule in READ_AGAIN]
    failed = next((one for one in results if one.verdict is Eligibility.UNMET), None)
    if failed is not None:
        raise RuleViolation(
            N_("企业目前不再符合本项目的用券条件（%(label)s）：%(why)s情况有变或有误的，请先更新企业资料或联系主管部门。"),
            field="voucher_id",
            code="no_longer_eligible",
            label=failed.label,
            why=failed.sentence,
        )


def overall(results: tuple[RuleResult, ...]) -> Eligibility:
    """Unmet if any rule is; otherwise unknown if any is; otherwise met."""
    verdicts = {one.verdict for one in results}
    return next((verdict for verdict in (Eligibility.UNMET, Eligibility.UNKNOWN) if verdict in verdicts), Eligibility.MET)


def classes_of(spec: ProgrammeSpec, facts: FirmFacts) -> tuple[FirmClass, ...]:
    """Every class the firm belongs to, in the programme's order."""
    return tuple(one for one in spec.classes if _belongs(one, facts))


def class_of(spec: ProgrammeSpec, facts: FirmFacts) -> FirmClass | None:
    """The class that decides rate, cap and face: the first the firm belongs to."""
    return next(iter(classes_of(spec, facts)), None)


def _belongs(firm_class: FirmClass, facts: FirmFacts) -> bool:
    size_fits = not firm_class.size_classes or facts.size.value in {size.value for size in firm_class.size_classes}
    return size_fits and (not firm_class.titles or any(_counts(title, firm_class, facts.as_of) for title in facts.titles))


def _counts(title: HeldTitle, firm_class: FirmClass, on: date) -> bool:
    """A title of one of the kinds, good today, recognised in the years asked for (the year it began to be valid)."""
    first = firm_class.recognised_from_year or title.valid_from.year
    last = firm_class.recognised_until_year or title.valid_from.year
    return (
        title.kind.value in {kind.value for kind in firm_class.titles}
        and first <= title.valid_from.year <= last
        and title_state(title, on) is TitleState.VALID
    )


def _results(spec: ProgrammeSpec, facts: FirmFacts, areas: tuple[str, ...]) -> Iterator[RuleResult]:
    yield _verified(facts)
    yield _region(spec, facts)
    if areas:
        yield _area(facts, areas)
    yield _size(spec, facts)
    if spec.beneficiaries.titles:
        yield _titles(spec, facts)
    yield _class(spec, facts)
    if spec.beneficiaries.operating_months:
        yield _operating(spec, facts)
    if spec.beneficiaries.industries_include or spec.beneficiaries.industries_exclude:
        yield _industry(spec, facts)
    if spec.beneficiaries.sanctions_check.value:
        yield _sanctions(spec, facts)


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
    label, inside = N_("适用地区"), "、".join(_place(code) for code in firms.regions.value)
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


def _area(facts: FirmFacts, areas: tuple[str, ...]) -> RuleResult:
    where = "、".join(_place(code) for code in areas)
    if facts.region_code is None:
        found = Eligibility.UNKNOWN, Sentence(N_("请填写企业所在地区；本批次在%(where)s开展。"), {"where": where})
    elif any(regions.covers(code, facts.region_code, facts.park_code) for code in areas):
        found = Eligibility.MET, Sentence(N_("本批次在%(where)s开展，企业在此范围内。"), {"where": where})
    else:
        found = Eligibility.UNMET, Sentence(N_("本批次只在%(where)s开展，请关注所在地区的批次。"), {"where": where})
    return RuleResult("area", N_("批次开展地区"), *found, ROUND_NOTICE)


def _size(spec: ProgrammeSpec, facts: FirmFacts) -> RuleResult:
    asked = spec.beneficiaries.size_classes
    params = {"size": facts.size.label}
    if facts.size is FirmSize.UNKNOWN:
        found = Eligibility.UNKNOWN, Sentence(N_("企业规模尚未判定，请补充上年从业人员、营业收入和资产数据。"))
    elif facts.size.value in {size.value for size in asked.value}:
        found = Eligibility.MET, Sentence(N_("企业规模为%(size)s。"), params)
    elif facts.size is FirmSize.NOT_COVERED:
        found = Eligibility.UNKNOWN, Sentence(N_("所属行业不在划型标准内，须由主管部门人工认定规模。"))
    else:
        found = Eligibility.UNMET, Sentence(N_("企业规模为%(size)s，本项目面向中小微企业。"), params)
    return RuleResult("size", N_("企业规模"), *found, asked.provenance)


def _titles(spec: ProgrammeSpec, facts: FirmFacts) -> RuleResult:
    asked = spec.beneficiaries.titles
    assert asked
    kinds = {kind.value: kind.label for kind in asked.value}
    good = [one for one in facts.titles if one.kind.value in kinds and title_state(one, facts.as_of) is TitleState.VALID]
    if good:
        found = Eligibility.MET, Sentence(N_("企业持有有效称号：%(title)s。"), {"title": kinds[good[0].kind.value]})
    else:
        found = Eligibility.UNMET, Sentence(N_("须持有下列有效称号之一：%(titles)s。"), {"titles": "、".join(sorted(kinds.values()))})
    return RuleResult("titles", N_("称号"), *found, asked.provenance)


def _class(spec: ProgrammeSpec, facts: FirmFacts) -> RuleResult:
    label, mine = N_("企业类别"), class_of(spec, facts)
    if mine:
        return RuleResult("class", label, Eligibility.MET, Sentence(N_("按“%(class)s”计算。"), {"class": mine.label}), mine.provenance)
    verdict = Eligibility.UNKNOWN if facts.size in (FirmSize.UNKNOWN, FirmSize.NOT_COVERED) else Eligibility.UNMET
    offered = "、".join(one.label for one in spec.classes)
    sentence = Sentence(N_("企业须属于下列类别之一：%(classes)s。"), {"classes": offered})
    return RuleResult("class", label, verdict, sentence, spec.classes[0].provenance)


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
