"""The waiting room: everybody applies within a minute, each has its place at once, and vouchers follow in the order of the places.

The full figures are asked for by the environment: WAITING_ROOM_FIRMS=5000 WAITING_ROOM_GRANTS=1000 WAITING_ROOM_SECONDS=60.
"""

import asyncio
import hashlib
import os
import random
import secrets
import signal
import subprocess
import time
from collections import Counter
from dataclasses import dataclass, field
from urllib.parse import urlencode
from uuid import UUID, uuid4

import psycopg
import pytest
from flask import session
from flask_wtf.csrf import generate_csrf
from sqlalchemy import select
from sqlalchemy.engine import make_url

from marketplace.identity.service import sessions
from marketplace.kernel import clock
from marketplace.kernel.db import Model, db, in_transaction
from marketplace.kernel.money import YUAN
from tests.conftest import close, make_app, migrate
from tests.factories import a_firm, a_round, make_uscc, user_of
from tests.faults.load import Found, keep
from tests.faults.stage import FLASK, ROOT, SECRET, Web, children, served
from tests.programmes_of import a_programme_with
from tests.results import figure

FIRMS, GRANTS, SECONDS = (
    int(os.environ.get(f"WAITING_ROOM_{name}", usual)) for name, usual in {"FIRMS": 300, "GRANTS": 60, "SECONDS": 6}.items()
)
SHARE = 10_000 * YUAN
P99_SECONDS, GRANTED_SECONDS = 1.0, 120
OTHER = r"allocation\.(?:mode|waitlist)"
FIRST_COME = ('[allocation.mode]\nvalue = "first_come"', "[allocation.waitlist]\nvalue = true")


_TEMPLATES: dict = {}  # rows of the first firm


@dataclass
class Door:
    """A round that is open, and who stands before it: the cookie of each firm and the token of its form."""

    round_id: UUID
    people: list[tuple[str, str]] = field(default_factory=list)


def opened(url: str) -> Door:
    """An open round with money for some, and firms that are signed in."""
    app = make_app(url)
    app.secret_key = SECRET
    with app.app_context():
        round_ = a_round(programme=a_programme_with(*FIRST_COME, without=OTHER), state="claiming", budget_fen=GRANTS * SHARE)
        door, first = Door(round_.id), a_firm()
        user = user_of(first)
        tokens = [in_transaction(lambda: sessions.sign_in(user.id, user.login, now=clock.now(), address="127.0.0.1"))]
        tokens += in_transaction(lambda: [_another(number, first.id, user.id) for number in range(1, FIRMS)])
        with db.engine.begin() as connection:
            connection.exec_driver_sql("ANALYZE")
    door.people += [_signed(app, token) for token in tokens]
    close(app)
    return door


def _another(number: int, firm_id: UUID, user_id: UUID) -> str:
    """A firm like the first, with a user who is signed in; the token."""
    organisation, user, token = uuid4(), uuid4(), secrets.token_urlsafe(32)
    session_of = {"token_hash": hashlib.sha256(token.encode()).hexdigest(), "user_id": user}
    for table, of, changed in (
        (
            "organisations",
            {"id": firm_id},
            {"id": organisation, "uscc": make_uscc("540102", 500_000 + number), "name": f"候券{number}"},
        ),
        ("enterprises", {"id": firm_id}, {"id": organisation}),
        ("users", {"id": user_id}, {"id": user, "organisation_id": organisation, "login": f"waiting{number}"}),
        ("grants", {"user_id": user_id}, {"id": uuid4(), "user_id": user}),
        ("user_sessions", {"user_id": user_id}, {"id": uuid4(), **session_of}),
    ):
        here = Model.metadata.tables[table]
        row = _TEMPLATES.setdefault((table, firm_id), dict(db.session.execute(select(here).filter_by(**of)).mappings().first()))
        db.session.execute(here.insert(), row | changed)
    return token


def _signed(app, token: str) -> tuple[str, str]:
    """The cookie of somebody who is signed in, and a token for forms."""
    with app.test_request_context():
        session.update(_user_id=token, _fresh=True)
        form = generate_csrf()
        return app.session_interface.get_signing_serializer(app).dumps(dict(session)), form


@dataclass
class Crowd:
    """What became of the applications: the answer to each press, and how long it took."""

    seconds: list[float] = field(default_factory=list)
    answers: Counter = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)

    @property
    def p99(self) -> float:
        return sorted(self.seconds)[int(len(self.seconds) * 0.99)]


async def _press(port: int, path: str, cookie: str, fields: dict) -> tuple[int, str]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    body = urlencode(fields).encode()
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: quanlian={cookie}\r\nConnection: close\r\n"
    head += f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
    writer.write(head.encode() + body)
    try:
        text = (await asyncio.wait_for(reader.read(), 30)).decode(errors="replace")
    finally:
        writer.close()
    return int(text[9:12]) if text.startswith("HTTP/1.") else 0, text


