"""What it costs to give many firms their quota at once."""

import pytest

from marketplace.kernel import clock
from marketplace.kernel.db import in_transaction
from marketplace.vouchers.service import issuing
from tests.factories import a_firm, a_round
from tests.page_walk import counted


@pytest.mark.engines("postgresql")
def test_many_quotas_take_fewer_statements_than_there_are_firms(fresh_app, fresh_db):
    round_, firms = a_round(), [a_firm().id for _ in range(40)]
    with counted(fresh_app) as seen:
        made = in_transaction(lambda: issuing.credit(round_.id, firms, actor_id=None, today=clock.today()))
    assert len(made) == 40
    assert len(seen.statements) < 40, "\n".join(" ".join(one.split())[:100] for one in seen.statements)
