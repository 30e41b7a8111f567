import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from marketplace.cli.programme import programme
from marketplace.kernel.money import MAX_AMOUNT_FEN
from marketplace.kernel.policyfiles.provenance import Assumed, Source
from marketplace.policy.check_report import check_programme
from marketplace.policy.programme_file import (
    PROGRAMMES,
    ProgrammeFileError,
    load_all,
    load_programme,
    parse_programme,
    signed,
    thaw,
    with_value,
)
from marketplace.policy.programme_words import AllocationMode, CapScope, Instrument, NotGranted, Payee, ServiceFunction, UnusedRule
from marketplace.policy.service_categories import category_names, function_of, service_categories

BEIJING = PROGRAMMES / "beijing_2022_service_voucher.toml"
JIANGMEN = PROGRAMMES / "jiangmen_2020_service_voucher.toml"
XIZANG = PROGRAMMES / "xizang_enterprise_service_voucher.toml"
FILES = sorted(PROGRAMMES.glob("*.toml"))


def problems_after(path: Path, old: str, new: str):
    text = path.read_text("utf-8")
    assert old in text, "the mutation finds its place"
    with pytest.raises(ProgrammeFileError) as refusal:
        parse_programme(text.replace(old, new, 1).encode(), file=path.name)
    return refusal.value.problems


# What ships


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_shipped_programme_loads_and_is_named_like_its_file(path):
    assert load_programme(path).slug == path.stem


def test_the_five_programmes_of_the_demo_are_shipped():
    assert {spec.slug for spec in load_all()} >= {
        "beijing_2022_service_voucher",
        "bozhou_award",
        "jiangmen_2020_service_voucher",
        "xinjiang_innovation_service_voucher",
        "xizang_enterprise_service_voucher",
        "xizang_innovation_voucher",
        "xizang_outbound_freight",
        "xizang_service_purchase",
    }


def test_beijing_2022_bears_30_percent_up_to_a_yearly_cap_by_class():
    spec = load_programme(BEIJING)

    assert spec.allocation.mode.value is AllocationMode.AUTO_CREDIT
    assert spec.rate_for("micro_small", "legal").rate_bp == 3_000
    assert {(one.scope, *one.classes): one.amount_fen for one in spec.caps} == {
        (CapScope.ENTERPRISE_YEAR, "micro_small"): 2_000_000,
        (CapScope.ENTERPRISE_YEAR, "specialised"): 10_000_000,
        (CapScope.ENTERPRISE_YEAR, "little_giant"): 20_000_000,
        (CapScope.ENTERPRISE_YEAR, "medium"): 2_000_000,
    }
    assert spec.partial.value


def test_jiangmen_2020_queues_priority_firms_first_and_refills_the_waitlist():
    spec = load_programme(JIANGMEN)

    assert spec.allocation.mode.value is AllocationMode.PRIORITY_THEN_FIRST_COME
    assert spec.allocation.priority == ("key_support",)
    assert spec.allocation.waitlist.value
    assert spec.unused.value is UnusedRule.WAITLIST_BACKFILL
    assert spec.not_granted.value is NotGranted.NONE
    assert spec.allocation.results.text() == "2 个工作日"
    assert [one.key for one in spec.times.asked_of_round()] == ["times.order", "times.contract_upload", "times.service"]
    assert spec.times.order.label == "领券后下单时限"


def test_who_is_paid_in_xizang_stays_open():
    for path in (XIZANG, PROGRAMMES / "xizang_innovation_voucher.toml"):
        spec = load_programme(path)
        assert isinstance(spec.payee.provenance, Assumed)
        assert "settlement.payee" in {one.key for one in spec.unsigned_values()}


def test_xinjiang_gives_firms_newly_recognised_from_2023_to_2025_priority_by_a_named_document():
    spec = load_programme(PROGRAMMES / "xinjiang_innovation_service_voucher.toml")
    favoured = spec.firm_class(spec.allocation.priority[0])

    assert (favoured.recognised_from_year, favoured.recognised_until_year) == (2023, 2025)
    assert isinstance(favoured.provenance, Source)
    assert "博州政办发〔2023〕62号" in favoured.provenance.text()


def test_a_fact_read_in_a_copy_says_so():
    spec = load_programme(BEIJING)
    sources = [one.provenance for one in spec.caps if isinstance(one.provenance, Source)]
    assert sources
    assert all("二手转载" in one.full_text() and "二手转载" not in one.text() for one in sources)


