"""The party appeals, a third person answers; where nobody appeals in time the case is closed."""

from datetime import datetime
from uuid import UUID

from marketplace.identity import queries as identity
from marketplace.kernel import clock
from marketplace.kernel.db import locked
from marketplace.kernel.errors import N_, NotFound
from marketplace.kernel.typed import fitting
from marketplace.moves import service as moves
from marketplace.moves.service import By
from marketplace.policy import terms
from marketplace.supervision import queries, rules
from marketplace.supervision.lifecycle import CASE, CaseSide, CaseState
from marketplace.supervision.models import SupervisionCase
from marketplace.supervision.queries.parties import judged_by
from marketplace.supervision.rules import AppealAnswer, MeasureState
from marketplace.supervision.service import credit, effects
from marketplace.supervision.service.cases import MOST_WORDS, begin_appeal, tell_party


def appeal(case_id: UUID, text: str, *, organisation_id: UUID, file_id: UUID | None, asked: By) -> SupervisionCase:
    """The organisation that a decision is about asks for a second look, once, within its days. What was decided acts meanwhile.

    Raises: NotFound: another's case. RuleViolation: too late, decided on before, or without a reason.
    """
    row = locked(SupervisionCase, case_id)
    if row.organisation_id != organisation_id:
        raise NotFound
    act = moves.begun(CASE, "appeal", row, CaseSide.PARTY, asked)
    if act.is_repeat:
        return row
    rules.check_in_days(row.due_on, act.today)
    row.appeal, row.appeal_file_id = fitting(rules.check_words(text, "appeal"), MOST_WORDS, field="appeal"), file_id
    moves.entered(act)
    terms.clear(row)
    moves.done(act)
    people = set(identity.user_ids_with("cases.decide", row.region_code)) - {row.found_by, row.decided_by}
    moves.tell_people(act, people, row.organisation.name)
    return row


def answer_appeal(case_id: UUID, verdict: AppealAnswer, text: str, *, asked: By) -> SupervisionCase:
    """A third person upholds the decision or revokes it: then every measure is taken back.

    Raises: Conflict: the page is older than the case. Denied: who found or decided. RuleViolation: too few words.
    """
    row = locked(SupervisionCase, case_id)
    act = moves.begun(CASE, "answer_appeal", row, CaseSide.DECIDER, asked)
    if act.is_repeat:
        return row
    assert asked.actor_id is not None and asked.now is not None, "somebody answers"
    rules.check_not_own(identity.organisation_id_of(asked.actor_id), row.organisation_id)
    rules.check_another(asked.actor_id, {row.found_by, row.decided_by})
    rules.check_no_judge(asked.actor_id, judged_by(row.subject_type, row.subject_id))
    row.answer = fitting(rules.check_words(text, "answer"), MOST_WORDS, field="answer")
    row.appeal_answer, row.answered_by = verdict, asked.actor_id
    moves.entered(act)
    if verdict is AppealAnswer.REVOKED:
        _take_back(row, asked.actor_id, asked.now)
    moves.done(act, outcome=verdict.value, reason=row.answer)
    credit.reckon(row.organisation_id, now=asked.now)
    tell_party(act, verdict.label)
    return row


def _take_back(case: SupervisionCase, actor_id: UUID, now: datetime) -> None:
    for one in queries.measures_of(case.id):
        effects.undo(case, one, actor_id=actor_id, now=now)
        one.state = MeasureState.LIFTED


def close(case_id: UUID, *, now: datetime) -> bool:
    """Nobody appealed in time: the decision stands. Whether it was closed now."""
    row = locked(SupervisionCase, case_id)
    if row.state is not CaseState.DECIDED or not terms.is_over(row, clock.civil_date(now)):
        return False
    act = moves.begun(CASE, "close", row, CaseSide.PLATFORM, By(None, now))
    moves.entered(act)
    moves.done(act)
    credit.reckon(row.organisation_id, now=now)
    return True


def recount(case_id: UUID, *, now: datetime) -> bool:
    """Count the days for an appeal again after the calendar changed, and tell the party where they moved. Whether they did."""
    row = locked(SupervisionCase, case_id)
    before = row.due_on
    if row.state is not CaseState.DECIDED or row.due_start is None:
        return False
    begin_appeal(row, row.due_start)
    if row.due_on == before:
        return False
    act = moves.begun(CASE, "recount", row, CaseSide.PLATFORM, By(None, now))
    moves.done(act, before=before, after=row.due_on)
    said = N_("工作日历有调整，申诉截止日由 %(before)s 变为 %(after)s。", before=before, after=row.due_on)
    moves.tell(act, [row.organisation_id], said)
    return True
