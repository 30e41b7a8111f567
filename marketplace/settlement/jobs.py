"""What the worker does for settlement: look again at what was paid on invoices that are no longer good."""

from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import UUID

from marketplace.kernel import clock, jobs
from marketplace.kernel.db import in_transaction
from marketplace.settlement import service
from marketplace.settlement.queries import invoices


@jobs.handler("settlement.look_again")
def _look_again_job(payload: Mapping[str, Any], progress: jobs.Progress) -> Mapping[str, Any]:
    found = invoices.to_look_at(UUID(payload["import_id"]))
    opened = 0
    for done, (check_id, claim_id) in enumerate(found, 1):
        opened += in_transaction(partial(service.look_again, check_id, claim_id, now=clock.now()))
        progress(done, len(found))
    return {"looked_at": len(found), "opened": opened}
