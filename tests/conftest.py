"""What tests stand on: an application per engine, a database that forgets, a pinned clock, a browser.

`db`        the database of an ordinary test, on SQLite and on PostgreSQL; everything is rolled back afterwards
`fresh_db`  a database of its own, with real commits: for races, retries, deferred constraints, commands
`clock`     always on: 2026-03-16 10:00 in China; `@pytest.mark.clock("2026-12-31 23:59")` for another moment
`browser`   pages, on SQLite only; tests/e2e has a real browser

`--engine sqlite|postgresql` runs one engine only, pages too. Schema comes from migrations, once per run; each process copies it.
"""

import gc
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import flask_migrate
import pytest
import time_machine
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from hypothesis import HealthCheck, settings
from jinja2 import FileSystemBytecodeCache

from marketplace.kernel.clock import CST
from marketplace.kernel.db import db as the_db
from tests import cheaper, postgres
from tests.browser import Browser
from tests.scheduling import Groups, place_of

T = TypeVar("T")
ENGINES = ("sqlite", "postgresql")
NOW = "2026-03-16 10:00"
RUN = "QUANLIAN_TEST_RUN"  # names the folder that the processes of one run share


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--engine", choices=ENGINES, help="run on one engine only; pages run on it too")


def pytest_configure(config: pytest.Config) -> None:
    gc.disable()  # until everything is collected: modules are no garbage
    config.addinivalue_line("markers", "clock(moment): the China time at which the test happens, as YYYY-MM-DD HH:MM")
    config.addinivalue_line("markers", "real_clock: time passes as it does")
    config.addinivalue_line("markers", "engines(*names): the rule concerns these engines only")
    # How fast a machine makes up examples is no property of the code.
    settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("house")
    if not hasattr(config, "workerinput"):
        run_dir = Path(tempfile.mkdtemp(prefix="quanlian-run-"))
        (run_dir / "owner").write_text(str(os.getpid()))
        os.environ[RUN] = str(run_dir)


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput") and RUN in os.environ:
        run_dir = Path(os.environ.pop(RUN))
        postgres.stop(run_dir)
        shutil.rmtree(run_dir, ignore_errors=True)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    config.option.loadscopereorder = False
    return Groups(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=place_of)


def pytest_collection_finish() -> None:
    """What was collected stays until the end of the run: the collector of garbage need not walk all of it again and again."""
    gc.enable()
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Whatever touches the database runs on both engines, pages on one."""
    if "engine" not in metafunc.fixturenames:
        return
    chosen = metafunc.config.getoption("--engine")
    marker = metafunc.definition.get_closest_marker("engines")
    usual = marker.args if marker else ("sqlite",) if "browser" in metafunc.fixturenames else ENGINES
    names = [name for name in usual if chosen in {None, name}] if marker or not chosen else [chosen]
    marks = {"postgresql": [pytest.mark.pg]}
    metafunc.parametrize("engine", [pytest.param(n, marks=marks.get(n, ())) for n in names], indirect=True, scope="session")


@dataclass(frozen=True)
class Engine:
    """Makes databases of one kind, all copies of one that was migrated."""

    name: str
    fresh: Callable[[], Any]  # a context manager: URL of a new migrated copy, dropped afterwards
    empty: Callable[[], Any]  # the same, with nothing in it


@pytest.fixture(scope="session")
def run_dir() -> Path:
    """The folder that the processes of this run share."""
    return Path(os.environ[RUN])


@pytest.fixture(scope="session")
def postgresql(run_dir: Path) -> postgres.Cluster:
    """A real PostgreSQL; the test is skipped where none can be had, unless REQUIRE_PG=1."""
    try:
        return postgres.cluster(run_dir)
    except postgres.Unavailable as reason:
        if os.environ.get("REQUIRE_PG") == "1":
            pytest.fail(f"PostgreSQL is required: {reason}")
        pytest.skip(f"no PostgreSQL: {reason}")


@pytest.fixture(scope="session")
def engine(request: pytest.FixtureRequest, run_dir: Path) -> Engine:
    """The engine a test runs on, "sqlite" or "postgresql"."""
    if request.param == "postgresql":
        cluster = request.getfixturevalue("postgresql")
        with postgres.locked(run_dir, "template"):
            if "template" not in cluster.names():
                migrate(cluster.create("template"))
        return Engine("postgresql", lambda: _postgresql(cluster, "template"), lambda: _postgresql(cluster, None))
    cheaper.sqlite_flushes_nothing()
    template = run_dir / "template.sqlite3"
    with postgres.locked(run_dir, "template"):
        if not template.exists():
            migrate(f"sqlite:///{template}.making")
            Path(f"{template}.making").rename(template)
    return Engine("sqlite", lambda: _sqlite(run_dir, template), lambda: _sqlite(run_dir, None))


@contextmanager
def _postgresql(cluster: postgres.Cluster, template: str | None) -> Iterator[str]:
    name = uuid4().hex[:12]
    yield cluster.create(name, template=template)
    cluster.drop(name)


@contextmanager
def _sqlite(run_dir: Path, template: Path | None) -> Iterator[str]:
    copy = run_dir / f"{uuid4().hex[:12]}.sqlite3"
    if template:
        shutil.copyfile(template, copy)
    yield f"sqlite:///{copy}"
    for leftover in run_dir.glob(f"{copy.name}*"):
        leftover.unlink()


def make_app(url: str, home: Path | None = None) -> Flask:
    """An application in its testing configuration on the database at `url`; its files stand in the folder of this process, or at home."""
    from marketplace.app import create_app  # late: tests of pure rules start without it

    cheaper.addresses_are_made_ready_late()
    cheaper.rules_are_read_once()
    shared = Path(os.environ[RUN])
    instance = home or shared / os.environ.get("PYTEST_XDIST_WORKER", "alone")  # what one process leaves there is not found by another
    folders = {"INSTANCE": instance, "FILES_ROOT": str(instance / "files"), "SEALS_ROOT": str(instance / "seals")}
    app = create_app({"ENVIRONMENT": "testing", "SQLALCHEMY_DATABASE_URI": url, **folders})
    read = shared / "templates"  # each application would read them all anew
    read.mkdir(exist_ok=True)
    app.jinja_env.bytecode_cache = FileSystemBytecodeCache(str(read))
    return app


def close(app: Flask) -> None:
    """Let go of an application's connections."""
    with app.app_context():
        the_db.session.remove()
        for engine in the_db.engines.values():
            engine.dispose()


