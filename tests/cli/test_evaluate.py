"""`flask evaluate`: JSON on standard output alone, 0 when it could be evaluated, 2 for unknown names."""

import json

import pytest

from marketplace.cli.evaluate import evaluate
from tests.evaluation.factories import a_dossier_item, a_platform
from tests.factories import a_firm

RULE = "xizang_demonstration_platform"


@pytest.fixture
def run(app, db):
    return lambda *arguments: app.test_cli_runner().invoke(evaluate, list(arguments))


def test_a_platform_is_evaluated_as_json(run):
    platform = a_platform()
    item = a_dossier_item(platform, "total_assets", number=150_000_000)

    done = run(RULE, platform.organisation.uscc, "--json")

    assert (done.exit_code, done.stderr) == (0, "")
    answer = json.loads(done.stdout)
    assert set(answer) == {"ruleset", "organisation", "year", "verdict", "criteria"}
    assert (answer["ruleset"], answer["organisation"], answer["year"]) == (RULE, platform.organisation.uscc, 2026)
    assets = next(c for c in answer["criteria"] if c["id"] == "basic_1_assets")
    assert assets == {
        "id": "basic_1_assets",
        "clause": "申报条件（一）第1项",
        "verdict": "met",
        "value": 150_000_000,
        "threshold": 100_000_000,
        "unit": "fen",
        "rows": [f"dossier_item:{item.id}"],
    }


def test_another_year_and_words_for_people(run):
    platform = a_platform()
    a_dossier_item(platform, "total_assets", number=50_000_000, year=2025)

    done = run(RULE, platform.organisation.uscc, "--year", "2025")

    assert done.exit_code == 0
    assert "2025 年" in done.stdout and "500,000.00 元" in done.stdout and "还差" in done.stdout


def test_a_firm_that_is_no_provider_is_evaluated_too(run):
    done = run(RULE, a_firm().organisation.uscc, "--json")
    assert done.exit_code == 0 and json.loads(done.stdout)["verdict"] == "unknown"


@pytest.mark.parametrize(
    ("ruleset", "uscc", "says"),
    [("moon", "x", "没有名为“moon”的评价规则"), (RULE, "123", "18"), (RULE, "91540102MA0090014X", "没有统一社会信用代码为")],
)
def test_an_unknown_name_gets_a_sentence_on_standard_error_and_code_2(run, ruleset, uscc, says):
    done = run(ruleset, uscc, "--json")

    assert (done.exit_code, done.stdout) == (2, "")
    assert says in done.stderr
