"""A replay asked for and done, in one line."""

from typing import Any
from uuid import UUID, uuid4

from marketplace.kernel import jobs
from marketplace.kernel.db import by_id, in_transaction
from marketplace.kernel.jobs import Job
from marketplace.vouchers.queries import programmes as reads
from marketplace.vouchers.queries.spending import spec_of
from marketplace.whatif import service, store
from marketplace.whatif.queries import Question


def asked(*rounds: Any, rules: Any = None, **narrowed: Any) -> Job:
    """A job that waits: rounds under other rules, or under those they were opened under."""
    programme_id = rounds[0].programme_id
    spec = rules or spec_of(rounds[0].version_id)
    question = Question(
        programme_id=programme_id, round_ids=tuple(one.id for one in rounds), rules=spec.frozen(), named="试算规则", **narrowed
    )
    return in_transaction(lambda: service.ask(uuid4(), question, reads.rounds_of(programme_id), actor_id=uuid4()))


def replayed(*rounds: Any, rules: Any = None, **narrowed: Any) -> dict[str, Any]:
    """The result, done; with "lines", each order as it was kept, and "firm_lines"."""
    job = asked(*rounds, rules=rules, **narrowed)
    jobs.run_all()
    done = by_id(Job, job.id)
    assert done.result is not None, done.error
    kept = UUID(done.payload["replay_id"])
    return done.result | {"lines": list(store.lines_of(kept, store.ORDERS)), "firm_lines": list(store.lines_of(kept, store.FIRMS))}


def differing(result: dict[str, Any]) -> list[list[Any]]:
    """Orders that draw something else than they did."""
    return [line for line in result["lines"] if line[7] != line[8]]
