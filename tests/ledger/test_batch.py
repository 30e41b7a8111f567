"""Many entries written together do what they would do one after the other, or nothing."""

from enum import StrEnum
from functools import partial

import pytest
from sqlalchemy import func, select

from marketplace.kernel import clock
from marketplace.kernel.db import in_transaction
from marketplace.kernel.errors import Conflict, InsufficientBalance, RuleViolation
from marketplace.ledger import queries, service
from marketplace.ledger.models import Entry
from marketplace.ledger.service import BATCH, BatchItem
from marketplace.ledger.verify import Verification
from marketplace.vouchers.chart import read
from tests.ledger.books import a_book, a_command, a_move, balance, post
from tests.ledger.test_races import fresh_book, room_for_everybody  # noqa: F401 - a fixture
from tests.races import race


def item(*moves, key=None, opens=(), **body):
    return BatchItem(a_command(key=key, **body), [a_move(*one) for one in moves], tuple(map(read, opens)))


def issue(count, *, fen=10, prefix="v"):
    return [item(("pool:p", f"voucher:{prefix}{n}", fen), key=f"issue:{prefix}{n}", opens=(f"voucher:{prefix}{n}",)) for n in range(count)]


def batch(book, items):
    return in_transaction(lambda: service.post_batch(book, items, today=clock.today()))


def entries_in(db, book):
    return db.session.scalar(select(func.count()).select_from(Entry).where(Entry.book_id == book))


def test_every_command_gets_its_entry_and_the_statement_has_no_gap(db):
    book = a_book(pool_fen=100)

    entries = batch(book, issue(10))

    assert [entry.idempotency_key for entry in entries] == [f"issue:v{n}" for n in range(10)]
    assert balance(book, "pool:p") == 0
    lines = queries.statement(book, "pool:p")
    assert [line.version for line in lines] == list(range(1, 12))
    assert [line.balance_fen for line in lines] == [100 - 10 * n for n in range(11)]
    assert [line.entry.id for line in lines[1:]] == [entry.id for entry in entries]


def test_its_leaves_are_those_of_single_postings(db, app, tmp_path):
    book = a_book(pool_fen=100)
    batch(book, issue(5))

    with_leaves = Verification(db.session.connection(), tmp_path, clock.now())

    assert [fault for fault in with_leaves.faults() if fault.table.startswith("ledger")] == []


class Word(StrEnum):
    ISSUE = "voucher.issue"


def test_a_word_of_an_enumeration_is_written_as_its_text(db):
    book = a_book(pool_fen=100)

    entries = batch(book, [BatchItem(a_command(Word.ISSUE), [a_move("pool:p", "voucher:v", 1)], (read("voucher:v"),))])

    assert queries.statement(book, "voucher:v")[0].entry.verb == entries[0].verb == "voucher.issue"


def test_one_that_is_short_stops_them_all(db):
    book = a_book(pool_fen=95)
    before = entries_in(db, book)

    with pytest.raises(InsufficientBalance, match="本批次资金余额不足"):
        batch(book, issue(10))

    assert (entries_in(db, book), balance(book, "pool:p")) == (before, 95)


def test_what_comes_later_in_a_batch_does_not_pay_for_what_comes_first(db):
    book = a_book(voucher_v=5)
    spend, load = item(("voucher:v", "pool:p", 8)), item(("pool:p", "voucher:v", 3))
    post(book, ("appropriation:a", "pool:p", 100))

    with pytest.raises(InsufficientBalance):
        batch(book, [spend, load])
    batch(book, [load, spend])

    assert balance(book, "voucher:v") == 0


def test_a_repeat_answers_with_the_entries_made_the_first_time(db):
    book = a_book(pool_fen=100)
    first = batch(book, issue(4))

    again = batch(book, issue(8))

    assert [entry.id for entry in again[:4]] == [entry.id for entry in first]
    assert balance(book, "pool:p") == 20


def test_a_key_that_stands_twice_is_done_once(db):
    book = a_book(pool_fen=100)

    entries = batch(book, [*issue(1), *issue(1)])

    assert entries[0].id == entries[1].id
    assert balance(book, "pool:p") == 90


@pytest.mark.parametrize("earlier", [True, False])
def test_a_key_with_other_content_is_a_conflict_and_nothing_is_written(db, earlier):
    book = a_book(pool_fen=100)
    one, other = item(("pool:p", "voucher:v", 1), key="k", opens=("voucher:v",)), item(("pool:p", "voucher:v", 2), key="k", fen=2)
    if earlier:
        batch(book, [one])

    with pytest.raises(Conflict):
        batch(book, [*issue(1), other] if earlier else [*issue(1), one, other])

    assert balance(book, "pool:p") == (99 if earlier else 100)


@pytest.mark.parametrize("fen", [0, -1, 10**15 + 1])
def test_an_amount_out_of_bounds_is_refused_before_anything_is_written(db, fen):
    book = a_book(pool_fen=100)

    with pytest.raises(RuleViolation):
        batch(book, [*issue(1), item(("pool:p", "voucher:w", fen), opens=("voucher:w",))])

    assert balance(book, "pool:p") == 100


def test_an_account_that_is_not_open_is_named(db):
    book = a_book(pool_fen=100)

    with pytest.raises(RuleViolation) as refused:
        batch(book, [*issue(1), item(("pool:p", "voucher:nowhere", 1))])

    assert refused.value.params["account"] == "voucher:nowhere"


def test_another_books_account_is_unknown_here(db):
    book, other = a_book(pool_fen=100), a_book(voucher_v=50)

    with pytest.raises(RuleViolation):
        batch(book, [item(("voucher:v", "pool:p", 1))])

    assert balance(other, "voucher:v") == 50


def test_an_empty_batch_does_nothing_and_one_too_large_is_a_mistake_of_the_caller(db):
    book = a_book(pool_fen=100)

    assert batch(book, []) == []
    with pytest.raises(AssertionError):
        batch(book, issue(BATCH + 1))


@pytest.mark.engines("postgresql")
@pytest.mark.real_clock
@pytest.mark.usefixtures("room_for_everybody")
def test_the_same_batch_from_many_at_once_is_written_once(fresh_app, fresh_db):
    book = a_book(pool_fen=1_000)

    answers = race(fresh_app, [partial(batch, book, issue(30))] * 12)

    assert {tuple(entry.id for entry in answer) for answer in answers} == {tuple(entry.id for entry in answers[0])}
    assert balance(fresh_book(fresh_db, book), "pool:p") == 700


@pytest.mark.engines("postgresql")
@pytest.mark.real_clock
@pytest.mark.usefixtures("room_for_everybody")
def test_batches_and_single_postings_on_the_same_accounts_end_without_a_deadlock(fresh_app, fresh_db):
    book = a_book(pool_fen=10_000)
    batch(book, issue(20, fen=100))

    def batches(seed):
        for turn in range(4):
            back = [item((f"voucher:v{(n * seed) % 20}", "pool:p", 1)) for n in range(1, 20)]
            batch(book, back if turn % 2 else back[::-1])

    def singles(seed):
        for turn in range(20):
            post(book, ("pool:p", f"voucher:v{(turn * seed) % 20}", 1))

    assert race(fresh_app, [partial(work, seed) for seed in (3, 7, 11) for work in (batches, singles)]) == [None] * 6
    fresh_book(fresh_db, book)
    assert queries.standing(book).difference() == 0
    assert balance(book, "pool:p") == 8_000 + 3 * 4 * 19 - 3 * 20
