"""Under the rules they were placed under, the orders of the demo draw to the fen what they drew."""

from itertools import groupby
from uuid import UUID, uuid4

from sqlalchemy import select

from marketplace.kernel.db import db
from marketplace.vouchers.models import Round
from marketplace.vouchers.queries.spending import spec_of
from marketplace.whatif import service, store
from marketplace.whatif.jobs import replay
from marketplace.whatif.queries import Question


def test_unchanged_rules_give_back_the_demo(laid):
    rounds = sorted(db.session.scalars(select(Round)).unique(), key=_kind)
    known = [(version_id, [(one.id, one.programme_id) for one in some]) for (version_id, _simulated), some in groupby(rounds, key=_kind)]
    seen = 0
    for version_id, some in known:
        question = Question(
            programme_id=some[0][1], round_ids=tuple(key for key, _programme in some), rules=spec_of(version_id).frozen(), named="原规则"
        )
        kept = uuid4()
        result = replay(service.as_payload(question) | {"replay_id": str(kept)}, lambda done, total: None)
        assert [line for line in store.lines_of(kept, store.ORDERS) if line[7] != line[8]] == []
        assert result["vouchers"] == result["vouchers_after"]
        seen += result["orders"]
    assert seen > 50


def _kind(row: Round) -> tuple[UUID, bool]:
    return row.version_id, row.simulated
