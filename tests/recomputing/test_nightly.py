"""Every night the newest decisions are decided again, once; what differs is a signal for the auditors."""

import pytest
from sqlalchemy import select

from marketplace.kernel import clock, jobs
from marketplace.kernel.db import db as the_db
from marketplace.kernel.jobs import Job
from marketplace.oversight.service import findings
from marketplace.recomputing.service import KIND
from marketplace.recomputing.sweep import sweep
from marketplace.risk.models import RiskSignal
from tests.order_factories import an_order
from tests.recomputing.runs import forged


def ran():
    sweep(now=clock.now())
    jobs.run_all()
    return the_db.session.scalars(select(Job).where(Job.kind == KIND).order_by(Job.created_at)).all()


def signals():
    return the_db.session.scalars(select(RiskSignal).where(RiskSignal.kind == findings.DECISIONS)).all()


@pytest.mark.clock("2026-03-16 02:59")
def test_before_three_in_the_morning_nothing_is_due(db):
    assert ran() == []


def test_a_night_without_a_difference_raises_nothing(db):
    an_order("redeemed")
    (job,) = ran()
    assert (job.result["clean"], job.result["kinds"]["redemption"]["checked"]) == (True, 1)
    assert (len(ran()), signals()) == (1, [])


def test_what_differs_is_kept_with_the_run_and_told_once(db, clock):
    order = an_order("redeemed")
    key = order.id
    forged("orders", key, subsidy_fen=order.subsidy_fen - 1)
    (job,) = ran()
    assert {(one["kind"], one["row"]) for one in job.result["differences"]} == {("redemption", str(key))}
    clock.move_to("2026-03-17 03:00")
    assert (len(ran()), len(signals())) == (2, 1)