def migrate(url: str) -> None:
    """Bring the database at `url` to the newest schema."""
    app = make_app(url)
    with app.app_context():
        flask_migrate.upgrade()
    close(app)


@pytest.fixture(scope="session")
def app(engine: Engine) -> Iterator[Flask]:
    """The application on a migrated database of this process; its tests leave nothing behind."""
    with _rolled_back_after_each(engine) as app:
        yield app


@contextmanager
def _rolled_back_after_each(engine: Engine) -> Iterator[Flask]:
    # On the connection of a test that is already in a transaction, a session works inside a savepoint.
    cheaper.savepoints_are_said_plainly()
    the_db.session.session_factory.configure(join_transaction_mode="create_savepoint")
    with engine.fresh() as url:
        app = make_app(url)
        yield app
        close(app)


@contextmanager
def a_world(engine: Engine, lay: Callable[[], T]) -> Iterator[tuple[Flask, T]]:
    """An application whose database holds what `lay` stores, and what that answers: keys, as rows belong to the session that laid them.

    For modules that override `app`: what many tests stand on is laid once, and each forgets what it did there.
    """
    with _rolled_back_after_each(engine) as app:
        with time_machine.travel(_china_time(NOW), tick=True), app.app_context():
            laid = lay()
            the_db.session.remove()
        yield app, laid


@pytest.fixture
def db(app: Flask) -> Iterator[SQLAlchemy]:
    """The database inside a transaction that is rolled back after the test.

    Every commit is a savepoint, whoever makes it: the test, in_transaction(), a request. So deferred constraints and real locks are
    not seen here; `fresh_db` is for them.
    """
    with app.app_context():
        engines: Any = the_db.engines  # typed as read-only
        engine = engines[None]
        with engine.connect() as connection:
            outer = connection.begin()
            engines[None] = connection
            try:
                yield the_db
            finally:
                the_db.session.remove()
                app.extensions.pop("catalogue.keeper", None)  # what it keeps of the database is rolled back with it
                engines[None] = engine
                outer.rollback()
                if engine.dialect.name == "sqlite":  # a test may have switched them off; the connection goes back to the pool
                    connection.exec_driver_sql("PRAGMA ignore_check_constraints = OFF")


@pytest.fixture
def fresh_app(engine: Engine) -> Iterator[Flask]:
    """An application on a database of its own. Threads and requests push their own contexts; `tests.races` helps."""
    with engine.fresh() as url:
        app = make_app(url)
        yield app
        close(app)


@pytest.fixture
def fresh_db(fresh_app: Flask) -> Iterator[SQLAlchemy]:
    """A database of its own where commits are real, with the application's context pushed."""
    with fresh_app.app_context():
        yield the_db
        the_db.session.remove()


class Clock:
    """The pinned clock. It ticks, so what happens later in a test is later; move it by hand for more."""

    def __init__(self, travel: time_machine.Traveller) -> None:
        self._travel = travel

    def move_to(self, moment: str | datetime) -> None:
        """Go to a China time such as "2026-12-31 23:59", or to an aware instant."""
        self._travel.move_to(_china_time(moment))

    def shift(self, **span: float) -> None:
        """Let days=, hours=, minutes=, seconds= pass."""
        self._travel.shift(timedelta(**span))


def _china_time(moment: str | datetime) -> datetime:
    return datetime.fromisoformat(moment).replace(tzinfo=CST) if isinstance(moment, str) else moment


@pytest.fixture(autouse=True)
def clock(request: pytest.FixtureRequest) -> Iterator[Clock | None]:
    """The moment at which every test happens, unless it is marked otherwise."""
    if request.node.get_closest_marker("real_clock"):
        yield None
        return
    marker = request.node.get_closest_marker("clock")
    with time_machine.travel(_china_time(marker.args[0] if marker else NOW), tick=True) as travel:
        yield Clock(travel)


@pytest.fixture
def browser(app: Flask, db: SQLAlchemy) -> Browser:
    """Opens pages of the application; what it does is rolled back with the test."""
    return Browser(app)
