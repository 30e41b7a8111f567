"""What reads the same is the same."""

import pytest

from marketplace.kernel.normal_text import findable, plain

pytestmark = [pytest.mark.rules, pytest.mark.real_clock]

EVENTS = [
    ("数字化培训班（第1期）", "数字化培训班(第1期)"),
    ("数字化培训班第１期", "数字化培训班第1期"),
    ("“专精特新”宣讲会", '"专精特新"宣讲会'),
    ("「专精特新」宣讲会", "‘专精特新’宣讲会"),
    ("数字化培训班 第1期", "数字化培训班第1期"),
    ("培训班\u200b", "培训班"),
    ("培\u2060训\ufeff班\u00ad", "培训班"),
    ("对接会 A", "对接会ａ"),
    ("藏经信〔2026〕3号", "藏经信【2026】3号"),
    ("一对一——辅导", "一对一－辅导"),
    ("艾合买提・买买提", "艾合买提·买买提"),
]
NAME = "阿布都·热西提商贸ABC（喀什）有限公司"
SPELLINGS = [
    *(NAME.replace("·", dot) for dot in "·•‧∙⋅・･．."),
    NAME.replace("·", ""), NAME.replace("·", " "), NAME.replace("ABC", "ＡＢＣ"), NAME.replace("ABC", "abc"),
    NAME.replace("（", "(").replace("）", ")"), NAME.replace("（喀什）", "喀什"), NAME.replace("阿", "阿\u200b"), f" {NAME}\u3000",
]  # fmt: skip


@pytest.mark.parametrize(("one", "other"), EVENTS)
def test_two_spellings_have_one_form(one, other):
    assert plain(one) == plain(other)


@pytest.mark.parametrize(("one", "other"), [("第1期", "第2期"), ("1-2", "12"), ("培训班(一)", "培训班一"), ("A班", "B班"), ("²", "x")])
def test_what_reads_differently_stays_different(one, other):
    assert plain(one) != plain(other)


@pytest.mark.parametrize("text", SPELLINGS)
def test_a_name_is_found_by_each_of_its_spellings(text):
    assert findable(text) == findable(NAME)


@pytest.mark.parametrize("text", ["（喀什）", "热西提", "ａｂｃ", "都•热"])
def test_a_part_of_a_name_is_found_too(text):
    assert findable(text) in findable(NAME)
