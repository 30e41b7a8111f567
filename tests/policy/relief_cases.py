"""Keys of relief: for how many months, of which year, up to which rate."""

from typing import Any

from marketplace.policy.programme_file import PROGRAMMES, load_programme
from marketplace.policy.programme_spec import ProgrammeSpec
from marketplace.subsidies import evidence
from marketplace.subsidies.rules import Ground
from tests.policy.amount_cases import START, Case, refused

RENT = load_programme(PROGRAMMES / "xizang_rent_relief_2022.toml")
RATE: dict[str, Any] = {"label": "年利率", "kind": "rate", "required": True}


def interest(spec: ProgrammeSpec) -> Any:
    return evidence.cost_of(spec, [{"kind": "cost", "value": "10,000.00"}, {"kind": "rate", "value": "8.7%"}], "CNY")


def held_to(spec: ProgrammeSpec) -> Any:
    ground = Ground("contract", "合同", "1", "1@2022-012022-03", START, contract_key="1", months=("2022-01", "2022-02", "2022-03"))
    return [refused(lambda name=name: evidence.check_months(spec, name, ground, 0)) for name in ("at_risk", "elsewhere")]


def counted(one: dict[str, Any], other: dict[str, Any]) -> Case:
    only = {"most": 2, "classes": ["elsewhere"]}
    return Case("month_counts.elsewhere", only | one, only | other, held_to, RENT, {"month_counts.at_risk": None})


RELIEF: dict[str, Case] = {
    "evidence_fields.most_bp": Case("evidence_fields.interest", RATE | {"most_bp": 435}, RATE | {"most_bp": 500}, interest, RENT),
    "month_counts.most": counted({}, {"most": 3}),
    "month_counts.year": counted({"most": 3, "year": 2022}, {"most": 3, "year": 2021}),
    "month_counts.classes": counted({}, {"classes": ["at_risk"]}),
}
