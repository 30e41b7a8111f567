"""What the clock does to oversight: the five counts each round, a verification each night, a signal for what they find."""

import pytest
from sqlalchemy import select, text

from marketplace.kernel import clock, jobs
from marketplace.kernel.db import db as the_db
from marketplace.kernel.db import in_transaction
from marketplace.kernel.jobs import Job
from marketplace.oversight import verification
from marketplace.oversight.service import findings
from marketplace.oversight.sweep import sweep
from marketplace.risk.models import RiskSignal, Severity
from tests.ledger.test_verify import a_small_world, unlock


def swept():
    return sweep(now=clock.now())


def signals():
    return the_db.session.scalars(select(RiskSignal).where(RiskSignal.kind == findings.KIND)).all()


@pytest.mark.clock("2026-03-16 01:59")
def test_before_two_in_the_morning_no_verification_is_due(db):
    assert swept() == 0
    assert verification.runs() == []


def test_every_night_has_its_verification_once(db, clock):
    assert swept() == 1
    assert swept() == 0
    clock.move_to("2026-03-17 02:00")
    assert swept() == 1
    assert len(verification.runs()) == 2


def test_the_nightly_verification_of_a_whole_ledger_raises_nothing(db):
    a_small_world()
    swept()
    jobs.run_all()
    assert the_db.session.scalars(select(Job)).one().result["clean"]
    assert signals() == []


def test_what_the_nightly_verification_finds_becomes_one_signal(db, engine, clock):
    a_small_world()
    unlock(db, engine)
    db.session.execute(text("UPDATE ledger_books SET name = 'x'"))
    db.session.commit()
    for moment in ("2026-03-17 02:00", "2026-03-18 02:00"):
        clock.move_to(moment)
        swept()
        jobs.run_all()

    (signal,) = signals()
    assert signal.severity is Severity.SERIOUS
    assert "处问题，请打开“账本核验”逐条核查" in signal.reason
    assert "ledger_books" in signal.evidence


def test_totals_that_were_changed_alone_raise_a_signal_in_the_next_round(db, engine):
    a_small_world()
    unlock(db, engine)
    db.session.execute(text("UPDATE ledger_accounts SET credits_fen = credits_fen + 1 WHERE code = 'voucher:v'"))
    db.session.commit()
    swept()
    swept()

    (signal,) = signals()
    assert "accounts_with_wrong_totals 1" in signal.evidence
    assert "暂缓兑付" in signal.reason


def test_a_signal_of_a_finding_is_in_the_trail(db):
    assert in_transaction(lambda: findings.of_invariants({"accounts_overdrawn": 2, "books_out_of_balance": 0}, now=clock.now()))
    said = db.session.execute(text("SELECT action, details FROM audit_events")).all()
    assert [row.action for row in said] == ["signal.raised"]
