"""Rows 14 to 18: processes are killed under load. What was acknowledged is there afterwards."""

import contextlib
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import threading
import time

import psycopg
import pytest
from sqlalchemy.engine import make_url

from tests.conftest import migrate
from tests.faults.load import Found, drive, keep, look
from tests.faults.stage import BankReader, children, seed_orders, watched, web

SECONDS = 12


@contextlib.contextmanager
def every(seconds, act):
    """Do something again and again while the block runs; how often."""
    ended, times = threading.Event(), []

    def loop():
        while not ended.wait(seconds):
            with contextlib.suppress(ProcessLookupError, IndexError):
                act()
                times.append(time.monotonic())

    thread = threading.Thread(target=loop)
    thread.start()
    try:
        yield times
    finally:
        ended.set()
        thread.join()


def plain(url):
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def commit_asynchronously(server, url):
    """What the control breaks: COMMIT is answered before it is on the disk."""
    name = make_url(url).database
    with psycopg.connect(plain(url), autocommit=True) as connection:
        connection.execute(f'ALTER DATABASE "{name}" SET synchronous_commit = off')
        connection.execute("ALTER SYSTEM SET wal_writer_delay = '10s'")
        connection.execute("ALTER SYSTEM SET wal_writer_flush_after = '1GB'")
        connection.execute("SELECT pg_reload_conf()")


def commit_honestly(url):
    with psycopg.connect(plain(url), autocommit=True) as connection:
        connection.execute("ALTER SYSTEM RESET wal_writer_delay")
        connection.execute("ALTER SYSTEM RESET wal_writer_flush_after")
        connection.execute("SELECT pg_reload_conf()")


def kill_server(server):
    """SIGKILL the postmaster and all of its children, as a power cut would, and start it again."""
    postmaster = server.postmaster()
    family = [postmaster, *children(postmaster)]
    for process in family:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
    for attempt in range(20):
        time.sleep(0.2)
        try:
            server.start()
            return
        except subprocess.SubprocessError:  # a child that is still dying holds the shared memory
            assert attempt < 19


def kill_backend(url):
    with psycopg.connect(plain(url)) as connection:
        busy = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        backends = [row[0] for row in connection.execute(busy)]
    os.kill(random.choice(backends), signal.SIGKILL)


def careful(act):
    def tried():
        with contextlib.suppress(psycopg.Error):
            act()

    return tried


def test_row_15_a_worker_killed_each_second_loses_nothing(pg_url, seeded, server, seed):
    random.seed(seed)

    def under_load(url, app, seconds):
        with web(url, app=app) as running, every(1, lambda: os.kill(random.choice(running.workers()), signal.SIGKILL)):
            return drive(seeded, running.port, seconds)

    with watched(pg_url) as reader:
        run = under_load(pg_url, "wsgi:app", SECONDS)
    found = look(pg_url, run)
    url = server.cluster.create("hasty", template="seeded")
    control = look(url, under_load(url, "tests.faults.hasty:app", 6)).lost
    print(f"statuses {dict(run.statuses)} gap {run.longest_gap:.2f} s, {reader.readings} readings", run.errors[:3])
    keep("15", found, {"lost by an application that answers before it commits": control})
    assert control > 0
    assert not run.statuses[500]


def test_row_16_a_backend_killed_each_second_loses_nothing(pg_url, seeded, server, seed):
    random.seed(seed)
    with watched(pg_url), web(pg_url) as running, every(1, careful(lambda: kill_backend(pg_url))) as times:
        run = drive(seeded, running.port, SECONDS)
    found = look(pg_url, run)
    control = lost_asynchronously(server, seeded, "asyncbackend", kill_backend)
    print(f"{len(times)} kills, statuses {dict(run.statuses)} gap {run.longest_gap:.2f} s", run.errors[:3])
    keep("16", found, {"lost with synchronous_commit off": control})
    assert control > 0
    assert not run.statuses[500]


def lost_asynchronously(server, seeded, name, kill):
    url = server.cluster.create(name, template="seeded")
    commit_asynchronously(server, url)
    with web(url) as running, every(2, careful(lambda: kill(url))):
        run = drive(seeded, running.port, 8)
    wait_until_up(url)
    commit_honestly(url)
    return look(url, run).lost


def wait_until_up(url):
    for _ in range(100):
        try:
            with psycopg.connect(plain(url), connect_timeout=2):
                return
        except psycopg.Error:
            time.sleep(0.1)


def test_row_17_the_postmaster_killed_three_times_loses_nothing(pg_url, seeded, server):
    back = []

    def kill():
        if len(back) < 3:
            began = time.monotonic()
            kill_server(server)
            back.append(time.monotonic() - began)

    with watched(pg_url), web(pg_url) as running, every(3.5, kill):
        run = drive(seeded, running.port, 15)
    found = look(pg_url, run)
    control = lost_asynchronously(server, seeded, "asyncserver", lambda _url: kill_server(server))
    print(f"back after {[round(one, 1) for one in back]} s, statuses {dict(run.statuses)}", run.errors[:3])
    keep("17", found, {"lost with synchronous_commit off": control})
    assert control > 0
    assert not run.statuses[500]


@pytest.fixture(scope="module")
def sqlite_seeded(run_dir):
    path = run_dir / "fault-seeded.sqlite3"
    migrate(f"sqlite:///{path}")
    seeded = seed_orders(f"sqlite:///{path}")
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path, seeded


def test_row_18_the_whole_application_killed_on_sqlite_loses_nothing(sqlite_seeded, run_dir):
    source, seeded = sqlite_seeded

    def killed_under_load(name, app):
        path = run_dir / name
        shutil.copyfile(source, path)
        url = f"sqlite:///{path}"
        with web(url, app=app) as running:
            threading.Timer(5, running.kill_all).start()
            run = drive(seeded, running.port, 4.9)
            with contextlib.suppress(ProcessLookupError):
                running.kill_all()
        with sqlite3.connect(path) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return url, run

    total = Found()
    for turn in range(3):
        url, run = killed_under_load(f"killed{turn}.sqlite3", "wsgi:app")
        for name, count in vars(look(url, run)).items():
            setattr(total, name, getattr(total, name) + count)
    control = look(*killed_under_load("hasty.sqlite3", "tests.faults.hasty:app")).lost
    keep("18", total, {"lost by an application that answers before it commits": control})
    assert control > 0


def test_row_14_the_reader_sees_money_that_appears(pg_url):
    """The watch of every run; its control: a fen put on an account behind the ledger's back."""
    reader = BankReader(pg_url)
    assert reader.read() == []
    with psycopg.connect(plain(pg_url)) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("UPDATE ledger_accounts SET credits_fen = credits_fen + 1 WHERE kind = 'pool'")
    seen = len(reader.read())
    keep("14", Found(acknowledged=1), {"books seen to be wrong after a raw UPDATE": seen})
    assert seen == 1
