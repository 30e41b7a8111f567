"""A durable PostgreSQL with a migrated database, and T: what pgbench does on the same server in the same run."""

import re
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

import pytest

from marketplace.kernel import clock
from marketplace.kernel.db import db, in_transaction
from marketplace.ledger import service as ledger
from marketplace.ledger.rules import MoneyMove
from marketplace.vouchers import chart
from tests import postgres
from tests.bench.loads import FIRMS, TODAY, app_on, command, firm
from tests.conftest import close, migrate

PGBENCH_SECONDS = 5


@pytest.fixture(scope="session")
def durable(run_dir: Path) -> Iterator[postgres.Server]:
    """A server that keeps what it acknowledged; skipped with the reason where none can be had."""
    try:
        with postgres.durable(run_dir) as server:
            yield server
    except postgres.Unavailable as reason:
        pytest.skip(f"no PostgreSQL: {reason}")


@pytest.fixture(scope="session")
def pgbench(durable: postgres.Server) -> Callable[[], float]:
    """T, measured anew at each call: tpcb-like, prepared, 8 clients, 2 threads; transactions per second."""
    program = durable.programs / "pgbench"
    if not program.exists():
        pytest.skip(f"no pgbench beside {durable.programs}: Debian's package postgresql brings it")
    durable.cluster.create("pgbench")
    at = ["-h", str(durable.home), "-U", "postgres", f"test_{durable.cluster.run}_pgbench"]
    subprocess.run([program, "-i", "-q", "-s", "50", *at], check=True, capture_output=True)

    def measure() -> float:
        command = [program, "-b", "tpcb-like", "-M", "prepared", "-c", "8", "-j", "2", "-T", str(PGBENCH_SECONDS), *at]
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        found = re.search(r"tps = ([\d.]+)", said)
        assert found, said
        return float(found[1])

    return measure


@pytest.fixture(scope="session")
def instance() -> Iterator[str]:
    """A folder for what the applications of the benches leave behind."""
    with tempfile.TemporaryDirectory(prefix="quanlian-bench-") as folder:
        yield folder


def stocked(url: str, instance: str, books: int) -> list[UUID]:
    """A database with so many books, each with FIRMS accounts that hold money."""
    migrate(url)
    app = app_on(url, instance)
    with app.app_context():
        made = [in_transaction(lambda n=n: _stock(n)) for n in range(books)]
        # Autovacuum does it within a minute; until then plans go by guesses, and a bench is over.
        with db.engine.begin() as connection:
            connection.exec_driver_sql("ANALYZE")
    close(app)
    return made


def _stock(number: int) -> UUID:
    book = ledger.open_book(f"bench-{number}", "bench", now=clock.now())
    source, pool = chart.APPROPRIATION.of("bench"), chart.POOL.of("bench")
    ledger.post(
        book.id,
        command("load"),
        [MoneyMove(source, pool, 10**14)],
        today=TODAY,
        opens=[source, pool, chart.PAID.of()],
    )
    for at in range(0, FIRMS, 1_000):
        codes = [firm(n) for n in range(at, at + 1_000)]
        items = [ledger.BatchItem(command("voucher.issue"), [MoneyMove(pool, code, 1_000_000)], (code,)) for code in codes]
        ledger.post_batch(book.id, items, today=TODAY)
    db.session.flush()
    return book.id
