"""E7: what lacks stands first, bars say how far it is, and a supposition says what would close it, without changing anything."""

from marketplace.evaluation.closing import can_grow, lacking, reached_bp, with_more
from marketplace.evaluation.rules import Measured, Verdict, evaluate
from marketplace.evaluation.rulesets import ruleset
from tests.evaluation.factories import a_platform, some_staff
from tests.factories import user_of
from tests.records.test_service import written

RULE = ruleset("national_demonstration_platform")


def call_of(criterion_id):
    return next(one for one in RULE.criteria if one.id == criterion_id).call.key


def stood(**values):
    answers = {call_of(name): Measured(value) for name, value in values.items()}
    return answers, evaluate(RULE, {}, answers, organisation="x", year=2026)


def test_e7_what_is_not_met_stands_before_what_is_not_known_and_that_before_what_waits_for_people():
    _answers, found = stood(staff=3, members=9, technology_activities=5)
    order = [one.verdict for one in lacking(found)]
    assert order == sorted(order, key=[Verdict.UNMET, Verdict.UNKNOWN, Verdict.MANUAL_REVIEW].index)
    names = [one.id for one in lacking(found)]
    assert names[0] == "staff" and "members" not in names
    assert "information_activities" not in names, "one function is enough, and one is there"


def test_e7_a_bar_is_full_at_the_threshold_and_no_more():
    for value, reached in ((0, 0), (19, 9500), (20, 10_000), (400, 10_000)):
        assert reached_bp(stood(staff=value)[1].result("staff")) == reached
    assert reached_bp(stood()[1].result("staff")) is None, "not known is no bar at nought"
    assert reached_bp(stood()[1].result("legal_person")) is None


def test_e7_more_of_something_is_supposed_and_closes_what_counts_it():
    answers, found = stood(staff=3, technology_activities=2)
    assert [can_grow(found.result(one)) for one in ("staff", "technology_activities", "assets", "satisfaction")] == [
        True,
        True,
        False,
        False,
    ]
    then = with_more(found, answers, {"technology_activities": 3, "staff": 16})
    assert (then.result("technology_activities").verdict, then.result("staff").verdict) == (Verdict.MET, Verdict.UNMET)
    assert answers[call_of("staff")].value == 3, "nothing was changed"
    assert with_more(found, answers, {"information_activities": 8}).result("information_activities").verdict is Verdict.MET


def test_e7_the_page_says_first_what_lacks_folds_the_groups_and_supposes(browser):
    platform = a_platform()
    some_staff(platform, 4)
    written(provider_id=platform.id)
    browser.sign_in(user_of(platform.id))
    page = browser.get("/evaluation/self-check")
    first = page.select_one("#lacking tbody tr")
    assert "不满足" in first.text and first.select_one("progress")
    assert not page.select("details[open]"), "groups and suppositions are folded"

    page = browser.get("/evaluation/self-check?more-basic_6_staff=6")
    assert "新满足：服务人员" in page.select_one("#suppose").text
    assert "还没有新满足" in browser.get("/evaluation/self-check?more-basic_6_staff=1").select_one("#suppose").text
    assert browser.get("/evaluation/self-check?more-basic_6_staff=-5&more-x=a").select_one("#suppose details[open]") is None
