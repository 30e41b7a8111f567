"""What papers say beside number, amount and day: a tax that the firm bears, units that were metered, and how old they may be."""

from contextlib import nullcontext
from datetime import date
from uuid import uuid4

import pytest
from sqlalchemy.exc import IntegrityError

from marketplace.kernel import clock
from marketplace.kernel.db import by_id, in_transaction
from marketplace.kernel.errors import RuleViolation
from marketplace.kernel.money import YUAN, Fen
from marketplace.orders import service
from marketplace.orders.evidence import check_age, check_metered, check_tax
from marketplace.orders.models import Order, OrderDocument
from marketplace.orders.queries import actual_base
from marketplace.orders.service import PaperFacts, SignedContract
from marketplace.policy.programme_file import ProgrammeFileError
from marketplace.policy.programme_words import DocumentKind, EvidenceStep
from tests.factories import a_round, a_voucher, user_of
from tests.order_factories import a_claim, a_paper, accept, add_paper, an_order, deliver, papers_for, person, take
from tests.orders.looks import left_of, stands
from tests.programmes_of import a_programme_with, spec_of_file

NET = '[base]\nvalue = "invoice"\ntax = "excluded"'
METERED = '[base]\nvalue = "metered"'
LOGS = '[evidence.claim]\nvalue = ["contract", "invoice", "bank_transfer_slip", "metering_log"]'
YOUNG = '[paper_terms.invoices]\npapers = ["invoice"]\nmonths = 3'


def refused(words):
    return pytest.raises(RuleViolation, match=words)


def an_order_of(*tables, without, state="placed"):
    return an_order(state, voucher=a_voucher(round_=a_round(programme=a_programme_with(*tables, without=without))))


@pytest.mark.parametrize(
    ("amount", "net", "tax", "is_asked", "words"),
    [
        (113, None, None, False, ""),
        (113, None, None, True, "不含税金额"),
        (113, 100, None, True, "不含税金额"),
        (113, 100, 13, True, ""),
        (113, 113, 0, True, ""),
        (113, 100, 12, True, "不等于"),
        (113, 100, 14, False, "不等于"),
    ],
)
def test_net_and_tax_are_the_whole_to_the_fen(amount, net, tax, is_asked, words):
    with refused(words) if words else nullcontext():
        check_tax(amount, net, tax, is_asked=is_asked)


@pytest.mark.parametrize(
    ("dated_on", "words"),
    [(date(2026, 3, 1), ""), (date(2025, 12, 17), ""), (date(2025, 12, 16), "已满 3 个月"), (None, "请填写“全额发票”的日期")],
)
def test_a_paper_is_too_old_from_the_day_that_comes_again(dated_on, words):
    with refused(words) if words else nullcontext():
        check_age(DocumentKind.INVOICE, dated_on, 3, date(2026, 3, 16))


def test_a_contract_says_the_price_of_a_unit_and_a_log_its_number_and_units():
    check_metered(DocumentKind.CONTRACT, number="", units=None, unit_fen=1)
    check_metered(DocumentKind.METERING_LOG, number="JL-1", units=1, unit_fen=None)
    with refused("单价"):
        check_metered(DocumentKind.CONTRACT, number="", units=None, unit_fen=0)
    for number, units in (("", 1), ("JL-1", None)):
        with refused("记录编号和用量"):
            check_metered(DocumentKind.METERING_LOG, number=number, units=units, unit_fen=None)


@pytest.mark.parametrize(
    ("tables", "without", "key", "word"),
    [
        (['[base]\nvalue = "contract"\ntax = "excluded"'], "base", "base", "只有发票"),
        ([METERED], "base", "base.value", "计量记录"),
        ([YOUNG.replace("invoice", "photo")], "none", "paper_terms.photos.papers", "没有环节要求"),
        (["[faces.one]\namount_fen = 500\nleast_fen = 500"], "none", "faces.one", "最低面额"),
    ],
)
def test_what_cannot_be_reckoned_is_refused_with_its_key(tables, without, key, word):
    with pytest.raises(ProgrammeFileError) as refusal:
        spec_of_file(*tables, without=without)

    assert key in {one.key for one in refusal.value.problems}
    assert any(word in one.text() for one in refusal.value.problems)


