"""What a command has to load before it says a word."""

import subprocess
import sys
from pathlib import Path

import pytest

from marketplace.cli import COMMANDS, Late, needs_no_application

ROOT = Path(__file__).resolve().parents[2]
HEAVY = (
    "pypinyin", "numpy", "scipy", "rapidfuzz", "ortools", "openpyxl", "xlsxwriter", "typst", "marketplace.app", "marketplace.kernel.db",
    "marketplace.retrieval.search", "marketplace.retrieval.text", "marketplace.matching.plan",
)  # fmt: skip
PAGES = """
from pathlib import Path
from marketplace.app import create_app
folders = {{"INSTANCE": Path({folder!r}), "FILES_ROOT": {folder!r}, "SEALS_ROOT": {folder!r}}}
client = create_app({{"ENVIRONMENT": "testing", "SQLALCHEMY_DATABASE_URI": {url!r}, **folders}}).test_client()
for path in ("/", "/sign-in", "/front", "/services", "/services/compare", "/providers", "/programmes"):
    assert client.get(path).status_code < 400, path
"""


def loaded(code):
    """Which of the heavy modules a fresh process has loaded after some code."""
    script = f"import sys\n{code}\nprint(*[name for name in {HEAVY} if name in sys.modules], file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    return done.stdout, set(done.stderr.split())


def test_help_lists_every_command_and_builds_no_application():
    run = "import os; os.environ['FLASK_RUN_FROM_CLI'] = 'true'; sys.argv = ['flask', '--app', 'wsgi', '--help']\n"
    shown, heavy = loaded(run + "from flask.cli import main\ntry:\n    main()\nexcept SystemExit:\n    pass")
    assert all(Late(name).name in shown for name in COMMANDS)
    assert "封成区块" in shown and "db upgrade" in shown
    assert heavy == set()


def test_an_application_loads_no_library_that_its_pages_do_not_need():
    _shown, heavy = loaded("import wsgi")
    assert heavy == {"marketplace.app", "marketplace.kernel.db"}


@pytest.mark.engines("sqlite")
def test_pages_without_a_search_load_neither_index_nor_solver(engine, tmp_path):
    """A web worker stays small until somebody searches in words."""
    with engine.fresh() as url:
        _shown, heavy = loaded(PAGES.format(url=url, folder=str(tmp_path)))
    assert heavy == {"marketplace.app", "marketplace.kernel.db"}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_listed_command_says_what_the_command_says(name):
    context = Late(name).make_context(name, ["--help"], resilient_parsing=True)
    assert context.command.name == Late(name).name
    assert Late(name).get_short_help_str(90) == context.command.get_short_help_str(90)


@pytest.mark.parametrize(
    ("arguments", "only"),
    [(["--app", "wsgi", "--help"], True), (["--app", "wsgi"], True), ([], True), (["--app", "wsgi", "seal"], False),
     (["--app", "wsgi", "ledger", "verify", "--help"], True), (["-A", "wsgi", "worker"], False),
     (["--app", "wsgi", "match", "run", "--needs", "a"], True), (["--app", "wsgi", "match", "redo", "x"], False)],
)  # fmt: skip
def test_only_who_asks_for_help_or_goes_from_file_to_file_gets_no_application(monkeypatch, arguments, only):
    assert needs_no_application(arguments) is False, "gunicorn asks for none"
    monkeypatch.setenv("FLASK_RUN_FROM_CLI", "true")
    assert needs_no_application(arguments) is only
