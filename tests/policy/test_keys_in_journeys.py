"""Keys whose two values show only on the way through the database: the walk over the schema names these tests."""

from uuid import uuid4

import pytest

from marketplace.kernel import clock
from marketplace.kernel.db import by_id, in_transaction
from marketplace.kernel.money import YUAN
from marketplace.policy.programme_file import PROGRAMMES, load_programme, parse_programme
from marketplace.vouchers.models import Application
from marketplace.vouchers.queries.facts import facts_of
from marketplace.vouchers.rules.rights import right_of
from marketplace.vouchers.rules.states import ApplicationDecision
from marketplace.vouchers.service import reviewing
from tests.factories import a_firm, a_round, a_voucher, an_application, changed_programme
from tests.order_factories import a_claim, an_order, with_papers
from tests.orders.looks import left_of

pytestmark = pytest.mark.engines("sqlite")


def test_a_quota_is_its_cap_and_a_face_value_its_face(db):
    path = PROGRAMMES / "xizang_enterprise_service_voucher.toml"
    face = '[faces.one]\namount_fen = 500\nassumed = { author = "平台设定", reason = "测试" }\n\n[base]'
    text = path.read_text("utf-8").replace('value = "quota"', 'value = "face_value"').replace("[base]", face)
    facts = facts_of(a_firm().id, clock.today())

    quota, faced = (right_of(spec, facts, ("540000",)) for spec in (load_programme(path), parse_programme(text.encode(), file="x")))

    assert (quota.face_fen, faced.face_fen) == (30_000 * YUAN, 500)


@pytest.mark.engines("sqlite")
def test_the_number_of_reviews_decides_when_a_voucher_is_granted(db):
    states, said = [], reviewing.Reviewed(ApplicationDecision.PASS, "")
    for levels in (1, 2):
        round_ = a_round(programme=changed_programme("xizang_innovation_voucher", "allocation.review_levels", levels), state="claiming")
        row = an_application(round_, a_firm(titles=["tech_sme", "innovative"]))
        asked = {"actor_id": uuid4(), "now": clock.now()}
        in_transaction(lambda row=row, asked=asked: reviewing.decide(row.id, said, **asked))
        states.append(by_id(Application, row.id).state)

    assert states == ["granted", "reviewing"]


@pytest.mark.engines("sqlite")
def test_who_is_paid_is_the_payee_of_the_claim(db):
    for payee in ("sme", "provider"):
        voucher = a_voucher(round_=a_round(programme=changed_programme("xizang_enterprise_service_voucher", "settlement.payee", payee)))
        claim = a_claim(order=with_papers(an_order("redeemed", voucher=voucher)))

        assert claim.payee_id == (claim.order.enterprise_id if payee == "sme" else claim.order.provider_id)


@pytest.mark.engines("sqlite")
def test_what_is_not_granted_goes_where_the_programme_says(db):
    left = []
    for place in ("voucher", "pool"):
        voucher = a_voucher(
            round_=a_round(programme=changed_programme("xizang_enterprise_service_voucher", "settlement.not_granted", place))
        )
        a_claim("approved", order=with_papers(an_order("redeemed", voucher=voucher)), approved_fen=4_000 * YUAN)
        left.append(left_of(voucher))

    assert left == [26_000 * YUAN, 25_000 * YUAN]
