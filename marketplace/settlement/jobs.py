"""What the worker does for settlement: look again at what was paid on invoices that are no longer good, and draw the pages of files,
and approve together what a reviewer has listed.
"""

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
from marketplace.kernel.pictures.kept import draw_missing
from marketplace.settlement import service
from marketplace.settlement.approval_models import ApprovalRun
from marketplace.settlement.lifecycle import ClaimState
from marketplace.settlement.models import Claim
from marketplace.settlement.queries import approvals, invoices
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


@jobs.handler("settlement.approve_run")
def _approve_run_job(payload: Mapping[str, Any], progress: jobs.Progress) -> Mapping[str, Any]:
    """Each claim in a transaction of its own, with the rights that the person has today: one that is refused stops no other."""
    run_id = UUID(payload["run_id"])
    run = by_id(ApprovalRun, run_id)
    user = identity.user(run.actor_id)
    if user.state is not UserState.ACTIVE:
        raise Forbidden(N_("提交核准的账号已停用，没有核准的申请仍在等待审核。"))
    areas = signed_in(user, "", clock.now()).areas_for("claims.review")
    counts = approvals.outcomes_of(run_id)
    total, done = sum(counts.values()), sum(count for outcome, count in counts.items() if outcome)
    while found := approvals.next_lines(run_id):
        for claim_id in found:
            _approve_one(run_id, claim_id, areas)
            done += 1
            progress(done, total)
    return {str(outcome): count for outcome, count in approvals.outcomes_of(run_id).items()}


def _approve_one(run_id: UUID, claim_id: UUID, areas: tuple[str, ...]) -> None:
    try:
        in_transaction(partial(service.approve_listed, run_id, claim_id, areas=areas, now=clock.now()))
    except Busy:
        raise
    except DomainError as refusal:
        in_transaction(partial(service.leave_out, run_id, claim_id, refusal, now=clock.now()))
