"""Many at the same moment. A naive redeem double-spends on PostgreSQL and not on SQLite, so PostgreSQL is where it counts."""

from functools import partial
from threading import Barrier
from uuid import uuid4

import pytest

from marketplace.kernel import clock
from marketplace.kernel.db import in_transaction
from marketplace.kernel.errors import Conflict, InsufficientBalance
from marketplace.ledger import queries, service
from marketplace.vouchers.chart import read
from tests.ledger.books import a_book, a_command, a_limit, a_move, balance, post
from tests.races import race

pytestmark = [pytest.mark.engines("postgresql"), pytest.mark.real_clock]


@pytest.fixture(autouse=True)
def room_for_everybody(fresh_app):
    """A connection for each racer."""
    from marketplace.kernel.db import db

    with fresh_app.app_context():
        db.engine.dispose()
        db.engine.pool._max_overflow = 60  # QueuePool: more than any race here


def test_of_24_who_redeem_one_voucher_exactly_one_succeeds(fresh_app, fresh_db):
    book = a_book(voucher_v=100)
    works = [partial(post, book, ("voucher:v", f"order:{n}:redeemed", 100), opens=(f"order:{n}:redeemed",)) for n in range(24)]

    answers = race(fresh_app, works)

    assert sum(not isinstance(answer, Exception) for answer in answers) == 1
    assert sum(isinstance(answer, InsufficientBalance) for answer in answers) == 23
    assert balance(book, "voucher:v") == 0
    assert queries.standing(fresh_book(fresh_db, book)).difference() == 0


def test_50_sends_of_one_key_make_one_entry_and_get_the_same_answer(fresh_app, fresh_db):
    book, command = a_book(voucher_v=1000), a_command(key="one", fen=10)

    answers = race(fresh_app, [partial(post, book, ("voucher:v", "pool:p", 10), command=command)] * 50)

    assert {getattr(answer, "id", answer) for answer in answers} == {answers[0].id}
    assert balance(fresh_book(fresh_db, book), "voucher:v") == 990


def test_of_two_contents_under_one_key_one_is_done_and_the_other_is_a_conflict(fresh_app, fresh_db):
    book = a_book(voucher_v=1000)
    works = [partial(post, book, ("voucher:v", "pool:p", fen), command=a_command(key="one", fen=fen)) for fen in (10, 20)] * 8

    answers = race(fresh_app, works)

    done = {answer.id for answer in answers if not isinstance(answer, Exception)}
    assert len(done) == 1
    assert all(isinstance(answer, Conflict) for answer in answers if isinstance(answer, Exception))
    assert sum(isinstance(answer, Conflict) for answer in answers) == 8


def test_an_entry_is_reversed_once_however_many_try(fresh_app, fresh_db):
    book = a_book(voucher_v=1000)
    entry = post(book, ("voucher:v", "pool:p", 10))

    def back():
        return in_transaction(lambda: service.reverse(book, entry.id, a_command(), today=clock.today()))

    answers = race(fresh_app, [back] * 12)

    assert sum(not isinstance(answer, Exception) for answer in answers) == 1
    assert balance(fresh_book(fresh_db, book), "voucher:v") == 1000


def test_a_limit_is_opened_once_by_two_first_orders_at_the_same_moment(fresh_app, fresh_db):
    book = a_book()

    def first_order():
        return a_limit(book, "limit:enterprise_year:x", 500)

    assert race(fresh_app, [first_order] * 12) == [None] * 12
    assert balance(fresh_book(fresh_db, book), "limit:enterprise_year:x") == 500


def test_payments_to_and_fro_end_without_a_deadlock_and_to_the_fen(fresh_app, fresh_db):
    book = a_book(voucher_v=1000, voucher_w=1000, pool_fen=1000)

    def walk(moves):
        for _ in range(15):
            post(book, *moves)

    there, back = [("voucher:v", "voucher:w", 3), ("pool:p", "voucher:v", 1)], [("voucher:w", "voucher:v", 3), ("voucher:v", "pool:p", 1)]
    assert race(fresh_app, [partial(walk, there), partial(walk, back)] * 4) == [None] * 8
    fresh_book(fresh_db, book)
    assert (balance(book, "voucher:v"), balance(book, "voucher:w"), balance(book, "pool:p")) == (1000, 1000, 1000)
    assert [line.version for line in queries.statement(book, "pool:p")] == list(range(1, 4 + 8 * 15))


def test_a_naive_debit_is_seen_to_spend_twice(fresh_app, fresh_db):
    """The control: this harness finds a double spend where there is one."""
    book = a_book(voucher_v=100)
    everybody_has_looked = Barrier(12)

    def naive():
        first_try = [True]

        def work():
            if queries.balance_fen(book, "voucher:v") >= 100:
                if first_try and first_try.pop():
                    everybody_has_looked.wait(timeout=20)
                code = f"order:{uuid4()}:redeemed"
                moves = [a_move("appropriation:a", code, 100)]  # takes from where nothing is checked, because it has just looked
                service.post(book, a_command(), moves, today=clock.today(), opens=(read(code),))
                service.post(book, a_command(), [a_move("voucher:v", "appropriation:a", 1)], today=clock.today())

        return in_transaction(work)

    race(fresh_app, [naive] * 12)
    spent = sum(a.credits_fen for a in queries.accounts(fresh_book(fresh_db, book)) if a.code.endswith(":redeemed"))
    assert spent > 100


def fresh_book(db, book):
    """Read anew what other threads committed."""
    db.session.rollback()
    db.session.expire_all()
    return book
