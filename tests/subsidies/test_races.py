"""Two firms that ask for one title at the same moment, on a database with real commits."""

from uuid import uuid4

import pytest

from marketplace.kernel import clock
from marketplace.kernel.db import in_transaction
from marketplace.kernel.errors import Busy, RuleViolation
from marketplace.kernel.money import YUAN
from marketplace.ledger import queries as ledger
from marketplace.settlement import service
from marketplace.settlement.models import Claim
from marketplace.subsidies.service import Asked
from tests.order_factories import person
from tests.races import race
from tests.subsidies.awards import SPECIALISED, a_titled_firm, an_award_round, word_of

pytestmark = pytest.mark.engines("postgresql")


@pytest.mark.parametrize("rounds", [1, 2], ids=["one round", "two rounds"])
def test_one_title_is_awarded_once(fresh_app, fresh_db, rounds):
    rows = [an_award_round() for _ in range(rounds)]
    firms = [a_titled_firm(number) for number in ("新〔2025〕7号", "新[2025] 7 号", "新２０２５－7号", "新〔2025〕7号")]
    asked = [(rows[place % rounds].id, firm.id, person(firm.id), word_of(firm)) for place, firm in enumerate(firms)]
    book_id = rows[0].book_id

    def ask(round_id, firm_id, actor_id, word):
        who = {"enterprise_id": firm_id, "actor_id": actor_id}
        while True:
            try:
                return in_transaction(lambda: service.ask(round_id, Asked(ground=word), **who, request_key=uuid4(), now=clock.now()))
            except Busy:
                continue

    answers = race(fresh_app, [lambda one=one: ask(*one) for one in asked])
    fresh_db.session.rollback()

    assert sum(isinstance(one, Claim) for one in answers) == 1, answers
    refused = [one for one in answers if isinstance(one, RuleViolation)]
    assert len(refused) == 3 and {one.code for one in refused} == {"title_used"}
    found = ledger.standing(book_id)
    assert found.reserved == SPECIALISED and found.difference() == 0
    assert found.unissued == rounds * 3_000_000 * YUAN - SPECIALISED
