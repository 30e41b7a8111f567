"""Verification against the clock and the memory: `make bench ONLY=verify`. The command itself, on a book of a million sealed transfers."""

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from marketplace.kernel.db import db
from marketplace.kernel.seal_keys import publish_key, signing_key
from tests.bench.big_book import lay
from tests.bench.loads import app_on, watched
from tests.conftest import close, migrate
from tests.results import figure

SMALL, LARGE = 100_000, 1_000_000
MOST_SECONDS = 15.0
FLAT = 1.5  # peak memory at ten times the rows, against that of the small book
ROOT = Path(__file__).parent.parent.parent


@dataclass(frozen=True)
class Run:
    """What one verification took."""

    seconds: float
    peak_mb: float  # of the largest of its processes
    transfers: int


def _lay(url: str, folder: Path, transfers: int) -> None:
    migrate(url)
    app = app_on(url, str(folder))
    with app.app_context(), db.engine.begin() as connection:
        heads = Path(app.config["SEALS_ROOT"])
        key = signing_key(folder / "key.pem", may_make=True)
        publish_key(key, heads)
        lay(connection, transfers, key, heads, trail=transfers // 10)
    with app.app_context(), db.engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE")
        connection.commit()
    close(app)


def _verify(url: str, folder: Path) -> Run:
    """Run the command and ask the system what its processes took at most."""
    places = {"DATABASE_URL": url, "QUANLIAN_INSTANCE": str(folder), "SEALS_ROOT": str(folder / "seals")}
    began = time.perf_counter()
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "ledger", "verify", "--json"]
    with subprocess.Popen(command, cwd=ROOT, env={**os.environ, **places}, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout
        with watched(running.pid) as peaks:
            said = json.loads(running.stdout.read())
            running.wait()
    assert running.returncode == 0, said
    return Run(time.perf_counter() - began, max(peaks.values()), said["checked"]["ledger_transfers"])


@pytest.mark.parametrize("kind", ["postgresql", "sqlite"])
def test_a_million_transfers_are_verified_in_time_and_memory_stays_flat(kind, request, tmp_path):
    runs = {}
    for transfers in (SMALL, LARGE):
        folder = tmp_path / str(transfers)
        folder.mkdir()
        server = request.getfixturevalue("durable") if kind == "postgresql" else None
        url = server.cluster.create(f"verify{transfers}") if server else f"sqlite:///{folder / 'big.sqlite'}"
        _lay(url, folder, transfers)
        runs[transfers] = _verify(url, folder)
    large, grown = runs[LARGE], runs[LARGE].peak_mb / runs[SMALL].peak_mb
    print(f"{kind}: {large.transfers} transfers in {large.seconds:.1f} s, {large.peak_mb:.0f} MB at most; {runs[SMALL]}")
    figure(f"verify_1m_seconds_{kind}", large.seconds, "at most 15", large.seconds <= MOST_SECONDS)
    figure(f"verify_memory_growth_{kind}", grown, "at most 1.5 for ten times the rows", grown <= FLAT)
