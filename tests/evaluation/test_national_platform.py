"""国家中小企业公共服务示范平台 (156号): every number that was seen, just enough and one too few; what was not seen has no number."""

import pytest

from marketplace.evaluation.rules import Measured, Verdict, evaluate
from marketplace.evaluation.rulesets import ruleset
from marketplace.kernel.policyfiles.provenance import Assumed
from marketplace.policy.ruleset_spec import CriterionKind

RULE = ruleset("national_demonstration_platform")
ENOUGH = {  # condition → the number of its clause, as printed: 以上 and 不低于 include it
    "operating_years": 2,
    "assets": 300 * 10_000 * 100,
    "served": 150,
    "satisfaction": 8000,
    "members": 5,
    "public_benefit": 2000,
    "staff": 20,
    "qualified": 8000,
    "information_offline": 150,
    "information_activities": 8,
    "technology_activities": 5,
}


def verdict(criterion_id, value, most=None):
    asked = next(one for one in RULE.criteria if one.id == criterion_id)
    return evaluate(RULE, {}, {asked.call.key: Measured(value, most=most)}, organisation="x", year=2026).result(criterion_id).verdict


@pytest.mark.parametrize("criterion_id", ENOUGH)
def test_the_number_of_a_clause_is_enough_and_one_less_is_not(criterion_id):
    enough = ENOUGH[criterion_id]
    assert verdict(criterion_id, enough) is Verdict.MET
    assert verdict(criterion_id, enough - 1) is Verdict.UNMET
    assert verdict(criterion_id, enough - 1, most=enough) is Verdict.UNKNOWN
    assert verdict(criterion_id, None) is Verdict.UNKNOWN


def test_what_was_not_seen_has_no_number_and_waits_for_people():
    unseen = [one for one in RULE.criteria if one.id in {"entrepreneurship", "training", "finance"}]
    assert [(one.kind, one.limit) for one in unseen] == [(CriterionKind.MANUAL, None)] * 3
    assert all("来源未见" in one.text and isinstance(one.provenance, Assumed) for one in unseen)
    found = evaluate(RULE, {}, {}, organisation="x", year=2026)
    assert {found.result(one.id).verdict for one in unseen} == {Verdict.MANUAL_REVIEW}
    assert set(ENOUGH) | {"rising"} == {one.id for one in RULE.criteria if one.kind is CriterionKind.MEASURE}


def test_a_number_from_a_slip_of_the_source_is_assumed_and_unsigned():
    staff = next(one for one in RULE.criteria if one.id == "staff")
    assert isinstance(staff.provenance, Assumed) and staff.provenance.signed_by is None
    assert "服务人员" in dict(RULE.assumed())
