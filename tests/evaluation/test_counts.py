"""What is counted is true on its day: the rules E1 to E5, each by its name. E1 stands in tests/records/test_years.py."""

from dataclasses import replace
from datetime import date

from marketplace.evaluation import measures, queries
from marketplace.evaluation.queries.gathering import gather
from marketplace.evaluation.rules import Verdict, evaluate
from marketplace.evaluation.rulesets import ruleset
from marketplace.policy.fees import FeeKind
from marketplace.records.queries import by_source
from tests.evaluation.factories import a_platform
from tests.factories import a_firm, an_offering
from tests.order_factories import an_order
from tests.records.test_service import written

RULE = "xizang_demonstration_platform"
TODAY = date(2026, 3, 16)


def test_e2_a_measure_sees_no_threshold_whatever_is_asked_of_it_and_in_which_order(db):
    platform, rule = a_platform(), ruleset(RULE)
    for size in ("small", "micro", "unknown"):
        written(provider_id=platform.id, enterprise_id=a_firm(size=size).id)
    facts, settings = gather(platform.id, RULE, 2026, attribution="both", today=TODAY), rule.check_settings({})
    asked = next(one for one in rule.criteria if one.id == "basic_2_served")

    def found(*thresholds):
        copies = tuple(replace(asked, id=f"at_{limit}", limit=limit) for limit in thresholds)
        many = replace(rule, criteria=(*rule.criteria, *copies))
        answers = measures.measure(many, facts, settings)
        said = evaluate(many, {}, answers, organisation="x", year=2026)
        return answers["served_enterprises"], {one.threshold: one.verdict for one in said.criteria if one.id.startswith("at_")}

    alone, _verdict = found(3)
    assert (alone.value, alone.most) == (2, 3)
    for order in ((2, 3, 4), (4, 3, 2), (3, 2, 4, 3)):
        measured, verdicts = found(*order)
        assert measured == alone
        assert verdicts == {2: Verdict.MET, 3: Verdict.UNKNOWN, 4: Verdict.UNMET}


def test_e3_the_fee_kind_is_the_offerings_when_it_was_ordered_and_a_voucher_makes_it_low_only_by_the_setting(db):
    offering = an_offering(fee_kind="low_fee", discount_note="小微企业半价")
    order = an_order("redeemed", offering=offering)
    offering.fee_kind = FeeKind.STANDARD
    record = by_source("order", order.id)
    assert (order.fee_kind, record.fee_kind) == ("low_fee", FeeKind.LOW_FEE), "what the offering becomes later changes no order"

    written(provider_id=order.provider_id, subsidised=True)
    facts = gather(order.provider_id, RULE, 2026, attribution="both", today=TODAY)
    settings = ruleset(RULE).check_settings({})
    shares = [measures.public_benefit(facts, {}, settings | {"subsidised_is_low_fee": one}).value for one in ("no", "yes")]
    assert shares == [5000, 10_000]
    assert queries.assess(order.provider_id, RULE, 2026, today=TODAY).result("basic_5_public_benefit").value == 5000
