"""Prices that both sides confirm (议价), orders that end with what was done (终止): who proposes, who answers, what the ledger holds."""

from contextlib import nullcontext
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy.exc import IntegrityError

from marketplace.kernel import clock
from marketplace.kernel.db import by_id, in_transaction
from marketplace.kernel.errors import Conflict, NotFound, RuleViolation
from marketplace.kernel.money import YUAN, Fen
from marketplace.moves.service import By
from marketplace.orders import service
from marketplace.orders.lifecycle import OrderState
from marketplace.orders.models import Order, OrderProposal
from marketplace.orders.queries.proposals import open_proposal
from marketplace.orders.rules import ProposalKind, check_agreed, check_earned, check_proposed_price
from marketplace.orders.service import Bargain
from marketplace.orders.sweep import sweep
from tests.factories import a_firm, a_round, a_voucher, user_of
from tests.order_factories import a_paper, add_paper, an_order, cancel, contract, person
from tests.orders.looks import left_of, stands
from tests.programmes_of import a_programme_with

BOTH, BY_CONTRACT = '[contract.price]\nvalue = "both"', '[contract.price]\nvalue = "provider"'
EARNED, ALL_BACK = '[contract.termination]\nvalue = "earned"', '[contract.termination]\nvalue = "return_all"'
PRICE, END = ProposalKind.PRICE, ProposalKind.TERMINATION


def an_agreeing_order(state="taken", *tables):
    return an_order(state, voucher=a_voucher(round_=a_round(programme=a_programme_with(*(tables or (BOTH, EARNED))))))


def by(organisation_id):
    return {"organisation_id": organisation_id, "asked": By(person(organisation_id), clock.now(), uuid4())}


def propose(order, kind, yuan, whose=None):
    said = Bargain(kind, Fen(yuan * YUAN), "按核对的工作量")
    in_transaction(lambda: service.propose(order.id, said, **by(whose or order.provider_id)))
    return open_proposal(order).id


def agree(order, key, whose=None):
    in_transaction(lambda: service.agree(order.id, key, **by(whose or order.enterprise_id)))
    return by_id(Order, order.id)


def refused(words):
    return pytest.raises(RuleViolation, match=words)


@pytest.mark.parametrize(
    ("work", "code"),
    [
        (lambda: check_proposed_price(0, now_fen=900, price_fen=1_000), "above_price"),
        (lambda: check_proposed_price(1_001, now_fen=900, price_fen=1_000), "above_price"),
        (lambda: check_proposed_price(900, now_fen=900, price_fen=1_000), "same_price"),
        (lambda: check_proposed_price(1_000, now_fen=900, price_fen=1_000), ""),
        (lambda: check_earned(900, contract_fen=900), "earned"),
        (lambda: check_earned(0, contract_fen=900), ""),
        (lambda: check_agreed(900, agreed_fen=None, price_fen=1_000), "not_agreed"),
        (lambda: check_agreed(1_000, agreed_fen=900, price_fen=1_000), "not_agreed"),
        (lambda: check_agreed(900, agreed_fen=900, price_fen=1_000), ""),
    ],
)
def test_what_may_be_proposed(work, code):
    with pytest.raises(RuleViolation) if code else nullcontext() as refusal:
        work()
    assert not code or refusal.value.code == code


def test_a_price_that_is_not_the_listed_one_counts_where_the_file_says_so(db):
    free = an_agreeing_order("taken", BY_CONTRACT)
    contract(free, contract_fen=8_000 * YUAN)
    assert by_id(Order, free.id).contract_fen == 8_000 * YUAN
    with refused("不另行议价"):
        propose(free, PRICE, 7_000)

    order = an_order("taken", voucher=a_voucher(round_=a_round(programme=a_programme_with(BOTH))))
    with refused("请先议价"):
        contract(order, contract_fen=8_000 * YUAN)
    key = propose(order, PRICE, 8_000)
    with refused("还没有答复"):
        contract(order, contract_fen=8_000 * YUAN)
    with refused("由对方答复"):
        agree(order, key, order.provider_id)
    agree(order, key)
    with refused("8,000.00"):
        contract(order)
    contract(order, contract_fen=8_000 * YUAN)
    assert (by_id(Order, order.id).subsidy_fen, left_of(order.voucher)) == (4_000 * YUAN, 26_000 * YUAN)


def test_a_contract_changes_by_what_both_confirm_as_often_as_they_like_and_never_holds_more(db):
    order = an_agreeing_order("contracted")
    agree(order, propose(order, PRICE, 9_000))
    agree(order, propose(order, PRICE, 6_000, order.enterprise_id), order.provider_id)
    changed = agree(order, propose(order, PRICE, 7_000))

    assert (changed.contract_fen, changed.subsidy_fen, left_of(order.voucher)) == (7_000 * YUAN, 3_000 * YUAN, 27_000 * YUAN)
    assert stands(order)


