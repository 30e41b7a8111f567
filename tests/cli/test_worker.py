"""The worker: four loops that do not wait for each other, sweeps in which one bad row stops nobody, a clean stop."""

import importlib
import threading
import time
from uuid import uuid4

import pytest

from marketplace.cli import worker
from marketplace.kernel import clock as the_clock
from marketplace.kernel import sweeping
from marketplace.kernel.db import in_transaction
from marketplace.kernel.errors import N_, RuleViolation
from marketplace.oversight.sweep import sweep as oversee
from marketplace.risk.models import RiskSignal

# where a sweep finds its rows, and what it does with each
ROWS = [
    ("orders.sweep", "queries.overdue", "_overdue", "orders.overdue"),
    ("orders.sweep", "queries.to_remind", "service.remind_ahead", "orders.remind"),
    ("orders.sweep", "joint_reads.stale", "joint.end_stale", "orders.stale"),
    ("orders.sweep", "joint_reads.broken", "joint.end_broken", "orders.joint"),
    ("orders.sweep", "queries.split_no_more", "signals.close_split", "orders.split"),
    ("orders.sweep", "reminders.to_remind", "reminders.remind", "orders.ahead"),
    ("agreements.sweep", "queries.over", "service.end", "agreements.end"),
    ("agreements.sweep", "queries.holding_after_end", "service.hand_back", "agreements.hand_back"),
    ("vouchers.sweep", "reminders.to_remind", "reminders.remind", "vouchers.ahead"),
    ("settlement.sweep", "reminders.to_remind", "reminders.remind", "settlement.ahead"),
    ("publicity.sweep", "reminders.to_remind", "reminders.remind", "publicity.ahead"),
    ("matching.sweep", "reminders.to_remind", "reminders.remind", "matching.ahead"),
    ("settlement.sweep", "opening.unopened", "opening.open_sources", "settlement.open_sources"),
    ("settlement.sweep", "queries.overdue", "service.forfeit", "settlement.forfeit"),
    ("settlement.sweep", "queries.overdue", "service.refuse_late", "settlement.refuse_late"),
    ("exports.sweep", "queries.ended_ids", "service.lapse", "exports.lapse"),
    ("publicity.sweep", "queries.ended_ids", "service.close_if_ended", "publicity.close"),
    ("catalogue.sweep", "queries.with_ended_notice", "admission.follow_notice", "catalogue.follow"),
    ("supervision.sweep", "_over", "service.close", "supervision.close"),
    ("supervision.sweep", "_terms_over", "social.end_over", "supervision.social"),
    ("vouchers.sweep", "_expired", "holdings.expire_due", "vouchers.expire"),
    ("vouchers.sweep", "_called_in", "holdings.call_in", "vouchers.call_in"),
    ("vouchers.sweep", "to_pool", "parts.pool", "vouchers.pool_parts"),
    ("vouchers.sweep", "_moving", "_catch_up", "vouchers.catch_up"),
    ("vouchers.sweep", "_rounds", "_credit", "vouchers.credit_round"),
    ("vouchers.sweep", "_rounds", "_lift", "vouchers.lift_round"),
    ("vouchers.sweep", "_stoppable", "_look_at_money", "vouchers.budget"),
    ("vouchers.sweep", "_waiting", "_back_fill", "vouchers.back_fill"),
]


IN_BATCHES = {
    "vouchers.expire",
    "vouchers.call_in",
    "orders.ahead",
    "publicity.ahead",
    "vouchers.ahead",
    "settlement.ahead",
    "matching.ahead",
}  # a batch that succeeds heals nobody by name


def put(monkeypatch, module, path, value):
    *owners, name = path.split(".")
    owner = module
    for one in owners:
        owner = getattr(owner, one)
    monkeypatch.setattr(owner, name, value)


def test_a_row_that_waits_for_somebody_is_looked_at_each_hour_and_not_each_minute(db, clock):
    looks, key = [], uuid4()

    def swept(**span):
        clock.shift(**span)
        sweeping.each("x", [key], lambda _key: looks.append(1) or 0, now=the_clock.now(), waits=True)
        return len(looks)

    assert [swept(minutes=1), swept(minutes=1), swept(minutes=50), swept(minutes=10)] == [1, 1, 1, 2]
    in_transaction(lambda: sweeping.wake("x"))
    assert swept(minutes=1) == 3, "what it waited for has changed"


