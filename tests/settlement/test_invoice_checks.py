"""Invoices that are no longer good: what was paid on them comes back, what is not paid yet waits."""

from types import SimpleNamespace
from uuid import uuid4

import pytest
from sqlalchemy import select

from marketplace.kernel import clock, jobs
from marketplace.kernel.db import by_id, in_transaction
from marketplace.kernel.errors import RuleViolation
from marketplace.kernel.money import YUAN
from marketplace.orders.queries import live_documents
from marketplace.risk import service as risk
from marketplace.risk.models import RiskSignal, SignalState
from marketplace.settlement import importers
from marketplace.settlement.lifecycle import RecoveryState
from marketplace.settlement.models import Claim
from marketplace.settlement.queries import holds, recoveries
from marketplace.settlement.recovery_rules import RecoveryGround
from tests.factories import a_round, a_voucher, an_officer
from tests.order_factories import a_batch, a_claim, a_paper, add_paper, an_order, with_papers
from tests.settlement.acts import pay
from tests.settlement.test_recoveries import a_settled_claim, confirmed, receive


def invoice_of(claim):
    return next(one.invoice_key for one in live_documents(claim.order_id) if one.invoice_key)


def bring_in(*numbers, status="reversed"):
    """What the last row of a list came to; the worker has looked again."""
    now = clock.now()
    context = SimpleNamespace(areas=["540000"], actor_id=uuid4(), now=now, today=clock.civil_date(now), import_id=uuid4(), gathered=[])
    for number in numbers:
        row = {"code": "", "number": number, "status": status, "checked_on": context.today}
        outcome = in_transaction(lambda row=row: importers.store_check(row, context))
    in_transaction(lambda: importers.look_again(context, None))
    jobs.run_all()
    return outcome.value


def test_a_reversed_invoice_opens_one_case_for_what_was_paid_and_the_same_list_twice_changes_nothing(db):
    claim = a_settled_claim()
    assert bring_in(invoice_of(claim)) == "stored"
    assert bring_in(invoice_of(claim)) == "unchanged"

    (case,) = recoveries.of_claim(claim.id)
    assert (case.state, case.ground, case.opened_by) == (RecoveryState.PROPOSED, RecoveryGround.INVOICE, None)
    assert case.amount_fen == 5_000 * YUAN and "红冲" in case.finding
    receive(confirmed(case, by=an_officer()), 5_000 * YUAN)
    bring_in(invoice_of(claim), status="voided")
    assert len(recoveries.of_claim(claim.id)) == 1, "nothing is left to come back"


def test_a_good_invoice_changes_nothing(db):
    claim = a_settled_claim()
    assert bring_in(invoice_of(claim), status="good") == "stored"
    assert recoveries.of_claim(claim.id) == []


def test_what_is_not_paid_yet_is_on_hold(db):
    claim = a_claim("approved")
    bring_in(invoice_of(claim), status="voided")
    assert recoveries.of_claim(claim.id) == []
    why = holds.why_not_payable(by_id(Claim, claim.id), clock.now())
    assert why is not None and ("作废" in why.text() or why.code == "no_account")


def test_a_red_flush_for_an_unknown_invoice_is_refused_by_its_row(db):
    with pytest.raises(RuleViolation, match="平台上没有这张发票") as refused:
        bring_in("25957000000099999999")
    assert refused.value.field == "number"


def test_two_invoices_of_one_claim_that_are_no_longer_good_are_demanded_together(db):
    order = an_order("redeemed")
    for yuan in (6_000, 4_000):
        add_paper(order, a_paper("invoice", amount_fen=yuan * YUAN))
    add_paper(order, a_paper("bank_transfer_slip", amount_fen=order.own_share_fen), organisation_id=order.enterprise_id)
    _batch, (line,) = a_batch(claims=[a_claim("approved", order=order)])
    pay(line, "ZF-11")
    first, second = (one.invoice_key for one in live_documents(order.id) if one.invoice_key)

    bring_in(first, second)

    (case,) = recoveries.of_claim(line.claim_id)
    assert case.amount_fen == 5_000 * YUAN, "nothing of what was paid stands on a good invoice"
    assert first in case.finding and second in case.finding


def test_a_claim_that_is_handed_in_on_a_void_invoice_waits(db):
    order = with_papers(an_order("redeemed"))
    bring_in(next(one.invoice_key for one in live_documents(order.id) if one.invoice_key), status="voided")
    claim = a_claim(order=order)
    kinds = set(db.session.scalars(select(RiskSignal.kind).where(RiskSignal.subject_id == claim.id)))
    assert "invoice_withdrawn" in kinds


def test_a_void_invoice_of_a_simulated_round_is_demanded_of_nobody_and_stops_no_other_row(db):
    order = with_papers(an_order("redeemed", voucher=a_voucher(round_=a_round(simulated=True))))
    _batch, (line,) = a_batch(claims=[a_claim("approved", order=order)])
    pay(line, "ZF-12")
    real = a_settled_claim()
    bring_in(invoice_of(line.claim), invoice_of(real))
    assert (len(recoveries.of_claim(line.claim_id)), len(recoveries.of_claim(real.id))) == (0, 1)


def test_o11_a_new_reason_for_the_same_claim_is_a_new_signal_and_the_same_reason_is_none(db):
    order = an_order("redeemed")
    for yuan in (6_000, 4_000):
        add_paper(order, a_paper("invoice", amount_fen=yuan * YUAN))
    add_paper(order, a_paper("bank_transfer_slip", amount_fen=order.own_share_fen), organisation_id=order.enterprise_id)
    claim = a_claim(order=order)
    first, second = (one.invoice_key for one in live_documents(order.id) if one.invoice_key)

    def raised():
        wanted = select(RiskSignal).where(RiskSignal.subject_id == claim.id, RiskSignal.kind == "invoice_withdrawn")
        return list(db.session.scalars(wanted.order_by(RiskSignal.raised_at, RiskSignal.id)))

    bring_in(first)
    bring_in(first)
    (one,) = raised()
    answer = {"verdict": SignalState.EXPLAINED, "answer": "已换开发票并核对。", "actor_id": an_officer().id, "now": clock.now()}
    in_transaction(lambda: risk.close_signal(one.id, **answer))
    bring_in(second)
    bring_in(second)
    assert [row.state for row in raised()] == [SignalState.EXPLAINED, SignalState.OPEN]
    assert second in raised()[1].reason
