"""Rule set files: what is good, and that every mistake is told with file, key and remedy."""

import copy
import tomllib

import pytest

from marketplace.evaluation import rulesets
from marketplace.evaluation.vocabulary import SETTINGS, VOCABULARY
from marketplace.kernel.errors import NotFound, RuleViolation
from marketplace.kernel.policyfiles.provenance import Assumed, Source
from marketplace.kernel.policyfiles.reading import LARGEST_FILE
from marketplace.policy import ruleset_file
from marketplace.policy.dossier import YES_NO_KINDS, AnswerKind, DossierKind, answer_of
from marketplace.policy.ruleset_file import RuleSetFileError
from marketplace.policy.ruleset_spec import CriterionKind, Logic, Operator

XIZANG = "xizang_demonstration_platform"
SMALL = """
format = "ruleset/1"
name = "小规则"
title = "称号"
authority = "某厅"
times_a_year = 1
[document]
name = "办法"
number = "某文号"
region = "540000"
[[group]]
id = "basic"
name = "基本条件"
logic = "all"
clause = "第一条"
[[criterion]]
id = "served"
group = "basic"
kind = "measure"
label = "服务企业"
text = "年服务20家以上"
measure = "served_enterprises"
operator = ">="
threshold = 20
unit = "firms"
source = { document = "某文号", clause = "第一条" }
[[criterion]]
id = "standing"
group = "basic"
kind = "any_of"
label = "资质或备案"
text = "有资质或备案"
source = { document = "某文号", clause = "第二条" }
[[criterion]]
id = "licence"
group = "basic"
parent = "standing"
kind = "dossier"
item = "training_licence"
label = "资质"
text = "有资质"
assumed = { author = "某人", reason = "原文未写" }
clause = "第二条"
[[criterion]]
id = "opinion"
group = "basic"
kind = "manual"
label = "特色"
text = "有特色"
source = { document = "某文号", clause = "第三条" }
[[setting]]
id = "attribution"
name = "计入口径"
option = [{ value = "own", label = "自身" }, { value = "both", label = "都计" }]
default = "both"
assumed = { author = "某人", reason = "原文未写" }
[[setting]]
id = "least_answers"
name = "最少份数"
low = 1
high = 100
default = 5
assumed = { author = "某人", reason = "原文未写" }
[[step]]
id = "notice"
name = "公示"
actor = "某厅"
on = true
working_days = 7
source = { document = "某文号", clause = "第四条" }
"""


def document():
    return copy.deepcopy(tomllib.loads(SMALL))


def parse(doc):
    return ruleset_file.parse(doc, "small.toml", VOCABULARY)


def problems(doc):
    with pytest.raises(RuleSetFileError) as refused:
        parse(doc)
    return {p.key: p for p in refused.value.problems}


def test_a_good_file_becomes_a_rule_set():
    found = parse(document())
    assert (found.id, found.times_a_year, found.document.number) == ("small", 1, "某文号")
    served, standing, licence, opinion = found.criteria
    assert (served.kind, served.operator, served.threshold, served.clause) == (CriterionKind.MEASURE, Operator.AT_LEAST, 20, "第一条")
    assert served.provenance == Source("某文号", "第一条")
    assert standing.call is None
    assert found.parts_of("standing") == (licence,)
    assert licence.provenance == Assumed("某人", "原文未写")
    assert [c.key for c in found.calls()] == ["served_enterprises", "dossier(item=training_licence)", "opinion(criterion=opinion)"]
    assert found.heads_of("basic") == (served, standing, opinion)
    assert [name for name, _why in found.assumed()] == ["资质", "计入口径", "最少份数"]


def _on_criterion(position, **changed):
    def change(doc):
        for key, value in changed.items():
            if value is None:
                doc["criterion"][position].pop(key)
            else:
                doc["criterion"][position][key] = value

    return change


def _on(path, value):
    def change(doc):
        *above, last = path
        for step in above:
            doc = doc[step]
        if value is None:
            doc.pop(last)
        else:
            doc[last] = value

    return change


