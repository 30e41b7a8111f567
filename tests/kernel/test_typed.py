"""What the one reader of numbers, days and keys takes, and what it leaves."""

from datetime import date
from uuid import UUID

import pytest

from marketplace.kernel import typed
from marketplace.kernel.money import parse_yuan

pytestmark = [pytest.mark.rules, pytest.mark.real_clock]
KEY = "0190f0a0-7b1c-7c3d-8e4f-123456789abc"


@pytest.mark.parametrize(("text", "found"), [("7", 7), (" 007 ", 7), (7, 7), ("0", 0), ("9" * 15, 10**15 - 1)])
def test_a_number_is_digits(text, found):
    assert typed.number(text) == found


@pytest.mark.parametrize("text", ["", None, "²", "2²", "٢٠٢٦", "２０２６", "1_000", "-1", "+1", "1.0", "1e3", "9" * 16, "\x00", "一"])
def test_nothing_else_is_a_number(text):
    assert typed.number(text) is None


def test_a_number_lies_within_its_limits():
    assert [typed.number(str(n), 2000, 2026) for n in (1999, 2000, 2026, 2027)] == [None, 2000, 2026, None]


@pytest.mark.parametrize(
    ("text", "found"),
    [("2026-03-16", date(2026, 3, 16)), ("1800-01-01", date(1800, 1, 1)), ("2199-12-31", date(2199, 12, 31))]
    + [(odd, None) for odd in ("9999-12-31", "0001-01-01", "20260316", "2026-02-30", "2026-W01-1", "²⁰²⁶-01-01", "", None)],
)
def test_a_day_is_one_that_can_be_reckoned_with(text, found):
    assert typed.day(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [(KEY, UUID(KEY)), (KEY.upper(), UUID(KEY)), (KEY.replace("-", ""), UUID(KEY))]
    + [(odd, None) for odd in (f"{{{KEY}}}", f"urn:uuid:{KEY}", KEY.replace("0", "٠"), KEY.replace("-", "_"), "", None, "x")],
)
def test_a_key_is_written_as_we_print_it(text, found):
    assert typed.key(text) == found


def test_keys_are_asked_for_once_each():
    assert typed.keys([KEY, "x", KEY.upper()]) == [UUID(KEY)]


def test_a_span_typed_backwards_is_turned_round():
    first, last = date(2026, 1, 1), date(2026, 2, 1)
    assert typed.in_order(last, first) == typed.in_order(first, last) == (first, last)
    assert typed.in_order(None, first) == (None, first)


def test_a_text_that_no_engine_stores_is_known():
    assert [typed.is_storable(text) for text in ("企业😀", "a\x00b", "a\ud800")] == [True, False, False]


@pytest.mark.parametrize("text", ["5²", "٥", "1_000", "①", "NaN"])
def test_an_amount_is_of_digits_too(text):
    with pytest.raises(ValueError, match="请输入金额"):
        parse_yuan(text)


def test_an_amount_may_be_typed_full_width():
    assert parse_yuan("￥１，２３４．５０元") == 123450
