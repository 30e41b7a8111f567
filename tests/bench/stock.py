"""A PostgreSQL database in the shape of a region after years of work, laid set-based: as many orders as asked for, the rest in proportion.

    python -m tests.bench.stock 100000          a durable server of its own; prints the URL, keeps it until Enter is pressed
    python -m tests.bench.stock 10000 URL       into a migrated, empty database

In Python: `stock(Shape.of(10_000))` in the context of an application whose database is migrated and empty, answers a `Stock`: how to sign
in per role, and an id of each thing a page shows. Money goes through the ledger's own batches, so balances are right and
`ledger verify` is clean; the trail's leaves come from the function that the trail writes them with. Columns that nobody names here get
what the model gives them.
"""

import os
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import insert, text

from marketplace.audit import leaves
from marketplace.audit.models import AuditEvent
from marketplace.identity.uscc import make_uscc
from marketplace.kernel import clock
from marketplace.kernel.db import db, in_transaction, table_of
from marketplace.ledger import service as ledger
from marketplace.ledger.rules import EntryCommand, MoneyMove
from marketplace.ledger.service import BatchItem
from marketplace.vouchers import chart
from tests.bench import stock_rows as rows
from tests.bench.stock_rows import key

FIRMS, PROVIDERS, OFFERINGS, VOUCHERS, NEEDS, SUPPLIES = 20_048, 5_015, 100_105, 34_683, 50_019, 100_057  # to a million orders
POSTS = 200  # in a batch of the ledger
ROWS = 20_000  # of the trail at a time


