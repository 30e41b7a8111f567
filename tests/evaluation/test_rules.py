"""Rule sets at work: unknown is not unmet, every condition can become met, unmet and unknown, and verdicts combine as written."""

import json
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.evaluation import rules, rulesets
from marketplace.evaluation.rules import Measured, Verdict
from marketplace.evaluation.vocabulary import MEASURES, UNITS
from marketplace.kernel.errors import RuleViolation
from marketplace.kernel.sentences import Sentence
from marketplace.policy.ruleset_spec import CriterionKind, Operator

MET, UNMET, UNKNOWN, MANUAL, NA = Verdict.MET, Verdict.UNMET, Verdict.UNKNOWN, Verdict.MANUAL_REVIEW, Verdict.NOT_APPLICABLE
XIZANG = rulesets.ruleset("xizang_demonstration_platform")
LEAVES = [c for c in XIZANG.criteria if c.call is not None]
FUNCTIONS = ("information", "technology", "entrepreneurship", "training", "finance")


def good_value(criterion):
    if criterion.operator is Operator.YES:
        return True
    return criterion.threshold[0] if criterion.operator is Operator.ONE_OF else criterion.threshold


def bad_value(criterion):
    if criterion.operator is Operator.YES:
        return False
    return "other" if criterion.operator is Operator.ONE_OF else criterion.threshold - 1


def everything_good():
    """Every answer exactly on its limit."""
    answers = {c.call.key: Measured(good_value(c), (f"row-{c.id}",)) for c in LEAVES}
    return answers | {c.applies_when.key: Measured(True) for c in LEAVES if c.applies_when}


def assess(measured, **settings):
    return rules.evaluate(XIZANG, settings, measured, organisation="91540102MA0000011X", year=2025)


def test_whoever_stands_exactly_on_every_limit_meets_everything():
    found = assess(everything_good())
    assert found.verdict is MET
    assert {r.verdict for r in found.criteria} == {MET}
    assert [g.verdict for g in found.groups] == [MET, MET, MET]
    assert not any(r.gap for r in found.criteria)


def test_of_whom_nothing_is_known_nothing_is_held_against():
    found = assess({})
    assert found.verdict is UNKNOWN
    assert not [r.id for r in found.criteria if r.verdict is UNMET]
    assert all(r.gap for r in found.criteria), "each says what to do"
    assert found.result("other_features").verdict is MANUAL


@pytest.mark.parametrize("criterion", LEAVES, ids=lambda c: c.id)
def test_every_condition_can_be_met_unmet_and_unknown(criterion):
    good = everything_good()
    key = criterion.call.key
    assert assess(good).result(criterion.id).verdict is MET

    unmet = assess(good | {key: Measured(bad_value(criterion), ("row",))}).result(criterion.id)
    assert unmet.verdict is UNMET
    assert criterion.label in unmet.gap[0].text()
    assert len(unmet.gap) == 2, "what is missing, and what to do"
    assert unmet.rows == ("row",)

    unknown = assess(good | {key: Measured(None, (), Sentence("档案尚未填写。"))}).result(criterion.id)
    assert unknown.verdict is UNKNOWN
    assert unknown.gap[0].text() == "档案尚未填写。"


@pytest.mark.parametrize("criterion", [c for c in LEAVES if c.group == "basic"], ids=lambda c: c.id)
def test_one_basic_part_failing_fails_its_condition_and_the_whole(criterion):
    found = assess(everything_good() | {criterion.call.key: Measured(bad_value(criterion))})
    assert found.verdict is UNMET
    assert found.result(criterion.parent or criterion.id).verdict is UNMET


def test_one_function_is_enough_and_none_is_not():
    nothing = {c.call.key: Measured(bad_value(c)) for c in LEAVES if c.group == "functions"}
    for function in FUNCTIONS:
        own = {c.call.key: Measured(good_value(c)) for c in LEAVES if c.group == "functions" and c.id.startswith(function)}
        found = assess(everything_good() | nothing | own)
        assert found.verdict is MET, function
        assert [f for f in FUNCTIONS if found.result(f).verdict is MET] == [function]
    assert assess(everything_good() | nothing).verdict is UNMET


def test_functions_nobody_has_answered_for_leave_the_whole_unknown():
    known = {k: v for k, v in everything_good().items() if k not in {c.call.key for c in LEAVES if c.group == "functions"}}
    assert assess(known).verdict is UNKNOWN


def test_a_failed_condition_stays_failed_whatever_is_missing():
    assert assess({"operating_years": Measured(1)}).verdict is UNMET


def test_experts_who_have_not_spoken_leave_manual_review_and_their_word_decides():
    waiting = {k: v for k, v in everything_good().items() if not k.startswith("opinion")}
    assert assess(waiting).verdict is MANUAL
    for word, expected in [(True, MET), (False, UNMET)]:
        opinions = {f"opinion(criterion={c})": Measured(word) for c in ("other_features", "other_prospects")}
        assert assess(waiting | opinions).verdict is expected


def test_who_has_no_large_instruments_need_not_share_them():
    key = "dossier(item=large_instruments)"
    shared = "dossier(item=instruments_shared)"
    none_owned = assess(everything_good() | {key: Measured(False, ("row",)), shared: Measured(False)})
    assert none_owned.result("technology_instruments").verdict is NA
    assert none_owned.result("technology").verdict is MET
    assert none_owned.result("technology").threshold == 4, "the part that does not apply is not asked for"
    owned = assess(everything_good() | {shared: Measured(False)})
    assert owned.result("technology").verdict is UNMET
    unsaid = assess(everything_good() | {key: Measured(None), shared: Measured(True)})
    assert unsaid.result("technology_instruments").verdict is UNKNOWN


