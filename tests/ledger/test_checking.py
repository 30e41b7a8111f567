"""What was posted lately is counted each round, the whole books at a rhythm; what either shows stays until it is disproved."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from marketplace.kernel import clock as the_clock
from marketplace.kernel.db import in_transaction, snapshot
from marketplace.ledger import checking, invariants, recent
from marketplace.ledger.models import InvariantCount
from tests.ledger.books import post
from tests.ledger.test_verify import a_small_world, unlock
from tests.page_walk import counted

V = "(SELECT id FROM ledger_accounts WHERE code = 'voucher:v')"
DAMAGE = {
    "ledger_accounts SET credits_fen = credits_fen + 1 WHERE code = 'voucher:v'": "accounts_with_wrong_totals",
    f"ledger_transfers SET debit_balance_fen = debit_balance_fen + 1 WHERE debit_account_id = {V}": "accounts_with_wrong_totals",
    "ledger_accounts SET version = version + 1 WHERE code = 'voucher:v'": "accounts_with_wrong_versions",
    "ledger_accounts SET version = version - 1 WHERE code = 'voucher:v'": "accounts_with_wrong_versions",
    f"ledger_transfers SET debit_version = debit_version + 9 WHERE debit_account_id = {V}": "accounts_with_wrong_versions",
    "ledger_entries SET transfer_count = transfer_count + 1 WHERE verb = 'test.reverse'": "entries_with_wrong_transfers",
}


def lately(since):
    with snapshot() as connection:
        return recent.counts(connection, since)


def damage(db, engine, change):
    unlock(db, engine)
    db.session.execute(text(f"UPDATE {change}"))
    db.session.commit()


def test_an_untouched_ledger_breaks_nothing_lately(db):
    a_small_world()
    assert not any(lately(the_clock.now() - timedelta(minutes=1)).values())
    assert set(lately(the_clock.now())) < set(invariants.COUNTS)


@pytest.mark.parametrize("change", DAMAGE)
def test_damage_to_what_was_posted_lately_is_counted(db, engine, change):
    a_small_world()
    damage(db, engine, change)
    assert lately(the_clock.now() - timedelta(minutes=1))[DAMAGE[change]] >= 1


def test_an_account_that_was_overdrawn_lately_is_counted(db, engine):
    a_small_world()
    unlock(db, engine)
    off = "ALTER TABLE ledger_accounts DROP CONSTRAINT ck_ledger_accounts_not_overdrawn"
    db.session.execute(text(off if engine.name == "postgresql" else "PRAGMA ignore_check_constraints = ON"))
    db.session.execute(text("UPDATE ledger_accounts SET debits_fen = credits_fen + 1 WHERE code = 'voucher:v'"))
    assert lately(the_clock.now() - timedelta(minutes=1))["accounts_overdrawn"] == 1


def test_a_whole_count_rests_a_hundred_times_as_long_as_it_took(db, clock):
    a_small_world()
    first = checking.count(the_clock.now()).at["whole"]
    in_transaction(lambda: setattr(db.session.get(InvariantCount, "whole"), "took_ms", 6_000))
    clock.shift(minutes=9)
    assert checking.count(the_clock.now()).at["whole"] == first, "what was posted lately only"
    clock.shift(minutes=2)
    assert checking.count(the_clock.now()).at["whole"] > first


def rests(monkeypatch):
    monkeypatch.setattr(checking, "REST", 10**9)


def test_damage_to_the_new_has_the_whole_counted_at_once_and_stays_until_then(db, engine, clock, monkeypatch):
    book = a_small_world()
    rests(monkeypatch)
    first = checking.count(the_clock.now()).at["whole"]
    clock.shift(hours=1)
    post(book, ("pool:p", "voucher:v", 1))
    damage(db, engine, "ledger_accounts SET credits_fen = credits_fen + 1 WHERE code = 'voucher:v'")
    shown = checking.count(the_clock.now())
    assert shown.counts["accounts_with_wrong_totals"] >= 1
    assert shown.at["whole"] > first
    clock.shift(hours=2)
    assert checking.count(the_clock.now()).counts == shown.counts, "nothing new, and nothing was mended"


def test_damage_to_the_old_is_found_by_the_whole_count_within_a_day(db, engine, clock, monkeypatch):
    a_small_world()
    clock.shift(hours=1)
    rests(monkeypatch)
    checking.count(the_clock.now())
    clock.shift(hours=1)
    damage(db, engine, "ledger_accounts SET credits_fen = credits_fen + 1 WHERE code = 'voucher:v'")
    assert not any(checking.count(the_clock.now()).counts.values())
    clock.shift(hours=24)
    assert checking.count(the_clock.now()).counts["accounts_with_wrong_totals"] == 1


def test_a_count_that_says_it_comes_from_the_future_keeps_nobody_from_counting(db, clock, monkeypatch):
    a_small_world()
    rests(monkeypatch)
    checking.count(the_clock.now())
    later = the_clock.now() + timedelta(days=400)
    in_transaction(lambda: setattr(db.session.get(InvariantCount, "whole"), "counted_at", later))
    clock.shift(minutes=1)
    assert checking.count(the_clock.now()).at["whole"] <= the_clock.now()


def test_a_round_reads_no_more_when_the_book_is_larger(app, db, clock, monkeypatch):
    book = a_small_world()
    rests(monkeypatch)
    for _ in range(2):  # a whole count, and one of the new
        checking.count(the_clock.now())
        clock.shift(hours=1)
    asked = []
    for _ in range(2):
        with counted(app) as seen:
            checking.count(the_clock.now())
        asked.append((len(seen.statements), seen.rows))
        for _ in range(30):
            post(book, ("pool:p", "voucher:v", 1))
        clock.shift(hours=1)
        checking.count(the_clock.now())
        clock.shift(hours=1)
    assert asked[0] == asked[1]