def test_the_firm_bears_the_tax_where_the_rules_leave_it_to_the_firm(db):
    order = an_order_of(NET, without="base", state="delivered")
    with refused("不含税金额"):
        add_paper(order, a_paper("invoice", amount_fen=10_000 * YUAN))
    add_paper(order, a_paper("invoice", amount_fen=10_000 * YUAN, facts=PaperFacts(Fen(884_956), Fen(115_044))))
    accept(by_id(Order, order.id))

    done = by_id(Order, order.id)
    assert (actual_base(done), done.subsidy_fen, done.own_share_fen) == (884_956, 442_478, 557_522)
    assert (left_of(order.voucher), stands(order)) == (30_000 * YUAN - 442_478, True)


def contracted(order, unit_fen):
    signed = SignedContract("HT-1", Fen(order.price_fen), clock.today(), papers_for(order, EvidenceStep.CONTRACT), unit_fen)
    mine = {"provider_id": order.provider_id, "actor_id": person(order.provider_id)}
    in_transaction(lambda: service.contract(order.id, signed, **mine, request_key=uuid4(), now=clock.now()))


def test_what_was_metered_is_paid_and_never_more_than_the_contract(db):
    tables, found = (METERED, LOGS), []
    for units in (400, 3_000):
        order = an_order_of(*tables, without="base|evidence.claim")
        take(order)
        with refused("单价"):
            contracted(order, None)
        contracted(order, Fen(500))
        deliver(by_id(Order, order.id))
        with refused("记录编号和用量"):
            add_paper(order, a_paper("metering_log", number="JL-1"))
        add_paper(order, a_paper("metering_log", number=f"JL-{units}", facts=PaperFacts(units=units)))
        accept(by_id(Order, order.id))
        found.append((actual_base(by_id(Order, order.id)), by_id(Order, order.id).subsidy_fen))

    assert found == [(2_000 * YUAN, 1_000 * YUAN), (10_000 * YUAN, 5_000 * YUAN)]


def test_a_claim_on_a_paper_that_grew_too_old_is_refused_until_it_is_replaced(db):
    order = an_order_of(YOUNG, without="none", state="redeemed")
    today = clock.today()
    with refused("已满 3 个月"):
        add_paper(order, a_paper("invoice", amount_fen=order.contract_fen, dated_on=date(today.year - 1, today.month, 1)))
    add_paper(order, a_paper("invoice", amount_fen=order.contract_fen))
    db.session.query(OrderDocument).filter_by(order_id=order.id, kind="invoice").update({"dated_on": date(today.year - 1, today.month, 1)})
    add_paper(order, a_paper("bank_transfer_slip", amount_fen=order.own_share_fen), organisation_id=order.enterprise_id)
    with refused("请换上新的"):
        a_claim(order=by_id(Order, order.id), checked=False)


def test_the_database_keeps_net_and_tax_whole_and_units_of_logs_alone(db):
    order = an_order_of(NET, without="base", state="delivered")
    add_paper(order, a_paper("invoice", amount_fen=11_300, facts=PaperFacts(Fen(10_000), Fen(1_300))))
    for change in ({"tax_fen": 1_301}, {"tax_fen": None}, {"units": 1}, {"unit_fen": 1}):
        with pytest.raises(IntegrityError), db.session.begin_nested():
            db.session.query(OrderDocument).filter_by(order_id=order.id, kind="invoice").update(change)


def test_pages_ask_for_what_the_rules_read(browser):
    order = an_order_of(NET, without="base", state="delivered")
    browser.sign_in(user_of(order.provider_id))
    page = browser.get(f"/orders/{order.id}/papers")
    assert [bool(page.select_one(f"[name={name}]")) for name in ("net", "tax", "units")] == [True, True, False]
    metered = an_order_of(METERED, LOGS, without="base|evidence.claim", state="placed")
    take(metered)
    browser.sign_out()
    browser.sign_in(user_of(metered.provider_id))
    assert browser.get(f"/orders/{metered.id}/contract").select_one("[name=unit_price]")
