"""What the worker does with a list that somebody asked to decide on."""

from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import UUID

from marketplace.identity import queries as identity
from marketplace.identity.models import UserState
from marketplace.identity.sign_in import signed_in
from marketplace.kernel import clock, jobs
from marketplace.kernel.db import by_id, in_transaction
from marketplace.kernel.errors import N_, Busy, DomainError, Forbidden
from marketplace.piles import queries, service
from marketplace.piles.models import PileRun
from marketplace.piles.work import PILES, PileAsk


@jobs.handler(service.KIND)
def carry_out(payload: Mapping[str, Any], progress: jobs.Progress) -> Mapping[str, Any]:
    """Each row in a transaction of its own, with the rights that the person has today: one that is refused stops no other."""
    run_id = UUID(payload["run_id"])
    run = by_id(PileRun, run_id)
    user, permission = identity.user(run.actor_id), PILES[run.kind].permission
    if user.state is not UserState.ACTIVE:
        raise Forbidden(N_("提交办理的账号已停用，没有办理的仍在等待。"))
    areas = signed_in(user, "", clock.now()).areas_for(permission)
    asked = partial(PileAsk, run_id=run_id, actor_id=run.actor_id, areas=areas, decision=run.decision, reason=run.reason)
    counts = queries.outcomes_of(run_id)
    total, done = sum(counts.values()), sum(count for outcome, count in counts.items() if outcome)
    while found := queries.next_lines(run_id):
        for row_id in found:
            _one(row_id, asked(now=clock.now()))
            done += 1
            progress(done, total)
    return {str(outcome): count for outcome, count in queries.outcomes_of(run_id).items()}


def _one(row_id: UUID, ask: PileAsk) -> None:
    try:
        in_transaction(partial(service.decide_listed, row_id, ask))
    except Busy:
        raise
    except DomainError as refusal:
        in_transaction(partial(service.leave_out, ask.run_id, row_id, refusal, now=ask.now))