@pytest.mark.parametrize(
    ("change", "key", "says"),
    [
        pytest.param(_on(["format"], "ruleset/9"), "format", "不在可选范围内", id="format of another time"),
        pytest.param(_on(["name"], None), "name", "缺少", id="no name"),
        pytest.param(_on(["authority"], 5), "authority", "没有填写文字", id="a number for a text"),
        pytest.param(_on(["colour"], "blue"), "colour", "不认识的项", id="a key nobody reads"),
        pytest.param(_on(["document", "region"], "540199"), "document.region", "行政区划", id="no such region"),
        pytest.param(_on(["document"], "x"), "document", "一组设置", id="a text for a table"),
        pytest.param(_on(["group"], {}), "group", "一组或多组", id="one table for many"),
        pytest.param(_on(["times_a_year"], 1.5), "times_a_year", "整数", id="a float"),
        pytest.param(_on(["times_a_year"], True), "times_a_year", "整数", id="a flag for a number"),
        pytest.param(_on_criterion(0, source=None), "criterion[served].source", "出处", id="a number without source"),
        pytest.param(
            _on_criterion(0, assumed={"author": "a", "reason": "b"}),
            "criterion[served].source",
            "同时写了",
            id="source and assumed together",
        ),
        pytest.param(
            _on_criterion(0, source={"document": "某文号"}), "criterion[served].source.clause", "缺少", id="a source without clause"
        ),
        pytest.param(_on_criterion(2, clause=None), "criterion[licence].clause", "缺少", id="assumed without a place in the text"),
        pytest.param(_on_criterion(0, threshold="20"), "criterion[served].threshold", "整数", id="a quoted threshold"),
        pytest.param(_on_criterion(0, threshold=-1), "criterion[served].threshold", "不能小于", id="a negative threshold"),
        pytest.param(_on_criterion(0, measure="served"), "criterion[served].measure", "没有这个指标", id="an unknown measure"),
        pytest.param(
            _on_criterion(0, params={"colour": "red"}), "criterion[served].params.colour", "没有该参数", id="an unknown parameter"
        ),
        pytest.param(_on_criterion(0, params={"mode": "fax"}), "criterion[served].params.mode", "不在可选", id="a wrong parameter"),
        pytest.param(_on_criterion(0, operator="yes"), "criterion[served].operator", "不配套", id="yes for a number"),
        pytest.param(_on_criterion(0, operator="~"), "criterion[served].operator", "不在可选", id="an unknown operator"),
        pytest.param(_on_criterion(0, unit="fen"), "criterion[served].unit", "单位", id="another unit"),
        pytest.param(_on_criterion(0, group="other"), "criterion[served].group", "没有这一组", id="an unknown group"),
        pytest.param(_on_criterion(0, id="Served!"), "criterion[1].id", "写法", id="a bad identifier"),
        pytest.param(_on_criterion(3, id="served"), "criterion[served].id", "重复", id="the same identifier twice"),
        pytest.param(_on_criterion(2, item="swimming_pool"), "criterion[licence].item", "年度档案", id="an unknown dossier item"),
        pytest.param(_on_criterion(2, item="total_assets"), "criterion[licence].item", "年度档案", id="an amount asked for as yes or no"),
        pytest.param(_on_criterion(2, applies_when="x"), "criterion[licence].applies_when", "年度档案", id="an unknown condition"),
        pytest.param(_on_criterion(2, parent="served"), "criterion[licence].parent", "上级条件", id="part of what has no parts"),
        pytest.param(_on_criterion(1, parent="standing"), "criterion[standing].parent", "上级条件", id="part of itself"),
        pytest.param(_on_criterion(2, parent=None), "criterion[standing]", "没有分项", id="a composite without parts"),
        pytest.param(_on_criterion(1, min=2), "criterion[standing].min", "多于实有", id="more asked than there are"),
        pytest.param(_on_criterion(0, kind="magic"), "criterion[served].kind", "不在可选", id="an unknown kind"),
        pytest.param(_on(["setting", 0, "id"], "colour"), "setting[colour].id", "没有这个设置项", id="an unknown setting"),
        pytest.param(_on(["setting", 0, "default"], "members"), "setting[attribution].default", "默认值", id="default is no option"),
        pytest.param(_on(["setting", 0, "option"], None), "setting[attribution].low", "缺少", id="options missing"),
        pytest.param(_on(["setting", 1, "default"], 101), "setting[least_answers].default", "默认值", id="default out of range"),
        pytest.param(_on(["setting", 0, "assumed"], None), "setting[attribution].source", "出处", id="a setting without source"),
        pytest.param(_on(["step", 0, "on"], "yes"), "step[notice].on", "true 或 false", id="yes for true"),
        pytest.param(_on(["step", 0, "working_days"], 0), "step[notice].working_days", "不能小于", id="no working days"),
        pytest.param(_on(["group", 0, "logic"], "some"), "group[basic].logic", "不在可选", id="unknown logic"),
    ],
)
def test_a_mistake_is_told_with_its_key_and_a_remedy(change, key, says):
    doc = document()
    change(doc)
    found = problems(doc)
    assert key in found, found
    assert says in found[key].text()
    assert found[key].file == "small.toml"
    assert found[key].remedy_text().endswith("。")


