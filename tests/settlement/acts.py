"""What the tests of settlement do again and again."""

from collections import Counter
from uuid import uuid4

from marketplace.kernel import clock
from marketplace.kernel.db import in_transaction
from marketplace.kernel.money import Fen
from marketplace.ledger import queries as ledger
from marketplace.settlement import service
from marketplace.settlement.lifecycle import ClaimState
from marketplace.settlement.queries import sources
from marketplace.settlement.rules import Approval
from tests.factories import (
    an_officer,
)
from tests.order_factories import EXPLAINED, person, spot_checked


def standing(claim):
    found = ledger.standing(claim.book_id)
    assert found.difference() == 0
    return found


def ask(order, key=None, **facts):
    seller = {"provider_id": order.provider_id, "actor_id": person(order.provider_id)} | facts
    return in_transaction(lambda: service.submit(order.id, **seller, request_key=key or uuid4(), now=clock.now()))


def decide(claim, approved_fen, reason="", officer=None, key=None):
    actor_id = (officer or an_officer()).id
    if claim.state is ClaimState.SUBMITTED:
        spot_checked(claim)
    approval = Approval(Fen(approved_fen), reason, explained=EXPLAINED)
    return in_transaction(lambda: service.approve(claim.id, approval, actor_id=actor_id, now=clock.now(), request_key=key))


def pay(line, reference="2026031600001", paid_on=None, actor_id=None):
    actor_id = actor_id or uuid4()
    return in_transaction(
        lambda: service.record_paid(line.id, reference=reference, paid_on=paid_on or clock.today(), actor_id=actor_id, now=clock.now())
    )


def now():
    return clock.now()


def today():
    return clock.today()


def sources_left(round_id):
    """What is left of what a round's documents brought, by source of money."""
    left = Counter()
    for one in sources.funds_of(round_id):
        left[one.source] += one.left_fen
    return dict(left)
