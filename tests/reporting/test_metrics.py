"""`/metrics` for monitoring."""

import pytest

from marketplace.kernel import clock
from marketplace.ledger import checking
from tests.ledger.test_verify import a_small_world
from tests.page_walk import counted


@pytest.fixture
def token(app):
    app.config["METRICS_TOKEN"] = "a long token"
    yield {"Authorization": "Bearer a long token"}
    app.config["METRICS_TOKEN"] = ""


@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": "Bearer "}, {"Authorization": "Bearer 错"}, {"Authorization": "Basic a long token"}]
)
def test_without_the_token_there_is_no_such_page(app, db, token, headers):
    assert app.test_client().get("/metrics", headers=headers).status_code == 404


def test_where_no_token_is_set_nobody_gets_it(app, db):
    assert app.test_client().get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


def told(app, token):
    response = app.test_client().get("/metrics", headers=token)
    assert (response.status_code, response.mimetype) == (200, "text/plain")
    return [line for line in response.text.splitlines() if not line.startswith("#")]


def test_with_the_token_the_last_counts_are_told_with_their_time(app, db, token):
    a_small_world()
    checking.count(clock.now())
    *counts, whole, recent = told(app, token)
    assert len(counts) == 5
    assert all(line.endswith(" 0") for line in counts)
    assert whole == f'quanlian_ledger_counted_timestamp_seconds{{of="whole"}} {int(clock.now().timestamp())}'
    assert recent.endswith('{of="recent"} 0')


def test_monitoring_reads_no_book(app, db, token):
    """A count that takes longer than a page may would take the alarm away."""
    a_small_world()
    with counted(app) as seen:
        whole, recent = told(app, token)
    assert whole.endswith(" 0") and recent.endswith(" 0"), "never counted, and it says so"
    assert not [statement for statement in seen.statements if "ledger_" in statement]
