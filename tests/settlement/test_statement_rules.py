"""A statement beside the payments of its days: what is the same, and what is left over on either side."""

from datetime import date
from uuid import uuid4

import pytest

from marketplace.kernel.errors import RuleViolation
from marketplace.settlement.statement_rules import BankMove, check_balance, check_period, matched

DAY, NEXT = date(2026, 3, 16), date(2026, 3, 17)


def moved(fen, key="", day=DAY, account=""):
    return BankMove(id=uuid4(), day=day, amount_fen=fen, key=key, account=account, label="")


def test_a_line_is_the_payment_of_its_number_amount_and_day():
    bank = [moved(-100, "A"), moved(-200, "B"), moved(-300, "C"), moved(50, "D")]
    books = [moved(50, "D"), moved(-100, "A"), moved(-201, "B"), moved(-300, "C", NEXT)]

    found = matched(bank, books)

    assert [(row.key, book.key) for row, book in found.pairs] == [("A", "A"), ("D", "D")]
    assert [one.key for one in found.bank_only] == ["B", "C"] and [one.key for one in found.books_only] == ["B", "C"]


def test_a_line_without_a_number_is_the_only_payment_that_it_can_be():
    books = [moved(-100, "A", account="6217 01"), moved(-200, "B"), moved(-200, "C")]
    found = matched([moved(-100, account="621701"), moved(-200), moved(-100, account="999")], books)
    assert [book.key for _row, book in found.pairs] == ["A"]
    assert [one.amount_fen for one in found.bank_only] == [-200, -100] and [one.key for one in found.books_only] == ["B", "C"]

    two = matched([moved(-100), moved(-100)], [moved(-100, "A")])
    assert not two.pairs and len(two.bank_only) == 2, "which of the two it is nobody knows"


def test_a_payment_is_used_once():
    found = matched([moved(-100, "A"), moved(-100, "A"), moved(-100)], [moved(-100, "A")])
    assert (len(found.pairs), len(found.bank_only), len(found.books_only)) == (1, 2, 0)


def test_a_statement_leads_from_its_opening_to_its_closing_balance():
    check_balance(1_000, [-300, 50], 750, "CNY")
    with pytest.raises(RuleViolation, match="相差 0") as refused:
        check_balance(1_000, [-300, 50], 751, "CNY")
    assert refused.value.field == "closing"


def test_a_line_of_another_day_is_named():
    check_period(DAY, NEXT, [(5, DAY), (6, NEXT)])
    with pytest.raises(RuleViolation, match="第 6 行的日期 2026-03-17"):
        check_period(DAY, DAY, [(5, DAY), (6, NEXT)])
    with pytest.raises(RuleViolation, match="止日不能早于起日"):
        check_period(NEXT, DAY, [])
