"""Payments that came back, bounced, corrected or recovered: what was decided before still follows from its rules and facts."""

import pytest

from marketplace.kernel.db import by_id
from marketplace.kernel.money import YUAN
from marketplace.recomputing.rules.outcome import DecisionKind
from marketplace.settlement.lifecycle import CorrectionKind
from marketplace.settlement.models import Claim
from tests.order_factories import a_batch
from tests.recomputing.runs import checked, differing, forged, recomputed
from tests.settlement.acts import pay, today
from tests.settlement.test_bounces import a_paid_line, bounce, confirm
from tests.settlement.test_corrections import correct, fail
from tests.settlement.test_recoveries import a_settled_claim, confirmed, opened, receive


def bounced_in_part():
    bounce(a_paid_line(), 1_234 * YUAN)


def bounced_and_paid_again():
    line = a_paid_line()
    bounce(line, line.amount_fen)
    confirm(line.claim)
    _batch, (again,) = a_batch(claims=[by_id(Claim, line.claim_id)])
    pay(again, "ZF-2")


def not_paid_after_all():
    line = a_paid_line()
    correct(line, CorrectionKind.NOT_PAID)
    _batch, (again,) = a_batch(claims=[by_id(Claim, line.claim_id)])
    pay(again, "ZF-1")


def paid_after_all():
    _batch, (line,) = a_batch()
    fail(line)
    correct(line, CorrectionKind.PAID, reference="ZF-7", paid_on=today())


def recovered():
    case = opened(a_settled_claim())
    confirmed(case)
    receive(case, 2_000 * YUAN)


@pytest.mark.parametrize("came_back", [bounced_in_part, bounced_and_paid_again, not_paid_after_all, paid_after_all, recovered])
def test_what_was_decided_before_money_came_back_does_not_differ(db, came_back):
    came_back()
    assert recomputed()[1] == []
    assert checked()[DecisionKind.SPLIT] >= 1


def test_an_amount_that_was_changed_after_a_bounce_is_found(db):
    line = a_paid_line()
    key, fen = line.id, line.amount_fen
    bounce(line, 1_000 * YUAN)
    forged("payment_lines", key, amount_fen=fen - 1_000 * YUAN)
    assert differing() == {("split", str(key))}
