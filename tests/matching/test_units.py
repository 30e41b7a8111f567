"""Units as people write them: exact into one base, and back as whole numbers."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.matching import units

WRITTEN = ["吨", "公斤", "kg", "T", "立方米", "升", "万个", "个", "套", "块", "万吨/年", "英寸", "磅", "千张", "㎡", ""]


@pytest.mark.parametrize(
    ("first", "second", "factor"),
    [
        ("吨", "公斤", 1_000),
        ("万吨", "吨", 10_000),
        ("吨/年", "吨", 1),
        ("吨（年）", "T", 1),
        ("公斤/月", "公斤", 12),
        ("方", "立方米", 1),
        ("m³", "升", 1_000),
        ("万只", "个", 10_000),
        ("千张", "张", 1_000),
        ("百万 瓶", "万瓶", 100),
        ("平方米", "㎡", 1),
        ("兆瓦", "千瓦", 1_000),
        ("磅", "公斤", Fraction(45_359_237, 10**8)),
    ],
)
def test_units_are_converted_exactly(first, second, factor):
    assert units.converted(1, first, second) == factor
    assert units.converted(factor, second, first) == 1


@pytest.mark.parametrize(("first", "second"), [("吨", "立方米"), ("套", "件"), ("台", "套"), ("吨/天", "吨"), ("卷", "吨")])
def test_what_cannot_be_compared_is_said_to_be_so(first, second):
    assert units.convertible(first, second) is False
    assert units.converted(1, first, second) is None


def test_a_side_without_a_unit_is_taken_to_mean_the_others_and_known_to_be_a_guess():
    assert units.convertible("", "吨") is None
    assert units.converted(7, "", "吨") == 7


@given(st.integers(0, 10**9), st.sampled_from(WRITTEN), st.sampled_from(WRITTEN))
def test_what_is_printed_is_the_quantity_itself(quantity, unit, other):
    amount, base = units.in_base(quantity, unit)
    number, name = units.printed(amount, base, (other, unit))
    assert units.in_base(number, name or unit)[0] == amount
