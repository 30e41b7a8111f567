"""A claim is published before it is paid where the programme asks for it."""

from datetime import date
from uuid import uuid4

import pytest

from marketplace.kernel.clock import now
from marketplace.kernel.db import by_id, in_transaction
from marketplace.kernel.errors import RuleViolation
from marketplace.orders import queries as orders
from marketplace.orders import service as order_service
from marketplace.orders.models import Order
from marketplace.orders.rules import BY_THE_PLATFORM
from marketplace.orders.service import Rating
from marketplace.policy.programme_words import DocumentKind, EvidenceStep
from marketplace.publicity import queries as publicity
from marketplace.publicity.models import ObjectionState
from marketplace.publicity.service import decide_objection
from marketplace.publicity.sweep import sweep as close_notices
from marketplace.settlement.lifecycle import BatchState
from marketplace.settlement.models import Claim
from tests.factories import a_firm, a_programme, a_round, a_voucher, an_objection, an_offering, with_value
from tests.order_factories import a_batch, a_claim, a_paper, add_paper, an_order, person, with_papers


def test_a_claim_is_published_before_it_is_paid_where_the_programme_asks_for_it(db, clock):
    round_ = a_round("xizang_innovation_voucher")
    firm = a_firm(titles=["tech_sme", "innovative"])
    order = an_order("redeemed", voucher=a_voucher(round_=round_, enterprise=firm), offering=an_offering(category="technology"))
    for kind in orders.required_papers(order, EvidenceStep.CLAIM):
        if kind in {DocumentKind.INVOICE, DocumentKind.BANK_TRANSFER_SLIP}:
            amount_fen = order.contract_fen if kind is DocumentKind.INVOICE else order.own_share_fen
            add_paper(order, a_paper(kind, amount_fen=amount_fen))
        elif kind not in BY_THE_PLATFORM | {DocumentKind.CONTRACT}:
            add_paper(order, a_paper(kind))
    buyer = {"enterprise_id": order.enterprise_id, "actor_id": person(order.enterprise_id)}
    in_transaction(lambda: order_service.review(order.id, Rating(5, ""), **buyer, request_key=uuid4(), now=now()))
    claim = a_claim("approved", order=by_id(Order, order.id))

    notice = publicity.of_subject(claim.id)[0]
    (row,) = publicity.all_rows(notice.id)
    assert (row.party, row.number, row.amount_fen) == (order.enterprise.organisation.name, claim.number, claim.approved_fen)
    with pytest.raises(RuleViolation, match="正在公示"):
        a_batch(claims=[claim])
    objection = an_objection(notice)
    clock.shift(days=14)
    close_notices(now=now())
    with pytest.raises(RuleViolation, match="收到异议"):
        a_batch(claims=[by_id(Claim, claim.id)])
    answer = {"answer": "经核实不成立。", "actor_id": uuid4(), "request_key": uuid4()}
    in_transaction(lambda: decide_objection(objection.id, ObjectionState.REJECTED, **answer, now=now()))
    close_notices(now=now())
    batch, _lines = a_batch(claims=[by_id(Claim, claim.id)])
    assert batch.state is BatchState.APPROVED


@pytest.mark.parametrize(
    ("value", "last", "words"),
    [
        ({"days": 7, "day_kind": "natural"}, "2026-03-23", "7 个自然日"),
        ({"days": 5, "day_kind": "working"}, "2026-03-23", ""),
        ({"months": 1}, "2026-04-16", "1 个月"),
        ({"set_by_round": True}, "2026-12-01", "由批次定日期"),
        ({"none": True}, None, None),
    ],
)
def test_a_notice_lasts_as_long_as_the_programme_says_in_its_own_kind_of_days(db, value, last, words):
    programme = with_value(a_programme(), "times.notice", value)
    days = {"notice_until": date(2026, 12, 1)} if "set_by_round" in value else {}
    order = with_papers(an_order("redeemed", voucher=a_voucher(round_=a_round(programme=programme, days=days))))

    found = publicity.of_subject(a_claim("approved", order=order).id)

    assert [(one.last_day.isoformat(), one.term) for one in found] == ([(last, words)] if last else [])
