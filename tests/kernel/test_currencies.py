"""Amounts of any currency: read, written and shown by its own exponent, and named where 元 would be wrong."""

import pickle
from copy import deepcopy

import pytest
from babel.numbers import get_currency_precision

from marketplace.kernel.currencies import currencies, currency, format_money
from marketplace.kernel.errors import N_, RuleViolation
from marketplace.kernel.locales import said, said_to
from marketplace.kernel.money import CNY, parse_amount, upper_amount

TYPED = [  # of 0, 2 and 3 digits: what is typed, the smallest units, how a sentence has it
    ("JPY", "1,234", 1234, "JPY 1,234"),
    ("JPY", "¥1234", 1234, "JPY 1,234"),
    ("GBP", "£1,234.5", 123450, "GBP 1,234.50"),
    ("GBP", "0.05", 5, "GBP 0.05"),
    ("KWD", "KWD 1.234", 1234, "KWD 1.234"),
    ("KWD", "1234567.001", 1234567001, "KWD 1,234,567.001"),
    ("CNY", "￥1,234.5元", 123450, "1,234.50"),
]


@pytest.mark.parametrize(("code", "text", "amount", "shown"), TYPED)
def test_an_amount_is_a_whole_number_of_the_smallest_unit_of_its_currency(code, text, amount, shown):
    assert parse_amount(text, currency(code)) == amount
    assert format_money(amount, code) == shown


@pytest.mark.parametrize(
    ("code", "text"), [("JPY", "12.5"), ("GBP", "1.234"), ("KWD", "1.2345"), ("GBP", "12元"), ("CNY", "£12"), ("GBP", "-1")]
)
def test_more_decimals_than_the_currency_has_and_signs_of_another_are_refused(code, text):
    with pytest.raises(ValueError, match="金额"):
        parse_amount(text, currency(code))


def test_the_table_agrees_with_the_library_on_every_exponent():
    assert {code: one.exponent for code, one in currencies().items()} == {code: get_currency_precision(code) for code in currencies()}


def test_an_amount_that_names_its_currency_takes_the_place_of_the_unit_in_both_languages(app):
    sentence = N_("核准 %(amount)s 元。", amount=format_money(123450, "GBP"))
    assert said(sentence) == "核准 GBP 1,234.50。"
    assert "CNY" not in said_to("en", sentence) and "yuan" not in said_to("en", sentence)
    assert said(N_("核准 %(amount)s 元。", amount=format_money(123450, CNY))) == "核准 1,234.50 元。"
    assert RuleViolation(N_("可收回的资金为 %(free)s 元，请核对金额。"), free="JPY -5").text() == "可收回的资金为 JPY -5，请核对金额。"


@pytest.mark.parametrize("code", ["GBP", "JPY", "KWD"])
def test_capital_numerals_are_for_yuan_alone(code):
    with pytest.raises(ValueError, match="capital"):
        upper_amount(100, code)
    assert upper_amount(100, CNY) == "壹元整"


def test_a_currency_is_copied_and_pickled_whole():
    for made in (deepcopy(currency("JPY")), pickle.loads(pickle.dumps(currency("JPY")))):
        assert (made, made.exponent, made.label, made.symbol) == ("JPY", 0, currency("JPY").label, currency("JPY").symbol)
