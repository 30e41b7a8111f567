"""Several people of finance at the same moment, on a database with real commits."""

from uuid import uuid4

import pytest

from marketplace.kernel import clock
from marketplace.kernel.db import by_id
from marketplace.kernel.money import YUAN, Fen
from marketplace.ledger import queries as ledger
from marketplace.settlement import service
from marketplace.settlement.lifecycle import ClaimState
from marketplace.settlement.models import Claim, PaymentBatch, PaymentLine
from marketplace.settlement.recovery_models import Recovery
from marketplace.settlement.recovery_rules import RecoveryGround, ReturnsTo
from marketplace.settlement.rules import Approval
from marketplace.settlement.service import Receipt, RecoveryFinding, ReturnSlip
from tests.factories import a_finance_officer, an_officer
from tests.order_factories import a_batch, a_claim, with_account
from tests.races import race, tried
from tests.settlement.acts import pay
from tests.settlement.test_recoveries import confirmed, opened

pytestmark = pytest.mark.engines("postgresql")


def test_two_officers_who_decide_at_once_make_one_decision(fresh_app, fresh_db):
    claim = a_claim()
    claim_id, book_id, officers = claim.id, claim.book_id, [an_officer().id for _ in range(2)]

    def approve(actor_id):
        return tried(lambda: service.approve(claim_id, Approval(Fen(5_000 * YUAN)), actor_id=actor_id, now=clock.now()))

    def refuse(actor_id):
        return tried(lambda: service.refuse(claim_id, reason="材料虚假", actor_id=actor_id, now=clock.now()))

    answers = race(fresh_app, [lambda: approve(officers[0]), lambda: refuse(officers[1])])
    fresh_db.session.rollback()

    assert sum(isinstance(one, Claim) for one in answers) == 1, answers
    found = ledger.standing(book_id)
    assert found.payable in {0, 5_000 * YUAN} and found.difference() == 0


def test_a_claim_lies_in_one_living_batch(fresh_app, fresh_db):
    claim = a_claim("approved")
    with_account(claim.payee_id)
    claim_id, programme_id, makers = claim.id, claim.programme_id, [a_finance_officer().id for _ in range(6)]

    def prepare(actor_id):
        batch_id = uuid4()
        return tried(
            lambda: service.prepare_batch(batch_id, programme_id=programme_id, claim_ids=[claim_id], actor_id=actor_id, now=clock.now())
        )

    answers = race(fresh_app, [lambda maker=maker: prepare(maker) for maker in makers])
    fresh_db.session.rollback()

    assert sum(isinstance(one, PaymentBatch) for one in answers) == 1, answers


def test_a_bank_result_recorded_by_many_at_once_pays_once(fresh_app, fresh_db):
    batch, lines = a_batch()
    line_id, book_id, claim_id, actors = lines[0].id, batch.book_id, lines[0].claim_id, [a_finance_officer().id for _ in range(6)]

    def pay(actor_id):
        return tried(lambda: service.record_paid(line_id, reference="YH1", paid_on=clock.today(), actor_id=actor_id, now=clock.now()))

    answers = race(fresh_app, [lambda one=one: pay(one) for one in actors])
    fresh_db.session.rollback()

    assert {getattr(one, "id", one) for one in answers} == {line_id}
    assert (ledger.standing(book_id).paid, by_id(Claim, claim_id).state) == (5_000 * YUAN, ClaimState.SETTLED)


def test_two_clerks_who_record_on_one_case_at_once_take_no_more_than_is_owed(fresh_app, fresh_db):
    batch, lines = a_batch()
    pay(lines[0])
    case = confirmed(opened(lines[0].claim))
    case_id, book_id, clerks = case.id, batch.book_id, [a_finance_officer().id for _ in range(4)]

    def record(actor_id, reference):
        slip = Receipt(3_000 * YUAN, reference, clock.today())
        return tried(lambda: service.receive(case_id, slip, actor_id=actor_id, now=clock.now()))

    answers = race(fresh_app, [lambda one=one, place=place: record(one, f"RZ{place}") for place, one in enumerate(clerks)])
    fresh_db.session.rollback()

    assert sum(isinstance(one, Recovery) for one in answers) == 1, answers
    found = ledger.standing(book_id)
    assert (found.recovered, found.difference()) == (3_000 * YUAN, 0)
    assert by_id(Recovery, case_id).recovered_fen == 3_000 * YUAN


def test_money_that_is_demanded_back_and_sent_back_by_the_bank_at_once_comes_back_once(fresh_app, fresh_db):
    _batch, lines = a_batch()
    line_id, claim_id, people = pay(lines[0]).id, lines[0].claim_id, [a_finance_officer().id, an_officer().id]
    slip = ReturnSlip(5_000 * YUAN, "TH1", clock.today(), "户名不符")
    finding = RecoveryFinding(5_000 * YUAN, RecoveryGround.AUDIT, "合同约定的服务没有提供。", ReturnsTo.POOL)

    def bounce():
        return tried(lambda: service.record_bounce(line_id, slip, actor_id=people[0], now=clock.now()))

    def demand():
        return tried(lambda: service.open_recovery(uuid4(), claim_id, finding, actor_id=people[1], now=clock.now()))

    answers = race(fresh_app, [bounce, demand])
    fresh_db.session.rollback()

    assert sum(isinstance(one, PaymentLine | Recovery) for one in answers) == 1, answers