def test_all_mistakes_are_told_at_once():
    doc = document()
    _on(["name"], None)(doc)
    _on(["step", 0, "on"], None)(doc)
    _on_criterion(0, threshold=1.5)(doc)
    assert set(problems(doc)) == {"name", "step[notice].on", "criterion[served].threshold"}


@pytest.mark.parametrize(("left_out", "of"), [("measure", 0), ("operator", 0), ("unit", 0), ("threshold", 0), ("clause", 2)])
def test_what_a_kind_of_criterion_cannot_do_without_is_named(left_out, of):
    doc = document()
    _on_criterion(of, **{left_out: None})(doc)
    assert "缺少" in problems(doc)[f"criterion[{doc['criterion'][of]['id']}].{left_out}"].text()


def test_a_list_is_no_threshold_of_a_number():
    doc = document()
    doc["criterion"][0]["threshold"] = ["甲"]
    assert "不配套" in problems(doc)["criterion[served].threshold"].text()


def test_a_measure_needs_the_settings_it_heeds():
    doc = document()
    doc["setting"].pop(0)
    assert "attribution" in problems(doc)["criterion[served].measure"].remedy_text()


def test_an_any_group_cannot_ask_for_more_than_it_has():
    doc = document()
    doc["group"][0] |= {"logic": "any", "min": 4}
    assert "多于实有的 3 项" in problems(doc)["group[basic].min"].text()


def test_a_group_without_criteria_is_refused():
    doc = document()
    doc["group"].append({"id": "empty", "name": "空", "logic": "all", "clause": "无"})
    assert "没有任何条件" in problems(doc)["group[empty]"].text()


def test_a_percent_sign_in_a_remedy_is_printed_once():
    doc = document()
    doc["criterion"][0]["threshold"] = 1.5
    assert "3000 即 30%）" in problems(doc)["criterion[served].threshold"].remedy_text()


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"name = ", "不是合格的 TOML"), ("name = '服务'".encode("gbk"), "UTF-8"), (b"#" * (LARGEST_FILE + 1), "字节")],
    ids=["not TOML", "not UTF-8", "too large"],
)
def test_a_file_that_cannot_be_read_says_why(tmp_path, content, says):
    path = tmp_path / "x.toml"
    path.write_bytes(content)
    with pytest.raises(RuleSetFileError, match=says):
        ruleset_file.load(path, VOCABULARY)


def test_settings_given_are_checked_and_the_rest_is_default():
    found = parse(document())
    assert found.check_settings({"least_answers": 9}) == {"attribution": "both", "least_answers": 9}
    assert found.check_settings({"least_answers": "9"})["least_answers"] == 9, "stored settings are text"
    for wrong, says in [({"attribution": "members"}, "只能选"), ({"least_answers": 0}, "1 到 100"), ({"colour": "x"}, "没有设置项")]:
        with pytest.raises(RuleViolation, match=says):
            found.check_settings(wrong)


