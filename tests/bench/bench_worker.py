"""What a web worker holds in memory before its first search in words. `make bench ONLY=worker`."""

import subprocess
import urllib.request

import pytest

from tests import postgres
from tests.conftest import migrate
from tests.faults.stage import web
from tests.results import figure

PAGES = ("/front", "/sign-in", "/services", "/providers", "/programmes")
MOST_MB = 140

pytestmark = pytest.mark.real_clock


def test_worker_memory_before_its_first_search(durable: postgres.Server):
    url = durable.cluster.create("worker")
    migrate(url)
    with web(url) as running:
        for path in PAGES * 4:  # each of the two workers answers some
            with urllib.request.urlopen(f"http://127.0.0.1:{running.port}{path}") as answer:
                assert answer.status == 200
        children = subprocess.run(["pgrep", "-P", str(running.process.pid)], capture_output=True, text=True, check=True).stdout.split()
        held = [_resident_mb(int(child)) for child in children]
    print(f"workers hold {held} MB")
    figure("web_worker_resident_mb", max(held), f"at most {MOST_MB}", max(held) <= MOST_MB)


def _resident_mb(pid: int) -> int:
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        line = next(line for line in status if line.startswith("VmRSS"))
    return int(line.split()[1]) // 1000
