from datetime import date

import pytest

from marketplace.kernel.errors import RuleViolation
from marketplace.kernel.money import YUAN, Fen
from marketplace.orders import reminders, rules
from marketplace.orders.lifecycle import ENDED, OPEN, ORDER, OrderState, Side
from marketplace.orders.rules import ContractWindow, PartyFacts
from marketplace.orders.service import ending
from marketplace.policy.programme_words import DocumentKind

TODAY = date(2026, 3, 16)
WINDOW = ContractWindow(date(2026, 3, 1), TODAY)


def test_an_order_is_open_or_accepted_or_ended():
    assert set(OPEN) | set(ENDED) | {OrderState.REDEEMED} == set(OrderState)


def test_a_state_whose_time_runs_out_lapses_for_a_reason_of_its_own_and_warns_before():
    lapsing = {state for state in OPEN if state.limit}
    assert set(ORDER.move("lapse").by[Side.PLATFORM]) == lapsing
    assert set(ending._REASONS) == lapsing, "say why it lapsed"
    assert {*reminders._STEPS, OrderState.DELIVERED} == lapsing, "remind whose turn it is; of accepting, the order itself reminds"


def doable(side, state, *, closed=False, reviewed=False, answered=False):
    gone = rules.gone(closed=closed, reviewed=reviewed, answered=answered, silence_counts=True, may_rate=True, at_once=False)
    gone |= rules.Bargaining().gone(side, contracted=state is OrderState.CONTRACTED)
    return [move.verb for move in ORDER.offered(side, state) if move.verb not in gone]


def test_the_main_action_of_whoever_looks_comes_first():
    assert doable(Side.PROVIDER, OrderState.PLACED) == ["take", "decline"]
    assert doable(Side.PROVIDER, OrderState.TAKEN) == ["contract", "cancel"]
    assert doable(Side.PROVIDER, OrderState.CONTRACTED) == ["deliver", "papers", "cancel"]
    assert doable(Side.FIRM, OrderState.DELIVERED) == ["accept", "send_back", "dispute", "papers"]
    assert doable(Side.FIRM, OrderState.REDEEMED) == ["review", "papers"]
    assert doable(Side.STAFF, OrderState.DISPUTED) == ["decide"]
    assert not any(doable(Side.STAFF, state) for state in OrderState if state is not OrderState.DISPUTED)


def test_a_provider_that_has_not_taken_an_order_declines_it_and_does_not_cancel():
    assert "cancel" in doable(Side.FIRM, OrderState.PLACED)
    assert "cancel" not in doable(Side.PROVIDER, OrderState.PLACED)


def test_nothing_is_offered_twice():
    assert "review" not in doable(Side.FIRM, OrderState.REDEEMED, reviewed=True)
    assert "answer" not in doable(Side.PROVIDER, OrderState.REDEEMED)
    assert "answer" in doable(Side.PROVIDER, OrderState.REDEEMED, reviewed=True)
    assert "answer" not in doable(Side.PROVIDER, OrderState.REDEEMED, reviewed=True, answered=True)
    assert "papers" not in doable(Side.FIRM, OrderState.REDEEMED, closed=True)


@pytest.mark.parametrize(
    ("amount_fen", "dated_on", "words"),
    [
        pytest.param(0, TODAY, "须大于 0", id="nothing"),
        pytest.param(-1, TODAY, "须大于 0", id="negative"),
        pytest.param(10_000 * YUAN + 1, TODAY, "高于下单时的标价", id="above the price"),
        pytest.param(10_000 * YUAN, date(2026, 2, 28), "合同日期应在", id="a day too early"),
        pytest.param(10_000 * YUAN, date(2026, 3, 17), "合同日期应在", id="tomorrow"),
    ],
)
def test_a_contract_outside_its_bounds_is_refused(amount_fen, dated_on, words):
    with pytest.raises(RuleViolation, match=words):
        rules.check_contract(Fen(amount_fen), dated_on, price_fen=10_000 * YUAN, window=WINDOW)


@pytest.mark.parametrize("dated_on", [date(2026, 3, 1), TODAY])
def test_a_contract_is_good_on_the_first_and_last_day_of_its_window(dated_on):
    rules.check_contract(Fen(10_000 * YUAN), dated_on, price_fen=10_000 * YUAN, window=WINDOW)


def test_a_ticket_needs_amount_day_and_number():
    good = {"amount_fen": 1, "dated_on": TODAY, "number": "123456", "today": TODAY}
    rules.check_paper(DocumentKind.INVOICE, **good)
    rules.check_paper(DocumentKind.PHOTO, amount_fen=None, dated_on=None, number="", today=TODAY)
    for missing, field in (("amount_fen", "amount"), ("dated_on", "dated_on"), ("number", "number")):
        with pytest.raises(RuleViolation) as refused:
            rules.check_paper(DocumentKind.BANK_TRANSFER_SLIP, **(good | {missing: "" if missing == "number" else None}))
        assert refused.value.field == field
    with pytest.raises(RuleViolation, match="晚于今天"):
        rules.check_paper(DocumentKind.INVOICE, **(good | {"dated_on": date(2026, 3, 17)}))


def test_what_the_platform_itself_witnessed_is_no_missing_paper():
    wanted = (DocumentKind.CONTRACT, DocumentKind.ACCEPTANCE_FORM, DocumentKind.RATING)
    assert rules.missing(wanted, [DocumentKind.CONTRACT], accepted=True, reviewed=False) == [DocumentKind.RATING]
    assert rules.missing(wanted, [DocumentKind.CONTRACT], accepted=True, reviewed=True) == []


FIRM = PartyFacts("张三", "0891-1", "拉萨一路", "6217", "A", None)


@pytest.mark.parametrize(
    ("provider", "found"),
    [
        pytest.param(PartyFacts("李四", "0891-2", "拉萨二路", "6218", "B", None), [], id="strangers"),
        pytest.param(PartyFacts("", "", "", "", "B", None), [], id="nothing known"),
        pytest.param(
            PartyFacts("张三", "0891-2", "拉萨二路", "6217", "B", None), ["法定代表人相同", "银行账号相同"], id="same person and bank"
        ),
        pytest.param(PartyFacts("李四", "0891-2", "拉萨二路", "6218", "B", "A"), ["存在控股关系"], id="a subsidiary"),
    ],
)
def test_ties_between_the_parties_are_named(provider, found):
    assert rules.ties(FIRM, provider) == found


def test_two_firms_of_one_group_are_tied():
    assert rules.ties(PartyFacts("", "", "", "", "A", "G"), PartyFacts("", "", "", "", "B", "G")) == ["存在控股关系"]


def test_orders_inside_the_window_may_be_one_job():
    earlier = [(date(2025, 12, 16), "DD-1"), (date(2026, 3, 16), "DD-2"), (date(2025, 12, 15), "DD-0")]
    assert rules.split_orders(earlier, TODAY, 90) == ["DD-1", "DD-2"]
