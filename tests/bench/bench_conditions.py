"""What circumstances cost: one programme, the trail and the sealer, a million rows, another engine. `make bench ONLY=conditions`."""

import json
import os
import sqlite3
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest

from marketplace.kernel import clock
from marketplace.kernel.db import db, in_transaction, snapshot
from marketplace.kernel.errors import DomainError
from marketplace.kernel.seal_keys import publish_key, signing_key
from marketplace.ledger import invariants, queries, recent, rules, service
from marketplace.ledger.rules import MoneyMove
from marketplace.vouchers import chart
from tests.bench.big_book import lay
from tests.bench.conftest import stocked
from tests.bench.loads import FIRMS, TODAY, Load, app_on, command, firm, per_second
from tests.conftest import close, migrate
from tests.races import race
from tests.results import INSTANCE, figure

ROOT = Path(__file__).parent.parent.parent
STORED = int(os.environ.get("STORED", "1000000"))
THREADS, TRIES, VOUCHERS, HELD = 64, 10_000, 50, 40


def test_conditions_one_programme_beside_many(durable, instance):
    url = durable.cluster.create("spread")
    books = stocked(url, instance, 8)
    many = per_second(Load("between_two", url, instance, books))
    one = per_second(Load("between_two", url, instance, books[:1]))
    figure("one_programme_vs_many", one / many, "at least 0.9", one / many >= 0.9)


@contextmanager
def sealer(url: str, instance: str):
    """The sealer as it runs beside the web."""
    places = {
        "DATABASE_URL": url,
        "QUANLIAN_INSTANCE": instance,
        "SEALS_ROOT": f"{instance}/seals",
        "PYTHONPATH": str(ROOT),
        "PATH": "/usr/bin:/bin",
    }
    with subprocess.Popen([sys.executable, "-m", "flask", "--app", "wsgi", "sealer"], cwd=ROOT, env=os.environ | places) as running:
        yield
        running.terminate()


def test_conditions_with_trail_and_sealer(durable, instance):
    """A posting alone (its leaf is part of it, and always there), and with a row of the trail while the sealer seals both."""
    url = durable.cluster.create("trail")
    books = stocked(url, instance, 1)
    bare = per_second(Load("between_two", url, instance, books))
    with sealer(url, instance):
        whole = per_second(Load("with_trail", url, instance, books))
    figure("trail_and_sealer_vs_bare", whole / bare, "at least 0.9", whole / bare >= 0.9)


def test_conditions_a_million_stored(durable, instance, tmp_path):
    empty = durable.cluster.create("empty")
    bare = per_second(Load("between_two", empty, instance, stocked(empty, instance, 1)))
    url = durable.cluster.create("million")
    books = stocked(url, instance, 1)
    app = app_on(url, str(tmp_path))
    with app.app_context():
        key = signing_key(tmp_path / "key.pem", may_make=True)
        publish_key(key, tmp_path / "seals")
        with db.engine.begin() as connection:
            lay(connection, STORED, key, tmp_path / "seals", trail=0)
        with db.engine.begin() as connection:
            connection.exec_driver_sql("ANALYZE")
        full = per_second(Load("between_two", url, instance, books))
        figure("with_1m_stored_vs_empty", full / bare, "at least 0.9", full / bare >= 0.9)
        for name, took in _reads(app).items():
            figure(f"{name}_ms_with_1m_stored", took, "less than 1", took < 1)
        lately, whole = _counts(books[0])
        print(f"invariants: {lately:.3f} s over a thousand new transfers, {whole:.3f} s over all")
        figure("recent_vs_whole_invariants_with_1m_stored", lately / whole, "at most 0.05", lately / whole <= 0.05)
    close(app)


def _counts(book) -> tuple[float, float]:
    """Seconds of counting the invariants of a thousand transfers posted now, and of all."""
    began, taken = clock.now(), []
    for at in range(0, 1_000, 200):
        items = [service.BatchItem(command(), [MoneyMove(firm(at + n), firm(at + n + 1), 1)]) for n in range(200)]
        in_transaction(lambda items=items: service.post_batch(book, items, today=TODAY))
    for count in (lambda connection: recent.counts(connection, began), invariants.counts):
        with snapshot() as connection:
            start = time.perf_counter()
            assert not any(count(connection).values())
            taken.append(time.perf_counter() - start)
    return taken[0], taken[1]


def _reads(app) -> dict[str, float]:
    """Milliseconds of a read of the busiest account's balance, now and as of half a year ago: the median of 200."""
    big = next(book for book in queries.books() if book.code.startswith("big-"))
    then = clock.now().replace(year=clock.now().year - 1)
    found = {}
    for name, read in (
        ("balance", lambda: queries.balance_fen(big.id, "paid")),
        ("as_of_balance", lambda: queries.balance_as_of_fen(big.id, "paid", then)),
    ):
        took = []
        for _ in range(200):
            began = time.perf_counter()
            read()
            took.append(time.perf_counter() - began)
        found[name] = sorted(took)[100] * 1000
    return found


