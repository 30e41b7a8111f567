"""What was edited beside the ledger is named: every amount, state and party that money stands on, row by row, on both engines."""

from collections import Counter

import pytest
from sqlalchemy import text

from marketplace.kernel import clock
from marketplace.kernel.db import in_transaction, snapshot
from marketplace.ledger.verify import Verification
from marketplace.oversight.queries import reconciling
from marketplace.oversight.verification import faults
from marketplace.settlement import service as settlement
from marketplace.vouchers.rules.states import VoucherState
from marketplace.vouchers.service import holdings
from tests import order_factories as acts
from tests.factories import a_firm, an_officer
from tests.ledger.test_verify import unlock


def found():
    counts: Counter[str] = Counter()
    with snapshot() as connection:
        return [(fault.table, fault.row, fault.text()) for fault in reconciling.faults(connection, counts)]


@pytest.fixture
def world(db):
    """Money at each stage: held, accepted, asked for, granted, waiting for the bank, paid; a voucher that is over, an order that ended."""
    orders = {state: acts.an_order(state) for state in ("placed", "contracted", "delivered", "redeemed", "cancelled")}
    claim = acts.a_claim("submitted")
    granted = acts.a_claim("approved")
    cut = acts.a_claim("approved", approved_fen=granted.requested_fen - 100)
    _batch, (waiting,) = acts.a_batch()
    _batch, (paid,) = acts.a_batch()
    day, actor_id = clock.today(), acts.a_finance_officer().id
    in_transaction(lambda: settlement.record_paid(paid.id, reference="2026031600077", paid_on=day, actor_id=actor_id, now=clock.now()))
    over, officer_id = acts.an_order("cancelled").voucher_id, an_officer().id
    in_transaction(lambda: holdings.end(over, VoucherState.RECLAIMED, reason="不再使用", actor_id=officer_id, today=day))
    return {**orders, "claim": claim, "granted": granted, "cut": cut, "waiting": waiting, "paid": paid, "over": over}


def test_rows_and_books_agree_at_every_stage(world):
    assert found() == []


EDITS = [
    # table, which row of the world, what is set, words of the finding
    ("orders", "placed", "subsidy_fen = subsidy_fen - 1", "应占用"),
    ("orders", "delivered", "state = 'cancelled'", "应占用"),
    ("orders", "delivered", "state = 'redeemed'", "应核销"),
    ("orders", "redeemed", "subsidy_fen = subsidy_fen - 1", "应核销"),
    ("orders", "redeemed", "state = 'lapsed'", "应核销"),
    ("orders", "cancelled", "state = 'placed'", "应占用"),
    ("claims", "claim", "requested_fen = requested_fen + 1", "账上核销"),
    ("claims", "claim", "enterprise_id = NULL", "与订单的企业"),
    ("claims", "claim", "state = 'approved', approved_fen = requested_fen", "账上核准"),
    ("claims", "granted", "approved_fen = approved_fen - 1, cut_reason = 'x'", "账上核准"),
    ("claims", "cut", "approved_fen = requested_fen", "账上核准"),
    ("claims", "granted", "state = 'refused'", "账上核准"),
    ("claims", "granted", "state = 'settled'", "应已付款"),
    ("payment_lines", "waiting", "amount_fen = amount_fen + 1", "明细金额"),
    ("payment_lines", "waiting", "state = 'paid', bank_reference = 'x', paid_on = '2026-03-16'", "账上付款"),
    ("payment_lines", "paid", "amount_fen = amount_fen - 1", "账上付款"),
    ("payment_lines", "paid", "state = 'waiting'", "账上付款"),
]


def after(db, edit):
    """What is found once something was edited, which is taken back again."""
    savepoint = db.session.begin_nested()
    try:
        edit()
        return found()
    finally:
        savepoint.rollback()


def test_an_edited_row_is_named(db, world):
    ids = {name: row.id for name, row in world.items() if hasattr(row, "id")}
    unnamed = []
    for table, which, edit, words in EDITS:
        statement, named = text(f"UPDATE {table} SET {edit} WHERE id = :id"), {"id": lying(db, ids[which])}
        said = after(db, lambda statement=statement, named=named: db.session.execute(statement, named))
        if not any((where, row) == (table, str(ids[which])) and words in told for where, row, told in said):
            unnamed.append((table, which, edit, said))
    assert unnamed == []


def lying(db, row_id):
    return str(row_id) if db.engine.dialect.name == "postgresql" else row_id.hex


OVER_SETS = [
    ("UPDATE vouchers SET face_fen = face_fen + 1", "vouchers", "账上发放"),
    ("UPDATE vouchers SET state = 'void' WHERE state <> 'reclaimed'", "vouchers", "账上仍有"),
    ("UPDATE appropriations SET amount_fen = amount_fen - 1", "appropriations", "下达金额"),
    ("UPDATE orders SET voucher_id = (SELECT max(id) FROM vouchers) WHERE state = 'placed'", "orders", "所用的券"),
    ("DELETE FROM payment_lines WHERE state = 'paid'", "payment_lines", "业务表里却没有"),
]


def test_edits_over_sets_are_named_too(db, engine, world):
    unlock(db, engine)
    unnamed = []
    newest = "max(id::text)::uuid" if engine.name == "postgresql" else "max(id)"
    for statement, table, words in OVER_SETS:
        edit = text(statement.replace("max(id)", newest))
        said = after(db, lambda edit=edit: db.session.execute(edit))
        if not any(where == table and words in told for where, _row, told in said):
            unnamed.append((statement, said))
    assert unnamed == []


@pytest.mark.parametrize("which", ["granted", "paid"])
def test_another_payee_is_named(db, world, which):
    claim_id = world["granted"].id if which == "granted" else world["paid"].claim_id
    other = a_firm()
    db.session.execute(
        text("UPDATE claims SET payee_id = :other WHERE id = :id"), {"other": lying(db, other.id), "id": lying(db, claim_id)}
    )

    tables = {where for where, _row, said in found() if "收款单位" in said}
    assert tables == ({"claims"} if which == "granted" else {"claims", "payment_lines"})


@pytest.mark.engines("sqlite")
def test_values_that_are_no_amounts_are_named_and_the_reading_goes_on(db, world):
    db.session.execute(text("PRAGMA ignore_check_constraints = ON"))
    db.session.execute(text("UPDATE vouchers SET face_fen = 'much'"))
    db.session.execute(text("UPDATE claims SET approved_fen = x'00ff' WHERE approved_fen IS NOT NULL"))

    assert {"vouchers", "claims"} <= {where for where, _row, _said in found()}


def test_the_verification_names_them_with_everything_else(db, world, tmp_path):
    db.session.execute(text("UPDATE appropriations SET amount_fen = amount_fen - 1"))
    with snapshot() as connection:
        run = Verification(connection, tmp_path, clock.now())
        checks = [fault.check for fault in faults(run)]

    assert set(checks) >= {"books"}
    assert run.counts["claims"] == 5
