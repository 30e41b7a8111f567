"""Amounts in words, read back by a reader that knows nothing of the writer; amounts as people type them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.kernel.money import MAX_AMOUNT_FEN, YUAN, format_yuan, parse_yuan, upper_amount

DIGITS = {character: value for value, character in enumerate("零壹贰叁肆伍陆柒捌玖")}
UNITS = {"拾": 10, "佰": 100, "仟": 1000}


def read_back(words):
    """fen of a 大写金额, by adding up: a unit multiplies the digit before it, 万 and 亿 all that came before."""
    total = digit = section = 0
    fen = 0
    for character in words:
        if character in DIGITS:
            digit = DIGITS[character]
        elif character in UNITS:
            section, digit = section + digit * UNITS[character], 0
        elif character == "万":
            total, section, digit = total + (section + digit) * 10_000, 0, 0
        elif character == "亿":
            total, section, digit = (total + section + digit) * 10**8, 0, 0
        elif character == "元":
            fen, total, section, digit = (total + section + digit) * YUAN, 0, 0, 0
        elif character == "角":
            fen, digit = fen + digit * 10, 0
        elif character == "分":
            fen, digit = fen + digit, 0
    return fen


@pytest.mark.parametrize(
    ("yuan", "words"),
    [
        ("0", "零元整"),
        ("0.05", "伍分"),
        ("0.5", "伍角整"),
        ("1", "壹元整"),
        ("10", "壹拾元整"),
        ("325.04", "叁佰贰拾伍元零肆分"),
        ("16409.02", "壹万陆仟肆佰零玖元零贰分"),
        ("1409.5", "壹仟肆佰零玖元伍角整"),
        ("6007.14", "陆仟零柒元壹角肆分"),
        ("100000", "壹拾万元整"),
        ("10000001", "壹仟万零壹元整"),
        ("100001000", "壹亿零壹仟元整"),
        ("100000000", "壹亿元整"),
        ("120000000", "壹亿贰仟万元整"),
        ("1000000000000", "壹万亿元整"),
        ("1000200000000", "壹万零贰亿元整"),
        ("1000000050000", "壹万亿零伍万元整"),
        ("10000000000000", "壹拾万亿元整"),
    ],
)
def test_amounts_in_words_as_the_payment_rules_write_them(yuan, words):
    assert upper_amount(parse_yuan(yuan)) == words


@given(st.one_of(st.integers(0, MAX_AMOUNT_FEN), st.integers(0, 10**7), st.integers(0, 15).map(lambda power: 10**power)))
def test_words_read_back_as_the_amount(fen):
    words = upper_amount(fen)
    assert read_back(words) == fen
    assert "零零" not in words
    assert words.endswith(("整", "分"))
    assert not words.startswith("零") or fen == 0
    assert not any(pair in words for pair in ("零元", "零万", "零亿", "零角", "零拾", "零佰", "零仟")) or fen == 0


def test_a_negative_amount_says_so():
    assert upper_amount(-150) == "负壹元伍角整"


@given(st.integers(0, MAX_AMOUNT_FEN))
def test_what_is_shown_can_be_typed(fen):
    assert parse_yuan(format_yuan(fen)) == fen


@pytest.mark.parametrize(("typed", "fen"), [("１，２３４．５０", 123_450), (" 12 ", 1200), ("0.1", 10), ("10,000,000.01", 1_000_000_001)])
def test_full_width_and_grouped_amounts_are_understood(typed, fen):
    assert parse_yuan(typed) == fen


@pytest.mark.parametrize(
    "typed", ["", "1.234", "1.999", "-1", "NaN", "inf", "1e3", "1,23", "1.2.3", "十", "0x10", "1 000", "10000000000000.01", "9" * 5000, "٣"]
)
def test_what_is_not_surely_an_amount_is_refused_with_a_sentence(typed):
    with pytest.raises(ValueError, match="请"):
        parse_yuan(typed)


def test_a_negative_amount_is_read_only_where_it_is_expected():
    assert parse_yuan("-1,234.50", allow_negative=True) == -123_450
    assert parse_yuan("－１", allow_negative=True) == -100