def test_every_service_category_has_a_function_and_every_function_of_the_evaluation_has_a_category():
    assert {one.function for one in service_categories()} == set(ServiceFunction)
    assert function_of("testing") is ServiceFunction.TECHNOLOGY
    assert function_of("no_such_category") is ServiceFunction.OTHER


# Versions


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_frozen_version_thaws_to_the_same_rules(path):
    spec = load_programme(path)
    assert thaw(spec.frozen()) == spec
    assert thaw(spec.frozen()).version_hash == spec.version_hash
    assert json.loads(spec.frozen())["slug"] == path.stem


def test_comments_and_order_do_not_make_a_new_version_but_a_number_does():
    text = BEIJING.read_text("utf-8")
    head, _, tables = text.partition("\n\n")
    again = f"{head}\n\n" + "\n\n".join(reversed(tables.strip().split("\n\n")))
    spec = load_programme(BEIJING)

    assert parse_programme(again.encode(), file="x").version_hash == spec.version_hash
    assert parse_programme(text.replace("3_000 #", "3_001 #").encode(), file="x").version_hash != spec.version_hash


def test_an_old_version_thaws_though_a_category_is_gone_today():
    frozen = load_programme(BEIJING).frozen().replace('"legal"', '"law_of_old"')
    assert "law_of_old" in thaw(frozen).services.value


# Assumed values: replaced or signed


def test_a_signed_value_leaves_the_open_list_and_keeps_who_assumed_it():
    spec = load_programme(XIZANG)

    changed = with_value(spec, "settlement.payee", "sme", signed_by="扎西（经信厅）", reason="按规划专栏六")

    assert changed.payee.value is Payee.SME
    assert len(changed.unsigned_values()) == len(spec.unsigned_values()) - 1
    value = next(one for one in changed.assumed_values() if one.key == "settlement.payee")
    assert (value.author, value.signed_by, value.value_text) == ("平台设定", "扎西（经信厅）", "中小企业")
    assert thaw(changed.frozen()) == changed
    assert changed.version_hash != spec.version_hash


def test_many_values_are_signed_as_one_by_one():
    spec = load_programme(XIZANG)
    keys = [one.key for one in spec.unsigned_values()][:3]
    one_by_one = spec
    for key in keys:
        one_by_one = signed(one_by_one, [key], by="扎西", reason="试行")

    at_once = signed(spec, keys, by="扎西", reason="试行")

    assert at_once == one_by_one
    assert {one.key for one in spec.unsigned_values()} - {one.key for one in at_once.unsigned_values()} == set(keys)
    for wrong, key in ((BEIJING, "rates.standard"), (XIZANG, "caps.nothing")):
        with pytest.raises(ProgrammeFileError):
            signed(load_programme(wrong), [key], by="扎西")


def test_a_published_value_is_no_longer_assumed():
    spec = load_programme(XIZANG)

    published = with_value(spec, "caps.year.amount_fen", 5_000_000, source=Source("藏经信发〔2027〕1号", "第五条"))

    assert next(one for one in published.caps if one.key == "caps.year").amount_fen == 5_000_000
    assert "caps.year" not in {one.key for one in published.assumed_values()}


def test_a_time_limit_is_replaced_whole():
    spec = load_programme(XIZANG)
    changed = with_value(spec, "times.notice", {"days": 5, "day_kind": "working"}, signed_by="扎西")
    assert changed.times.notice.text() == "5 个工作日"


def test_a_published_value_is_not_changed_by_a_signature_alone():
    with pytest.raises(ProgrammeFileError, match="不能只凭签认"):
        with_value(load_programme(BEIJING), "rates.standard", 9_000, signed_by="某人")


@pytest.mark.parametrize(("key", "value"), [("caps.year.amount_fen", -1), ("caps.nothing", 1), ("settlement.payee", "bank"), ("", 1)])
def test_a_change_that_breaks_the_rules_names_its_key(key, value):
    with pytest.raises(ProgrammeFileError) as refusal:
        with_value(load_programme(XIZANG), key, value, signed_by="扎西")
    assert refusal.value.problems[0].key.startswith(key)


# Refusals: each names the key and the remedy