def test_an_end_of_one_side_gives_all_back_where_the_file_says_so(db):
    free = an_agreeing_order("contracted", ALL_BACK)
    with refused("没有终止结算"):
        propose(free, END, 4_000)
    cancel(free)
    assert left_of(free.voucher) == 30_000 * YUAN

    order = an_order("contracted", voucher=a_voucher(round_=a_round(programme=a_programme_with(EARNED))))
    with refused("不能单方取消"):
        cancel(order)


def test_an_end_redeems_what_was_done_with_its_evidence_and_gives_the_rest_back(db):
    order = an_agreeing_order("contracted")
    key = propose(order, END, 4_000)
    with refused("服务成果、服务过程记录"):
        agree(order, key)
    for paper in ("deliverable", "service_record"):
        add_paper(order, a_paper(paper))
    ended = agree(order, key)

    assert (ended.state, ended.contract_fen, ended.subsidy_fen) == (OrderState.REDEEMED, 4_000 * YUAN, 2_000 * YUAN)
    assert left_of(order.voucher) == 28_000 * YUAN
    assert stands(order)


def test_an_end_with_nothing_done_gives_all_back(db):
    order = an_agreeing_order("contracted")
    ended = agree(order, propose(order, END, 0, order.enterprise_id), order.provider_id)

    assert (ended.state, left_of(order.voucher)) == (OrderState.CANCELLED, 30_000 * YUAN)


def test_an_end_that_is_refused_is_decided_by_an_officer(db):
    order = an_agreeing_order("contracted")
    key = propose(order, END, 4_000)
    with refused("原因"):
        in_transaction(lambda: service.refuse(order.id, key, reason=" ", **by(order.enterprise_id)))
    in_transaction(lambda: service.refuse(order.id, key, reason="没有完成", **by(order.enterprise_id)))
    assert by_id(Order, order.id).state is OrderState.DISPUTED

    said = {"amount_fen": Fen(1_000 * YUAN), "answer": "已核对现场", "actor_id": uuid4(), "request_key": uuid4(), "now": clock.now()}
    in_transaction(lambda: service.decide(order.id, **said))
    assert (by_id(Order, order.id).subsidy_fen, left_of(order.voucher)) == (1_000 * YUAN, 29_000 * YUAN)


def test_an_end_that_nobody_answered_is_decided_by_an_officer_when_the_time_to_deliver_is_over(db):
    order, silent = an_agreeing_order("contracted"), an_agreeing_order("contracted")
    propose(order, END, 4_000)
    over = clock.day_begins(order.due_on + timedelta(days=1))
    with clock.at(over - timedelta(seconds=1)):
        sweep(now=clock.now())
        assert by_id(Order, order.id).state is OrderState.CONTRACTED
    with clock.at(over):
        sweep(now=clock.now())
        assert (by_id(Order, order.id).state, by_id(Order, silent.id).state) == (OrderState.DISPUTED, OrderState.LAPSED)


def test_a_proposal_is_answered_once_by_a_party_and_another_page_is_told(db):
    order = an_agreeing_order()
    key, other = propose(order, PRICE, 8_000), a_firm()
    with refused("已有一项提议"):
        propose(order, PRICE, 7_000, order.enterprise_id)
    with pytest.raises(NotFound):
        agree(order, key, other.id)
    in_transaction(lambda: service.take_back(order.id, key, **by(order.provider_id)))
    with pytest.raises(Conflict, match="已经答复或撤回"):
        agree(order, key)
    propose(order, PRICE, 7_000, order.enterprise_id)
    deliverable = by_id(Order, order.id)
    assert deliverable.contract_fen == order.price_fen, "nothing counts before both have confirmed it"


def test_the_database_keeps_one_open_proposal_and_one_answer_of_another(db):
    order = an_agreeing_order()
    key = propose(order, PRICE, 8_000)
    row = by_id(OrderProposal, key)
    for change in (
        {"outcome": "agreed", "answered_by": row.proposed_by, "answered_at": clock.now()},
        {"outcome": "agreed"},
        {"amount_fen": 0},
    ):
        with pytest.raises(IntegrityError), db.session.begin_nested():
            db.session.query(OrderProposal).filter_by(id=key).update(change)


def test_both_sides_find_it_on_their_pages(browser):
    order = an_agreeing_order()
    path = f"/orders/{order.id}"
    browser.sign_in(user_of(order.provider_id))
    browser.get(f"{path}/propose-price")
    assert "不高于" in browser.post(f"{path}/propose-price", {"amount": "10000.01", "reason": "核对"}, status=422).text
    browser.post(f"{path}/propose-price", {"amount": "8000", "reason": "现场核对后减项"}, status=302)
    page = browser.get(path)
    assert "现场核对后减项" in page.text
    assert page.select_one(f"a[href='{path}/take-back']")
    browser.get(f"{path}/propose-end", status=200)
    browser.sign_out()

    browser.sign_in(user_of(order.enterprise_id))
    assert "答复对方的提议" in browser.get("/home").text
    assert browser.get(path).select_one(f"a[href='{path}/agree']")
    browser.get(f"{path}/refuse")
    browser.get(f"{path}/agree")
    browser.post(f"{path}/agree", {}, status=302)
    assert "已同意" in browser.get(path).text
    browser.get(f"{path}/agree", status=404)
