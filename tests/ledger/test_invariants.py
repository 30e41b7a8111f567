"""The five counts: nought while the ledger is whole, and each one sees its own kind of damage."""

import pytest
from sqlalchemy import text

from marketplace.kernel.db import snapshot
from marketplace.ledger import invariants
from tests.ledger.test_verify import a_small_world, unlock

# what an owner of the database changes by hand
DAMAGE = {
    "accounts_with_wrong_totals": "ledger_accounts SET debits_fen = debits_fen + 1, credits_fen = credits_fen + 1 WHERE kind = 'voucher'",
    "accounts_with_wrong_versions": "ledger_accounts SET version = version + 1 WHERE code = 'voucher:v'",
    "books_out_of_balance": "ledger_accounts SET credits_fen = credits_fen + 1 WHERE code = 'voucher:v'",
    "entries_with_wrong_transfers": "ledger_entries SET transfer_count = transfer_count + 1 WHERE verb = 'test.reverse'",
}


def counted():
    with snapshot() as connection:
        return invariants.counts(connection)


def test_an_untouched_ledger_breaks_nothing(db):
    a_small_world()
    assert counted() == dict.fromkeys(invariants.COUNTS, 0)


@pytest.mark.parametrize("name", DAMAGE)
def test_each_count_sees_its_damage(db, engine, name):
    a_small_world()
    unlock(db, engine)
    db.session.execute(text(f"UPDATE {DAMAGE[name]}"))
    assert counted()[name] == 1


def test_an_overdrawn_account_is_counted(db, engine):
    a_small_world()
    unlock(db, engine)
    if engine.name == "postgresql":
        db.session.execute(text("ALTER TABLE ledger_accounts DROP CONSTRAINT ck_ledger_accounts_not_overdrawn"))
    else:
        db.session.execute(text("PRAGMA ignore_check_constraints = ON"))
    db.session.execute(text("UPDATE ledger_accounts SET debits_fen = credits_fen + 1 WHERE code = 'voucher:v'"))
    assert counted()["accounts_overdrawn"] == 1
    if engine.name == "sqlite":
        db.session.execute(text("PRAGMA ignore_check_constraints = OFF"))
