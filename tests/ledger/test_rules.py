from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.kernel.errors import RuleViolation
from marketplace.ledger import rules
from marketplace.ledger.rules import AccountKind, Command, Move

CODES = ["appropriation:a", "pool:p", "voucher:v", "order:o:reserved", "order:o:redeemed", "provider:x:payable", "paid", "surrendered"]


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("appropriation:1", AccountKind.APPROPRIATION),
        ("pool:1", AccountKind.POOL),
        ("pool:1:7", AccountKind.POOL),
        ("voucher:1", AccountKind.VOUCHER),
        ("order:1:reserved", AccountKind.RESERVED),
        ("order:1:redeemed", AccountKind.REDEEMED),
        ("provider:1:payable", AccountKind.PAYABLE),
        ("paid", AccountKind.PAID),
        ("recovered", AccountKind.RECOVERED),
        ("surrendered", AccountKind.SURRENDERED),
        ("limit:voucher:1", AccountKind.LIMIT),
        ("limit:voucher:1:used", AccountKind.LIMIT_USED),
    ],
)
def test_the_kind_of_an_account_is_read_off_its_code(code, kind):
    assert rules.kind_of(code) is kind


@pytest.mark.parametrize("code", ["", "cash", "voucher:", "voucher", "order:1", "provider:1", "paid:1", "limit", "limit:", "Pool:1"])
def test_a_code_of_no_known_kind_is_refused(code):
    with pytest.raises(RuleViolation, match="不存在"):
        rules.kind_of(code)


def test_every_kind_has_its_label():
    assert set(rules.LABELS) == set(AccountKind)


def test_an_account_id_follows_from_book_and_code_alone():
    book, other = UUID(int=1), UUID(int=2)
    assert rules.account_id(book, "paid") == rules.account_id(UUID(int=1), "paid")
    assert len({rules.account_id(book, "paid"), rules.account_id(other, "paid"), rules.account_id(book, "recovered")}) == 3


@pytest.mark.parametrize(
    ("moves", "says"),
    [
        pytest.param([], "没有要记账", id="nothing to move"),
        pytest.param([Move("pool:p", "voucher:v", 0)], "大于 0", id="zero"),
        pytest.param([Move("pool:p", "voucher:v", -1)], "大于 0", id="negative"),
        pytest.param([Move("pool:p", "voucher:v", 1.0)], "大于 0", id="a float"),  # type: ignore[arg-type]
        pytest.param([Move("pool:p", "voucher:v", True)], "大于 0", id="a truth value"),
        pytest.param([Move("pool:p", "voucher:v", 10**15 + 1)], "超过系统上限", id="above the bound"),
        pytest.param([Move("pool:p", "voucher:v", 2**63)], "超过系统上限", id="above 2^63"),
        pytest.param([Move("pool:p", "pool:p", 1)], "同一账户", id="to itself"),
        pytest.param([Move("pool:p", "limit:order:1", 1)], "额度账户", id="money into a limit"),
        pytest.param([Move("limit:order:1", "paid", 1)], "额度账户", id="a limit into money"),
        pytest.param([Move("pool:p", "bank", 1)], "不存在", id="no such kind"),
    ],
)
def test_moves_that_cannot_be_are_refused(moves, says):
    with pytest.raises(RuleViolation, match=says):
        rules.check_moves(moves)


def test_moves_up_to_the_bound_are_taken():
    rules.check_moves([Move("pool:p", "voucher:v", 1), Move("pool:p", "voucher:w", 10**15), Move("limit:a", "limit:a:used", 5)])


def test_accounts_are_taken_private_ones_first_and_always_in_one_order():
    moves = [
        Move("pool:b", "order:2:reserved", 5),
        Move("pool:a", "order:1:reserved", 5),
        Move("limit:programme:x", "limit:programme:x:used", 5),
    ]
    order = [change.code for change in rules.changes(moves)]
    assert order == ["order:1:reserved", "order:2:reserved", "limit:programme:x", "limit:programme:x:used", "pool:a", "pool:b"]
    assert order == [change.code for change in rules.changes(moves[::-1])]


@given(st.lists(st.tuples(st.permutations(CODES), st.integers(1, 10**15)), min_size=1, max_size=12))
def test_what_an_entry_takes_it_gives(pairs):
    moves = [Move(codes[0], codes[1], amount) for codes, amount in pairs]
    changes = rules.changes(moves)
    assert sum(change.debit_fen for change in changes) == sum(change.credit_fen for change in changes) == sum(m.amount_fen for m in moves)
    assert sum(change.transfers for change in changes) == 2 * len(moves)


def test_a_repeat_has_the_same_hash_whatever_the_order_of_its_body():
    subject, actor = uuid4(), uuid4()
    one = Command("order.place", "k", actor, "order", subject, {"fen": 1, "note": "茶"})
    same = Command("order.place", "another key", actor, "order", subject, {"note": "茶", "fen": 1})
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
    assert Command(**given).request_hash() != Command(**{**given, **change}).request_hash()


def test_the_money_identity_holds_when_nothing_is_lost_on_the_way():
    balances = {
        AccountKind.APPROPRIATION: -1000, AccountKind.POOL: 100, AccountKind.VOUCHER: 200, AccountKind.RESERVED: 50,
        AccountKind.REDEEMED: 60, AccountKind.PAYABLE: 70, AccountKind.PAID: 540, AccountKind.RECOVERED: -30, AccountKind.SURRENDERED: 10,
        AccountKind.LIMIT: 5, AccountKind.LIMIT_USED: -5,
    }  # fmt: skip
    assert rules.standing(balances).difference() == 0
    assert rules.standing({**balances, AccountKind.PAID: 541}).difference() == -1