async def _apply(crowd: Crowd, port: int, door: Door, person: tuple[str, str], at: float, presses: int) -> None:
    cookie, token = person
    fields = {"csrf_token": token, "request_key": str(uuid4()), "requested": "10000", "plan": "购买测试服务", "promise": "y"}
    await asyncio.sleep(max(0.0, at - time.monotonic()))

    async def once(after: float) -> None:
        await asyncio.sleep(after)
        until = time.monotonic() + 60
        while time.monotonic() < until:
            began = time.monotonic()
            try:
                status, text = await _press(port, f"/rounds/{door.round_id}/apply", cookie, fields)
            except (TimeoutError, OSError):
                status, text = 0, ""
            crowd.seconds.append(time.monotonic() - began)
            crowd.answers[status] += 1
            if status not in {0, 503}:
                crowd.failed += [] if status == 302 else [text]
                return
            await asyncio.sleep(0.2)

    await asyncio.gather(*(once(number * random.uniform(0.0, 0.5)) for number in range(presses)))


async def _come(port: int, door: Door, presses: int) -> Crowd:
    crowd, began, people = Crowd(), time.monotonic() + 0.5, list(door.people)
    random.shuffle(people)
    gap = SECONDS / len(people)
    await asyncio.gather(*(_apply(crowd, port, door, one, began + n * gap, presses) for n, one in enumerate(people)))
    return crowd


def connect(url: str) -> psycopg.Connection:
    return psycopg.connect(make_url(url).set(drivername="postgresql").render_as_string(hide_password=False), autocommit=True)


def settled(url: str, seconds: float = GRANTED_SECONDS) -> float:
    """Wait until nobody waits for an answer any more; how long it took."""
    began = time.monotonic()
    with connect(url) as connection:
        while time.monotonic() - began < seconds:
            left = connection.execute("SELECT count(*) FROM applications WHERE state = 'submitted'").fetchone()[0]
            if not left:
                return time.monotonic() - began
            time.sleep(0.2)
    return seconds


def check_order(url: str) -> tuple[int, int, int]:
    """Applications, vouchers, and how many stand wrong: twice, skipped, out of their order, or with another amount."""
    with connect(url) as connection:
        rows = connection.execute("SELECT sequence, state, granted_fen, enterprise_id FROM applications ORDER BY sequence").fetchall()
        vouchers = connection.execute("SELECT enterprise_id, face_fen FROM vouchers").fetchall()
        entries = connection.execute("SELECT count(*) FROM ledger_entries WHERE verb = 'voucher.issue'").fetchone()[0]
    expected = ["granted"] * GRANTS + ["waitlisted"] * (FIRMS - GRANTS)
    wrong = sum(state != wanted for (_n, state, _fen, _firm), wanted in zip(rows, expected, strict=False)) + abs(len(rows) - FIRMS)
    wrong += [number for number, *_rest in rows] != list(range(1, FIRMS + 1))
    granted = {firm for _n, state, fen, firm in rows if state == "granted" and fen == SHARE}
    wrong += len(granted ^ {firm for firm, face in vouchers if face == SHARE}) + abs(len(vouchers) - GRANTS) + abs(entries - GRANTS)
    return len(rows), len(vouchers), wrong


def worker_beside(here: Web) -> subprocess.Popen:
    """A second worker, which may be killed: the parent of the first ends with its child."""
    return subprocess.Popen([*FLASK, "worker"], cwd=ROOT, env=here.environment, stderr=subprocess.DEVNULL, start_new_session=True)


def web_workers(here: Web) -> list[int]:
    """The processes that answer requests."""
    return [one for child in children(here.process.pid) for one in children(child)]


@pytest.fixture
def door_url(server):
    name = f"w{random.randrange(16**8):08x}"
    url = server.cluster.create(name)
    migrate(url)
    yield url
    server.cluster.drop(name)


def kept(row: str, url: str, crowd: Crowd, waited: float) -> None:
    """Write down what became of a crowd, and hold it to the promise; how quick it was is a figure, and hangs on what else runs."""
    applied, vouchers, wrong = check_order(url)
    control = {"p99 ms": round(crowd.p99 * 1000), "seconds until all were answered": round(waited, 1), "answers": dict(crowd.answers)}
    assert not crowd.failed, crowd.failed[0][-2000:]
    figure(f"{row}_p99_ms", crowd.p99 * 1000, f"at most 1000, {FIRMS} in {SECONDS} s", crowd.p99 <= P99_SECONDS)
    keep(row, Found(acknowledged=crowd.answers[302], lost=FIRMS - applied, doubled=wrong), control)
    assert vouchers == GRANTS and waited < GRANTED_SECONDS


def test_row_waiting_room(door_url):
    door = opened(door_url)
    with served(door_url) as here:
        crowd = asyncio.run(_come(here.port, door, presses=1))
        waited = settled(door_url)
    kept("waiting_room", door_url, crowd, waited)


def test_row_waiting_room_with_deaths_and_double_presses(door_url):
    door = opened(door_url)
    with served(door_url) as here:
        beside = worker_beside(here)

        async def come_and_kill() -> Crowd:
            coming = asyncio.create_task(_come(here.port, door, presses=2))
            await asyncio.sleep(SECONDS / 2)
            os.kill(random.choice(web_workers(here)), signal.SIGKILL)
            beside.kill()
            return await coming

        crowd = asyncio.run(come_and_kill())
        beside.wait()
        waited = settled(door_url)
    kept("waiting_room_deaths", door_url, crowd, waited)
