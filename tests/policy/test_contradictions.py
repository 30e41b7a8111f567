"""A document that contradicts itself: what is printed at each place, how it is read, by whom it is signed, and where it is shown.

As in 北京 2022, of which two editions give 小巨人 firms 20 万 and 10 万, and in 广西, where 500 万 stands beside "in principle".
"""

import pytest

from marketplace.kernel import clock
from marketplace.kernel.db import in_transaction
from marketplace.kernel.errors import RuleViolation
from marketplace.kernel.money import YUAN, Fen
from marketplace.policy.programme_draft import document_of, drafted, problems_of
from marketplace.policy.programme_file import (
    PROGRAMMES,
    ProgrammeFileError,
    Source,
    as_file,
    parse_programme,
    signed,
    thaw,
    with_signatures_of,
    with_value,
)
from marketplace.policy.programme_lines import lines_of
from marketplace.vouchers.rules.amounts import price_preview
from marketplace.vouchers.rules.rounds import check_ready_to_open
from marketplace.vouchers.service import programmes
from tests.programmes_of import SLUG, content_with

PRINTED = '[{ text = "每家每年 20 万元", clause = "第六条" }, { text = "每家每年 10 万元", clause = "问答第 3 问" }]'
READ = '{ author = "市工信局", reason = "以正文为准" }'
ORDER = f"""[caps.contract]
scope = "contract"
amount_fen = {1_500 * YUAN}
printed = [{{ text = "每单 1500 元", clause = "第七条" }}, {{ text = "每单 5000 元", clause = "附件二" }}]
read_as = {READ}"""
YEAR = f'[caps.life]\nscope = "enterprise_life"\namount_fen = 100_000_000\nprinted = {PRINTED}\nread_as = {READ}'
SPEC = parse_programme(content_with(ORDER, YEAR), file="x.toml")


def cap(spec, name="contract"):
    return next(one for one in spec.caps if one.key == f"caps.{name}")


def test_both_places_and_the_reading_stand_with_the_value_and_in_the_reckoning_that_it_binds():
    text = cap(SPEC).provenance.text()
    assert "测试〔2026〕1号，第一条" in text
    assert "第七条：“每单 1500 元”；附件二：“每单 5000 元”" in text
    assert "取值理由：以正文为准" in text
    shown = price_preview(SPEC, Fen(9_000 * YUAN), firm_class="micro_small", category="legal")
    assert (shown.subsidy_fen, shown.binding.provenance.text()) == (1_500 * YUAN, text)


def test_the_reading_is_signed_before_a_round_opens_and_stays_signed_while_it_is_the_same():
    open_ = [one.key for one in SPEC.unsigned_values() if one.key.startswith("caps.")]
    assert {"caps.contract", "caps.life"} <= set(open_)
    whole = signed(SPEC, [one.key for one in SPEC.unsigned_values()], by="张三")
    check_ready_to_open(whole)
    with pytest.raises(RuleViolation, match="没有替换或签认"):
        check_ready_to_open(signed(SPEC, [one.key for one in SPEC.unsigned_values() if one.key != "caps.life"], by="张三"))

    assert "张三 已签认" in cap(thaw(whole.frozen())).provenance.text()
    again = parse_programme(content_with(ORDER, YEAR.replace("以正文为准", "以问答为准")), file="x.toml")
    assert [one.key for one in with_signatures_of(again, whole).unsigned_values()] == ["caps.life"]


def test_a_document_that_settles_it_ends_the_contradiction():
    settled = with_value(SPEC, "caps.contract", 200_000, source=Source("更正通知", "第一条"))
    assert cap(settled).provenance == Source("更正通知", "第一条")
    assert "caps.contract" not in [one.key for one in settled.assumed_values()]


@pytest.mark.parametrize(
    ("beside", "key"),
    [
        (f"printed = {PRINTED}", "caps.x.printed"),
        (f"read_as = {READ}", "caps.x.printed"),
        (f"printed = [{{ text = '20 万', clause = '第六条' }}]\nread_as = {READ}", "caps.x.printed"),
        (f"printed = [{{ text = '20 万', clause = '1' }}, {{ text = '20 万', clause = '2' }}]\nread_as = {READ}", "caps.x.printed"),
        (f"printed = [{{ text = '20 万' }}, {{ text = '10 万', clause = '2' }}]\nread_as = {READ}", "caps.x.printed[1].clause"),
        (f"printed = {PRINTED}\nread_as = {{ author = '甲' }}", "caps.x.read_as.reason"),
        (f"printed = '两处'\nread_as = {READ}", "caps.x.printed"),
    ],
)
def test_half_a_contradiction_is_refused_with_its_key(beside, key):
    with pytest.raises(ProgrammeFileError) as refusal:
        parse_programme(content_with(f'[caps.x]\nscope = "contract"\namount_fen = 500\n{beside}'), file="x.toml")
    assert [one.key for one in refusal.value.problems] == [key]


def test_an_assumed_value_contradicts_no_document_and_the_first_format_knows_none():
    assumed = content_with(ORDER).decode().rpartition("source = ")[0] + 'assumed = { author = "甲", reason = "乙" }'
    with pytest.raises(ProgrammeFileError, match="一起写"):
        parse_programme(assumed.encode(), file="x.toml")
    old = (PROGRAMMES / f"{SLUG}.toml").read_text("utf-8")
    table = ORDER.replace('"contract"', '"order"').replace("caps.contract", "caps.one")
    origin = 'source = { document = "a", clause = "b" }'
    with pytest.raises(ProgrammeFileError) as refusal:
        parse_programme(f"{old}\n{table}\n{origin}\n".encode(), file="x.toml")
    assert [one.key for one in refusal.value.problems] == ["caps.one.printed"]
    assert "第 2 版" in refusal.value.problems[0].text()


def test_a_draft_keeps_what_the_file_says():
    document = document_of(as_file(SPEC), file="x.toml")
    assert problems_of(document) == ()
    assert drafted(SPEC)["caps"]["life"]["printed"][1]["clause"] == "问答第 3 问"
    line = next(one for one in lines_of(SPEC.document) if one.key == "caps.life")
    assert ([one.clause for one in line.printed], line.reading) == (["第六条", "问答第 3 问"], "以正文为准")


@pytest.mark.engines("sqlite")
def test_everybody_reads_both_places_and_why(browser):
    file = programmes.GivenFile(as_file(SPEC), "x.toml")
    in_transaction(lambda: programmes.import_programme(file, area_code="540000", actor_id=None, now=clock.now()))
    page = browser.get(f"/programmes/{SLUG}").text
    for words in ("第六条写“每家每年 20 万元”；问答第 3 问写“每家每年 10 万元”", "取值未签认", "取值理由：以正文为准"):
        assert words in page
