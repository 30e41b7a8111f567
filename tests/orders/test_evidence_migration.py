"""Papers and payments of before get their keys; what was counted twice then stays, and is flagged with the first one named."""

from pathlib import Path

import flask_migrate
from alembic.script import ScriptDirectory
from sqlalchemy import select, text

from marketplace.kernel.db import in_transaction
from marketplace.orders.models import OrderDocument
from marketplace.risk.models import RiskSignal, Severity
from marketplace.settlement.models import BankTransfer
from tests.order_factories import a_batch, a_paper, add_paper, an_order
from tests.settlement.acts import pay

SCRIPTS = ScriptDirectory(str(Path(__file__).parents[2] / "migrations"))
OURS = next(one for one in SCRIPTS.walk_revisions() if one.revision.endswith("_evidence_once"))
WHOLE = "540022113000012345"


def test_old_keys_are_spelt_anew_and_old_doubles_are_flagged_and_kept(fresh_app, fresh_db):
    orders = [an_order("contracted") for _ in range(4)]
    for place, order in enumerate(orders):
        add_paper(order, a_paper("invoice", amount_fen=100, number=f"2654000000000000{place:04d}"))
    add_paper(orders[0], a_paper("bank_transfer_slip", amount_fen=100, number="LS 1"))
    lines = [a_batch()[1][0] for _ in range(2)]
    for place, line in enumerate(lines):
        pay(line, f"ZF{place}")
    numbers, claims = [order.number for order in orders], [line.claim.number for line in lines]
    fresh_db.session.remove()
    flask_migrate.downgrade(revision=OURS.down_revision)
    before = {0: "5400221130:00012345", 1: WHOLE, 2: "5400221130:NO00012345", 3: "00012345"}

    def as_it_was():
        for place, key in before.items():
            said = {"key": key, "old": f"2654000000000000{place:04d}"}
            fresh_db.session.execute(text("UPDATE order_documents SET invoice_key = :key WHERE invoice_key = :old"), said)
        fresh_db.session.execute(text("UPDATE payment_lines SET bank_reference = 'zf-0' WHERE bank_reference = 'ZF1'"))

    in_transaction(as_it_was)
    fresh_db.session.remove()
    flask_migrate.upgrade()

    kept = fresh_db.session.scalars(
        select(OrderDocument.invoice_key).where(OrderDocument.invoice_key.is_not(None)).order_by(OrderDocument.created_at)
    ).all()
    invoices = [key for key in kept if not key.startswith("2654")]
    assert [key.partition("~")[0] for key in invoices] == [WHOLE, WHOLE, WHOLE, "00012345"] and len(set(invoices)) == 4
    assert fresh_db.session.scalars(select(OrderDocument.slip_key).where(OrderDocument.slip_key.like("%:LS1:100"))).one()
    signals = {one.kind: one for one in fresh_db.session.scalars(select(RiskSignal).where(RiskSignal.kind.like("%reused")))}
    assert {one.severity for one in signals.values()} == {Severity.SERIOUS}
    assert numbers[0] in signals["invoice_reused"].reason
    assert claims[0] in signals["reference_reused"].reason and claims[1] in signals["reference_reused"].reason
    assert fresh_db.session.scalars(select(BankTransfer.reference_key)).all() == ["ZF0"]
