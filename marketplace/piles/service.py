"""A list pinned down, asked for with a reason, and then decided on row by row."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, update

from marketplace.audit import queries as trail
from marketplace.kernel import jobs
from marketplace.kernel.db import by_id, db, locked, table_of
from marketplace.kernel.errors import N_, Conflict, DomainError, NotFound, RuleViolation
from marketplace.kernel.sentences import Sentence
from marketplace.kernel.typed import checked_reason, fitting
from marketplace.piles import queries
from marketplace.piles.models import DONE, LEFT_OUT, SKIPPED, PileLine, PileRun
from marketplace.piles.work import PILES, PileAsk, PileWork

MOST = 5_000  # rows of a run: one answer of a person is not about more
AT_ONCE = 500  # rows in one statement
KIND = "piles.carry_out"
_LINES = table_of(PileLine)
_Row = Mapping[str, object]


def list_rows(work: PileWork, ticked: Sequence[UUID] | None, ask: PileAsk, narrowed: Mapping[str, str]) -> PileRun:
    """Pin down what would be decided on, and what would not and why: rows that come later are no part of it.

    Args:
        ticked: None: all that match.

    Raises: RuleViolation: nothing can be decided on, or nothing of the kind. NotFound: one that is ticked lies elsewhere.
    """
    if ask.decision not in work.decisions:
        raise RuleViolation(N_("请选择要办理的事项。"), code="no_decision")
    run = PileRun(id=ask.run_id, kind=work.kind, actor_id=ask.actor_id, decision=ask.decision, narrowed=dict(narrowed), created_at=ask.now)
    db.session.add(run)
    db.session.flush()
    matching, columns = work.matching(ticked), (work.key, *(work.money or ()))
    found = db.session.execute(matching.with_only_columns(*columns).limit(MOST)).all()
    if ticked is not None and len(found) < len(ticked):
        raise NotFound
    lines: list[_Row] = []
    for start in range(0, len(found), AT_ONCE):
        lines += _lines(work, ask, found[start : start + AT_ONCE], start)
    if all(one["outcome"] for one in lines):
        raise _nothing(lines)
    for start in range(0, len(lines), AT_ONCE):
        db.session.execute(insert(_LINES), lines[start : start + AT_ONCE])
    return run


def _lines(work: PileWork, ask: PileAsk, found: Sequence[Sequence[object]], start: int) -> list[_Row]:
    ids = [one[0] for one in found]
    marks = trail.counts_of(ids)  # type: ignore[arg-type]  # the first column is the id
    why = {row_id: _kept(said) for row_id, said in work.why_not(ids, ask).items()}  # type: ignore[arg-type]
    return [
        {
            "run_id": ask.run_id,
            "row_id": row_id,
            "place": place,
            "mark": str(marks.get(row_id, 0)),  # type: ignore[call-overload]
            "amount_fen": money[0] if money else None,
            "currency": money[1] if money else None,
            "outcome": SKIPPED if row_id in why else None,
            "why": why.get(row_id),  # type: ignore[call-overload]
        }
        for place, (row_id, *money) in enumerate(found, start + 1)
    ]


def _nothing(lines: Sequence[_Row]) -> RuleViolation:
    if not lines:
        return RuleViolation(N_("没有可以一起办理的。请先勾选，或调整筛选条件。"), code="none_listed")
    return RuleViolation(N_("选中的 %(n)s 件都不能办理，请逐件查看。"), code="none_listed", n=len(lines))


def ask_run(run_id: UUID, *, reason: str, actor_id: UUID, now: datetime) -> PileRun:
    """Decide on what was listed, in the background. Asked twice, it is asked once.

    Raises: NotFound: somebody else's. RuleViolation: no reason where one is wanted. Conflict: asked for already with another reason.
    """
    run = locked(PileRun, run_id)
    if run.actor_id != actor_id:
        raise NotFound
    decision = PILES[run.kind].decisions[run.decision]
    words = fitting(checked_reason(reason, N_("请写明一起办理的理由。")) if decision.needs_reason else reason.strip(), 1000)
    if run.asked_at is not None:
        if run.reason != words:
            raise Conflict(N_("这一批已经提交办理，理由不能再改。"), code="run_asked")
        return run
    title = PILES[run.kind].title
    job = jobs.enqueue(KIND, {"run_id": str(run_id)}, title=title, owner_id=actor_id, dedupe_key=f"{KIND}:{run_id}")
    run.reason, run.asked_at, run.job_id = words, now, job.id
    db.session.flush()
    return run


def decide_listed(row_id: UUID, ask: PileAsk) -> None:
    """Decide on one of a run as it was listed.

    Raises: DomainError: something happened to it since, or the rules of one decision refuse it.
    """
    line = queries.lines_by_row(ask.run_id, [row_id])[row_id]
    if line.outcome is not None:
        return
    work = PILES[by_id(PileRun, ask.run_id).kind]
    work.decide(row_id, line.mark, ask)
    _mark(ask.run_id, row_id, outcome=DONE)


def leave_out(run_id: UUID, row_id: UUID, refusal: DomainError, *, now: datetime) -> None:
    """Keep why one of a run was not decided on."""
    work = PILES[by_id(PileRun, run_id).kind]
    work.left_out(row_id, now)
    _mark(run_id, row_id, outcome=LEFT_OUT, why=_kept(work.refusal(_said(refusal), refusal.code)))


def _said(refusal: DomainError) -> Sentence:
    """A refusal as a list says it: it has no words of the reader that were not sent."""
    if refusal.code == "stale" and "who" in refusal.params:
        said = {name: refusal.params[name] for name in ("who", "when", "what")}
        return N_("预览之后有变动：%(who)s 于 %(when)s 办理“%(what)s”。没有办理，请单独处理。", **said)
    return Sentence(refusal.message, refusal.params)


def _kept(said: Sentence) -> Mapping[str, object]:
    message, params = said.__composite_values__()
    return {"message": message, "params": params}


def _mark(run_id: UUID, row_id: UUID, **values: object) -> None:
    db.session.flush()
    of_line = (_LINES.c.run_id == run_id) & (_LINES.c.row_id == row_id) & _LINES.c.outcome.is_(None)
    db.session.execute(update(_LINES).where(of_line).values(**values))
