"""Invoices that are no longer good: what was paid on them comes back, what is not paid yet waits."""

from types import SimpleNamespace
from uuid import uuid4

import pytest

from marketplace.kernel import clock, jobs
from marketplace.kernel.db import by_id, in_transaction
from marketplace.kernel.errors import RuleViolation
from marketplace.kernel.money import YUAN
from marketplace.orders.queries import live_documents
from marketplace.settlement import importers
from marketplace.settlement.lifecycle import RecoveryState
from marketplace.settlement.models import Claim
from marketplace.settlement.queries import holds, recoveries
from marketplace.settlement.recovery_rules import RecoveryGround
from tests.factories import an_officer
from tests.order_factories import a_claim
from tests.settlement.test_recoveries import a_settled_claim, confirmed, receive


def invoice_of(claim):
    return next(one.invoice_key for one in live_documents(claim.order_id) if one.invoice_key)


def bring_in(number, status="reversed", import_id=None):
    """What a row came to; the worker has looked again."""
    now = clock.now()
    context = SimpleNamespace(
        areas=["540000"], actor_id=uuid4(), now=now, today=clock.civil_date(now), import_id=import_id or uuid4(), gathered=[]
    )
    row = {"code": "", "number": number, "status": status, "checked_on": context.today}
    outcome = in_transaction(lambda: importers.store_check(row, context))
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
    bring_in(invoice_of(claim), "voided")
    assert len(recoveries.of_claim(claim.id)) == 1, "nothing is left to come back"


def test_a_good_invoice_changes_nothing(db):
    claim = a_settled_claim()
    assert bring_in(invoice_of(claim), "good") == "stored"
    assert recoveries.of_claim(claim.id) == []


def test_what_is_not_paid_yet_is_on_hold(db):
    claim = a_claim("approved")
    bring_in(invoice_of(claim), "voided")
    assert recoveries.of_claim(claim.id) == []
    why = holds.why_not_payable(by_id(Claim, claim.id), clock.now())
    assert why is not None and ("作废" in why.text() or why.code == "no_account")


def test_a_red_flush_for_an_unknown_invoice_is_refused_by_its_row(db):
    with pytest.raises(RuleViolation, match="平台上没有这张发票") as refused:
        bring_in("25957000000099999999")
    assert refused.value.field == "number"
