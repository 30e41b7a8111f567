"""Rows of before are marked by the round they come from; ratings of simulated rounds leave the totals of their offerings."""

from pathlib import Path

import flask_migrate
import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import select, text, update

from marketplace.catalogue.models import Offering
from marketplace.kernel.db import in_transaction
from marketplace.publicity.models import PublicNotice
from marketplace.records.models import ServiceRecord
from marketplace.settlement.models import PaymentBatch
from tests import factories as f
from tests.reruns import played

SCRIPTS = ScriptDirectory(str(Path(__file__).parents[1] / "migrations"))
OURS = next(one for one in SCRIPTS.walk_revisions() if one.revision.endswith("_simulated_rows"))


@pytest.mark.engines("sqlite", "postgresql")
def test_what_was_written_before_is_marked_by_its_round(fresh_app, fresh_db):
    people = {"officer": f.an_officer(), "maker": f.a_finance_officer(), "checker": f.a_finance_officer()}
    firm, offering = f.a_firm(), f.an_offering()
    lives = [
        played(f.a_programme(slug), firm, offering, simulated=simulated, contract_fen=900_000, **people)
        for slug, simulated in (
            ("xizang_enterprise_service_voucher", False),
            ("xizang_enterprise_service_voucher", True),
            ("xizang_innovation_voucher", True),  # publishes its claims
        )
    ]
    orders, batches = [one.order.id for one in lives], [one.batch.id for one in lives if one.batch]
    as_it_was = {"subject_type": "claim", "subject_id": lives[-1].claim.id}  # each claim had a notice of its own
    in_transaction(lambda: fresh_db.session.execute(update(PublicNotice).values(**as_it_was)))
    fresh_db.session.remove()
    flask_migrate.downgrade(revision=OURS.down_revision)
    in_transaction(lambda: fresh_db.session.execute(text("UPDATE offerings SET review_count = 3, review_total = 7")))
    fresh_db.session.remove()
    flask_migrate.upgrade()

    read = fresh_db.session.execute
    marked = dict(read(select(ServiceRecord.source_id, ServiceRecord.simulated)).all())
    assert [marked[one] for one in orders] == [False, True, True]
    paid = dict(read(select(PaymentBatch.id, PaymentBatch.simulated)).all())
    assert [paid[one] for one in batches] == [False, True]
    assert read(select(PublicNotice.simulated)).scalars().all() == [True]
    assert read(select(Offering.review_count, Offering.review_total)).one() == (1, 5)