@pytest.mark.parametrize(
    ("old", "new", "key", "words"),
    [
        pytest.param("rate_bp = 3_000 # 30 %", "rate_bp = -1", "rates.standard.rate_bp", "不能小于", id="negative"),
        pytest.param("rate_bp = 3_000 # 30 %", "rate_bp = 10_001", "rates.standard.rate_bp", "超过", id="more than the whole"),
        pytest.param("rate_bp = 3_000 # 30 %", "rate_bp = 0.3", "rates.standard.rate_bp", "不是整数", id="float"),
        pytest.param("rate_bp = 3_000 # 30 %", "rate_bp = true", "rates.standard.rate_bp", "不是整数", id="flag for a number"),
        pytest.param("rate_bp = 3_000 # 30 %", 'rate_bp = "30%"', "rates.standard.rate_bp", "不是整数", id="text for a number"),
        pytest.param("rate_bp = 3_000 # 30 %", "rate_bp = 2022-01-01", "rates.standard.rate_bp", "批次", id="date for a number"),
        pytest.param("rate_bp = 3_000 # 30 %", "rate = 3_000", "rates.standard.rate", "不认识", id="unknown key"),
        pytest.param(
            "amount_fen = 2_000_000", f"amount_fen = {MAX_AMOUNT_FEN + 1}", "caps.year_micro_small.amount_fen", "上限", id="over-long"
        ),
        pytest.param('kind = "service"', 'kind = "service"\nbudget_fen = 1', "budget_fen", "批次", id="budget"),
        pytest.param('kind = "service"', 'kind = "service"\nopens_at = 2022-01-01', "opens_at", "批次", id="date"),
        pytest.param('kind = "service"', 'kind = "gift"', "kind", "不在可选范围", id="unknown word"),
        pytest.param('name = "北京市', f'name = "{"长" * 61}', "name", "60", id="over-long text"),
        pytest.param('value = "quota"', 'value = "coupon"', "instrument.value", "不在可选范围", id="unknown instrument"),
        pytest.param('value = "quota"', "value = []", "instrument.value", "不在可选范围", id="list for a word"),
        pytest.param('value = ["11"]', 'value = ["北京"]', "beneficiaries.regions.value", "行政区划代码", id="region by name"),
        pytest.param('value = ["11"]', "value = []", "beneficiaries.regions.value", "空", id="no region"),
        pytest.param('value = "auto_credit"', 'value = "lottery"', "allocation.mode.value", "第 2 版", id="word of the next format"),
        pytest.param("set_by_round = true", "set_by_round = true\ndays = 3", "times.order", "一种方式", id="two ways to say a limit"),
        pytest.param('days = 3\nday_kind = "working"', "days = 3", "times.accept", "day_kind", id="days of no kind"),
        pytest.param("[checks.split]", "[checks.luck]", "checks.luck", "不认识", id="unknown table"),
        pytest.param("[caps.year_medium]", "[caps.'年度']", "caps.年度", "名称", id="name in Chinese"),
        pytest.param('\nclasses = ["medium"]', '\nclasses = ["giant"]', "caps.year_medium.classes", "没有定义", id="unknown class"),
        pytest.param('"legal"', '"magic"', "services.value", "不存在", id="unknown category"),
        pytest.param('value = "contract"', 'value = "payment"', "base.value", "自付", id="base that cannot be"),
        pytest.param('value = "void"', 'value = "waitlist_backfill"', "unused.rule.value", "候补", id="back-fill without a waitlist"),
    ],
)
def test_a_wrong_value_is_refused_with_file_key_and_remedy(old, new, key, words):
    problems = problems_after(BEIJING, old, new)
    mine = next(one for one in problems if one.key == key)
    assert words in mine.text() + mine.remedy_text()
    assert mine.file == BEIJING.name
    assert mine.remedy_text()
    assert "%" not in mine.text().replace("30%", "")


def test_a_number_without_source_is_refused():
    text = BEIJING.read_text("utf-8")
    start = text.index("source", text.index("[rates.standard]"))
    line = text[start : text.index("\n", start)]
    problems = problems_after(BEIJING, f"# 30 %\n{line}", "# 30 %")
    assert [one.key for one in problems] == ["rates.standard.source"]
    assert "assumed" in problems[0].remedy_text()


def test_a_source_without_a_clause_is_refused():
    problems = problems_after(JIANGMEN, ', clause = "服务券以额度形式发放"', "")
    assert [one.key for one in problems] == ["instrument.source.clause"]


def test_a_file_cannot_sign_for_the_officer():
    problems = problems_after(BEIJING, "[base]\n", '[base]\nsigned = { by = "我" }\n')
    assert problems[0].key == "base.signed"


def test_all_problems_come_at_once():
    text = BEIJING.read_text("utf-8").replace("3_000 #", "-5 #").replace("2_000_000", "-1").replace('"quota"', '"magic"')
    with pytest.raises(ProgrammeFileError) as refusal:
        parse_programme(text.encode(), file="x.toml")
    assert [one.key for one in refusal.value.problems] == [
        "instrument.value",
        "rates.standard.rate_bp",
        "caps.year_micro_small.amount_fen",
        "caps.year_medium.amount_fen",
    ]


