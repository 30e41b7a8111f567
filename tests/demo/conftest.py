"""The demo is laid once per engine; then everybody looks at it."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from flask import Flask

from marketplace.demo.load import load
from marketplace.kernel.clock import CST
from marketplace.kernel.db import db
from tests.conftest import NOW, Engine, close, make_app

LOADED_AT = datetime.fromisoformat(NOW).replace(tzinfo=CST)


@pytest.fixture(scope="session")
def demo(engine: Engine) -> Iterator[Flask]:
    """An application with the demo in its database."""
    with engine.fresh() as url:
        app = make_app(url)
        app.config["DEMO"] = True
        with app.app_context():
            load(LOADED_AT, say=lambda line: None)
            db.session.remove()
        yield app
        close(app)


@pytest.fixture
def laid(demo: Flask) -> Iterator[Flask]:
    """Its context, for one test."""
    with demo.app_context():
        yield demo
        db.session.remove()
