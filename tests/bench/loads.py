"""What the workers of a bench do: each in a process of its own, with an application of its own, from one instant to another.

A load is a function made once per worker; what it answers is called again and again, and counted.
"""

import logging
import random
import re
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from uuid import UUID

from flask import Flask

from marketplace.app import create_app
from marketplace.audit import service as audit
from marketplace.kernel.db import db, in_transaction
from marketplace.kernel.ids import uuid7
from marketplace.ledger import service as ledger
from marketplace.ledger.rules import AccountCode, EntryCommand, MoneyMove
from marketplace.vouchers import chart
from tests.faults.stage import children

TODAY = date(2026, 3, 16)
FIRMS = 10_000  # accounts that a load chooses from
IN_A_BATCH = 100
WARM_SECONDS = 0.5


@dataclass(frozen=True)
class Load:
    """Who is to do what, where, and for how long."""

    kind: str  # a name of LOADS
    url: str
    instance: str
    books: Sequence[UUID] = ()
    seconds: float = 4.0
    extra: dict[str, Any] = field(default_factory=dict)


def app_on(url: str, instance: str) -> Flask:
    """The application as in production, but for its secrets, on the database at `url`."""
    logging.disable(logging.WARNING)
    places = {"INSTANCE": instance, "FILES_ROOT": f"{instance}/files", "SEALS_ROOT": f"{instance}/seals"}
    return create_app({"ENVIRONMENT": "testing", "SQLALCHEMY_DATABASE_URI": url, **places})


def firm(number: int) -> AccountCode:
    """The account of a firm's voucher."""
    return chart.VOUCHER.of(UUID(int=number))


def command(verb: str = "order.redeem") -> EntryCommand:
    key = uuid7()
    return EntryCommand(verb, key=f"{verb}:{key}", actor_id=None, subject_type="order", subject_id=key)


def _between_two(load: Load) -> Callable[[], int]:
    """One transfer between two accounts, one commit."""

    def once() -> int:
        book, (giver, taker) = random.choice(load.books), random.sample(range(FIRMS), 2)
        in_transaction(lambda: ledger.post(book, command(), [MoneyMove(firm(giver), firm(taker), 1)], today=TODAY))
        return 1

    return once


def _with_trail(load: Load) -> Callable[[], int]:
    """The same, with its row of the trail."""

    def work(book: UUID, giver: int, taker: int) -> None:
        asked = command()
        ledger.post(book, asked, [MoneyMove(firm(giver), firm(taker), 1)], today=TODAY)
        audit.record("order.redeemed", actor_id=None, subject_type="order", subject_id=asked.subject_id, book_id=book, amount_fen=1)

    def once() -> int:
        book, (giver, taker) = random.choice(load.books), random.sample(range(FIRMS), 2)
        in_transaction(lambda: work(book, giver, taker))
        return 1

    return once


def _into_one(load: Load) -> Callable[[], int]:
    """One transfer from a random account into one that everybody meets at."""

    def once() -> int:
        giver = random.randrange(FIRMS)
        in_transaction(lambda: ledger.post(load.books[0], command(), [MoneyMove(firm(giver), chart.PAID.of(), 1)], today=TODAY))
        return 1

    return once


def _issue(load: Load) -> Callable[[], int]:
    """Vouchers issued from one pool, a hundred at a time, each with an account and an entry of its own."""

    def once() -> int:
        items = []
        for _ in range(IN_A_BATCH):
            asked = command("voucher.issue")
            code = chart.VOUCHER.of(asked.subject_id)
            items.append(ledger.BatchItem(asked, [MoneyMove(chart.POOL.of("bench"), code, 1)], (code,)))
        in_transaction(lambda: ledger.post_batch(load.books[0], items, today=TODAY))
        return IN_A_BATCH

    return once


def _between_in_batches(load: Load) -> Callable[[], int]:
    """The same number of transfers between accounts that are open: what a batch of payments is."""

    def once() -> int:
        items = []
        for _ in range(IN_A_BATCH):
            giver, taker = random.sample(range(FIRMS), 2)
            items.append(ledger.BatchItem(command(), [MoneyMove(firm(giver), firm(taker), 1)]))
        in_transaction(lambda: ledger.post_batch(load.books[0], items, today=TODAY))
        return IN_A_BATCH

    return once


LOADS: dict[str, Callable[[Load], Callable[[], int]]] = {
    "between_two": _between_two,
    "with_trail": _with_trail,
    "into_one": _into_one,
    "issue": _issue,
    "between_in_batches": _between_in_batches,
}


def _maker(kind: str) -> Callable[[Load], Callable[[], int]]:
    """Peers are imported by the workers that play them alone."""
    if kind in LOADS:
        return LOADS[kind]
    from tests.bench import peers

    return {"naive_orm": peers.naive, "hordak": peers.hordak}[kind]


def _run(load: Load, start: float) -> tuple[int, float]:
    """How many were done, in how many seconds."""
    random.seed()
    with app_on(load.url, load.instance).app_context():
        once = _maker(load.kind)(load)
        warm = time.time() + WARM_SECONDS
        while time.time() < warm:
            once()
        time.sleep(max(0.0, start - time.time()))
        began, done = time.perf_counter(), 0
        while (spent := time.perf_counter() - began) < load.seconds:
            done += once()
        db.session.remove()
    return done, spent


def per_second(load: Load, workers: int = 8) -> float:
    """What so many workers do together in a second. Starting takes a few seconds; all begin at the same instant."""
    start = time.time() + 6.0 + workers * 0.6
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        runs = [future.result() for future in [pool.submit(_run, load, start) for _ in range(workers)]]
    return sum(done / spent for done, spent in runs)


@contextmanager
def watched(pid: int) -> Iterator[dict[int, float]]:
    """The most memory that a process and each of its children hold, in MB. What wait4 says counts what this process held at the fork."""
    peaks: dict[int, float] = {}
    ended = threading.Event()

    def look() -> None:
        while not ended.wait(0.1):
            for one in (pid, *children(pid)):
                with suppress(OSError, AttributeError):
                    found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{one}/status").read_text())
                    peaks[one] = int(found[1]) / 1024

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    try:
        yield peaks
    finally:
        ended.set()
        watcher.join()
