"""Whether firms can be in the classes of a programme: codes that exist, conditions that some firm meets, no class behind a wider one."""

from collections.abc import Collection, Iterator
from itertools import combinations

from marketplace.identity import industries, regions
from marketplace.kernel.errors import N_
from marketplace.kernel.policyfiles.problems import Complaint
from marketplace.policy.programme_decisions import FirmClass
from marketplace.policy.programme_firms import Beneficiaries
from marketplace.policy.programme_spec import ProgrammeSpec

Found = Iterator[tuple[str, Complaint]]

_AMONG = ("size_classes", "titles", "title_grades", "legal_forms", "lists", "parks")
_LOWEST = ("recognised_from_year", "founded_from_year", "least_months", "least_employees", "least_revenue_fen")
_HIGHEST = ("recognised_until_year", "founded_until_year", "below_months", "below_employees", "below_revenue_fen")


def code_problems(spec: ProgrammeSpec) -> Found:
    """Parks and industries of classes that do not exist."""
    for one in spec.classes:
        for code in one.parks:
            if not regions.is_park(code):
                yield f"{one.key}.parks", Complaint(N_("园区代码 %(code)s 不存在。"), N_("请按现行园区代码填写。"), {"code": code})
        for code in one.industries:
            if not industries.exists(code):
                params: dict[str, object] = {"code": code}
                yield f"{one.key}.industries", Complaint(N_("行业代码 %(code)s 不存在。"), N_("请按 GB/T 4754-2017 填写。"), params)


def unreachable(spec: ProgrammeSpec) -> Found:
    """Classes that no firm can be in."""
    for one in spec.classes:
        if field := _beyond(one, spec.beneficiaries):
            remedy = N_("请改正这一项，或放宽 [beneficiaries] 的条件。")
            yield f"{one.key}.{field}", Complaint(N_("符合本项目条件的企业都不属于“%(class)s”。"), remedy, {"class": one.label})
    for wide, narrow in combinations(spec.classes, 2):
        if _covers(wide, narrow):
            params: dict[str, object] = {"class": narrow.label, "before": wide.label}
            yield (
                narrow.key,
                Complaint(
                    N_("属于“%(class)s”的企业都先判定为“%(before)s”，没有企业能归入这一类。"),
                    N_("请在 class_order 中把条件更严的类别排在前面，或删去这一类。"),
                    params,
                ),
            )


def _beyond(one: FirmClass, firms: Beneficiaries) -> str:
    """The condition that no firm of the programme meets; empty if there is none."""
    if one.size_classes and not set(one.size_classes) & set(firms.size_classes.value):
        return "size_classes"
    barred = firms.lists_excluded.value if firms.lists_excluded else ()
    if one.lists and set(one.lists) <= set(barred):
        return "lists"
    if one.below_months and firms.operating_months and one.below_months <= firms.operating_months.value:
        return "below_months"
    if one.regions and not any(regions.overlap(code, place) for code in one.regions for place in _places(firms)):
        return "regions"
    include, exclude = firms.industries_include, firms.industries_exclude
    if one.industries and exclude and all(_within(code, exclude.value) for code in one.industries):
        return "industries"
    if one.industries and include and not any(_meet(code, wanted) for code in one.industries for wanted in include.value):
        return "industries"
    return ""


def _covers(wide: FirmClass, narrow: FirmClass) -> bool:
    """Whether every firm of the narrow class is in the wide one."""
    among = all(
        not wanted or (mine and set(mine) <= set(wanted)) for wanted, mine in ((getattr(wide, n), getattr(narrow, n)) for n in _AMONG)
    )
    trades = not wide.industries or (narrow.industries and all(_within(code, wide.industries) for code in narrow.industries))
    places = not wide.regions or (narrow.regions and all(any(regions.covers(w, n) for w in wide.regions) for n in narrow.regions))
    lowest = all(not low or (mine and mine >= low) for low, mine in ((getattr(wide, n), getattr(narrow, n)) for n in _LOWEST))
    highest = all(not high or (mine and mine <= high) for high, mine in ((getattr(wide, n), getattr(narrow, n)) for n in _HIGHEST))
    return bool(among and places and trades and lowest and highest and narrow.title_numbered >= wide.title_numbered)


def _places(firms: Beneficiaries) -> tuple[str, ...]:
    """Where the firms of the programme are."""
    return (*firms.regions.value, *(firms.parks.value if firms.parks else ()))


def _within(code: str, wanted: Collection[str]) -> bool:
    """Whether an industry is one of these or part of one."""
    return industries.exists(code) and any(step.code in wanted for step in industries.path(code))


def _meet(one: str, other: str) -> bool:
    return _within(one, (other,)) or _within(other, (one,))
