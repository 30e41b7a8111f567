"""Deduction at once: the file that says it, and two tills at the same moment on real commits."""

from uuid import uuid4

import pytest

from marketplace.kernel import clock
from marketplace.kernel.db import by_id, in_transaction
from marketplace.kernel.errors import Busy, DomainError
from marketplace.kernel.money import YUAN, Fen
from marketplace.ledger import queries as ledger
from marketplace.orders import service
from marketplace.orders.lifecycle import OrderState
from marketplace.orders.models import Order
from marketplace.orders.service import Purchase
from marketplace.policy.programme_file import PROGRAMMES, ProgrammeFileError, parse_programme
from marketplace.vouchers.models import Programme
from marketplace.vouchers.service import firm_lists, issuing
from tests.factories import a_firm, a_programme, a_round, an_offering, user_of
from tests.files import a_pdf
from tests.order_factories import an_order, deduct, person
from tests.races import race

SLUG = "beijing_etown_model_voucher"
TEXT = (PROGRAMMES / f"{SLUG}.toml").read_text()
ASSUMED = 'assumed = { author = "平台设定", reason = "测试" }'


def tills(count: int, *, budget_fen: int):
    """Firms of the zone with what they may deduct, and the round's programme."""
    programme = a_programme(SLUG, area="110000")
    firms = [a_firm(region="110115") for _ in range(count)]
    for firm in firms:
        entry = firm_lists.ListEntry(uscc=firm.organisation.uscc, name=firm.organisation.name, is_on=True, note="")
        in_transaction(lambda entry=entry: firm_lists.put(programme.id, "zone", entry, actor_id=uuid4()))
    row = a_round(programme=programme, area="110000", budget_fen=budget_fen)
    ids, today = [one.id for one in firms], clock.today()
    return in_transaction(lambda: issuing.credit(row.id, ids, actor_id=None, today=today)), programme


def a_model(price_yuan: int = 1_000):
    return an_offering(category="compute", price_fen=price_yuan * YUAN, voucher_cap_fen=1_000_000 * YUAN)


def again_if_busy(work):
    while True:
        try:
            return in_transaction(work)
        except Busy:
            continue


@pytest.mark.engines("postgresql")
def test_the_last_money_goes_to_one_of_those_who_press_at_once(fresh_app, fresh_db):
    vouchers, programme = tills(4, budget_fen=650 * YUAN)
    asked = [(one.id, one.enterprise_id, person(one.enterprise_id), a_model().id, uuid4()) for one in vouchers]
    book = by_id(Programme, programme.id).book_id

    def press(voucher_id, firm_id, actor_id, offering_id, key):
        wanted = Purchase(offering_id, voucher_id, None, "")
        return again_if_busy(lambda: service.place(key, wanted, enterprise_id=firm_id, actor_id=actor_id, now=clock.now()))

    answers = race(fresh_app, [lambda one=one: press(*one) for one in asked])
    fresh_db.session.rollback()

    assert sum(isinstance(one, Order) for one in answers) == 1, answers
    assert all(isinstance(one, DomainError) for one in answers if not isinstance(one, Order))
    found = ledger.standing(book)
    assert (found.reserved, found.unissued, found.difference()) == (650 * YUAN, 0, 0)


def test_a_provider_settles_on_the_page_with_its_invoice(db, browser):
    (voucher,), _programme = tills(1, budget_fen=10_000 * YUAN)
    order = an_order(voucher=voucher, offering=a_model())
    browser.sign_in(user_of(order.provider_id))
    page = browser.get(f"/orders/{order.id}")
    assert "开票结算" in page.text and "签合同" not in page.text
    address, typed = f"/orders/{order.id}/deduct", {"number": "26540000000000000009", "dated_on": "2026-03-16", "file_invoice": a_pdf()}
    browser.get(address)
    page = browser.fill(address, typed | {"amount": "1000.01"}, status=422)
    assert "不能高于下单时的标价" in page.select_one(".error-summary").get_text()
    page = browser.fill(address, typed | {"amount": "900", "file_invoice": a_pdf()})
    assert "已抵扣核销" in page.text
    found = by_id(Order, order.id)
    assert (found.state, found.subsidy_fen, found.contract_fen) == (OrderState.REDEEMED, 585 * YUAN, 900 * YUAN)


def test_an_order_of_other_programmes_is_not_settled_at_once(db):
    with pytest.raises(DomainError, match="不是即时抵扣"):
        deduct(an_order())


@pytest.mark.parametrize(
    ("before", "after", "where"),
    [
        ('value = "auto_credit"', 'value = "first_come"', "allocation.mode.value"),
        ('value = "provider"', 'value = "sme"', "settlement.payee.value"),
        ('value = "invoice"', 'value = "contract"', "base.value"),
        ('value = ["invoice"]', 'value = ["deliverable"]', "evidence.delivery.value"),
        ("[base]", f"[contract.lookback]\nvalue = false\n{ASSUMED}\n\n[base]", "contract.lookback"),
        ("[base]", f'[times.acceptance]\ndays = 3\nday_kind = "working"\n{ASSUMED}\n\n[base]', "times.acceptance"),
    ],
)
def test_a_contradiction_of_the_till_is_named(before, after, where):
    with pytest.raises(ProgrammeFileError) as refusal:
        parse_programme(TEXT.replace(before, after, 1).encode(), file="x.toml")
    assert where in [one.key for one in refusal.value.problems]


def test_what_is_deducted_is_the_share_of_the_invoice_to_the_fen(db):
    (voucher,), _programme = tills(1, budget_fen=10_000 * YUAN)
    order = an_order(voucher=voucher, offering=a_model())
    deduct(order, amount_fen=99_999)
    assert by_id(Order, order.id).subsidy_fen == Fen(64_999)
