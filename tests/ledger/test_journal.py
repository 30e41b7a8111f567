"""Another program's arithmetic over our books: beancount knows nothing of how we post."""

from datetime import timedelta

import pytest
from beancount import loader
from beancount.core import realization
from sqlalchemy import text

from marketplace.cli.ledger import ledger as command
from marketplace.kernel import clock
from marketplace.kernel.db import in_transaction, snapshot
from marketplace.ledger import journal, queries, service
from tests.ledger.books import a_book, a_command, post


def exported(*codes) -> str:
    with snapshot() as connection:
        return "".join(journal.lines(connection, list(codes) or None))


def checked(written):
    """What beancount found wrong, and what it says each account holds."""
    entries, errors, _ = loader.load_string(written)
    real = realization.realize(entries)
    held = {account.account: account.balance.get_currency_units for account in realization.iter_children(real)}
    return errors, entries, held


@pytest.fixture
def book(db):
    """A life in small: loaded, issued, reserved, accepted in part, paid, taken back, and a limit that was used."""
    book_id = a_book(pool_fen=1_000_00)
    post(book_id, ("pool:p", "voucher:v", 300_01), opens=("voucher:v",))
    reserved = (
        "order:o:reserved",
        "order:o:redeemed",
        "limit:order:a_b:1",
        "limit:order:a_b:1:used",
        "limit:order:a-b:1:used",
        "limit:order:a-b:1",
    )
    limit = [(f"limit:order:{mark}:1:used", f"limit:order:{mark}:1", amount) for mark, amount in (("a_b", 7), ("a-b", 9))]
    post(book_id, ("voucher:v", "order:o:reserved", 200_00), *limit, opens=reserved)
    post(book_id, ("order:o:reserved", "order:o:redeemed", 150_00), ("order:o:reserved", "voucher:v", 50_00))
    paid = post(book_id, ("order:o:redeemed", "paid", 149_99), opens=("paid",), today=clock.today() - timedelta(days=40))
    in_transaction(lambda: service.reverse(book_id, paid.id, a_command("test.reverse"), today=clock.today()))
    return book_id


def test_beancount_finds_nothing_wrong_and_the_same_balances(book):
    errors, entries, held = checked(exported())

    assert errors == []
    code = queries.book(book).code.capitalize()
    assert held[f"Assets:Voucher:{code}:V"]("CNY").number * 100 == 150_01
    assert {"Transaction", "Open", "Balance"} == {type(entry).__name__ for entry in entries}
    balances = [entry for entry in entries if type(entry).__name__ == "Balance"]
    assert sorted(int(entry.amount.number * 100) for entry in balances) == sorted(
        account.credits_fen - account.debits_fen for account in queries.accounts(book)
    )


@pytest.mark.parametrize(("code", "written"), [("GBP", "12.34 GBP"), ("JPY", "1234 JPY"), ("KWD", "1.234 KWD")])
def test_a_book_in_another_currency_is_written_in_it(db, code, written):
    a_book(pool_fen=1_234, currency=code)

    journal = exported()

    assert written in journal and " CNY" not in journal.partition("\n\n")[2]
    assert checked(journal)[0] == []


def test_accounts_that_differ_in_a_sign_the_journal_lacks_stay_apart(book):
    written = exported()

    assert written.count(" open Equity:Limit:") == 2
    assert checked(written)[0] == []


@pytest.mark.parametrize("column", ["debits_fen", "credits_fen"])
def test_beancount_names_the_account_whose_total_was_touched(book, db, column):
    db.session.execute(text(f"UPDATE ledger_accounts SET {column} = {column} + 1, version = version + 1 WHERE code = 'pool:p'"))

    errors, _, _ = checked(exported())

    assert len(errors) == 1
    assert "Assets:Pool:" in errors[0].message


def test_text_in_a_key_breaks_neither_a_string_nor_a_line(db):
    book_id = a_book(pool_fen=100)
    post(book_id, ("pool:p", "voucher:v", 1), opens=("voucher:v",), command=a_command(key='a"b\\c\n2026-01-01 open Assets:X ; d'))

    errors, entries, _ = checked(exported())

    assert errors == []
    assert not any(getattr(entry, "account", "") == "Assets:X" for entry in entries)


def test_the_command_writes_one_book_or_says_that_it_is_not_there(book, app, tmp_path):
    other = queries.book(a_book(pool_fen=5)).code
    code, file = queries.book(book).code, tmp_path / "books.beancount"

    done = app.test_cli_runner().invoke(command, ["export", "--book", code, "--output", str(file)])
    refused = app.test_cli_runner().invoke(command, ["export", "--book", "no-such-book"])

    assert done.exit_code == 0, done.output
    assert code.capitalize() in file.read_text("utf-8")
    assert other.capitalize() not in file.read_text("utf-8")
    assert refused.exit_code == 2
    assert "没有代码为 no-such-book 的账本" in refused.output
