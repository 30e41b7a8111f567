"""Random sequences of commands, on both engines, against a ledger that is a dictionary."""

from uuid import uuid4

import hypothesis.strategies as st
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from marketplace.kernel import clock
from marketplace.kernel.db import in_transaction
from marketplace.kernel.errors import Conflict, InsufficientBalance
from marketplace.ledger import queries, rules, service
from marketplace.ledger.rules import Move
from tests.ledger.books import a_command

CODES = ["appropriation:a", "pool:p", "voucher:v", "voucher:w", "order:o:reserved", "order:o:redeemed", "paid", "recovered"]
amounts = st.integers(1, 60)
moves_of_an_entry = st.lists(
    st.tuples(st.lists(st.sampled_from(CODES), min_size=2, max_size=2, unique=True), amounts), min_size=1, max_size=4
)


class Model:
    """What a ledger is, in a dozen lines."""

    def __init__(self):
        self.balances = dict.fromkeys(CODES, 0)
        self.transfers = 0
        self.answers = {}  # key -> (content, entry id)
        self.entries = {}  # entry id -> moves
        self.reversed = set()

    def would_overdraw(self, moves):
        after = dict(self.balances)
        for move in moves:
            after[move.debit] -= move.amount_fen
            after[move.credit] += move.amount_fen
        return any(after[code] < 0 for code in CODES if rules.kind_of(code) not in rules.NEGATIVE)

    def apply(self, entry_id, moves):
        for move in moves:
            self.balances[move.debit] -= move.amount_fen
            self.balances[move.credit] += move.amount_fen
        self.transfers += len(moves)
        self.entries[entry_id] = moves


class Ledger(RuleBasedStateMachine):
    """The real thing beside the model: they agree after every step."""

    @initialize()
    def open(self):
        self.model = Model()
        self.book = in_transaction(lambda: service.open_book(f"book-{uuid4().hex[:12]}", "测试", now=clock.now())).id

    def ask(self, key, content, moves):
        command = a_command(key=key, content=content)
        return in_transaction(lambda: service.post(self.book, command, moves, today=clock.today(), opens=CODES))

    @rule(drawn=moves_of_an_entry)
    def post(self, drawn):
        key, moves = uuid4().hex, [Move(codes[0], codes[1], amount) for codes, amount in drawn]
        if self.model.would_overdraw(moves):
            try:
                self.ask(key, "new", moves)
            except InsufficientBalance:
                return
            raise AssertionError("an overdraft was posted")
        entry = self.ask(key, "new", moves)
        self.model.apply(entry.id, moves)
        self.model.answers[key] = ("new", entry.id)

    @rule(amount=amounts)
    def load(self, amount):
        self.post([(["appropriation:a", "pool:p"], amount)])

    @rule(number=st.integers(0, 50), changed=st.booleans())
    def send_again(self, number, changed):
        if not self.model.answers:
            return
        key = sorted(self.model.answers)[number % len(self.model.answers)]
        content, entry_id = self.model.answers[key]
        try:
            entry = self.ask(key, "other" if changed else content, [Move("appropriation:a", "pool:p", 1)])
        except Conflict:
            assert changed
        else:
            assert not changed
            assert entry.id == entry_id

    @rule(number=st.integers(0, 50))
    def reverse(self, number):
        if not self.model.entries:
            return
        entry_id = sorted(self.model.entries)[number % len(self.model.entries)]
        back = [Move(move.credit, move.debit, move.amount_fen) for move in self.model.entries[entry_id][::-1]]
        try:
            entry = in_transaction(lambda: service.reverse(self.book, entry_id, a_command("test.reverse"), today=clock.today()))
        except Conflict:
            assert entry_id in self.model.reversed
        except InsufficientBalance:
            assert self.model.would_overdraw(back)
        else:
            assert entry_id not in self.model.reversed
            assert not self.model.would_overdraw(back)
            self.model.apply(entry.id, back)
            self.model.reversed.add(entry_id)

    @invariant()
    def balances_agree(self):
        if hasattr(self, "model"):
            assert queries.balances_fen(self.book, CODES) == self.model.balances
            assert queries.standing(self.book).difference() == 0

    def teardown(self):
        if not hasattr(self, "model"):
            return
        lines = [line for account in queries.accounts(self.book) for line in queries.statement(self.book, account.code)]
        assert len(lines) == 2 * self.model.transfers
        for account in queries.accounts(self.book):
            own = queries.statement(self.book, account.code)
            assert [line.version for line in own] == list(range(1, account.version + 1))
            running = 0
            for line in own:
                running += line.amount_fen
                assert line.balance_fen == running


def test_the_ledger_does_what_its_model_does(db):
    quick = settings(max_examples=12, stateful_step_count=25, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(Ledger, settings=quick)
