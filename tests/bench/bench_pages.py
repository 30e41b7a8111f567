"""The pages that once broke with the work, on a stock of a hundred thousand orders: milliseconds, statements, rows, kilobytes, status.

STOCK_ORDERS says another number. Statements and rows are exact; times are those of a machine that does other things too.
"""

import os
from pathlib import Path

import pytest
from sqlalchemy import select, text

from marketplace.identity.models import User
from marketplace.kernel.db import db
from marketplace.ledger import invariants
from tests import postgres
from tests.bench.loads import app_on
from tests.bench.stock import Shape, stock
from tests.browser import Browser
from tests.conftest import close, migrate
from tests.page_walk import visit

ORDERS = int(os.environ.get("STOCK_ORDERS", "100000"))
PAGES = (
    ("", "/services"), ("", "/services"), ("", "/services?q=数字化"), ("", "/front"), ("", "/rounds/{second}/results"),
    ("provider", "/home"), ("provider", "/claims/mine"), ("provider", "/evaluation/self-check"), ("sme", "/home"), ("sme", "/wallet"),
    ("officer", "/home"), ("officer", "/orders"), ("officer", "/orders?sort=-amount"), ("officer", "/orders?page=400"),
    ("officer", "/orders?q={number}"), ("officer", "/orders?q=高原1号"), ("officer", "/claims"), ("officer", "/claims?q=高原1号"),
    ("officer", "/claims/{claim}"), ("officer", "/orders/{order}"), ("officer", "/evaluation"), ("officer", "/spending"),
    ("officer", "/office/rounds/{round}"), ("officer", "/surveys"), ("officer", "/records/all"), ("auditor", "/oversight/trail"),
)  # fmt: skip

pytestmark = pytest.mark.real_clock


def test_no_page_breaks_on_the_stock(durable: postgres.Server, instance: str, tmp_path: Path):
    url = durable.cluster.create("pages")
    migrate(url)
    app = app_on(url, instance)
    with app.app_context():
        made = stock(Shape.of(ORDERS))
        with db.engine.connect() as connection:
            assert not any(invariants.counts(connection).values())
        users = {role: db.session.scalars(select(User).where(User.login == login)).one() for role, login in made.logins.items()}
        ids = dict(made.ids) | {"number": db.session.scalar(text("SELECT number FROM orders LIMIT 1"))}
        ids["second"] = str(db.session.scalar(text("SELECT id FROM rounds WHERE name = '二期'")))
        db.session.remove()
    broken = []
    for role, path in PAGES:
        browser = Browser(app)
        if role:
            browser.sign_in(users[role])
        page = visit(browser, path.format(**ids))
        cost = f"{page.milliseconds:7} ms {len(page.statements):4} statements {page.rows:7} rows {page.kilobytes:6} KB"
        print(f"{role or 'anybody':9} {path:32} {page.status} {cost}", flush=True)
        broken += [path] if page.status != 200 else []
    close(app)
    assert not broken