def test_conditions_sqlite_beside_raw_sqlite(instance, tmp_path):
    """One process, FULL, a commit for each transfer: through everything of ours, and the same rows by the bare driver."""
    url = f"sqlite:///{tmp_path / 'ours.sqlite'}"
    books = stocked(url, instance, 1)
    ours = per_second(Load("between_two", url, instance, books), workers=1)
    raw = _raw(tmp_path / "ours.sqlite", books[0])
    print(f"SQLite: ours {ours:.0f}/s, raw {raw:.0f}/s")
    figure("sqlite_vs_raw_sqlite", ours / raw, "at least 0.5", ours / raw >= 0.5)


def _raw(path: Path, book, seconds: float = 4.0) -> float:
    """The same entry, transfer and two totals, with nothing thought about them."""
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")
    ids = [rules.account_id(book, firm(n)).hex for n in range(FIRMS)]
    move = (
        "UPDATE ledger_accounts SET debits_fen = debits_fen + ?, credits_fen = credits_fen + ?, version = version + 1 "
        "WHERE book_id = ? AND id = ? AND credits_fen - debits_fen >= ? RETURNING version, credits_fen - debits_fen"
    )
    began, done = time.perf_counter(), 0
    while time.perf_counter() - began < seconds:
        entry, debit, credit = uuid4().hex, ids[done % FIRMS], ids[(done * 7 + 1) % FIRMS]
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(
            "INSERT INTO ledger_entries VALUES (?, ?, 'order.redeem', NULL, 'order', ?, ?, ?, '2026-03-16', '2026-03-16 00:00', NULL, 1)",
            (book.hex, entry, entry, f"raw:{entry}", entry),
        )
        out = connection.execute(move, (1, 0, book.hex, debit, 1)).fetchone()
        into = connection.execute(move, (0, 1, book.hex, credit, 0)).fetchone()
        connection.execute(
            "INSERT INTO ledger_transfers VALUES (?, ?, ?, 0, ?, ?, 1, ?, ?, ?, ?, 1, ?)",
            (book.hex, uuid4().hex, entry, debit, credit, *out, *into, entry),
        )
        connection.execute("COMMIT")
        done += 1
    connection.close()
    return done / (time.perf_counter() - began)


@pytest.mark.parametrize("kind", ["postgresql", "sqlite"])
def test_conditions_double_spends(kind, request, tmp_path, instance):
    """Threads that together try ten thousand times to spend vouchers that hold two thousand."""
    url = request.getfixturevalue("durable").cluster.create("spends") if kind == "postgresql" else f"sqlite:///{tmp_path / 'spends.sqlite'}"
    migrate(url)
    app = app_on(url, instance)
    with app.app_context():
        db.engine.pool._max_overflow = THREADS
        book = in_transaction(_vouchers).id
        answers = race(app, [lambda thread=thread: _spend(book, thread) for thread in range(THREADS)])
        wrong = [answer for answer in answers if isinstance(answer, Exception)]
        assert not wrong, wrong[:3]
        spent = queries.balance_fen(book, "paid")
        left = sum(queries.balances_fen(book, [f"voucher:{n}" for n in range(VOUCHERS)]).values())
    close(app)
    print(f"{kind}: {sum(answers)} of {TRIES} tries spent, {spent} paid, {left} left of {VOUCHERS * HELD}")
    twice = abs(spent - sum(answers)) + abs(VOUCHERS * HELD - spent - left)
    figure(f"double_spends_{kind}", twice, "0", twice == 0)


def _vouchers():
    book = service.open_book(f"spends-{uuid4().hex[:8]}", "bench", now=clock.now())
    moves = [MoneyMove(chart.APPROPRIATION.of("bench"), chart.VOUCHER.of(n), HELD) for n in range(VOUCHERS)]
    opens = [chart.APPROPRIATION.of("bench"), chart.PAID.of(), *map(chart.VOUCHER.of, range(VOUCHERS))]
    service.post(book.id, command("voucher.issue"), moves, today=TODAY, opens=opens)
    return book


def _spend(book, thread: int) -> int:
    done = 0
    for turn in range(TRIES // THREADS + 1):
        code = chart.VOUCHER.of((thread * 7 + turn) % VOUCHERS)
        try:
            in_transaction(lambda code=code: service.post(book, command(), [MoneyMove(code, chart.PAID.of(), 1)], today=TODAY))
        except DomainError:  # short, or busy
            continue
        done += 1
    return done


def test_conditions_nothing_acknowledged_is_lost():
    """What the fault runs found when workers, server processes and the whole server were killed (rows 15 to 18)."""
    path = INSTANCE / "faults.json"
    rows = {row["row"]: row for row in json.loads(path.read_text(encoding="utf-8"))} if path.exists() else {}
    if missing := [row for row in ("15", "16", "17", "18") if row not in rows]:
        pytest.skip(f"rows {', '.join(missing)} have not been run here: make faults ONLY=crash")
    lost = sum(rows[row]["lost"] for row in ("15", "16", "17", "18"))
    figure("acknowledged_writes_lost", lost, "0", lost == 0)
