"""Who applied where the answer comes at once is answered: each second, in the order of the places, by the hundred.

Any worker does it, and several may: the round's lock brings them one after the other, and who is answered already is left alone.
"""

from datetime import datetime
from functools import partial
from uuid import UUID

from sqlalchemy import exists, select

from marketplace.kernel import sweeping
from marketplace.kernel.db import db
from marketplace.vouchers.models import Application, Round
from marketplace.vouchers.queries.spending import spec_of
from marketplace.vouchers.rules.allotment import answers_at_once
from marketplace.vouchers.rules.states import RUNNING, ApplicationState
from marketplace.vouchers.service import allotting


def serve(*, now: datetime) -> int:
    """Answer the next in line of every round; how many."""
    work = partial(allotting.answer, now=now)
    return sum(
        sweeping.batches("vouchers.answer", allotting.in_line(round_id, sweeping.BATCH), partial(work, round_id), now=now)
        for round_id in _rounds()
    )


def _rounds() -> list[UUID]:
    """Rounds in which somebody waits for an answer that comes at once."""
    waits = exists().where(Application.round_id == Round.id, Application.state == ApplicationState.SUBMITTED)
    wanted = select(Round.id, Round.version_id).where(Round.state.in_(RUNNING), waits).order_by(Round.id)  # the answer asks the clock
    return [round_id for round_id, version_id in db.session.execute(wanted) if answers_at_once(spec_of(version_id))]
