"""Rows 25 to 27: the line to PostgreSQL drops answers, is slow, or goes silent."""

import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from sqlalchemy.engine import make_url

from marketplace.kernel import clock
from marketplace.kernel.db import db, in_transaction
from marketplace.kernel.errors import Busy
from marketplace.ledger import queries, service
from marketplace.ledger.rules import EntryCommand
from marketplace.vouchers.chart import read
from tests.conftest import close, make_app
from tests.faults.load import Person, drive, keep, look
from tests.faults.stage import ROOT, free_port, watched, web
from tests.ledger.books import SUBJECT, a_book, a_move


@contextmanager
def line(url, seed, *, drop=0.0, delay=0.0, reset=0.0):
    """The proxy's process, the URL that leads through it, and where it says what it did."""
    parts, port = make_url(url), free_port()
    socket = Path(str(parts.query["host"])) / ".s.PGSQL.5432"
    command = [sys.executable, "-m", "tests.faults.proxy", str(port), str(socket), str(drop), str(delay), str(reset), str(seed)]
    said = Path(tempfile.mkstemp(prefix="quanlian-fault-")[1])
    with said.open("w") as output:
        process = subprocess.Popen(command, cwd=ROOT, stdout=output)
    time.sleep(0.7)
    through = parts.set(host="127.0.0.1", port=port, query={}).render_as_string(hide_password=False)
    try:
        yield process, through, lambda: Counter(said.read_text().split())
    finally:
        process.kill()
        process.wait()


def duplicates_without_a_key(url, seed) -> int:
    """The control: the same lost answers, and a command that makes up a new key each time it is tried."""
    with line(url, seed, drop=0.2) as (_process, through, _said):
        app = make_app(through)
        with app.app_context():
            book, wanted = a_book(pool_fen=1000), 60

            def naive():
                command = EntryCommand("test.move", uuid4().hex, None, "test", SUBJECT, {})
                return service.post(book, command, [a_move("pool:p", "paid", 1)], today=clock.today(), opens=(read("paid"),))

            for _ in range(wanted):
                try:
                    in_transaction(naive)
                except Busy:
                    wanted -= 1
            paid = queries.balance_fen(book, "paid")
            db.session.remove()
        close(app)
    return paid - wanted


def test_row_25_an_answer_cut_off_after_commit_is_given_again(pg_url, seeded, seed):
    with line(pg_url, seed, drop=0.05) as (_process, through, said), watched(pg_url), web(through) as running:
        run = drive(seeded, running.port, 15)
        cut = said()["cut"]
    found = look(pg_url, run)
    control = duplicates_without_a_key(pg_url, seed)
    print(f"{cut} answers cut, statuses {dict(run.statuses)}", run.errors[:3])
    keep("25", found, {"answers cut": cut, "doubled without a key": control})
    assert cut > 0 and control > 0
    assert not run.statuses[409] and not run.statuses[422] and not run.statuses[500]


def test_row_26_a_slow_and_torn_line_is_answered_in_time(pg_url, seeded, seed):
    with line(pg_url, seed, delay=0.02, reset=0.002) as (_process, through, said), watched(pg_url), web(through) as running:
        run = drive(seeded, running.port, 15)
        happened = said()
    slowest = sorted(run.seconds)[int(len(run.seconds) * 0.99) - 1]
    print(f"p99 {slowest:.2f} s, statuses {dict(run.statuses)}", run.errors[:3])
    keep("26", look(pg_url, run), {"packets delayed": happened["late"], "connections reset": happened["reset"]})
    assert happened["late"] and happened["reset"]
    assert slowest < 3
    assert not run.statuses[500]


def timed(person, path):
    began = time.monotonic()
    status, headers, _text = person.ask("GET", path)
    return status, headers.get("Retry-After"), time.monotonic() - began


def test_row_27_a_black_hole_is_a_503_in_seconds_and_not_ready(pg_url, seeded, seed):
    with line(pg_url, seed) as (process, through, _said), watched(pg_url), web(through) as running:
        person = Person(running.port)
        person.sign_in(seeded.firms[0].login)
        threading.Timer(4, process.send_signal, [signal.SIGSTOP]).start()
        threading.Timer(16, process.send_signal, [signal.SIGCONT]).start()
        probes = []
        prober = threading.Timer(6, lambda: probes.extend([timed(Person(running.port), "/health/ready"), timed(person, "/orders/")]))
        prober.start()
        run = drive(seeded, running.port, 18)
        prober.join()
        back = timed(Person(running.port), "/health/ready")[0]
    longest = max(run.seconds)
    print(f"probes {probes}, longest answer {longest:.1f} s, statuses {dict(run.statuses)}", run.errors[:3])
    keep("27", look(pg_url, run), {"submissions answered 503 while it was silent": run.statuses[503]})
    assert [probe[0] for probe in probes] == [503, 503]
    assert all(probe[1] == "5" and probe[2] < 12 for probe in probes)
    assert back == 200
    assert run.statuses[503] and not run.statuses[500] and longest < 15