def test_training_needs_a_licence_or_a_filing():
    def training(licence, filing):
        answers = {"dossier(item=training_licence)": Measured(licence), "dossier(item=training_filing)": Measured(filing)}
        return assess(everything_good() | answers).result("training").verdict

    assert [training(True, False), training(False, True), training(None, True)] == [MET, MET, MET]
    assert training(False, False) is UNMET
    assert training(None, False) is UNKNOWN


def test_a_condition_shows_how_many_parts_are_met_and_all_their_rows():
    found = assess(everything_good() | {"operating_years": Measured(1, ("since",))}).result("basic_1")
    assert (found.value, found.threshold, found.criterion.unit) == (4, 5, "items")
    assert "since" in found.rows
    assert "已满足 4 项，不满足 1 项" in found.gap[0].text()


@pytest.mark.parametrize(
    ("key", "value", "criterion", "says"),
    [
        ("served_enterprises", 15, "basic_2_served", "“年服务中小企业”现为 15 家，要求不少于 20 家，还差 5 家。"),
        ("satisfaction_share_bp", 7999, "basic_2_satisfaction", "“用户满意度”现为 79.99%，要求不少于 80%，还差 0.01%。"),
        ("total_assets_fen", 99_999_999, "basic_1_assets", "“资产总额”现为 999,999.99 元，要求不少于 1,000,000.00 元，还差 0.01 元。"),
        ("served_rising", False, "basic_2_rising", "“服务企业数量增长”尚未达到。"),
        ("organisation_kind", "other", "basic_1_kind", "“机构类型”不在规定的范围内。"),
    ],
)
def test_a_gap_says_what_is_there_what_is_asked_and_what_lacks(key, value, criterion, says):
    found = assess(everything_good() | {key: Measured(value)}).result(criterion)
    assert found.gap[0].text() == says
    assert found.gap[1].text().startswith("请")


def test_the_json_has_exactly_the_promised_keys_and_survives_a_dump():
    found = assess(everything_good() | {"operating_years": Measured(None)})
    answer = json.loads(json.dumps(found.to_json(), ensure_ascii=False))
    assert list(answer) == ["ruleset", "organisation", "year", "verdict", "criteria"]
    assert (answer["ruleset"], answer["organisation"], answer["year"]) == (XIZANG.id, "91540102MA0000011X", 2025)
    assert all(list(c) == ["id", "clause", "verdict", "value", "threshold", "unit", "rows"] for c in answer["criteria"])
    assert [c["id"] for c in answer["criteria"]] == [c.id for c in XIZANG.criteria]
    kinds = next(c for c in answer["criteria"] if c["id"] == "basic_1_kind")
    assert "research_institute" in kinds["threshold"]


def test_settings_are_kept_with_the_assessment_and_wrong_ones_are_refused():
    assert assess({}, rising="two_steps").settings["rising"] == "two_steps"
    assert assess({}).settings["qualified_staff"] == "union"
    with pytest.raises(RuleViolation, match="只能选"):
        assess({}, rising="three_steps")


def test_the_same_input_gives_the_same_answer():
    assert assess(everything_good()).to_json() == assess(everything_good()).to_json()


# --- how verdicts combine ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ([MET, MET], MET),
        ([MET, UNMET], UNMET),
        ([MET, UNKNOWN], UNKNOWN),
        ([MET, MANUAL], MANUAL),
        ([UNKNOWN, UNMET], UNMET),
        ([MANUAL, UNMET], UNMET),
        ([MANUAL, UNKNOWN], UNKNOWN),
        ([MET, NA], MET),
        ([NA, UNKNOWN], UNKNOWN),
        ([NA, NA], NA),
        ([], NA),
    ],
)
def test_all_of(verdicts, expected):
    assert rules.all_of(verdicts) is expected


@pytest.mark.parametrize(
    ("minimum", "verdicts", "expected"),
    [
        (1, [UNMET, MET], MET),
        (1, [UNMET, UNMET], UNMET),
        (1, [UNMET, UNKNOWN], UNKNOWN),
        (1, [UNMET, MANUAL], MANUAL),
        (1, [MANUAL, UNKNOWN], UNKNOWN),
        (1, [MET, UNKNOWN], MET),
        (2, [MET, UNMET, UNKNOWN], UNKNOWN),
        (2, [MET, UNMET, UNMET], UNMET),
        (2, [MET, MET, UNMET], MET),
        (2, [UNKNOWN, UNMET, UNMET], UNMET),
        (1, [NA, UNMET], UNMET),
        (1, [NA], NA),
        (1, [], NA),
    ],
)
def test_at_least(minimum, verdicts, expected):
    assert rules.at_least(minimum, verdicts) is expected


OPEN = (UNKNOWN, MANUAL)


@given(verdicts=st.lists(st.sampled_from([MET, UNMET, UNKNOWN, MANUAL]), min_size=1, max_size=5), minimum=st.integers(1, 5))
def test_open_is_exactly_what_could_still_go_either_way(verdicts, minimum):
    """A verdict is open if and only if filling the open ones in can lead to both met and unmet."""
    minimum = min(minimum, len(verdicts))
    ways = [[replacement.pop(0) if v in OPEN else v for v in verdicts] for replacement in map(list, product([MET, UNMET], repeat=5))]
    for combine in (rules.all_of, lambda vs: rules.at_least(minimum, vs)):
        endings = {combine(way) for way in ways}
        found = combine(verdicts)
        assert (found in OPEN) == (len(endings) == 2)
        assert found in OPEN or endings == {found}


def test_every_measure_has_a_unit_and_a_remedy_and_every_verdict_a_label():
    assert all(spec.unit in UNITS and spec.remedy.endswith("。") for spec in MEASURES.values())
    assert {c.call.measure for c in LEAVES if c.kind is not CriterionKind.MANUAL} <= set(MEASURES)
