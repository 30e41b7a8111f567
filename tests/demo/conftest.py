"""A demo on each engine, at which everybody looks: on SQLite as users lay it today, on PostgreSQL as of a day that stays."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

import pytest
from flask import Flask

from marketplace.demo.load import load
from marketplace.kernel.clock import CST
from marketplace.kernel.db import db
from tests.conftest import NOW, Clock, Engine, close, make_app
from tests.laid_demo import DATABASE, copied


class LaidDemo(NamedTuple):
    app: Flask
    at: datetime


@pytest.fixture(scope="session")
def demo(engine: Engine, run_dir: Path) -> Iterator[LaidDemo]:
    """An application with the demo in its database."""
    with _sqlite(run_dir) if engine.name == "sqlite" else _postgresql(engine) as laid:
        laid.app.config["DEMO"] = True
        yield laid
        close(laid.app)


@contextmanager
def _sqlite(run_dir: Path) -> Iterator[LaidDemo]:
    home = copied(run_dir, run_dir / f"demo.{uuid4().hex[:8]}")
    at = datetime.fromtimestamp((home / "demo_accounts.json").stat().st_mtime, tz=CST)  # the last that the command writes
    yield LaidDemo(make_app(f"sqlite:///{home / DATABASE}", home), at)


@contextmanager
def _postgresql(engine: Engine) -> Iterator[LaidDemo]:
    at = datetime.fromisoformat(NOW).replace(tzinfo=CST)
    with engine.fresh() as url:
        app = make_app(url)
        app.config["DEMO"] = True
        with app.app_context():
            load(at, say=lambda line: None)
            db.session.remove()
        yield LaidDemo(app, at)


@pytest.fixture
def laid(demo: LaidDemo, clock: Clock) -> Iterator[Flask]:
    """Its context, for one test, at the moment as of which it was laid."""
    clock.move_to(demo.at)
    with demo.app.app_context():
        yield demo.app
        db.session.remove()
