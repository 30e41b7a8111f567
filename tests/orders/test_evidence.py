"""No paper counts twice, however it is spelt and whichever field it is typed into."""

from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from marketplace.kernel import clock
from marketplace.kernel.db import by_id, in_transaction
from marketplace.kernel.errors import RuleViolation
from marketplace.kernel.normal_text import plain_number
from marketplace.orders import evidence, queries, service
from marketplace.orders.models import OrderDocument
from marketplace.orders.queries.shared_numbers import orders_with_same_numbers
from marketplace.orders.service import SignedContract
from marketplace.policy.programme_words import EvidenceStep
from marketplace.settlement.queries import facts_of
from tests.factories import a_voucher, an_offering
from tests.order_factories import a_paper, add_paper, an_order, contract, papers_for, person

CODE, NUMBER, WHOLE = "5400221130", "00012345", "540022113000012345"
ELECTRONIC = "26540000000000000031"


@pytest.mark.parametrize(
    ("code", "number", "key"),
    [
        pytest.param(CODE, NUMBER, WHOLE, id="code and number"),
        pytest.param("", WHOLE, WHOLE, id="both typed into the number"),
        pytest.param(CODE, WHOLE, WHOLE, id="the code twice"),
        pytest.param(WHOLE, NUMBER, WHOLE, id="both typed into the code, the number again"),
        pytest.param(CODE, "№00012345", WHOLE, id="a numero sign"),
        pytest.param("５４００２２１１３０", "０００１２３４５", WHOLE, id="full width"),
        pytest.param(" 5400 2211-30 ", "0001 2345", WHOLE, id="blanks and dashes"),
        pytest.param(CODE, "No.٠٠٠١٢٣٤٥", WHOLE, id="digits of another script"),
        pytest.param("", ELECTRONIC, ELECTRONIC, id="electronic"),
        pytest.param("0", ELECTRONIC, ELECTRONIC, id="electronic with a code of nothing"),
        pytest.param(CODE, ELECTRONIC, ELECTRONIC, id="electronic with a code that says nothing"),
        pytest.param(ELECTRONIC[:12], ELECTRONIC[12:], ELECTRONIC, id="electronic cut into two fields"),
        pytest.param("054002200111", NUMBER, "05400220011100012345", id="a code of twelve"),
        pytest.param("", "05400220011100012345", "05400220011100012345", id="a code of twelve and its number together"),
    ],
)
def test_an_invoice_has_one_key_from_its_digits_alone(code, number, key):
    assert evidence.invoice_key(code, number) == key


@pytest.mark.parametrize(
    ("code", "number", "field", "words"),
    [
        pytest.param("", NUMBER, "code", "还需要发票代码", id="eight digits without a code"),
        pytest.param("54002211", NUMBER, "code", "10 位或 12 位", id="a code of eight"),
        pytest.param("5400221131", WHOLE, "code", "不一致", id="another code than in the number"),
        pytest.param(CODE, "1234567", "number", "8 位", id="seven digits"),
        pytest.param(CODE, "——", "number", "8 位", id="no digits"),
    ],
)
def test_a_number_that_does_not_name_an_invoice_asks_for_what_is_missing(code, number, field, words):
    with pytest.raises(RuleViolation, match=words) as refused:
        evidence.invoice_key(code, number)
    assert refused.value.field == field


@given(st.text(alphabet="0123456789", min_size=18, max_size=18), st.sampled_from(["", " ", "-", "No.", "　"]))
def test_wherever_the_digits_are_cut_and_whatever_stands_between_the_key_is_the_same(digits, between):
    assert (
        evidence.invoice_key(digits[:10], between + digits[10:]) == evidence.invoice_key("", digits[:10] + between + digits[10:]) == digits
    )


@pytest.mark.parametrize(
    ("typed", "plain"),
    [("ls-0001 ", "LS0001"), ("№ 0012", "0012"), ("ＨＴ－００１", "HT001"), ("合同〔2026〕7号", "合同20267号"), ("——", ""), ("无", "")],
)
def test_a_printed_number_has_one_spelling(typed, plain):
    assert plain_number(typed) == plain


SPELLINGS = [  # a first order's invoice, a second order's, what the second hears
    ((CODE, NUMBER), (CODE, NUMBER), "已用于"),
    ((CODE, NUMBER), ("", WHOLE), "已用于"),
    ((CODE, NUMBER), (CODE, "№00012345"), "已用于"),
    (("", ELECTRONIC), ("0", ELECTRONIC), "已用于"),
    ((CODE, NUMBER), ("", NUMBER), "还需要发票代码"),
]


