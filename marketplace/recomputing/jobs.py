"""A recomputation as a job: of everything when somebody asks, every night of what is new; what differs becomes a signal."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from marketplace.kernel import clock
from marketplace.kernel.db import in_transaction, snapshot
from marketplace.kernel.jobs import Progress, handler
from marketplace.oversight.service import findings
from marketplace.recomputing.checking import everything
from marketplace.recomputing.service import KIND, as_kept

SHOWN = 500  # differences kept with the job; the command lists all


@handler(KIND)
def run(payload: Mapping[str, Any], progress: Progress) -> Mapping[str, Any]:
    """Decide again what was decided since a moment, or everything, all at one moment."""
    found, kept, since = 0, [], datetime.fromisoformat(payload["since"]) if payload["since"] else None
    with snapshot() as connection:
        recomputation = everything(connection, since, progress)
        for one in recomputation.differences():
            for difference in as_kept(one):
                found += 1
                kept += [asdict(difference)] if found <= SHOWN else []
    if found:
        rows = [f"{one['kind']} {one['row']}" for one in kept]
        in_transaction(lambda: findings.of_recomputation(rows, found, now=clock.now()))
    return {"since": payload["since"], "clean": not found, "found": found, "kinds": recomputation.counted(), "differences": kept}
