"""What the worker does for settlement: look again at what was paid on invoices that are no longer good, and draw the pages of files."""

from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import UUID

from marketplace.kernel import clock, jobs
from marketplace.kernel.db import by_id, in_transaction
from marketplace.kernel.pictures.kept import draw_missing
from marketplace.piles import jobs as piles
from marketplace.settlement import service
from marketplace.settlement.lifecycle import ClaimState
from marketplace.settlement.models import Claim
from marketplace.settlement.queries import invoices
from marketplace.settlement.queries.evidence_files import evidence_files


@jobs.handler("settlement.look_again")
def _look_again_job(payload: Mapping[str, Any], progress: jobs.Progress) -> Mapping[str, Any]:
    found = invoices.to_look_at(UUID(payload["import_id"]))
    opened = 0
    for done, (check_id, claim_id) in enumerate(found, 1):
        opened += in_transaction(partial(service.look_again, check_id, claim_id, now=clock.now()))
        progress(done, len(found))
    return {"looked_at": len(found), "opened": opened}


@jobs.handler("settlement.draw_files")
def _draw_files_job(payload: Mapping[str, Any], progress: jobs.Progress) -> Mapping[str, Any]:
    """Of a claim that is decided on already nothing is drawn, unless somebody asked."""
    claim = by_id(Claim, UUID(payload["claim_id"]))
    if claim.state is not ClaimState.SUBMITTED and not payload["asked"]:
        return {"drawn": 0}
    files = [one.file for one in evidence_files(claim)]
    drawn = 0
    for done, file in enumerate(files, 1):
        drawn += draw_missing(file).drawn
        progress(done, len(files))
    return {"drawn": drawn}


jobs.handler("settlement.approve_run")(piles.carry_out)  # as it was called when only claims were approved together