@pytest.mark.parametrize(("first", "second", "words"), SPELLINGS)
def test_one_invoice_in_several_spellings_is_refused_the_second_time(db, first, second, words):
    one, other = an_order("contracted"), an_order("contracted")
    add_paper(one, a_paper("invoice", amount_fen=100, code=first[0], number=first[1]))

    with pytest.raises(RuleViolation, match=words):
        add_paper(other, a_paper("invoice", amount_fen=100, code=second[0], number=second[1]))


def two_orders(state="contracted"):
    """Two orders of one firm."""
    voucher = a_voucher()
    return [an_order(state, voucher=voucher, offering=an_offering(price_fen=100_000)) for _ in range(2)]


def test_the_first_order_is_named_to_the_firm_whose_it_is(db):
    one, other = two_orders()
    add_paper(one, a_paper("invoice", amount_fen=100, number=ELECTRONIC))

    with pytest.raises(RuleViolation, match=f"本企业的订单 {one.number}"):
        add_paper(other, a_paper("invoice", amount_fen=100, number=ELECTRONIC))


@pytest.mark.parametrize(("kind", "number"), [("invoice", ELECTRONIC), ("bank_transfer_slip", "LS0001")])
def test_the_same_paper_sent_again_to_its_own_order_replaces_the_older_copy(db, kind, number):
    order = an_order("contracted")
    for amount_fen in (100, 200):
        add_paper(order, a_paper(kind, amount_fen=amount_fen, number=number))

    assert queries.total_fen(queries.live_documents(order.id), a_paper(kind).kind) == 200


def test_one_payment_slip_pays_for_one_order(db):
    one, other = two_orders()
    add_paper(one, a_paper("bank_transfer_slip", amount_fen=100, number="LS 0001"), organisation_id=one.enterprise_id)

    with pytest.raises(RuleViolation, match=f"付款凭证 ＬＳ０００１ 已用于本企业的订单 {one.number}"):
        add_paper(other, a_paper("bank_transfer_slip", amount_fen=100, number="ＬＳ０００１"), organisation_id=one.enterprise_id)


def test_a_slip_needs_a_number_by_which_it_can_be_found_again(db):
    with pytest.raises(RuleViolation, match="流水号"):
        add_paper(an_order("contracted"), a_paper("bank_transfer_slip", amount_fen=100, number="无"))


def test_a_number_that_stands_again_elsewhere_is_shown_with_the_first_order(db):
    """Another amount, another kind, another contract: not refused, since a transfer may pay for two orders, but never unseen."""
    one, other = two_orders("taken")
    for order in (one, other):
        contract(order)
    assert facts_of(other, 1, other.placed_at.date()).shared_numbers == [one.number], "one contract number in two orders"
    third = an_order("contracted")
    add_paper(third, a_paper("bank_transfer_slip", amount_fen=100, number="LS0002"))
    add_paper(third, a_paper("bank_transfer_slip", amount_fen=100, number=ELECTRONIC))
    assert orders_with_same_numbers(third) == []
    add_paper(third, a_paper("invoice", amount_fen=100, number=ELECTRONIC))
    assert orders_with_same_numbers(third) == [third.number], "one number on an invoice and on a slip"


def test_an_old_invoice_known_by_eight_digits_alone_is_shown_beside_one_that_ends_so(db):
    one, other = an_order("contracted"), an_order("contracted")
    add_paper(one, a_paper("invoice", amount_fen=100, code=CODE, number=NUMBER))
    old = db.session.scalars(select(OrderDocument).where(OrderDocument.invoice_key == WHOLE)).one()

    def as_it_was():
        row = by_id(OrderDocument, old.id)
        row.invoice_key = row.number_key = NUMBER

    in_transaction(as_it_was)
    add_paper(other, a_paper("invoice", amount_fen=100, code="5400221139", number=NUMBER))
    assert orders_with_same_numbers(other) == [one.number]


def test_an_invoice_that_comes_with_another_step_counts_once_too(db):
    add_paper(an_order("contracted"), a_paper("invoice", amount_fen=100, number=ELECTRONIC))
    order = an_order("taken")
    papers = [*papers_for(order, EvidenceStep.CONTRACT), a_paper("invoice", amount_fen=100, number=ELECTRONIC)]
    signed, seller = SignedContract("HT-7", order.price_fen, clock.today(), papers), person(order.provider_id)

    with pytest.raises(RuleViolation, match="已用于另一笔订单"):
        in_transaction(
            lambda: service.contract(order.id, signed, provider_id=order.provider_id, actor_id=seller, request_key=uuid4(), now=clock.now())
        )
