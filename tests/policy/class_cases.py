"""What reads the conditions of classes: a firm, and two contents of a class for each."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from marketplace.enterprises.rules import FirmSize, HeldTitle
from marketplace.identity.legal_forms import LegalForm
from marketplace.policy.programme_spec import ProgrammeSpec
from marketplace.policy.programme_words import TitleGrade, TitleKind
from marketplace.vouchers.rules import eligibility
from marketplace.vouchers.rules.facts import Aid, FirmFacts
from tests.policy.amount_cases import START, XIZANG, Case, refused

FIRM = FirmFacts(
    verified=True,
    size=FirmSize.SMALL,
    titles=(HeldTitle(TitleKind.SPECIALISED, date(2024, 1, 1), grade=TitleGrade.PROVINCE),),
    region_code="540102",
    park_code=None,
    industry_code="1522",
    founded_on=date(2023, 1, 10),
    legal_form=LegalForm.COMPANY,
    employees=35,
    revenue_fen=1_200_000_000,
    lists=frozenset({(XIZANG.slug, "here")}),
    sanctioned=True,
    as_of=START,
)
TWO_CLASSES: dict[str, Any] = {
    "class_order": {"value": ["small", "other"]},
    "classes.micro_small": None,
    "classes.medium": None,
    "classes.other": {"label": "其他", "size_classes": ["micro", "small", "medium"]},
    "rates.micro_small": None,
    "rates.medium": None,
    "rates.all": {"rate_bp": 5_000},
}


ONE_CLASS: dict[str, Any] = {
    "class_order": {"value": ["all"]},
    "classes.micro_small": None,
    "classes.medium": None,
    "classes.all": {"label": "全部"},
    "rates.micro_small": None,
    "rates.medium": None,
    "rates.all": {"rate_bp": 5_000},
}


PLACES = ("here", "there", "elsewhere")
ON_BOTH = {f"lists.{name}": {"label": name} for name in PLACES}


def class_name(spec: ProgrammeSpec, firm: FirmFacts = FIRM) -> str | None:
    found = eligibility.class_of(spec, firm)
    return found.name if found else None


def classed(one: Mapping[str, Any], other: Mapping[str, Any], **facts: Any) -> Case:
    """A class before the general one, said in two ways."""
    label, firm = {"label": "小"}, replace(FIRM, **facts)
    return Case("classes.small", label | one, label | other, lambda spec: class_name(spec, firm), beside=TWO_CLASSES)


def titled(**more: Any) -> dict[str, Any]:
    return {"titles": ["specialised"]} | more


def listed(condition: str) -> Case:
    """A programme of which one list holds the firm, and another does not."""
    used = {"classes.small": {"label": "小", "lists": list(PLACES)}}
    values = [{"value": [name]} for name in ("here", "there")]
    return Case(f"beneficiaries.{condition}", *values, _verdicts, beside={**TWO_CLASSES, **ON_BOTH, **used})


def _verdicts(spec: ProgrammeSpec) -> Any:
    return [(one.rule, one.verdict) for one in eligibility.check_eligibility(spec, FIRM)]


def _order_of_medium(spec: ProgrammeSpec) -> str:
    """A small firm orders with a voucher that was issued to it as a medium one."""
    return refused(lambda: eligibility.check_still_eligible(spec, replace(FIRM, sanctioned=False), "medium"))


def _aid(programme: str, given: date, **more: Any) -> Aid:
    return Aid(programme=programme, given_on=given, used_on=more.get("used"), completed_on=None, is_held=False)


_HAD = (_aid("one", date(2026, 1, 5), used=date(2026, 2, 1)), _aid("old", date(2025, 6, 1), used=date(2025, 7, 1)))


def beside(table: str, one: Mapping[str, Any], other: Mapping[str, Any]) -> Case:
    """A firm that used vouchers of two other programmes, this year and last, and was paid under none."""
    plain: dict[str, Any] = {"label": "其他券", "programmes": ["one"]} | ({"stage": "used"} if table == "after" else {"span": "year"})
    firm = replace(FIRM, aid=_HAD)
    result = lambda spec: [(one.rule, one.verdict) for one in eligibility.check_eligibility(spec, firm)]  # noqa: E731
    return Case(f"beneficiaries.{table}", plain | one, plain | other, result)


def given_before(one: Mapping[str, Any], other: Mapping[str, Any]) -> Case:
    """A firm that was given something under the programme a year and some days ago."""
    firm = replace(FIRM, aid=(_aid(XIZANG.slug, date(2025, 3, 10)),))
    result = lambda spec: [(one.rule, one.verdict) for one in eligibility.check_eligibility(spec, firm)]  # noqa: E731
    return Case("beneficiaries.count", one, other, result, beside={"allocation.mode": {"value": "first_come"}})


CLASSES: dict[str, Case] = {
    "class_day.value": Case("class_day", {"value": "issue"}, {"value": "order"}, _order_of_medium),
    "beneficiaries.after.programmes": beside("after", {}, {"programmes": ["none"]}),
    "beneficiaries.after.stage": beside("after", {"stage": "used"}, {"stage": "completed"}),
    "beneficiaries.not_with.programmes": beside("not_with", {}, {"programmes": ["old"]}),
    "beneficiaries.not_with.span": beside("not_with", {"span": "year"}, {"span": "held"}),
    "beneficiaries.count.most": given_before({"most": 2}, {"most": 1}),
    "beneficiaries.count.months": given_before({"most": 1}, {"most": 1, "months": 12}),
    "beneficiaries.lists.value": listed("lists"),
    "beneficiaries.lists_excluded.value": listed("lists_excluded"),
    "classes.size_classes": classed({"size_classes": ["small"]}, {"size_classes": ["medium"]}),
    "classes.titles": classed({"titles": ["specialised"]}, {"titles": ["high_tech"]}),
    "classes.regions": classed({"regions": ["5401"]}, {"regions": ["5402"]}),
    "classes.recognised_from_year": classed(*(titled(recognised_from_year=n) for n in (2023, 2025))),
    "classes.recognised_until_year": classed(*(titled(recognised_until_year=n) for n in (2025, 2023))),
    "classes.title_grades": classed(titled(title_grades=["province"]), titled(title_grades=["national"])),
    "classes.title_numbered": classed(titled(title_numbered=False), titled(title_numbered=True)),
    "classes.industries": classed({"industries": ["C"]}, {"industries": ["151", "F"]}),
    "classes.legal_forms": classed({"legal_forms": ["company"]}, {"legal_forms": ["branch"]}),
    "classes.lists": Case(
        "classes.small",
        *({"label": "小", "lists": [name]} for name in ("here", "there")),
        class_name,
        beside={**TWO_CLASSES, **ON_BOTH, "beneficiaries.lists": {"value": list(PLACES)}},
    ),
    "classes.parks": classed({"parks": ["540171"]}, {"parks": ["540172"]}, park_code="540171"),
    "classes.founded_from_year": classed({"founded_from_year": 2023}, {"founded_from_year": 2024}),
    "classes.founded_until_year": classed({"founded_until_year": 2023}, {"founded_until_year": 2022}),
    "classes.least_months": classed({"least_months": 38}, {"least_months": 39}),
    "classes.below_months": classed({"below_months": 39}, {"below_months": 38}),
    "classes.least_employees": classed({"least_employees": 35}, {"least_employees": 36}),
    "classes.below_employees": classed({"below_employees": 36}, {"below_employees": 35}),
    "classes.least_revenue_fen": classed({"least_revenue_fen": 1_200_000_000}, {"least_revenue_fen": 1_200_000_001}),
    "classes.below_revenue_fen": classed({"below_revenue_fen": 1_200_000_001}, {"below_revenue_fen": 1_200_000_000}),
}