def test_two_equally_precise_rates_are_refused():
    text = BEIJING.read_text("utf-8") + '\n[rates.second]\nrate_bp = 1\nassumed = { author = "甲", reason = "乙" }\n'
    with pytest.raises(ProgrammeFileError, match="同样具体"):
        parse_programme(text.encode(), file="x.toml")


def test_a_class_without_a_quota_is_refused_where_nobody_types_an_amount():
    problems = problems_after(BEIJING, '\nclasses = ["medium"]', '\nclasses = ["micro_small"]')
    assert "中型企业" in problems[0].text()


@pytest.mark.parametrize("key", ["instrument", "rates", "settlement.payee", "times.accept", "evidence.claim"])
def test_a_missing_decision_is_named(key):
    text = BEIJING.read_text("utf-8")
    kept = [part for part in text.split("\n\n") if not part.startswith((f"[{key}]", f"[{key}."))]
    with pytest.raises(ProgrammeFileError) as refusal:
        parse_programme("\n\n".join(kept).encode(), file="x.toml")
    assert key in {one.key for one in refusal.value.problems}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(b"\xff\xfe\x00", "UTF-8", id="not text"),
        pytest.param(b"a = ", "TOML", id="not TOML"),
        pytest.param(b"a = " + b"[" * 9_000, "TOML", id="nested without end"),
        pytest.param(b"a = " + b"9" * 5_000, "TOML", id="a number without end"),
        pytest.param(b"#" * 200_001, "字节", id="too large"),
        pytest.param(b"", "缺少", id="empty"),
    ],
)
def test_what_is_no_programme_file_is_refused_in_words(content, words):
    with pytest.raises(ProgrammeFileError, match=words):
        parse_programme(content, file="x.toml")


VALUES = st.one_of(
    st.integers(-(10**20), 10**20), st.booleans(), st.text(max_size=5), st.lists(st.text(max_size=3), max_size=2), st.none(), st.floats()
)


@given(key=st.sampled_from([one.key for one in load_programme(XIZANG).assumed_values()]), value=VALUES)
def test_any_value_is_taken_or_refused_by_name_never_a_crash(key, value):
    problems = ()
    try:
        with_value(load_programme(XIZANG), key, value, signed_by="扎西")
    except ProgrammeFileError as refusal:
        problems = refusal.problems
    assert all(one.key and one.remedy_text() for one in problems)


def paths_of(node, path=()):
    """Every place in a nested document."""
    yield path
    for key, inner in node.items() if isinstance(node, dict) else ():
        yield from paths_of(inner, (*path, key))


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)


@given(path=st.sampled_from([one for one in paths_of(load_programme(XIZANG).document) if one]), value=JSON_VALUES)
def test_anything_anywhere_in_a_stored_version_is_read_or_refused_in_words(path, value):
    node = document = json.loads(load_programme(XIZANG).frozen())
    for step in path[:-1]:
        node = node[step]
    node[path[-1]] = value
    problems = ()
    try:
        assert thaw(json.dumps(document)).frozen()
    except ProgrammeFileError as refusal:
        problems = refusal.problems
    assert all(one.text() and one.remedy_text() for one in problems)


# The command


def test_the_command_accepts_a_good_file_and_lists_what_is_assumed():
    outcome = CliRunner().invoke(programme, ["check", str(XIZANG)])
    assert outcome.exit_code == 0
    assert "settlement.payee" in outcome.output


def test_the_command_refuses_a_bad_file_with_file_key_and_remedy(tmp_path):
    bad = tmp_path / "bad.toml"
    bad.write_text(BEIJING.read_text("utf-8").replace("3_000 #", "-5 #"), "utf-8")
    outcome = CliRunner().invoke(programme, ["check", str(bad)])
    assert outcome.exit_code == 1
    assert all(words in outcome.output for words in ("bad.toml", "rates.standard.rate_bp", "改法"))


def test_the_command_says_that_a_file_is_not_there(tmp_path):
    outcome = CliRunner().invoke(programme, ["check", str(tmp_path / "none.toml")])
    assert outcome.exit_code == 1
    assert "打不开" in outcome.output


def test_a_wrong_file_is_an_answer_to_a_check():
    assert check_programme(BEIJING).exit_code == 0
    assert check_programme(Path("/no/such/file.toml")).exit_code == 1


def test_known_categories_are_those_of_the_reference_file():
    assert set(load_programme(XIZANG).services.value) <= set(category_names())
    assert load_programme(PROGRAMMES / "xizang_innovation_voucher.toml").instrument.value is Instrument.FACE_VALUE
