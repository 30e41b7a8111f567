from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.kernel.errors import RuleViolation
from marketplace.ledger import rules
from marketplace.ledger.rules import AccountKind, EntryCommand
from tests.ledger.books import a_move

CODES = ["appropriation:a", "pool:p", "voucher:v", "order:o:reserved", "order:o:redeemed", "provider:x:payable", "paid", "surrendered"]


def test_an_account_id_follows_from_book_and_code_alone():
    book, other = UUID(int=1), UUID(int=2)
    assert rules.account_id(book, "paid") == rules.account_id(UUID(int=1), "paid")
    assert len({rules.account_id(book, "paid"), rules.account_id(other, "paid"), rules.account_id(book, "recovered")}) == 3


@pytest.mark.parametrize(
    ("moves", "says"),
    [
        pytest.param([], "没有要记账", id="nothing to move"),
        pytest.param([a_move("pool:p", "voucher:v", 0)], "大于 0", id="zero"),
        pytest.param([a_move("pool:p", "voucher:v", -1)], "大于 0", id="negative"),
        pytest.param([a_move("pool:p", "voucher:v", 1.0)], "大于 0", id="a float"),  # type: ignore[arg-type]
        pytest.param([a_move("pool:p", "voucher:v", True)], "大于 0", id="a truth value"),
        pytest.param([a_move("pool:p", "voucher:v", 10**15 + 1)], "超过系统上限", id="above the bound"),
        pytest.param([a_move("pool:p", "voucher:v", 2**63)], "超过系统上限", id="above 2^63"),
        pytest.param([a_move("pool:p", "pool:p", 1)], "同一账户", id="to itself"),
        pytest.param([a_move("pool:p", "limit:order:1", 1)], "额度账户", id="money into a limit"),
        pytest.param([a_move("limit:order:1", "paid", 1)], "额度账户", id="a limit into money"),
    ],
)
def test_moves_that_cannot_be_are_refused(moves, says):
    with pytest.raises(RuleViolation, match=says):
        rules.check_moves(moves)


def test_moves_up_to_the_bound_are_taken():
    rules.check_moves([a_move("pool:p", "voucher:v", 1), a_move("pool:p", "voucher:w", 10**15), a_move("limit:a", "limit:a:used", 5)])


def test_accounts_are_taken_private_ones_first_and_always_in_one_order():
    moves = [
        a_move("pool:b", "order:2:reserved", 5),
        a_move("pool:a", "order:1:reserved", 5),
        a_move("limit:programme:x", "limit:programme:x:used", 5),
    ]
    order = [change.code for change in rules.changes(moves)]
    assert order == ["order:1:reserved", "order:2:reserved", "limit:programme:x", "limit:programme:x:used", "pool:a", "pool:b"]
    assert order == [change.code for change in rules.changes(moves[::-1])]


@given(st.lists(st.tuples(st.permutations(CODES), st.integers(1, 10**15)), min_size=1, max_size=12))
def test_what_an_entry_takes_it_gives(pairs):
    moves = [a_move(codes[0], codes[1], amount) for codes, amount in pairs]
    changes = rules.changes(moves)
    assert sum(change.debit_fen for change in changes) == sum(change.credit_fen for change in changes) == sum(m.amount_fen for m in moves)
    assert sum(change.transfers for change in changes) == 2 * len(moves)


def test_a_repeat_has_the_same_hash_whatever_the_order_of_its_body():
    subject, actor = uuid4(), uuid4()
    one = EntryCommand("order.place", "k", actor, "order", subject, {"fen": 1, "note": "茶"})
    same = EntryCommand("order.place", "another key", actor, "order", subject, {"note": "茶", "fen": 1})
    assert one.request_hash() == same.request_hash()


@pytest.mark.parametrize("change", [{"verb": "order.redeem"}, {"actor_id": UUID(int=9)}, {"subject_id": UUID(int=9)}, {"body": {"fen": 2}}])
def test_another_verb_actor_subject_or_body_has_another_hash(change):
    given = {
        "verb": "order.place",
        "key": "k",
        "actor_id": UUID(int=1),
        "subject_type": "order",
        "subject_id": UUID(int=2),
        "body": {"fen": 1},
    }
    assert EntryCommand(**given).request_hash() != EntryCommand(**{**given, **change}).request_hash()


def test_the_money_identity_holds_when_nothing_is_lost_on_the_way():
    balances = {
        AccountKind.APPROPRIATION: -1000, AccountKind.POOL: 100, AccountKind.VOUCHER: 200, AccountKind.RESERVED: 50,
        AccountKind.REDEEMED: 60, AccountKind.PAYABLE: 70, AccountKind.PAID: 540, AccountKind.RECOVERED: -30, AccountKind.SURRENDERED: 10,
        AccountKind.LIMIT: 5, AccountKind.LIMIT_USED: -5,
    }  # fmt: skip
    assert rules.standing(balances).difference() == 0
    assert rules.standing({**balances, AccountKind.PAID: 541}).difference() == -1
