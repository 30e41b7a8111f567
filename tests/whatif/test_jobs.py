"""A replay is a job: killed it is done again, told to stop it goes back, called off it ends; a past ten times as long asks as often."""

from pathlib import Path
from threading import Event
from uuid import UUID

import pytest
from flask import current_app

from marketplace.kernel import jobs, stopping
from marketplace.kernel.db import by_id, in_transaction
from marketplace.kernel.jobs import Job, JobState
from marketplace.whatif import queries, service, store
from tests.factories import a_firm, a_round, a_voucher, an_offering
from tests.order_factories import an_order
from tests.page_walk import counted
from tests.whatif.asking import asked


def a_past(number=1):
    round_, offering = a_round(), an_offering()
    for _ in range(number):
        an_order("placed", voucher=a_voucher(round_=round_, enterprise=a_firm()), offering=offering)
    return round_


def files_of(job):
    kept = UUID(by_id(Job, job.id).payload["replay_id"])
    return [store.is_kept(kept, kind) for kind in (store.ORDERS, store.FIRMS)]


def halves():
    return list((Path(current_app.config["FILES_ROOT"]) / "whatif").glob("*.half"))


def test_a_replay_whose_worker_was_killed_is_done_again(db, clock):
    job = asked(a_past())
    in_transaction(jobs._take)
    assert jobs.run_all() == 0, "its worker still has it"

    clock.shift(minutes=5)

    assert jobs.run_all() == 1
    done = by_id(Job, job.id)
    assert (done.state, done.attempts, done.result["orders"]) == (JobState.DONE, 2, 1)
    assert files_of(job) == [True, True]


@pytest.fixture
def told():
    """Whether the worker is told to stop; no later test is."""
    told = Event()
    stopping.stop_on(told)
    yield told
    told.clear()


def test_a_replay_that_is_told_to_stop_goes_back(db, told):
    job = asked(a_past())
    told.set()
    jobs.run_next()
    assert (by_id(Job, job.id).state, files_of(job), halves()) == (JobState.QUEUED, [False, False], [])

    told.clear()

    assert jobs.run_all() == 1
    assert by_id(Job, job.id).state is JobState.DONE


def test_a_replay_that_is_called_off_while_it_runs_leaves_nothing(db, monkeypatch):
    job, known = asked(a_past()), queries.Past.number

    def called_off(past):
        in_transaction(lambda: service.cancel(job.id))
        return known(past)

    monkeypatch.setattr(queries.Past, "number", called_off)
    jobs.run_next()

    found = by_id(Job, job.id)
    assert (found.state, found.error, found.result) == (JobState.FAILED, service.CANCELLED, None)
    assert (files_of(job), halves()) == ([False, False], [])


def test_two_at_once_do_not_see_one_another(db):
    round_ = a_past()
    both = [asked(round_), asked(round_)]

    assert jobs.run_all() == 2
    one, other = (by_id(Job, job.id).result for job in both)
    assert one == other


@pytest.mark.engines("postgresql")
def test_a_longer_past_asks_the_database_as_often(app, db):
    seen = []
    for number in (2, 12):
        asked(a_past(number))
        with counted(app) as found:
            jobs.run_all()
        seen.append(len(found.statements))
    assert seen[0] == seen[1]
