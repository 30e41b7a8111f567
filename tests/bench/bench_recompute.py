"""Deciding everything again against the clock and the memory: `make bench ONLY=recompute`. The command itself, on PostgreSQL.

RECOMPUTE_ORDERS says another number of orders; memory is held against a tenth of them.
"""

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests import postgres
from tests.bench.copied_rounds import a_round_of_orders, copied
from tests.bench.loads import app_on, watched
from tests.conftest import close, migrate
from tests.factories import a_round
from tests.results import figure

ORDERS = int(os.environ.get("RECOMPUTE_ORDERS", "100000"))
OF_A_ROUND = 100
MOST_SECONDS = 600.0
FLAT = 1.5  # peak memory at ten times the orders, against that of the small one
ROOT = Path(__file__).parent.parent.parent

pytestmark = pytest.mark.real_clock


@dataclass(frozen=True)
class Run:
    """What one recomputation took."""

    seconds: float
    peak_mb: float
    decisions: int


def _recompute(url: str, folder: str) -> Run:
    places = {"DATABASE_URL": url, "QUANLIAN_INSTANCE": folder, "SEALS_ROOT": f"{folder}/seals"}
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "recompute", "--json"]
    began = time.perf_counter()
    with subprocess.Popen(command, cwd=ROOT, env={**os.environ, **places}, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout
        with watched(running.pid) as peaks:
            said = json.loads(running.stdout.read())
            running.wait()
    assert running.returncode == 0, said
    decisions = sum(kind["checked"] for kind in said["kinds"].values())
    return Run(time.perf_counter() - began, max(peaks.values()), decisions)


def test_everything_is_decided_again_in_time_and_memory_stays_flat(durable: postgres.Server, instance: str):
    runs = {}
    for orders in (ORDERS // 10, ORDERS):
        url = durable.cluster.create(f"recompute{orders}")
        migrate(url)
        app = app_on(url, instance)
        with app.app_context():
            a_round_of_orders(a_round(), OF_A_ROUND)
            copied(orders // OF_A_ROUND - 1)
        close(app)
        runs[orders] = _recompute(url, instance)
    large, grown = runs[ORDERS], runs[ORDERS].peak_mb / runs[ORDERS // 10].peak_mb
    print(f"{ORDERS} orders, {large.decisions} decisions in {large.seconds:.1f} s, {large.peak_mb:.0f} MB at most; {runs[ORDERS // 10]}")
    figure(f"recompute_{ORDERS}_seconds", large.seconds, "at most 600 for 100 000 orders", large.seconds <= MOST_SECONDS)
    figure("recompute_memory_growth", grown, "at most 1.5 for ten times the orders", grown <= FLAT)
