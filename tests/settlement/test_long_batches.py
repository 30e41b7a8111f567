"""A batch has so many lines as can be read through; what waits besides is counted, not listed."""

import pytest

from marketplace.kernel.money import YUAN
from marketplace.settlement.lifecycle import LineState
from marketplace.settlement.models import PaymentBatch, PaymentLine
from marketplace.settlement.queries import payable
from marketplace.settlement.queries.paid import asked_sum, open_sum
from tests.factories import a_finance_officer, a_round, a_voucher
from tests.order_factories import a_claim, an_order, with_account, with_papers

pytestmark = pytest.mark.engines("sqlite", "postgresql")


def test_O3_a_batch_is_made_of_the_oldest_claims_and_says_what_waits_besides(db, browser, monkeypatch):
    monkeypatch.setattr(payable, "MOST_AT_ONCE", 2)
    round_ = a_round()
    claims = [a_claim("approved", order=with_papers(an_order("redeemed", voucher=a_voucher(round_=round_)))) for _ in range(3)]
    for claim in claims:
        with_account(claim.payee_id)
    assert payable.whole_payable(round_.programme_id) == (3, 15_000 * YUAN)
    assert [one.id for one in payable.payable(round_.programme_id)] == [one.id for one in claims[:2]], "the oldest decision first"
    browser.sign_in(a_finance_officer())
    address = f"/payments/new/{round_.programme_id}"
    page = browser.get(address)
    assert "共 3 笔、15,000.00 元" in page.text and "另有 1 笔" in page.text and claims[2].number not in page.text
    browser.post(address, {"claims": [str(one.id) for one in claims[:2]]})
    batch = db.session.query(PaymentBatch).one()
    assert db.session.query(PaymentLine).filter_by(batch_id=batch.id).count() == 2
    assert "另有" not in browser.get(address).text
    shown = browser.get(f"/payments/{batch.id}?size=1")
    assert "10,000.00" in shown.text, "the sum is of the whole batch"
    assert (asked_sum(batch.id), asked_sum(batch.id, LineState.PAID)) == (10_000 * YUAN, 0)
    assert open_sum([claims[0].id, claims[2].id]) == 10_000 * YUAN and open_sum([]) == 0
    first = db.session.query(PaymentLine).filter_by(batch_id=batch.id).first()
    first.state = LineState.DROPPED
    db.session.flush()
    assert asked_sum(batch.id) == 5_000 * YUAN, "what was taken out is not asked for"
