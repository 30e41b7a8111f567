"""A firm's acceptance over HTTP, with everything on, beside one durable insert on the same server: `make bench ONLY=http`."""

import http.client
import threading
import time
from collections import Counter
from urllib.parse import urlencode
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy.engine import make_url

from tests.conftest import close, make_app, migrate
from tests.factories import a_round, a_voucher, an_offering, user_of
from tests.faults.load import Person
from tests.faults.stage import web
from tests.order_factories import an_order
from tests.results import figure

pytestmark = pytest.mark.real_clock  # the server has its own
CONNECTIONS, EACH = 16, 40
P99_SECONDS = 0.060


class Line:
    """One connection that is kept open."""

    def __init__(self, port: int, cookies: dict | None = None) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self._headers = {"Content-Type": "application/x-www-form-urlencoded"}
        if cookies:
            self._headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())

    def post(self, path: str, fields: dict) -> int:
        self._connection.request("POST", path, urlencode(fields), self._headers)
        answer = self._connection.getresponse()
        answer.read()
        return answer.status


def at_once(works) -> tuple[float, list[float], Counter]:
    """Requests per second of all lines together, the seconds of each, and the answers."""
    seconds, answers, start = [], Counter(), threading.Barrier(len(works) + 1)

    def run(work) -> None:
        start.wait()
        for line, path, fields in work:
            began = time.perf_counter()
            answers[line.post(path, fields)] += 1
            seconds.append(time.perf_counter() - began)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    start.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    return len(seconds) / (time.perf_counter() - began), sorted(seconds), answers


def delivered(url: str) -> list[tuple[str, list]]:
    """Firms with their deliveries that wait to be accepted."""
    app = make_app(url)
    with app.app_context():
        round_, offering, firms = a_round(), an_offering(), []
        for _ in range(CONNECTIONS):
            voucher = a_voucher(round_=round_)
            orders = [an_order("delivered", voucher=voucher, offering=offering, requested_fen=10_000).id for _ in range(EACH)]
            firms.append((user_of(voucher.enterprise_id).login, orders))
    close(app)
    return firms


def accepting(port: int, firms) -> list:
    """What each line sends: it is signed in and holds a token; keys are the client's own."""
    works = []
    for login, orders in firms:
        person = Person(port)
        person.sign_in(login)
        fields = person.form(f"/orders/{orders[0]}/accept")
        line = Line(port, person.cookies)
        works.append([(line, f"/orders/{order_id}/accept", fields | {"request_key": str(uuid4())}) for order_id in orders])
    return works


def test_http_redeem_beside_one_insert(durable, instance):
    url = durable.cluster.create("http")
    migrate(url)
    firms = delivered(url)
    with psycopg.connect(make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)) as connection:
        connection.execute("CREATE TABLE one_insert (id uuid PRIMARY KEY, body text NOT NULL)")
    lines = range(CONNECTIONS)
    with web(url, app="tests.bench.one_insert:app") as server:
        at_once([[(Line(server.port), "/insert", {})] * 10 for _ in lines])
        inserted, _quick, answers = at_once([[(Line(server.port), "/insert", {})] * 100 for _ in lines])
        assert set(answers) == {302}, answers
    with web(url) as server:
        redeemed, seconds, answers = at_once(accepting(server.port, firms))
    assert answers == {302: CONNECTIONS * EACH}, answers
    p50, p99 = (seconds[int(len(seconds) * part)] for part in (0.50, 0.99))
    print(f"redeem {redeemed:.0f}/s, p50 {p50 * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms; one insert {inserted:.0f}/s")
    figure("http_redeem_vs_one_insert", redeemed / inserted, "at least 0.5", redeemed / inserted >= 0.5)
    figure("http_redeem_p99_ms", p99 * 1000, "less than 60", p99 < P99_SECONDS)
