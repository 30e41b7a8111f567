"""Several workers: each thing is done once. One that is told to stop stops soon, and another goes on."""

import os
import signal
import subprocess
import sys
import threading
import time
from contextvars import copy_context
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from marketplace.cli import worker
from marketplace.kernel import clock as the_clock
from marketplace.kernel import jobs, leases, outbox, stopping, sweeping
from marketplace.kernel.db import db as the_db
from marketplace.kernel.db import in_transaction
from marketplace.vouchers.service import holdings, rounds
from tests.factories import a_round, a_voucher, an_officer
from tests.races import race

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def kind():
    yield "test.several"
    jobs._handlers.pop("test.several", None)


def asked(kind, work, payload=None):
    jobs.handler(kind)(work)
    return in_transaction(lambda: jobs.enqueue(kind, payload or {})).id


def anew(job_id):
    return the_db.session.get(jobs.Job, job_id, populate_existing=True)


def until(moment, work):
    """Do a thing again and again for some seconds."""
    end = time.monotonic() + moment
    while time.monotonic() < end:
        work()
        time.sleep(0.05)


# Two at once


@pytest.mark.real_clock
def test_a_job_that_says_nothing_for_longer_than_its_lease_is_done_once(fresh_app, fresh_db, kind, monkeypatch):
    monkeypatch.setattr(jobs, "LEASE", timedelta(seconds=1.6))
    runs = []
    job_id = asked(kind, lambda _payload, _progress: runs.append(1) or time.sleep(3) or {})
    assert not [one for one in race(fresh_app, [lambda: until(3.5, jobs.run_next)] * 2) if one]
    assert (len(runs), anew(job_id).state, anew(job_id).attempts) == (1, jobs.JobState.DONE, 1)


@pytest.mark.real_clock
def test_two_workers_do_no_job_and_send_no_message_twice(fresh_app, fresh_db, kind, monkeypatch):
    done, sent = [], []
    for number in range(6):
        asked(kind, lambda payload, _progress: done.append(payload["number"]) or {}, {"number": number})
        in_transaction(lambda n=number: outbox.put("email", f"{n}@example.org", "通知", "内容"))
    monkeypatch.setattr(worker, "_senders", lambda: {"email": lambda message: sent.append(message.recipient)})
    race(fresh_app, [lambda: until(1.5, lambda: (worker._work(), worker._send()))] * 2)
    assert sorted(done) == list(range(6))
    assert sorted(sent) == [f"{number}@example.org" for number in range(6)]


@pytest.mark.real_clock
def test_of_two_workers_one_sweeps_and_nobody_sweeps_again_at_once(fresh_app, fresh_db):
    def does(name, rests):
        with leases.held(name, uuid4(), rests=rests) as is_ours:
            time.sleep(0.3 * is_ours)
            return is_ours

    assert sorted(race(fresh_app, [lambda: does("sweeps", timedelta(minutes=5))] * 2)) == [False, True]
    assert not does("sweeps", timedelta(minutes=5))
    assert does("rested", timedelta(0))
    assert does("rested", timedelta(0))


def test_the_sweeps_of_a_worker_that_was_killed_are_taken_over(db, clock):
    taken = leases.held("sweeps", uuid4(), rests=timedelta(minutes=1))
    assert taken.__enter__()
    with leases.held("sweeps", uuid4(), rests=timedelta(minutes=1)) as is_ours:
        assert not is_ours
    clock.shift(minutes=3)
    with leases.held("sweeps", uuid4(), rests=timedelta(minutes=1)) as is_ours:
        assert is_ours
    taken.gen.close()


# Stopping


def told(work):
    """Do work that is given an event with which it can tell its own thread to stop."""
    event = threading.Event()
    copy_context().run(lambda: (stopping.stop_on(event), work(event)))


