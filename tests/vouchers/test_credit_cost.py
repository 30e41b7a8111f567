"""What it costs to give many firms their quota at once, to tell many firms that they get nothing, and to end many vouchers."""

from datetime import timedelta

import pytest

from marketplace.kernel import clock
from marketplace.kernel.clock import day_begins
from marketplace.kernel.db import in_transaction
from marketplace.notices.models import Notice
from marketplace.vouchers.service import holdings, issuing
from tests.factories import a_firm, a_round, a_voucher
from tests.page_walk import counted


@pytest.mark.engines("postgresql")
def test_many_quotas_take_fewer_statements_than_there_are_firms(fresh_app, fresh_db):
    round_, firms = a_round(), [a_firm().id for _ in range(40)]
    with counted(fresh_app) as seen:
        made = in_transaction(lambda: issuing.credit(round_.id, firms, actor_id=None, today=clock.today()))
    assert len(made) == 40
    assert len(seen.statements) < 40, "\n".join(" ".join(one.split())[:100] for one in seen.statements)


@pytest.mark.engines("postgresql")
def test_ending_many_vouchers_takes_as_many_statements_as_ending_few(fresh_app, fresh_db):
    round_, asked = a_round(), []
    later = round_.use_until + timedelta(days=1)
    for number in (5, 20):
        vouchers = issuing.credit(round_.id, [a_firm().id for _ in range(number)], actor_id=None, today=clock.today())
        ids = [voucher.id for voucher in vouchers]
        fresh_db.session.commit()
        with counted(fresh_app) as seen:
            assert in_transaction(lambda ids=ids: holdings.expire_due(ids, now=day_begins(later))) == number
        asked.append([" ".join(one.split())[:120] for one in seen.statements])
    assert len(asked[0]) == len(asked[1]), "\n".join(asked[1])


def cost(app, work) -> dict[str, int]:
    """How often people are asked for, and how often they, and the trail, are written."""
    with counted(app) as seen:
        in_transaction(work)
    said = [" ".join(one.split()) for one in seen.statements]
    kinds = {"people": "FROM users", "notices": "INSERT INTO notices", "trail": "INSERT INTO audit_events"}
    return {name: sum(words in one for one in said) for name, words in kinds.items()}


@pytest.mark.engines("postgresql")
def test_messages_to_many_firms_are_written_together(fresh_app, fresh_db):
    """Firms told that they have a voucher, that the money did not reach them, and that a voucher ended."""
    today, round_ = clock.today(), a_round()
    firms = [a_firm().id for _ in range(4)]
    given = cost(fresh_app, lambda: issuing.credit(round_.id, firms, actor_id=None, today=today))
    assert given == {"people": 1, "notices": 1, "trail": 1}

    others = [a_firm().id for _ in range(4)]
    short = cost(fresh_app, lambda: issuing.credit_in_order(round_.id, others, actor_id=None, today=today, closed=frozenset({""})))
    assert short["trail"] == 1
    assert short["people"] <= 3, "the firms' people, and the officers of the round"
    assert short["notices"] <= 2

    vouchers = [a_voucher(round_=round_).id for _ in range(3)]
    later = round_.use_until + timedelta(days=1)
    assert cost(fresh_app, lambda: holdings.expire_due(vouchers, now=day_begins(later))) == {"people": 1, "notices": 1, "trail": 1}
    assert fresh_db.session.query(Notice).count() >= 4 + 4 + 3
