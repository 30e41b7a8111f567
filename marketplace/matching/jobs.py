"""What the worker does for the matching."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from marketplace.kernel import clock, jobs
from marketplace.kernel.db import in_transaction
from marketplace.matching import queries, service
from marketplace.matching.service import learning


@jobs.handler("matching.run")
def _run_job(payload: Mapping[str, Any], progress: jobs.Progress) -> Mapping[str, Any]:
    run_id, list_id, actor_id = UUID(payload["run_id"]), UUID(payload["list_id"]), UUID(payload["actor_id"])
    if not queries.has_run(run_id):
        from marketplace.matching.redoing import decided  # with the search and the solver, which no page needs
        from marketplace.retrieval.ranker import default_weights

        progress(0, 3)
        content = service.gather(list_id, clock.today(), weights=(learning.newest() or default_weights()).fingerprint)
        progress(1, 3)
        outcome, snapshot = decided(content, learning.by_fingerprint)
        progress(2, 3)
        in_transaction(lambda: service.store_run(run_id, list_id, outcome, snapshot, actor_id=actor_id))
    progress(3, 3)
    return {"run_id": str(run_id)}


@jobs.handler(learning.KIND)
def _relearn_job(_payload: Mapping[str, Any], _progress: jobs.Progress) -> Mapping[str, Any]:
    lesson = learning.relearn(now=clock.now())
    return {"lesson": str(lesson.id), "adopted": lesson.adopted, **lesson.figures} if lesson is not None else {}