def test_an_unknown_rule_set_names_those_there_are():
    with pytest.raises(NotFound, match=XIZANG):
        rulesets.ruleset("nowhere")
    with pytest.raises(NotFound):
        rulesets.ruleset("../programmes/x")


# --- the rule set of Xizang, number by number as printed -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def xizang():
    return rulesets.ruleset(XIZANG)


@pytest.mark.parametrize(
    ("criterion", "operator", "threshold", "unit"),
    [
        ("basic_1_operating_years", ">=", 2, "years"),
        ("basic_1_assets", ">=", 1_000_000 * 100, "fen"),
        ("basic_2_served", ">=", 20, "firms"),
        ("basic_2_satisfaction", ">=", 8000, "bp"),
        ("basic_2_rising", "yes", True, "yes_no"),
        ("basic_3_members", ">=", 2, "bodies"),
        ("basic_4", ">=", 1, "items"),
        ("basic_5_public_benefit", ">=", 2000, "bp"),
        ("basic_6_staff", ">=", 10, "persons"),
        ("basic_6_qualified", ">=", 6000, "bp"),
        ("information_offline", ">=", 20, "firms"),
        ("information_activities", ">=", 2, "events"),
        ("technology_activities", ">=", 3, "events"),
        ("entrepreneurship_activities", ">=", 2, "events"),
        ("training_person_times", ">=", 600, "person_times"),
        ("finance_matching", ">=", 2, "events"),
        ("finance_lectures", ">=", 2, "events"),
    ],
)
def test_the_printed_numbers_of_xizang(xizang, criterion, operator, threshold, unit):
    found = next(c for c in xizang.criteria if c.id == criterion)
    assert (found.operator, found.threshold, found.unit) == (operator, threshold, unit)


def test_xizang_asks_six_conditions_one_of_five_functions_and_the_experts(xizang):
    basic, functions, other = xizang.groups
    assert [len(xizang.heads_of(g.id)) for g in xizang.groups] == [6, 5, 2]
    assert (basic.logic, functions.logic, functions.minimum, other.logic) == (Logic.ALL, Logic.ANY, 1, Logic.ALL)
    assert all(c.kind is CriterionKind.MANUAL for c in xizang.heads_of("other"))
    assert xizang.document.number == "藏经信发〔2021〕83号"


def test_every_number_of_xizang_has_a_source_but_the_one_that_is_not_printed(xizang):
    assumed = [c.id for c in xizang.criteria if isinstance(c.provenance, Assumed)]
    assert assumed == ["basic_4"]
    assert all(c.provenance.document == "藏经信发〔2021〕83号，见项目概述" for c in xizang.criteria if isinstance(c.provenance, Source))


def test_steps_not_in_the_source_are_off_and_the_notice_lasts_seven_working_days(xizang):
    steps = {s.id: s for s in xizang.workflow}
    assert steps["notice"].working_days == 7
    assert xizang.times_a_year == 1
    assert {s for s in steps if not steps[s].on} == {"site_visit", "re_examination", "plaque", "ban"}
    assert all(isinstance(steps[s].provenance, Source) for s in steps if steps[s].on)


def test_xizang_offers_every_reading_and_tells_its_defects(xizang):
    assert {s.id for s in xizang.settings} == set(SETTINGS)
    for setting in xizang.settings:
        if SETTINGS[setting.id] is not None:
            assert {o.value for o in setting.options} == SETTINGS[setting.id]
    assert len(xizang.defects) >= 4
    assert any("示范基地" in d.printed for d in xizang.defects)


def test_xizang_asks_every_yes_or_no_fact_of_the_dossier(xizang):
    asked = {dict(call.params)["item"] for call in xizang.calls() if call.measure == "dossier"}
    assert asked == YES_NO_KINDS, "nobody fills in what nobody asks for"


def test_every_kind_of_fact_has_an_answer():
    assert answer_of(DossierKind.TOTAL_ASSETS) is AnswerKind.AMOUNT_FEN
    assert answer_of(DossierKind.PREMISES) is AnswerKind.YES_NO