@dataclass(frozen=True, slots=True)
class Shape:
    """How many there are of everything."""

    orders: int
    firms: int
    providers: int
    offerings: int
    vouchers: int
    needs: int
    supplies: int
    crowd: bool = False  # every order is the first firm's with the first provider

    @classmethod
    def of(cls, orders: int) -> "Shape":
        """A year of a region, scaled to so many orders."""
        scaled = [max(3, number * orders // 1_000_000) for number in (FIRMS, PROVIDERS, OFFERINGS, VOUCHERS, NEEDS, SUPPLIES)]
        return cls(orders, *scaled)

    @classmethod
    def even(cls, number: int) -> "Shape":
        """As many of each: for what has to cost the same at ten and at a thousand. At least one claim of every state."""
        return cls(max(number, 40), number, number, number, number, number, number, crowd=True)


@dataclass(frozen=True, slots=True)
class Stock:
    """What was laid: who signs in, and what a page can be asked for."""

    shape: Shape
    logins: Mapping[str, str]  # role → login; the password is that of the factories
    ids: Mapping[str, str]  # name of a thing → its id


def stock(shape: Shape) -> Stock:
    """Fill an empty, migrated PostgreSQL database; commits as it goes."""
    from tests import factories as make

    round_ = make.a_round("xizang_innovation_voucher", budget_fen=10**14, state="in_use", name="一期")
    second = make.a_round("xizang_innovation_voucher", programme=round_.programme, budget_fen=10**13, state="in_use", name="二期")
    places = {
        "round": round_.id, "second": second.id, "programme": round_.programme_id, "version": round_.version_id,
        "book": round_.programme.book_id, "password": make.password_hash(), "now": clock.now(), "today": clock.today(),
        "class": "general", **{name: getattr(shape, name) for name in Shape.__dataclass_fields__},
    }  # fmt: skip
    in_transaction(lambda: _people(places))
    for part in (rows.catalogue, rows.vouchers, rows.orders, rows.claims, rows.records, rows.lists, rows.office):
        in_transaction(lambda part=part: part(places))
    _money(places["book"])
    _trail(shape.orders)
    _refresh()
    staff = {"officer": make.an_officer(), "finance": make.a_finance_officer(), "auditor": make.an_auditor()}
    staff |= {role: make.an_administrator(role) for role in ("system_admin", "security_admin", "audit_admin")}
    logins = {role: user.login for role, user in staff.items()} | {"sme": "firm1", "provider": "provider1", "leader": "leader1"}
    return Stock(shape, logins, _ids(places["round"]))


def _people(places: Mapping[str, Any]) -> None:
    """Firms, providers, one chain leader, with a user each: credit codes need their check character, so these rows are made here."""
    kinds = (("firm", places["firms"], "91", "企业"), ("provider", places["providers"], "52", "服务机构"), ("leader", 1, "12", "链主"))
    for kind, count, prefix, word in kinds:
        codes = [{"n": n, "uscc": make_uscc("540102", n, kind=prefix)} for n in range(1, count + 1)]
        connection = db.session.connection()
        connection.execute(text("CREATE TEMP TABLE made (n bigint, uscc text) ON COMMIT DROP"))
        for start in range(0, len(codes), ROWS):
            connection.execute(text("INSERT INTO made VALUES (:n, :uscc)"), codes[start : start + ROWS])
        rows.people(kind, word, places)
        connection.execute(text("DROP TABLE made"))


def _money(book_id: UUID) -> None:
    """Every event of every voucher and order, in the order in which they happen."""
    for events in (_issues(), _reserves(), _redeems(), _approvals(), _settlements()):
        part: list[BatchItem] = []
        for item in events:
            part.append(item)
            if len(part) == POSTS * 10:
                _post(book_id, part)
                part = []
        _post(book_id, part)


def _post(book_id: UUID, items: Sequence[BatchItem]) -> None:
    today = clock.today()
    for start in range(0, len(items), POSTS):
        in_transaction(lambda part=items[start : start + POSTS]: ledger.post_batch(book_id, part, today=today))
    db.session.expunge_all()


def _rows(statement: str) -> list[Any]:
    return list(db.session.execute(text(statement)))


def _command(verb: str, subject: str, subject_id: UUID, **body: Any) -> EntryCommand:
    return EntryCommand(verb, f"{verb}:{subject_id}", None, subject, subject_id, body)


def _issues() -> Iterator[BatchItem]:
    for voucher, round_id, face in _rows("SELECT id, round_id, face_fen FROM vouchers ORDER BY id"):
        account = chart.VOUCHER.of(voucher)
        yield BatchItem(
            _command("voucher.issue", "voucher", voucher, face_fen=face), [MoneyMove(chart.POOL.of(round_id), account, face)], (account,)
        )


def _reserves() -> Iterator[BatchItem]:
    wanted = "SELECT id, voucher_id, subsidy_fen FROM orders WHERE voucher_id IS NOT NULL ORDER BY id"
    for order, voucher, fen in _rows(wanted):
        held = chart.RESERVED.of(order)
        command = _command("order.reserve", "order", order, amount_fen=fen, voucher=str(voucher))
        yield BatchItem(command, [MoneyMove(chart.VOUCHER.of(voucher), held, fen)], (held, chart.REDEEMED.of(order)))


def _redeems() -> Iterator[BatchItem]:
    wanted = "SELECT id, subsidy_fen FROM orders WHERE voucher_id IS NOT NULL AND state = 'redeemed' ORDER BY id"
    for order, fen in _rows(wanted):
        command = _command("order.redeem", "order", order, spent_fen=fen, spare_fen=0)
        yield BatchItem(command, [MoneyMove(chart.RESERVED.of(order), chart.REDEEMED.of(order), fen)])


def _approvals() -> Iterator[BatchItem]:
    wanted = "SELECT id, order_id, provider_id, approved_fen FROM claims WHERE approved_fen IS NOT NULL ORDER BY id"
    for claim, order, provider, fen in _rows(wanted):
        owed = chart.PAYABLE.of(provider)
        command = _command("claim.approve", "claim", claim, approved_fen=fen, cut_fen=0)
        yield BatchItem(command, [MoneyMove(chart.REDEEMED.of(order), owed, fen)], (owed,))


def _settlements() -> Iterator[BatchItem]:
    joined = "payment_lines l JOIN claims c ON c.id = l.claim_id"
    wanted = f"SELECT l.id, c.provider_id, l.amount_fen FROM {joined} WHERE l.state = 'paid' ORDER BY l.id"
    for line, provider, fen in _rows(wanted):
        command = _command("payment.settle", "payment_line", line, amount_fen=fen)
        yield BatchItem(command, [MoneyMove(chart.PAYABLE.of(provider), chart.PAID.of(), fen)], (chart.PAID.of(),))


def _trail(orders: int) -> None:
    """One row for each order, by whoever placed it, with the leaf that the trail itself would have written."""
    wanted = "SELECT id, placed_at, placed_by, book_id, number FROM orders ORDER BY id"
    found = _rows(wanted)
    for start in range(0, orders, ROWS):
        events = []
        for n, (order, at, actor, book, number) in enumerate(found[start : start + ROWS], start + 1):
            event = {
                "id": UUID(key("audit").replace("N", f"{n:012x}")), "at": at, "action": "order.placed", "actor_id": actor,
                "subject_type": "order", "subject_id": order, "book_id": book, "details": leaves.canonical_json({"number": number}),
                "leaf_format": leaves.LEAF_FORMAT,
            }  # fmt: skip
            events.append(event | {"leaf_hash": leaves.event_leaf(event)})
        in_transaction(lambda part=events: db.session.execute(insert(table_of(AuditEvent)), part))  # type: ignore[misc]


def _refresh() -> None:
    """Autovacuum does it within a minute; until then plans go by guesses."""
    in_transaction(lambda: db.session.execute(text("ANALYZE")))


def _ids(round_id: UUID) -> dict[str, str]:
    one = {name: key(name).replace("N", f"{1:012x}") for name in rows.KINDS}
    return one | {"round": str(round_id), "claim": str(db.session.scalar(text("SELECT min(id::text) FROM claims")))}


def main(orders: int, url: str = "") -> None:
    """Stock a server of its own, or a database that is there."""
    from tests import postgres
    from tests.bench.loads import app_on
    from tests.conftest import RUN, close, migrate

    with tempfile.TemporaryDirectory(prefix="quanlian-stock-") as folder:
        run_dir = Path(folder)
        (run_dir / "owner").write_text(str(os.getpid()))
        os.environ.setdefault(RUN, folder)  # where an application of the tests keeps its files
        with postgres.durable(run_dir) as server:
            place = url or server.cluster.create("stock")
            migrate(place)
            app = app_on(place, folder)
            began = time.monotonic()
            with app.app_context():
                made = stock(Shape.of(orders))
            close(app)
            print(f"{time.monotonic() - began:.0f} s", place, made.logins, made.ids, sep="\n", flush=True)
            input("Enter ends the server. ")


if __name__ == "__main__":
    main(int(sys.argv[1]), *sys.argv[2:])
