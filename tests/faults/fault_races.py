"""Rows 6 to 13: many at the same moment, released together, on PostgreSQL and on SQLite."""

import threading
from collections import Counter
from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest
from sqlalchemy import text

from marketplace.kernel import clock
from marketplace.kernel.db import db, in_transaction
from marketplace.kernel.errors import Busy, Conflict, DomainError, InsufficientBalance, RuleViolation
from marketplace.ledger import queries
from marketplace.orders import service as orders
from marketplace.orders.models import Order
from marketplace.orders.service import Purchase
from marketplace.vouchers.sweep import sweep
from tests.conftest import close, make_app, migrate
from tests.factories import a_voucher, an_offering
from tests.faults.load import Found, keep
from tests.ledger.books import a_book, a_command, balance, post
from tests.order_factories import an_order, person
from tests.races import race


@pytest.fixture
def sqlite_app(run_dir):
    path = run_dir / f"races-{uuid4().hex}.sqlite3"
    migrate(f"sqlite:///{path}")
    app = make_app(f"sqlite:///{path}")
    with app.app_context():
        db.engine.pool._max_overflow = 80
    yield app
    close(app)


def successes(answers):
    return [one for one in answers if not isinstance(one, Exception)]


def redeemed_together(app, tries, racers, redeem):
    """How often one voucher was redeemed, voucher after voucher; and the errors that are no refusal."""
    counts, strange = [], []
    with app.app_context():
        for number in range(tries):
            book = a_book(**{f"voucher_v{number}": 100})
            db.session.remove()
            answers = race(app, [partial(redeem, book, number, n) for n in range(racers)])
            counts.append(len(successes(answers)))
            strange += [one for one in answers if isinstance(one, Exception) and not isinstance(one, InsufficientBalance | Busy)]
            assert balance(book, f"voucher:v{number}") in {0, 100}
    return counts, strange


def guarded(book, number, n):
    return post(book, (f"voucher:v{number}", f"order:{n}:redeemed", 100), opens=(f"order:{n}:redeemed",))


def naive_spends(app, racers=24) -> int:
    """Row 8: looks first and writes afterwards, so that all who looked together spend."""
    looked = threading.Barrier(racers)
    with app.app_context():
        book = a_book(voucher_v=100)
        db.session.remove()

    def naive(n):
        seen = balance(book, "voucher:v")
        db.session.rollback()
        looked.wait(timeout=20)
        if seen >= 100:
            return post(book, ("appropriation:a", f"order:{n}:redeemed", 100), opens=(f"order:{n}:redeemed",))
        raise InsufficientBalance("")

    return len(successes(race(app, [partial(naive, n) for n in range(racers)])))


def one_voucher(row, app, tries, racers):
    counts, strange = redeemed_together(app, tries, racers, guarded)
    spends = naive_spends(app)
    found = Found(acknowledged=sum(counts), lost=counts.count(0), doubled=sum(max(0, count - 1) for count in counts))
    keep(row, found, {"spends of one voucher that looks before it writes": spends})
    assert not strange
    assert spends > 1
    return spends


def test_rows_06_and_08_one_voucher_24_redeemers_on_postgresql(pg_app):
    spends = one_voucher("6", pg_app, 40, 24)
    keep("8", Found(acknowledged=1), {"spends of one voucher that looks before it writes": spends})


def test_row_07_one_voucher_24_redeemers_on_sqlite(sqlite_app):
    one_voucher("7", sqlite_app, 10, 24)


def test_row_09_one_key_fifty_times_is_one_entry(pg_app):
    with pg_app.app_context():
        book, command = a_book(voucher_v=10_000), a_command(key="one", fen=10)
        db.session.remove()
    answers = race(pg_app, [partial(post, book, ("voucher:v", "pool:p", 10), command=command)] * 50)
    keyless = race(pg_app, [partial(post, book, ("voucher:v", "pool:p", 10))] * 50)
    ids = {one.id for one in successes(answers)}
    with pg_app.app_context():
        spent = 10_000 - balance(book, "voucher:v") - 10 * len(successes(keyless))
    found = Found(
        len(successes(answers)), lost=int(spent < 10), doubled=len(ids) - 1, refused_though_committed=50 - len(successes(answers))
    )
    keep("9", found, {"entries without a key": len({one.id for one in successes(keyless)})})
    assert spent == 10


