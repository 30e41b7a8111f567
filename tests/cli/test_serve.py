"""One parent, three children: they start together and stop together."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from marketplace.cli.serve import supervise

ROOT = Path(__file__).parent.parent.parent
SLEEPER = "import os, pathlib, sys, time; pathlib.Path(sys.argv[1]).write_text(str(os.getpid())); time.sleep(60)"

pytestmark = pytest.mark.real_clock


def sleeper(path):
    return [sys.executable, "-c", SLEEPER, str(path)]


def is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def wait_for(*paths):
    deadline = time.monotonic() + 20
    while not all(path.exists() and path.read_text() for path in paths):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return [int(path.read_text()) for path in paths]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_every_part_and_is_no_failure(tmp_path, number):
    script = "import sys; from marketplace.cli.serve import supervise; sys.exit(supervise([c.split('|') for c in sys.argv[1:]]))"
    commands = ["|".join(sleeper(tmp_path / name)) for name in ("one", "two")]
    parent = subprocess.Popen([sys.executable, "-c", script, *commands], cwd=ROOT)
    children = wait_for(tmp_path / "one", tmp_path / "two")

    parent.send_signal(number)

    assert parent.wait(timeout=20) == 0
    assert not any(map(is_alive, children))


def test_when_one_part_ends_the_others_are_stopped_and_it_is_a_failure(tmp_path):
    assert threading.current_thread() is threading.main_thread(), "signals are for the main thread"
    ends_soon = [sys.executable, "-c", "import time; time.sleep(1)"]

    assert supervise([sleeper(tmp_path / "one"), ends_soon]) == 1

    assert not is_alive(*wait_for(tmp_path / "one"))
