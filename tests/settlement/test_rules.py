from datetime import date
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.kernel.errors import RuleViolation
from marketplace.kernel.money import YUAN, split_pro_rata
from marketplace.risk.rules import Severity
from marketplace.settlement import rules
from marketplace.settlement.lifecycle import BATCH, CLAIM
from marketplace.settlement.rules import CheckResult, ClaimFacts, Ticket

TODAY = date(2026, 3, 16)
GOOD = {
    "contract_fen": 10_000 * YUAN, "requested_fen": 5_000 * YUAN, "deserved_fen": 5_000 * YUAN, "contract_on": date(2026, 3, 1),
    "window": (date(2026, 2, 1), TODAY), "today": TODAY, "invoices": [Ticket("001", 10_000 * YUAN, date(2026, 3, 10))],
    "payments": [Ticket("P1", 5_000 * YUAN, date(2026, 3, 11))], "payee_is_firm": False, "ties": [], "pieces": [], "shared_files": [],
    "shared_numbers": [],
    "cheaper_fen": None, "sanctioned": False, "provider_in_register": True,
}  # fmt: skip


def verdicts(**changes):
    return {one.key: one.verdict for one in rules.run_checks(ClaimFacts(**(GOOD | changes)))}


def test_a_good_claim_passes_every_check():
    assert set(verdicts().values()) == {CheckResult.PASS}


@pytest.mark.parametrize(
    ("changes", "key", "verdict"),
    [
        pytest.param({"invoices": [Ticket("1", 9_000 * YUAN, TODAY)]}, "amounts_agree", CheckResult.FAIL, id="invoice below the contract"),
        pytest.param({"invoices": [Ticket("1", 11_000 * YUAN, TODAY)]}, "amounts_agree", CheckResult.WARN, id="invoice above the contract"),
        pytest.param({"invoices": []}, "invoice_unique", CheckResult.WARN, id="no invoice"),
        pytest.param({"contract_on": date(2026, 1, 31)}, "dates", CheckResult.FAIL, id="contract before its window"),
        pytest.param(
            {"invoices": [Ticket("1", 10_000 * YUAN, date(2026, 2, 1))]}, "dates", CheckResult.WARN, id="invoice before the contract"
        ),
        pytest.param({"payments": []}, "own_share_paid", CheckResult.FAIL, id="own share not paid"),
        pytest.param({"payments": [Ticket("P", 6_000 * YUAN, TODAY)]}, "own_share_paid", CheckResult.WARN, id="paid more than owed"),
        pytest.param({"payee_is_firm": True}, "own_share_paid", CheckResult.FAIL, id="a firm that is paid back pays the whole"),
        pytest.param({"deserved_fen": 4_000 * YUAN}, "amount", CheckResult.FAIL, id="papers deserve less"),
        pytest.param({"ties": ["法定代表人相同"]}, "related_party", CheckResult.WARN, id="related parties"),
        pytest.param({"pieces": ["DD-1"]}, "split_contracts", CheckResult.WARN, id="cut in pieces"),
        pytest.param({"shared_files": ["DD-2"]}, "shared_file", CheckResult.WARN, id="the same file elsewhere"),
        pytest.param({"shared_numbers": ["DD-3"]}, "shared_number", CheckResult.WARN, id="the same number elsewhere"),
        pytest.param({"cheaper_fen": 8_000 * YUAN}, "price", CheckResult.WARN, id="cheaper without a voucher"),
        pytest.param({"sanctioned": True}, "standing", CheckResult.FAIL, id="sanctioned"),
        pytest.param({"provider_in_register": False}, "standing", CheckResult.WARN, id="provider left the register"),
    ],
)
def test_a_check_finds_what_is_wrong(changes, key, verdict):
    assert verdicts(**changes)[key] is verdict


@given(st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 10**13), min_size=1), st.data())
def test_a_split_adds_up_and_no_share_is_off_by_a_fen(sources, data):
    total = sum(sources.values())
    amount_fen = data.draw(st.integers(0, total))
    split = split_pro_rata(amount_fen, sources)
    assert all(part <= sources[name] for name, part in split.items()), "no source pays more than it gave"
    assert sum(split.values()) == amount_fen
    assert all(abs(split.get(name, 0) * total - amount_fen * received) < total for name, received in sources.items())


@given(st.data(), st.dictionaries(st.sampled_from("abc"), st.integers(1, 50), min_size=1))
def test_no_source_pays_more_than_it_gave_however_a_round_is_paid_out(data, left):
    while total := sum(left.values()):
        for name, fen in split_pro_rata(data.draw(st.integers(1, total)), left).items():
            left[name] -= fen
        assert min(left.values()) >= 0


def test_a_split_has_one_answer_whatever_the_order_of_the_sources():
    assert split_pro_rata(100, {"region": 100, "county": 100, "central": 100}) == {"central": 34, "county": 33, "region": 33}
    assert split_pro_rata(100, {"central": 100, "region": 100, "county": 100}) == {"central": 34, "county": 33, "region": 33}


def test_a_cut_needs_its_reason():
    rules.check_decision(5, 5, 5, "")
    rules.check_decision(4, 5, 5, "超出标准")
    with pytest.raises(RuleViolation, match="核减原因"):
        rules.check_decision(4, 5, 5, " ")
    for amount in (0, -1, 6):
        with pytest.raises(RuleViolation, match="核准金额"):
            rules.check_decision(amount, 5, 6, "原因")


@given(st.integers(1, 10**9), st.integers(0, 10**9), st.integers(1, 10**9))
def test_an_approval_is_never_above_what_the_papers_deserve(requested, deserved, approved):
    try:
        rules.check_decision(approved, requested, deserved, "原因")
    except RuleViolation:
        assert approved > min(requested, deserved)
    else:
        assert approved <= min(requested, deserved)


def test_whoever_is_barred_from_public_money_raises_a_serious_signal():
    worth = {one.key: rules.severity_of(one) for one in rules.run_checks(ClaimFacts(**(GOOD | {"sanctioned": True, "deserved_fen": 1})))}
    assert (worth["standing"], worth["amount"], worth["price"]) == (Severity.SERIOUS, Severity.WARNING, Severity.NOTE)


def test_a_settled_claim_and_a_closed_batch_do_not_move():
    moved = {
        move.verb for life in (CLAIM, BATCH) for move in life.moves for states in move.by.values() if {"settled", "closed"} & set(states)
    }
    assert moved == {"correct_result", "bounce"}, "money that has left comes back by what the bank says, else by recovery only"


def test_money_leaves_between_the_approval_and_today():
    rules.check_bank_day(TODAY, approved_on=TODAY, today=TODAY)
    with pytest.raises(RuleViolation, match="付款日期"):
        rules.check_bank_day(date(2026, 3, 15), approved_on=TODAY, today=TODAY)
    with pytest.raises(RuleViolation, match="付款日期"):
        rules.check_bank_day(date(2026, 3, 17), approved_on=TODAY, today=TODAY)


def test_nobody_decides_on_money_of_the_own_organisation():
    mine, other = uuid4(), uuid4()
    rules.check_no_party(mine, [other], "")
    rules.check_no_party(None, [other], "")
    with pytest.raises(RuleViolation, match="本单位"):
        rules.check_no_party(mine, [other, mine], "不能审核本单位的申请。")