def test_row_10_a_key_used_for_something_else_is_a_conflict_and_writes_nothing(pg_app):
    with pg_app.app_context():
        book = a_book(voucher_v=1000)
        first = a_command("order.redeem", key="one", actor_id=uuid4(), fen=10)
        post(book, ("voucher:v", "pool:p", 10), command=first)
        others = [
            a_command("order.release", key="one", actor_id=first.actor_id, fen=10),
            a_command("order.redeem", key="one", actor_id=uuid4(), fen=10),
            a_command("order.redeem", key="one", actor_id=first.actor_id, fen=11),
            a_command("order.redeem", key="one", actor_id=first.actor_id, subject_id=uuid4(), fen=10),
        ]
        conflicts = 0
        for other in others:
            with pytest.raises(Conflict):
                post(book, ("voucher:v", "pool:p", 10), command=other)
            conflicts += 1
        order = an_order("delivered")
        offering, voucher = an_offering(), a_voucher()
        wanted, mine = Purchase(offering.id, voucher.id), {"actor_id": person(voucher.enterprise_id), "now": clock.now()}
        with pytest.raises(Conflict):
            in_transaction(lambda: orders.place(order.id, wanted, enterprise_id=voucher.enterprise_id, **mine))
        left = balance(book, "voucher:v")
        db.session.remove()
    keep("10", Found(acknowledged=1, doubled=int(left != 990)), {"conflicts": conflicts + 1})


def four_ways(order) -> list:
    """Accept, cancel, send back, and the sweep of a day long after; each in a transaction of its own."""
    mine = {"actor_id": person(order.enterprise_id), "now": clock.now()}
    firm, late = order.enterprise_id, clock.now() + timedelta(days=400)
    asked = [
        partial(orders.accept, order.id, enterprise_id=firm, request_key=uuid4(), **mine),
        partial(orders.cancel, order.id, organisation_id=firm, reason="不要了", request_key=uuid4(), **mine),
        partial(orders.send_back, order.id, enterprise_id=firm, reason="不合格", request_key=uuid4(), **mine),
    ]
    return [*(partial(in_transaction, one) for one in asked), partial(sweep, now=late)]


def test_row_11_redeem_cancel_return_and_expire_end_one_way(pg_app):
    ends, wrong, refused = Counter(), 0, 0
    for _ in range(6):
        with pg_app.app_context():
            order = an_order("delivered")
            works, order_id, book = four_ways(order), order.id, order.book_id
            db.session.remove()
        answers = race(pg_app, works)
        assert all(isinstance(one, DomainError | Order | int) for one in answers), answers
        refused += sum(isinstance(one, DomainError) for one in answers)
        with pg_app.app_context():
            ends[db.session.get(Order, order_id).state.value] += 1
            wrong += queries.standing(book).difference() != 0
            db.session.remove()
    keep("11", Found(acknowledged=sum(ends.values()), doubled=wrong), {"ends": dict(ends), "refused": refused})


def test_row_12_to_and_fro_without_a_deadlock(pg_app):
    with pg_app.app_context():
        book = a_book(voucher_a=5000, voucher_b=5000)
        db.session.remove()

    def walk(source, target, order):
        for _ in range(500):
            moves = [(source, target, 2), (target, source, 1)]
            post(book, *(moves if order else moves[::-1]))
        return 500

    answers = race(pg_app, [partial(walk, "voucher:a", "voucher:b", True), partial(walk, "voucher:b", "voucher:a", False)])
    assert answers == [500, 500], answers
    with pg_app.app_context():
        total = balance(book, "voucher:a"), balance(book, "voucher:b")
    keep(
        "12", Found(acknowledged=1000, lost=abs(sum(total) - 10_000)), {"deadlocks when locked in the order asked": deadlocks(pg_app, book)}
    )
    assert total == (5000, 5000)


def deadlocks(app, book) -> int:
    """The control: the same two rows locked in the order they are named."""
    met = threading.Barrier(2)

    def walk(codes):
        with db.engine.connect() as connection:
            for code in codes:
                connection.execute(
                    text("SELECT 1 FROM ledger_accounts WHERE book_id = :b AND code = :c FOR UPDATE"), {"b": book, "c": code}
                )
                if code == codes[0]:
                    met.wait(timeout=10)
        return True

    answers = race(app, [partial(walk, ("voucher:a", "voucher:b")), partial(walk, ("voucher:b", "voucher:a"))])
    return sum("deadlock" in str(one) for one in answers)


def test_row_13_a_budget_of_1000_and_5000_claimants_grants_1000(pg_app):
    with pg_app.app_context():
        book = a_book(pool_fen=100_000)
        db.session.remove()

    def claims(first):
        granted, refused = 0, 0
        for number in range(first, first + 250):
            try:
                post(book, ("pool:p", f"voucher:{number}", 100), command=a_command(key=f"claim:{number}"), opens=(f"voucher:{number}",))
                granted += 1
            except RuleViolation:
                refused += 1
        return granted, refused

    answers = race(pg_app, [partial(claims, 250 * n) for n in range(20)])
    assert all(isinstance(one, tuple) for one in answers), answers
    granted = sum(one[0] for one in answers)
    with pg_app.app_context():
        held = 1000 - balance(book, "pool:p") // 100
    found = Found(acknowledged=granted, lost=max(0, granted - held), doubled=max(0, held - granted))
    keep("13", found, {"refused": 5000 - granted, "granted to 24 by one that looks before it writes": naive_spends(pg_app)})
    assert granted == 1000
