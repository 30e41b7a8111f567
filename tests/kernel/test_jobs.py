"""Jobs whose workers die: a lease that progress renews, one attempt at a time, and an end."""

from uuid import uuid4

import pytest

from marketplace.kernel import clock as the_clock
from marketplace.kernel import jobs
from marketplace.kernel.db import db as the_db
from marketplace.kernel.db import in_transaction


@pytest.fixture
def kind():
    yield "test.lease"
    jobs._handlers.pop("test.lease", None)


def asked(kind, work) -> jobs.Job:
    jobs.handler(kind)(work)
    return in_transaction(lambda: jobs.enqueue(kind, {}))


def anew(job) -> jobs.Job:
    return the_db.session.get(jobs.Job, job.id, populate_existing=True)


class Killed(BaseException):
    """What a SIGKILL looks like from inside: nothing is written any more."""


def killed(_payload, _progress):
    raise Killed


def run_killed():
    with pytest.raises(Killed):
        jobs.run_next()
    the_db.session.rollback()


def test_a_job_of_a_dead_worker_is_taken_up_when_its_lease_is_over(db, clock, kind):
    job = asked(kind, killed)
    run_killed()
    jobs.handler(kind)(lambda _payload, _progress: {"fine": True})

    assert not jobs.run_next()
    clock.shift(minutes=11)
    assert jobs.run_next()

    assert anew(job).state is jobs.JobState.DONE
    assert anew(job).attempts == 2


def test_progress_renews_the_lease_so_a_long_job_is_not_taken_twice(db, clock, kind):
    taken = []

    def long(_payload, progress):
        for done in range(4):
            clock.shift(minutes=6)
            progress(done, 4)
            taken.append(in_transaction(jobs._take))
        return {}

    job = asked(kind, long)
    assert jobs.run_next()

    assert taken == [None] * 4
    assert anew(job).state is jobs.JobState.DONE


def test_a_worker_that_lost_its_lease_writes_nothing_more(db, clock, kind):
    def slept(_payload, progress):
        clock.shift(minutes=11)
        assert in_transaction(jobs._take)  # another worker
        progress(1, 2)
        raise AssertionError("went on after the lease was lost")

    job = asked(kind, slept)
    assert jobs.run_next()

    assert anew(job).state is jobs.JobState.RUNNING
    assert (anew(job).attempts, anew(job).done, anew(job).error) == (2, 0, None)


def test_a_job_that_killed_three_workers_kills_no_fourth_and_says_so(db, clock, kind):
    job = asked(kind, killed)
    for _ in range(3):
        run_killed()
        clock.shift(minutes=11)

    assert not jobs.run_next()

    assert anew(job).state is jobs.JobState.FAILED
    assert "几次都中途断掉" in anew(job).error


def test_a_long_job_delays_neither_a_small_one_nor_that_of_another(db, clock, kind):
    """While somebody's 50 000 rows are stored, what others asked for is taken next, then other kinds of the same person."""
    one, two = uuid4(), uuid4()
    for name in (kind, "test.other"):
        jobs.handler(name)(lambda _payload, _progress: {})

    def queued(name, owner):
        clock.shift(seconds=1)
        return in_transaction(lambda: jobs.enqueue(name, {}, owner_id=owner)).id

    long, again, small, others = queued(kind, one), queued(kind, one), queued("test.other", one), queued(kind, two)

    def taken():
        found = in_transaction(jobs._take)
        return found and found[0]

    try:
        assert [taken() for _ in range(4)] == [long, others, small, None], "the second of the same kind waits for the first"
        jobs._store(long, 1, state=jobs.JobState.DONE, finished_at=the_clock.now())
        assert taken() == again
    finally:
        jobs._handlers.pop("test.other")
