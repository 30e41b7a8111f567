"""Approve claims together of which every check is green: listed, then asked for with a reason, then each by the rules of one."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID, uuid5

from sqlalchemy import func, insert, literal, update

from marketplace.kernel import jobs
from marketplace.kernel.db import by_id, db, locked, table_of
from marketplace.kernel.errors import N_, Conflict, DomainError, RuleViolation
from marketplace.kernel.money import Fen
from marketplace.kernel.sentences import Sentence
from marketplace.kernel.typed import checked_reason, fitting
from marketplace.settlement import queries
from marketplace.settlement.approval_models import ApprovalLine, ApprovalRun
from marketplace.settlement.lifecycle import ClaimState
from marketplace.settlement.models import Claim
from marketplace.settlement.queries import ClaimFilters, approvals, causes
from marketplace.settlement.queries.waiting import Reviewer
from marketplace.settlement.rules import Approval
from marketplace.settlement.service import claims, explanations, spot_checks

MOST = 5_000  # claims of a run: one answer of a person is not about more
KIND = "settlement.approve_run"
_LINES = table_of(ApprovalLine)


def list_green(run_id: UUID, reviewer: Reviewer, filters: ClaimFilters, *, narrowed: Mapping[str, str], now: datetime) -> ApprovalRun:
    """Pin down what a reviewer may approve together: later claims are no part of it.

    Args:
        run_id: made with the form: a second click answers the same run.

    Raises: RuleViolation: none is green.
    """
    run = ApprovalRun(id=run_id, actor_id=reviewer.id, narrowed=dict(narrowed), created_at=now)
    db.session.add(run)
    db.session.flush()
    green = approvals.green_for(reviewer, filters).limit(MOST)
    place = func.row_number().over(order_by=(Claim.due_on.nulls_last(), Claim.id))
    columns = (literal(run_id, _LINES.c.run_id.type), Claim.id, place, Claim.submitted_at, Claim.requested_fen, Claim.currency)
    names = ["run_id", "claim_id", "place", "submitted_at", "requested_fen", "currency"]
    db.session.execute(insert(_LINES).from_select(names, green.with_only_columns(*columns)))
    if not approvals.outcomes_of(run_id):
        raise RuleViolation(N_("没有全部相符、可以一起核准的申请。"), code="none_green")
    return run


def ask_run(run_id: UUID, *, reason: str, actor_id: UUID, now: datetime) -> ApprovalRun:
    """Approve what was listed, in the background. Asked twice, it is asked once.

    Raises: NotFound: somebody else's. RuleViolation: no reason. Conflict: asked for already with another reason.
    """
    approvals.run_of(run_id, actor_id)
    run = locked(ApprovalRun, run_id)
    words = fitting(checked_reason(reason, N_("请写明一起核准的理由。")), 1000)
    if run.asked_at is not None:
        if run.reason != words:
            raise Conflict(N_("这一批已经提交核准，理由不能再改。"), code="run_asked")
        return run
    job = jobs.enqueue(KIND, {"run_id": str(run_id)}, title=N_("批量核准"), owner_id=actor_id, dedupe_key=f"{KIND}:{run_id}")
    run.reason, run.asked_at, run.job_id = words, now, job.id
    db.session.flush()
    return run


def approve_listed(run_id: UUID, claim_id: UUID, *, areas: tuple[str, ...], now: datetime) -> None:
    """Approve one of a run as it was listed.

    Raises: NotFound: in no area of the person any more. RuleViolation, Conflict: it changed since, or a rule of one approval says no.
    """
    queries.in_area(claim_id, areas)
    run, claim = by_id(ApprovalRun, run_id), spot_checks.locked_claim(claim_id)
    line = approvals.lines_by_claim(run_id, [claim_id])[claim_id]
    if claim.state is not ClaimState.SUBMITTED or claim.submitted_at != line.submitted_at:
        raise Conflict(N_("预览之后有变动，当前为“%(state)s”。"), code="moved", state=claim.state.label)
    approval = Approval(Fen(line.requested_fen), opinion=run.reason)
    claims.approve(claim_id, approval, actor_id=run.actor_id, now=now, request_key=uuid5(run_id, str(claim_id)))
    _mark(run_id, claim_id, outcome="approved")


def leave_out(run_id: UUID, claim_id: UUID, refusal: DomainError, *, now: datetime) -> None:
    """Keep why one of a run was not approved, and what its checks say now."""
    claim = locked(Claim, claim_id)
    said = Sentence(refusal.message, refusal.params)
    if refusal.code == "not_explained":
        said = N_("预览之后，“%(check)s”不再是绿色，请单独审核。", check=refusal.params["check"])
    if claim.state is ClaimState.SUBMITTED:
        explanations.keep_checks(claim, causes.checks_of(claim, claim.day_of(now)))
    message, params = said.__composite_values__()
    _mark(run_id, claim_id, outcome="left_out", why={"message": message, "params": params})


def _mark(run_id: UUID, claim_id: UUID, **values: object) -> None:
    db.session.flush()
    of_line = (_LINES.c.run_id == run_id) & (_LINES.c.claim_id == claim_id) & _LINES.c.outcome.is_(None)
    db.session.execute(update(_LINES).where(of_line).values(**values))