def test_a_job_goes_back_at_its_next_step_and_another_worker_goes_on(db, clock, kind):
    def stops(event):
        def work(_payload, progress):
            event.set()
            progress(1, 2)
            raise AssertionError("went on after it was told to stop")

        jobs.handler(kind)(work)
        assert jobs.run_next()

    job_id = asked(kind, lambda _payload, _progress: {})
    told(stops)
    assert (anew(job_id).state, anew(job_id).attempts) == (jobs.JobState.QUEUED, 0)
    jobs.handler(kind)(lambda _payload, _progress: {"fine": True})
    assert jobs.run_next()
    assert anew(job_id).state is jobs.JobState.DONE


def test_sweeps_and_mail_end_with_the_row_in_hand(db, clock):
    rows, batches, sent = [], [], []
    for number in range(2):
        in_transaction(lambda n=number: outbox.put("email", f"{n}@example.org", "通知", "内容"))
    told(lambda event: sweeping.each("x", [uuid4(), uuid4()], lambda row: (rows.append(row), event.set()) and 1, now=the_clock.now()))
    many = [uuid4() for _ in range(sweeping.BATCH + 1)]
    told(lambda event: sweeping.batches("x", many, lambda part: (batches.append(part), event.set()) and 1, now=the_clock.now()))
    told(lambda event: outbox.dispatch({"email": lambda message: (sent.append(message.id), event.set())}))
    assert (len(rows), len(batches), len(sent)) == (1, 1, 1)


@pytest.mark.real_clock
def test_what_takes_longer_than_the_grace_is_left(app, monkeypatch):
    stuck, event = threading.Event(), threading.Event()
    monkeypatch.setattr(worker, "GRACE_SECONDS", 0.2)
    monkeypatch.setattr(worker, "LOOPS", {name: lambda: stuck.wait(20) and 1.0 for name in worker.LOOPS})
    running = threading.Thread(target=worker.run, args=(app, event))
    running.start()
    event.set()
    running.join(5)
    stuck.set()
    assert not running.is_alive()


@pytest.mark.real_clock
@pytest.mark.engines("sqlite")
def test_a_signal_ends_the_worker_within_seconds(engine, tmp_path):
    with engine.fresh() as url:
        places = {"FILES_ROOT": tmp_path, "SEALS_ROOT": tmp_path, "INSTANCE": tmp_path}
        env = {**os.environ, "DATABASE_URL": url, "QUANLIAN_ENV": "development", **{name: str(path) for name, path in places.items()}}
        command = [sys.executable, "-m", "flask", "--app", "wsgi", "worker"]
        with subprocess.Popen(command, cwd=ROOT, env=env, stderr=subprocess.PIPE, text=True) as process:
            said = next(line for line in process.stderr if "worker started" in line or "Error" in line)
            assert "worker started" in said
            process.send_signal(signal.SIGTERM)
            assert process.wait(8) == 0


# Waking


def resumed():
    row, actor = a_round(), an_officer().id
    in_transaction(lambda: rounds.suspend(row.id, reason="核查", actor_id=actor))
    return lambda: rounds.resume(row.id, actor_id=actor)


def thawed():
    row, actor = a_voucher(), an_officer().id
    in_transaction(lambda: holdings.freeze(row.id, reason="核查", actor_id=actor))
    return lambda: holdings.thaw(row.id, reason="查清", actor_id=actor)


@pytest.mark.parametrize("prepared", [resumed, thawed])
def test_what_waited_is_looked_at_again_when_a_round_resumes_or_a_voucher_is_thawed(db, clock, prepared):
    looks, key, act = [], uuid4(), prepared()

    def swept():
        sweeping.each("x", [key], lambda _key: looks.append(1) or 0, now=the_clock.now(), waits=True)
        return len(looks)

    in_transaction(lambda: sweeping.keep_mark("y", key, now=the_clock.now()))
    assert [swept(), swept()] == [1, 1]
    in_transaction(act)
    assert swept() == 2
    assert sweeping.mark_of("y", key) is not None, "a look at changes is no rest"
