"""`/metrics` for monitoring."""

import pytest

from tests.ledger.test_verify import a_small_world


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


def test_with_the_token_five_counts_are_told(app, db, token):
    a_small_world()
    response = app.test_client().get("/metrics", headers=token)
    assert response.status_code == 200
    assert response.mimetype == "text/plain"
    counts = [line for line in response.text.splitlines() if not line.startswith("#")]
    assert len(counts) == 5
    assert all(line.endswith(" 0") for line in counts)
