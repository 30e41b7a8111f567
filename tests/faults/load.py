"""Firms that order and accept over HTTP while something breaks, and what became of each of their submissions.

A submission is sent, always with the same key, until it is answered. Acknowledged is what was answered with the redirect of a success.
"""

import http.client
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from urllib.parse import urlencode
from uuid import UUID

from sqlalchemy import func, select

from marketplace.kernel.commands import DoneCommand
from marketplace.kernel.db import db
from marketplace.ledger import queries as ledger
from marketplace.ledger.models import Entry
from marketplace.orders.lifecycle import OrderState
from marketplace.orders.models import Order
from tests import results
from tests.conftest import close, make_app
from tests.factories import PASSWORD
from tests.faults.stage import Firm, Seeded, hidden_fields


class Person:
    """A browser without pictures: cookies, forms with their tokens."""

    def __init__(self, port: int) -> None:
        self.port, self.cookies = port, {}

    def ask(self, method: str, path: str, body: dict | None = None) -> tuple[int, dict, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
            if body is not None:
                headers["Content-Type"] = "application/x-www-form-urlencoded"
            connection.request(method, path, urlencode(body) if body is not None else None, headers)
            answer = connection.getresponse()
            text = answer.read().decode()
            for cookie in answer.headers.get_all("Set-Cookie") or ():
                name, _, value = cookie.split(";")[0].partition("=")
                self.cookies[name] = value
            return answer.status, dict(answer.headers), text
        finally:
            connection.close()

    def form(self, path: str) -> dict[str, str]:
        """The hidden fields of a page's form; asked for until the page comes."""
        for _ in range(80):
            try:
                status, _headers, text = self.ask("GET", path)
            except (OSError, http.client.HTTPException):
                status, text = 0, ""
            if status == 200:
                return hidden_fields(text)
            time.sleep(0.1)
        raise TimeoutError(path)

    def sign_in(self, login: str) -> None:
        for _ in range(40):
            fields = self.form("/sign-in")
            try:
                status, _headers, _text = self.ask("POST", "/sign-in", fields | {"login": login, "password": PASSWORD})
            except (OSError, http.client.HTTPException):
                status = 0
            if status == 302:
                return
            time.sleep(0.2)
        raise TimeoutError("/sign-in")


@dataclass
class Submission:
    kind: str
    order_id: UUID
    key: UUID
    answer: int = 0  # the last status; 0: none came
    sent: int = 0


@dataclass
class Run:
    """What a load did and saw."""

    submissions: list[Submission] = field(default_factory=list)
    statuses: Counter = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    longest_gap: float = 0.0
    errors: list[str] = field(default_factory=list)
    _last: float = field(default_factory=time.monotonic)

    def note(self, status: int, took: float) -> None:
        self.statuses[status] += 1
        self.seconds.append(took)
        if status == 302:
            now = time.monotonic()
            self.longest_gap, self._last = max(self.longest_gap, now - self._last), now


def _submit(run: Run, person: Person, path: str, fields: dict, one: Submission, until: float) -> None:
    while True:
        began = time.monotonic()
        one.sent += 1
        try:
            one.answer, headers, text = person.ask("POST", path, fields)
        except (OSError, http.client.HTTPException):
            one.answer, headers, text = 0, {}, ""
        run.note(one.answer, time.monotonic() - began)
        if one.answer == 503 and "Retry-After" not in headers:
            run.errors.append("503 without Retry-After")
        if one.answer not in {0, 500, 503} or time.monotonic() > until:
            if one.answer not in {0, 302, 503}:
                run.errors.append(f"{one.kind} {one.answer} {text[text.find('error-summary') :][:300]}")
            return
        time.sleep(0.15)


def _client(run: Run, seeded: Seeded, firm: Firm, port: int, until: float) -> None:
    person, waiting = Person(port), list(firm.orders)
    try:
        person.sign_in(firm.login)
        while time.monotonic() < until:
            if waiting and len(run.submissions) % 2:
                order_id = waiting.pop()
                path = f"/orders/{order_id}/accept"
                fields = person.form(path)
                one = Submission("accept", order_id, UUID(fields["request_key"]))
            else:
                path = f"/orders/place/{seeded.offering_id}?voucher={firm.voucher_id}"
                fields = person.form(path) | {"voucher_id": str(firm.voucher_id), "requested": "10", "step": "confirm", "requirement": ""}
                fields |= {"seen_price": "", "seen_subsidy": ""}
                one = Submission("place", UUID(fields["request_key"]), UUID(fields["request_key"]))
            run.submissions.append(one)
            _submit(run, person, path, fields, one, until + 20)
    except (TimeoutError, AssertionError) as error:
        run.errors.append(repr(error))


def drive(seeded: Seeded, port: int, seconds: float) -> Run:
    """All firms at once, for so many seconds."""
    run, until = Run(), time.monotonic() + seconds
    threads = [threading.Thread(target=_client, args=(run, seeded, firm, port, until)) for firm in seeded.firms]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return run


@dataclass
class Found:
    """What is in the database of what was promised."""

    acknowledged: int = 0
    lost: int = 0
    doubled: int = 0
    refused_though_committed: int = 0


def look(url: str, run: Run) -> Found:
    """Compare each answer with the database."""
    app, found = make_app(url), Found()
    with app.app_context():
        orders = {row.id: row for row in db.session.execute(select(Order.id, Order.state, Order.subsidy_fen))}
        keys = Counter(db.session.scalars(select(DoneCommand.key)))
        entries = Counter(db.session.scalars(select(Entry.idempotency_key)))
        for one in run.submissions:
            posted = f"order.reserve:{one.order_id}" if one.kind == "place" else None
            done = keys[one.key] and one.order_id in orders and (posted is None or entries[posted])
            if one.kind == "accept":
                done = keys[one.key] and orders[one.order_id].state is OrderState.REDEEMED
            found.acknowledged += one.answer == 302
            found.lost += one.answer == 302 and not done
            found.refused_though_committed += one.answer in {400, 404, 409, 422} and bool(done)
        found.doubled = _doubled(orders, entries)
    close(app)
    return found


def _doubled(orders: dict, entries: Counter) -> int:
    """Entries beyond one for a key, and fen that stand on order accounts beyond what the orders say."""
    fen = 0
    for book in ledger.books():
        assert ledger.standing(book.id).difference() == 0
        held = sum(one.credits_fen - one.debits_fen for one in ledger.accounts(book.id) if one.code.startswith("order:"))
        fen += held - sum(row.subsidy_fen for row in orders.values())
    per_key = db.session.scalar(select(func.count()).select_from(Entry)) - len(entries)
    return per_key + abs(fen)


def keep(row: str, found: Found, control: object) -> None:
    """Write a row of faults.json, and hold it to the promise."""
    results.keep("faults.json", "row", {"row": row, **vars(found), "control": control})
    assert found.acknowledged > 0
    assert (found.lost, found.doubled, found.refused_though_committed) == (0, 0, 0)
