"""Credit codes: what is good, and what a refusal says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.identity import uscc
from marketplace.kernel.errors import RuleViolation

GOOD = "91350100M000100Y43"  # printed in GB 32100-2015


def test_check_character_of_the_standards_own_example():
    assert uscc.check_character("91350100M000100Y4") == "3"
    assert uscc.check_uscc(GOOD) == GOOD


@pytest.mark.parametrize("known", ["91110000600037341L", "91110000802100433B"])
def test_codes_seen_in_the_wild_are_good(known):
    assert uscc.check_uscc(known) == known


@pytest.mark.parametrize(
    "typed", [GOOD.lower(), f" {GOOD} ", "91350100 M000100Y 43", "９１３５０１００Ｍ０００１００Ｙ４３", f"{GOOD}\u200b", f"'{GOOD}"]
)
def test_spaces_case_and_full_width_do_not_matter(typed):
    assert uscc.check_uscc(typed) == GOOD


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        pytest.param("", "请填写", id="empty"),
        pytest.param("   ", "请填写", id="only spaces"),
        pytest.param(GOOD[:-1], "现为 17 位", id="too short"),
        pytest.param(GOOD + "0", "现为 19 位", id="too long"),
        pytest.param(GOOD[:8] + "O" + GOOD[9:], "第 9 位“O”是否应为“0”", id="letter O"),
        pytest.param(GOOD[:10] + "I" + GOOD[11:], "第 11 位“I”是否应为“1”", id="letter I"),
        pytest.param(GOOD[:10] + "S" + GOOD[11:], "“S”", id="letter S"),
        pytest.param(GOOD[:10] + "V" + GOOD[11:], "“V”", id="letter V"),
        pytest.param(GOOD[:10] + "Z" + GOOD[11:], "“Z”", id="letter Z"),
        pytest.param(GOOD[:10] + "*" + GOOD[11:], "第 11 位“\\*”不能使用", id="mark"),
        pytest.param(GOOD[:10] + "券" + GOOD[11:], "第 11 位“券”不能使用", id="chinese"),
        pytest.param("91A50100M000100Y43", "第 3 至 8 位", id="letter in the region"),
        pytest.param("91350100M000100Y44", "校验位不符", id="check character"),
        pytest.param("91530100M000100Y43", "校验位不符", id="two digits swapped"),
        pytest.param("9.15401E+17", "数值格式", id="scientific"),
        pytest.param("915401000000000000.0", "数值格式", id="float"),
    ],
)
def test_a_refusal_says_what_is_wrong(typed, says):
    with pytest.raises(RuleViolation, match=says) as refused:
        uscc.check_uscc(typed)
    assert refused.value.field == "uscc"


@given(
    serial=st.integers(0, 999_999),
    region=st.sampled_from(["540102", "540171", "652701", "5401"]),
    kind=st.sampled_from(["91", "92", "12", "52"]),
)
def test_made_codes_are_good_and_differ(serial, region, kind):
    code = uscc.make_uscc(region, serial, kind=kind)
    assert uscc.check_uscc(code) == code
    assert code[2:8] == region.ljust(6, "0")
    assert code != uscc.make_uscc(region, (serial + 1) % 1_000_000, kind=kind)


@given(serial=st.integers(0, 999_999), position=st.integers(8, 17), replacement=st.sampled_from(uscc.ALPHABET))
def test_one_wrong_character_is_always_found(serial, position, replacement):
    good = uscc.make_uscc("540102", serial)
    wrong = good[:position] + replacement + good[position + 1 :]
    if wrong == good:
        return
    with pytest.raises(RuleViolation):
        uscc.check_uscc(wrong)


@given(text=st.text(max_size=40))
def test_any_text_is_answered_with_a_code_or_a_sentence(text):
    assert len(_answer(text)) == 18 or _answer(text).endswith("。")


def _answer(text):
    try:
        return uscc.check_uscc(text)
    except RuleViolation as refusal:
        return refusal.text()
