"""What a firm was granted is decided again on the facts that the grant keeps."""

import json

from marketplace.kernel import clock
from marketplace.kernel.db import in_transaction
from marketplace.recomputing.rules.outcome import DecisionKind
from marketplace.vouchers.service import issuing
from tests.factories import a_firm, a_round
from tests.recomputing.runs import checked, differing, forged, recomputed


def credited(count=1):
    round_ = a_round()
    firms = [a_firm().id for _ in range(count)]
    return in_transaction(lambda: issuing.credit(round_.id, firms, actor_id=None, today=clock.today()))


def test_what_was_granted_by_class_does_not_differ(db):
    credited(2)
    assert recomputed()[1] == []
    assert checked()[DecisionKind.GRANT] == 2


def test_a_face_that_was_changed_is_found(db):
    (card,) = credited()
    key = card.id
    forged("vouchers", key, face_fen=card.face_fen + 1)
    assert differing() == {("grant", str(key))}


def test_a_firm_that_was_in_no_class_is_found(db):
    (card,) = credited()
    key, facts = card.id, card.facts
    forged("vouchers", key, facts=json.dumps({**facts, "firm": {**facts["firm"], "size": "large"}}))
    assert differing() == {("grant", str(key))}
