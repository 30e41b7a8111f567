"""What the fault runs play on: a seeded database, gunicorn in front of it, and a reader who watches the money meanwhile."""

import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from sqlalchemy.engine import make_url

from marketplace.ledger.rules import AccountKind, standing
from tests.conftest import close, make_app

ROOT = Path(__file__).resolve().parent.parent.parent
FIRMS, DELIVERED = 8, 6
GRACE_SECONDS = 60
PATIENCE_SECONDS = 120  # with a start: other runs may have the machine
SECRET = "only for runs of faults, on loopback"
FLASK = (sys.executable, "-m", "flask", "--app", "wsgi")


@dataclass
class Firm:
    """One client of a run: who signs in, what it may buy with, and the deliveries it may accept."""

    login: str
    voucher_id: UUID
    orders: list[UUID] = field(default_factory=list)


@dataclass
class Seeded:
    offering_id: UUID
    firms: list[Firm]


def seed_orders(url: str) -> Seeded:
    """Firms with a voucher each and some delivered orders, made through the services."""
    from tests.factories import a_round, a_voucher, an_offering, user_of
    from tests.order_factories import an_order

    app = make_app(url)
    with app.app_context():
        round_, offering, firms = a_round(), an_offering(), []
        for _ in range(FIRMS):
            voucher = a_voucher(round_=round_)
            orders = [an_order("delivered", voucher=voucher, offering=offering, requested_fen=10_000).id for _ in range(DELIVERED)]
            firms.append(Firm(user_of(voucher.enterprise_id).login, voucher.id, orders))
        offering_id = offering.id
    close(app)
    return Seeded(offering_id, firms)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@dataclass
class Web:
    """gunicorn as it runs in production, in a process group of its own."""

    process: subprocess.Popen
    port: int
    log: Path
    environment: Mapping[str, str]

    def workers(self) -> list[int]:
        return children(self.process.pid)

    def stop(self) -> None:
        """Tell it to stop, as whoever started it would: a parent ends its children, which a kill would leave behind."""
        self.process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(GRACE_SECONDS)
        self.kill_all()

    def kill_all(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def children(parent: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            if int(stat.read_text().rpartition(")")[2].split()[1]) == parent:
                found.append(int(stat.parent.name))
        except (OSError, IndexError):
            continue
    return found


@contextmanager
def web(url: str, *, app: str = "wsgi:app", port: int = 0, wrap: tuple[str, ...] = (), **environment: str) -> Iterator[Web]:
    """The application on loopback until the block ends."""
    command = [*wrap, sys.executable, "-m", "gunicorn", "--config", str(ROOT / "config" / "gunicorn.conf.py"), app]
    with running(command, url, port, **environment) as found:
        yield found


@contextmanager
def served(url: str) -> Iterator[Web]:
    """Web, worker and sealer together, as `flask serve` starts them; told to stop, the parent ends its children, each in its own group."""
    key = Path(tempfile.mkdtemp(prefix="quanlian-fault-")) / "seal.pem"
    key.write_bytes(Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    with running([*FLASK, "serve"], url, SEAL_KEY_FILE=str(key)) as found:
        yield found


@contextmanager
def running(command: Sequence[str], url: str, port: int = 0, **environment: str) -> Iterator[Web]:
    """A program that answers on loopback, with the settings of production, until the block ends."""
    folder = Path(tempfile.mkdtemp(prefix="quanlian-fault-"))
    port = port or free_port()
    known = {"QUANLIAN_ENV": "production", "SECRET_KEY": SECRET, "QUANLIAN_INSTANCE": str(folder)}
    known |= {"DATABASE_URL": url, "ALLOW_SQLITE": "1", "PUBLIC_URL": "https://quanlian.example", "TRUSTED_HOSTS": "127.0.0.1,localhost"}
    known |= {"BIND": f"127.0.0.1:{port}", "PYTHONPATH": str(ROOT)} | environment
    log = folder / "log"
    with log.open("ab") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=os.environ | known, stdout=output, stderr=output, start_new_session=True)
    here = Web(process, port, log, os.environ | known)
    try:
        wait_for_port(port, process, PATIENCE_SECONDS)
        yield here
    finally:
        here.stop()


def wait_for_port(port: int, process: subprocess.Popen, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1) as one:
                one.sendall(b"GET /health/live HTTP/1.0\r\n\r\n")
                if b"200" in one.recv(100):
                    return
        except OSError:
            pass
        time.sleep(0.1)
    raise AssertionError("the application did not start")


_SUMS = "SELECT book_id, kind, SUM(credits_fen) - SUM(debits_fen) FROM ledger_accounts GROUP BY book_id, kind"


class BankReader(threading.Thread):
    """Reads the money of every book each 100 ms, in one snapshot: whatever happens, nothing is made or gone."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self.url, self.readings, self.wrong, self.ended = url, 0, [], threading.Event()

    def run(self) -> None:
        while not self.ended.wait(0.1):
            try:
                self.wrong += self.read()
                self.readings += 1
            except (psycopg.Error, sqlite3.Error):
                continue  # the database is away: the fault of the run

    def read(self) -> list[int]:
        books: dict = defaultdict(dict)
        for book, kind, fen in self.rows():
            books[str(book)][AccountKind(kind)] = int(fen)
        return [gap for gap in (standing(kinds).difference() for kinds in books.values()) if gap]

    def rows(self) -> list:
        if self.url.startswith("sqlite"):
            with sqlite3.connect(self.url.removeprefix("sqlite:///"), timeout=5) as connection:
                return connection.execute(_SUMS).fetchall()
        plain = make_url(self.url).set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(plain, connect_timeout=2) as connection:
            return connection.execute(_SUMS).fetchall()


@contextmanager
def watched(url: str) -> Iterator[BankReader]:
    reader = BankReader(url)
    reader.start()
    try:
        yield reader
    finally:
        reader.ended.set()
        reader.join()
    assert reader.readings > 5, "the reader saw the run"
    assert not reader.wrong, f"the money changed while it was read: {reader.wrong[:3]}"


def hidden_fields(html: str) -> dict[str, str]:
    """Name and value of a page's hidden inputs, of its last form with a token."""
    found = {}
    for tag in re.findall(r"<input[^>]*type=\"hidden\"[^>]*>", html):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name:
            found[name.group(1)] = value.group(1) if value else ""
    return found
