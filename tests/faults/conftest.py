"""Fault runs: real server processes, real commits, real time. `make faults` prints a row for each fault and keeps it."""

import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import postgres
from tests.conftest import close, make_app, migrate
from tests.faults.stage import Seeded, seed_orders


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.real_clock)


@pytest.fixture(scope="session")
def server(run_dir) -> Iterator[postgres.Server]:
    """A PostgreSQL that keeps what it acknowledged, and may be killed."""
    try:
        with postgres.durable(run_dir) as running:
            yield running
    except postgres.Unavailable as reason:
        pytest.skip(f"no PostgreSQL: {reason}")


@pytest.fixture(scope="session")
def seeded(server) -> Seeded:
    """A database with firms, vouchers and delivered orders, of which each run takes a copy."""
    url = server.cluster.create("seeded")
    migrate(url)
    return seed_orders(url)


@pytest.fixture
def pg_url(server, seeded, request) -> Iterator[str]:
    name = f"f{random.randrange(16**8):08x}"
    yield server.cluster.create(name, template="seeded")
    server.cluster.drop(name)


@pytest.fixture
def pg_app(pg_url):
    """An application on PostgreSQL whose threads each get a connection."""
    app = make_app(pg_url)
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {}
    with app.app_context():
        from marketplace.kernel.db import db

        db.engine.pool._max_overflow = 80
    yield app
    close(app)


@pytest.fixture(scope="session")
def seed() -> int:
    """Of everything random in a run; SEED= repeats one."""
    number = int(os.environ.get("SEED", random.randrange(10**6)))
    print(f"\nSEED={number}", flush=True)
    return number
