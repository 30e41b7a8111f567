"""The whole product in a real browser: `flask serve` with its demo on a free port, and Chromium.

`open_window()` answers a Visitor: a window of its own, in which somebody signs in as an account of the demo. Every page is checked.
"""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from tests.e2e.visitor import Visitor
from tests.laid_demo import FLASK, ROOT, copied, environment_of

HERE = Path(__file__).parent
FLAGS = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.real_clock)


@dataclass(frozen=True)
class Server:
    """The running product."""

    url: str
    home: Path  # its database and files

    def accounts(self) -> list[dict[str, str]]:
        """Who can sign in: role, login, password, name, organisation."""
        found: list[dict[str, str]] = json.loads((self.home / "demo_accounts.json").read_text(encoding="utf-8"))
        return found


@pytest.fixture(scope="package")
def live_server(run_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """What `make run` starts, on a database, a folder and a port of its own."""
    home = copied(run_dir, tmp_path_factory.mktemp("live") / "home")
    port = _free_port()
    environment = {**environment_of(home), "BIND": f"127.0.0.1:{port}"}
    log = HERE / "screenshots" / "server.log"  # beside what was seen, and kept
    log.parent.mkdir(exist_ok=True)
    with log.open("w") as output:
        served = subprocess.Popen([*FLASK, "serve"], cwd=ROOT, env=environment, stdout=output, stderr=output)
    try:
        _wait_until_it_answers(f"http://127.0.0.1:{port}/health/ready", served, log)
        yield Server(f"http://127.0.0.1:{port}", home)
        assert served.poll() is None, f"the server stopped by itself: {log.read_text()[-6000:]}"
    finally:
        served.send_signal(signal.SIGINT)
        served.wait(timeout=40)
    assert "Traceback" not in log.read_text(), log.read_text()[-6000:]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_it_answers(url: str, served: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and served.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    pytest.fail(f"the server does not answer: {log.read_text()[-4000:]}")


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="package")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """The machine's Chromium; the test is skipped where there is none, unless REQUIRE_BROWSER=1."""
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if program is None:
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail("a browser is required, and there is no chromium on PATH")
        pytest.skip("no chromium on PATH")
    browser = playwright.chromium.launch(executable_path=program, args=FLAGS.split())
    yield browser
    browser.close()


@pytest.fixture(scope="package")
def known_parts() -> set[str]:
    """What the pages were built of that somebody has seen; every window of the run adds to it."""
    return set()


@pytest.fixture
def open_window(
    live_server: Server, chromium: Browser, known_parts: set[str], request: pytest.FixtureRequest
) -> Iterator[Callable[[], Visitor]]:
    """Opens windows that share nothing, so several people can be on the platform at once."""
    contexts = []
    folder = HERE / "screenshots" / re.sub(r"\W+", "-", request.node.name).strip("-")
    shutil.rmtree(folder, ignore_errors=True)

    def opened() -> Visitor:
        context = chromium.new_context(locale="zh-CN", timezone_id="Asia/Shanghai", viewport={"width": 1440, "height": 900})
        context.set_default_timeout(15_000)
        contexts.append(context)
        return Visitor(context.new_page(), live_server.url, folder, known_parts)

    yield opened
    for context in contexts:
        context.close()
