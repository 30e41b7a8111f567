"""Rows 1, 2 and 5: random stories against a model, a planted bug that must be found, and numbers at their bounds."""

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded_with
from hypothesis.stateful import initialize, run_state_machine_as_test

from marketplace.kernel.db import db
from marketplace.kernel.errors import InsufficientBalance, RuleViolation
from marketplace.kernel.money import MAX_AMOUNT_FEN, Fen, parse_yuan, split_pro_rata
from marketplace.ledger import queries
from tests.conftest import close, make_app, migrate
from tests.faults.load import Found, keep
from tests.ledger.books import a_book, a_move, post
from tests.ledger.test_model import Ledger

RUNS, STEPS = {"sqlite": 1500, "postgresql": 500}, 8


class Counted(Ledger):
    """The machine of the suite, which counts."""

    stories = postings = 0

    def ask(self, key, content, moves):
        entry = super().ask(key, content, moves)
        Counted.postings += 1
        return entry

    def teardown(self):
        Counted.stories += 1
        super().teardown()


class Overspending(Counted):
    """The planted bug: where an account is short, it is taken from where nothing is checked."""

    steps = 0

    @initialize()
    def open(self):
        super().open()
        Overspending.steps = 0

    def ask(self, key, content, moves):
        Overspending.steps += 1
        try:
            return super().ask(key, content, moves)
        except InsufficientBalance:
            free = {"recovered": "appropriation:a"}
            return super().ask(key, content, [a_move(free.get(one.credit, "recovered"), one.credit, one.amount_fen) for one in moves])


def play(machine, runs, *, phases=tuple(Phase)):
    quick = settings(
        report_multiple_bugs=False,
        max_examples=runs,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=phases,
    )
    run_state_machine_as_test(machine, settings=quick)


@pytest.fixture(params=["sqlite", "postgresql"])
def any_app(request, run_dir):
    if request.param == "postgresql":
        yield request.getfixturevalue("pg_app")
        return
    path = run_dir / f"ledger-{request.node.name}.sqlite3"
    migrate(f"sqlite:///{path}")
    app = make_app(f"sqlite:///{path}")
    yield app
    close(app)


def test_rows_01_and_02_random_stories_agree_with_their_model(any_app, seed):
    with any_app.app_context():
        engine = db.engine.dialect.name
        Counted.stories = Counted.postings = 0
        play(seeded_with(seed)(Counted), RUNS[engine])
        stories, postings = Counted.stories, Counted.postings
        with pytest.raises(AssertionError, match=r"."):
            play(seeded_with(seed)(Overspending), 200)
        steps = Overspending.steps
        db.session.remove()
    keep(f"1 {engine}", Found(acknowledged=postings), {"stories": stories, "planted overspend found": 1})
    keep(f"2 {engine}", Found(acknowledged=1), {"planted overspend found": 1, "steps after shrinking": steps})
    assert steps <= 5


def test_row_05_numbers_at_their_bounds(any_app):
    refused = []
    with any_app.app_context():
        engine, book = db.engine.dialect.name, a_book(pool_fen=1000)
        for fen in (0, -1, MAX_AMOUNT_FEN + 1, 2**62, 2**63, 2**64):
            with pytest.raises(RuleViolation):
                post(book, ("pool:p", "paid", fen), opens=("paid",))
            refused.append(fen)
        for typed in ("99999999999999999999", "1.001", "-1", "1e3", "NaN"):
            with pytest.raises(ValueError):  # noqa: PT011 – its sentence is for the form
                parse_yuan(typed)
            refused.append(typed)
        assert queries.balance_fen(book, "pool:p") == 1000
        naive = float(2**53) + 1  # the control: what a float does to a fen
        db.session.remove()

    @settings(max_examples=2000, deadline=None, database=None)
    @given(st.lists(st.integers(1, 10**15), min_size=1, max_size=5), st.data())
    def a_split_loses_nothing(left, data):
        sources = {f"s{number}": fen for number, fen in enumerate(left)}
        amount = data.draw(st.integers(1, sum(left)))
        split = split_pro_rata(Fen(amount), sources)
        assert sum(split.values()) == amount
        assert all(isinstance(fen, int) and 0 <= fen <= sources[name] for name, fen in split.items())

    a_split_loses_nothing()
    keep(f"5 {engine}", Found(acknowledged=len(refused)), {"fen that a float loses": 2**53 + 1 - int(naive)})