@pytest.mark.parametrize(("module", "rows", "work", "name"), ROWS, ids=[row[3] for row in ROWS])
def test_one_bad_row_stops_nobody_and_is_named_once(db, clock, monkeypatch, module, rows, work, name):
    room, bad, good = importlib.import_module(f"marketplace.{module}"), uuid4(), uuid4()
    ids, seen = [bad, good], []
    listed = (ids, ids) if (module, rows) == ("settlement.sweep", "queries.overdue") else ids

    def done(rows_or_id, *_args, **_told):
        keys = rows_or_id if isinstance(rows_or_id, list) else [rows_or_id]
        if bad in keys:
            seen.append(bad)
            raise RuleViolation(N_("这一行坏了。"))
        seen.extend(keys)
        return len(keys)  # with nothing to do it would rest

    others = {one for mod, _rows, one, _name in ROWS if mod == module and one != work}
    for other in others:
        put(monkeypatch, room, other, lambda *_args, **_told: 0)
    put(monkeypatch, room, rows, lambda *_args, **_told: listed)
    put(monkeypatch, room, work, done)
    for _ in range(3):
        room.sweep(now=the_clock.now())
    assert seen.count(good) >= 3
    assert seen.count(bad) in {1, 2}, "it rests; a batch tries it once more alone"

    for _ in range(2):
        oversee(the_clock.now())
    found = db.session.query(RiskSignal).filter_by(kind="sweep_fault").all()
    assert [(one.subject_id, name in one.reason, "这一行坏了" in one.reason) for one in found] == [(bad, True, True)]
    clock.shift(minutes=61)
    put(monkeypatch, room, work, lambda *_args, **_told: 1)
    room.sweep(now=the_clock.now())
    assert db.session.query(sweeping.SweepFault).filter_by(row_id=bad).count() == (1 if name in IN_BATCHES else 0)


def test_a_busy_row_is_not_a_bad_one(db):
    def busy(_row_id):
        raise sweeping.Busy

    assert sweeping.each("test", [uuid4(), uuid4()], busy, now=the_clock.now()) == 0
    assert sweeping.untold() == []


def test_every_sweep_of_the_worker_goes_row_by_row():
    told = {row[0] for row in ROWS} | {
        "oversight.sweep",
        "recomputing.sweep",
        "reporting.sweep",
        "whatif.sweep",  # files of a folder
        "catalogue.periods",
    }  # the last is one row of the same kind: see below
    assert {one.__name__.removeprefix("marketplace.") for one in worker.sweeps()} <= told


@pytest.mark.real_clock
@pytest.mark.parametrize("free", worker.LOOPS)
def test_o14_a_long_job_a_slow_mail_server_and_a_long_sweep_hold_up_nothing_else(app, monkeypatch, free):
    stuck, swept, stopping = threading.Event(), threading.Event(), threading.Event()

    def wait():
        stuck.wait(5)
        return 0.01

    def turn():
        swept.set()
        return 0.01

    monkeypatch.setattr(worker, "LOOPS", {name: turn if name == free else wait for name in worker.LOOPS})
    thread = threading.Thread(target=worker.run, args=(app, stopping))
    thread.start()
    assert swept.wait(3), "it ran while both others were stuck"
    stopping.set()
    assert thread.is_alive(), "what is in hand is ended first"
    stuck.set()
    thread.join(5)
    assert not thread.is_alive()


@pytest.mark.real_clock
def test_a_loop_that_breaks_goes_on_and_a_worker_can_be_started_again(app, monkeypatch):
    turns = []

    def breaks():
        turns.append(1)
        raise OSError("the database is away")

    monkeypatch.setattr(worker, "FAILED_SECONDS", 0.01)
    monkeypatch.setattr(worker, "LOOPS", {"sweeps": breaks})
    for _ in range(2):
        before, stopping = len(turns), threading.Event()
        thread = threading.Thread(target=worker.run, args=(app, stopping))
        thread.start()
        deadline = time.monotonic() + 3
        while len(turns) < before + 2 and time.monotonic() < deadline:
            time.sleep(0.01)
        stopping.set()
        thread.join(3)
        assert len(turns) >= before + 2
        assert not thread.is_alive()
