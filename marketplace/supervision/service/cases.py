"""A case is opened, investigated and decided: each by another person, what follows at once."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from marketplace.identity import queries as identity
from marketplace.identity.models import Organisation
from marketplace.kernel.commands import Command, begin
from marketplace.kernel.db import by_id, db, locked
from marketplace.kernel.errors import N_, NotFound, RuleViolation
from marketplace.kernel.ids import printed_number
from marketplace.kernel.sentences import Sentence
from marketplace.kernel.typed import checked_reason, fitting
from marketplace.moves import service as moves
from marketplace.moves.service import Act, By
from marketplace.notices import service as notices
from marketplace.policy import terms
from marketplace.policy.queries import working_calendar
from marketplace.supervision import queries, rules
from marketplace.supervision.lifecycle import CASE, CaseSide, CaseState
from marketplace.supervision.models import CaseMeasure, SupervisionCase
from marketplace.supervision.queries.parties import Target, judged_by, target_of
from marketplace.supervision.rules import CaseSource, MeasureKind, MeasureState, MeasureWanted
from marketplace.supervision.service import effects
from marketplace.supervision.settings import supervision

MOST_WORDS = 2000  # as long as a recovery keeps what was found


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Why a case is opened, about whom and what."""

    organisation_id: UUID
    reason: str
    source: CaseSource = CaseSource.OWN
    source_id: UUID | None = None
    subject_type: str = "organisation"
    subject_id: UUID


def open_case(case_id: UUID, cause: Cause, *, actor_id: UUID, now: datetime) -> SupervisionCase:
    """An officer opens a case. The same id again answers the same case.

    Raises: Denied: about the own organisation. RuleViolation: no reason, or the same signal, check or tip has its case.
    """
    if not begin(Command(case_id, "case.opened", actor_id, case_id, {"cause": cause}), now=now):
        return by_id(SupervisionCase, case_id)
    party = by_id(Organisation, cause.organisation_id)
    rules.check_not_own(identity.organisation_id_of(actor_id), party.id)
    known = queries.case_of_source(cause.source_id) if cause.source_id else None
    if known is not None:
        raise RuleViolation(N_("这条线索已立案（%(number)s），请在该案件中办理。"), code="has_case", number=known.number)
    reason = cause.reason if isinstance(cause.reason, Sentence) else checked_reason(cause.reason, N_("请写明立案的理由。"))
    row = SupervisionCase(
        id=case_id,
        number=printed_number("JA"),
        organisation_id=party.id,
        region_code=party.region_code,
        source=cause.source,
        source_id=cause.source_id,
        subject_type=cause.subject_type,
        subject_id=cause.subject_id,
        reason=Sentence(reason),
        opened_by=actor_id,
        opened_at=now,
    )
    db.session.add(row)
    db.session.flush()
    moves.done(moves.begun(CASE, "opened", row, CaseSide.OFFICER, By(actor_id, now)), source=row.source.value, reason=row.reason)
    return row


def _opened(verb: str, case_id: UUID, side: CaseSide, asked: By) -> Act[SupervisionCase]:
    act = moves.begun(CASE, verb, locked(SupervisionCase, case_id), side, asked)
    if not act.is_repeat and asked.actor_id is not None:
        rules.check_not_own(identity.organisation_id_of(asked.actor_id), act.row.organisation_id)
        rules.check_no_judge(asked.actor_id, judged_by(act.row.subject_type, act.row.subject_id))
    return act


def propose(case_id: UUID, wanted: MeasureWanted, *, actor_id: UUID, now: datetime, request_key: UUID) -> SupervisionCase:
    """The investigator proposes a measure.

    Raises: RuleViolation beside the field: a day, number, amount or receiver is missing or wrong, or the measure is proposed already.
    """
    act = _opened("propose", case_id, CaseSide.OFFICER, By(actor_id, now, request_key, {"wanted": wanted}))
    case = act.row
    if act.is_repeat:
        return case
    rules.check_proposal(wanted, today=act.today, most_days=_most_days(case, wanted.kind))
    target = target_of(case, wanted.kind, wanted.target)
    if any((one.kind, one.target_id) == (wanted.kind, target.id) for one in queries.measures_of(case_id)):
        raise RuleViolation(N_("这项处理措施已经拟定。要改动的，请先撤下再拟定。"), field="kind", code="proposed")
    if wanted.kind is MeasureKind.RECOVERY:
        rules.check_recovery(
            wanted.amount_fen or 0,
            paid_fen=target.paid_fen,
            asked_fen=target.demanded_fen + queries.proposed_back_fen(target.id),
            number=target.number,
            currency=target.currency,
        )
    effects.check(case, wanted.kind)
    row = put_measure(case, wanted.kind, target, wanted=wanted, now=now)
    moves.done(act, kind=row.kind.value, target=row.target_number)
    return case


def put_measure(
    case: SupervisionCase, kind: MeasureKind, target: Target, *, now: datetime, wanted: MeasureWanted | None = None
) -> CaseMeasure:
    """Write down a measure that shall follow, checked by the caller."""
    said = wanted or MeasureWanted(kind=kind)
    row = CaseMeasure(
        case_id=case.id,
        kind=kind,
        target_id=target.id,
        target_number=target.number,
        until_on=said.until_on if kind in rules.FOR_DAYS | {MeasureKind.REMOVAL} else None,
        currency=target.currency,
        amount_fen=said.amount_fen if kind is MeasureKind.RECOVERY else None,
        receiver=fitting(said.receiver, 120, field="receiver"),
        note=fitting(said.note, 500, field="note"),
        created_at=now,
    )
    db.session.add(row)
    db.session.flush()
    return row


def _most_days(case: SupervisionCase, kind: MeasureKind) -> int:
    found = supervision(case.region_code)
    return found.suspension.value if kind is MeasureKind.SUSPENSION else found.ban.value


def drop_measure(case_id: UUID, measure_id: UUID, *, actor_id: UUID, now: datetime) -> SupervisionCase:
    """The investigator takes a proposed measure out. Raises: NotFound: of another case, or taken out before."""
    act = _opened("drop_measure", case_id, CaseSide.OFFICER, By(actor_id, now))
    row = db.session.get(CaseMeasure, measure_id)
    if row is None or row.case_id != case_id:
        raise NotFound
    db.session.delete(row)
    moves.done(act, kind=row.kind.value, target=row.target_number)
    return act.row


def find(case_id: UUID, finding: str, *, is_established: bool, asked: By) -> SupervisionCase:
    """The investigator says what was found, and hands the case to who decides.

    Raises: Conflict: the page is older than the case. RuleViolation: too few words, or measures that do not fit the finding.
    """
    act = _opened("find", case_id, CaseSide.OFFICER, asked)
    case = act.row
    if act.is_repeat:
        return case
    rules.check_finding(is_established, len(queries.measures_of(case_id)))
    case.finding, case.is_established = fitting(rules.check_words(finding, "finding"), MOST_WORDS, field="finding"), is_established
    case.found_by = asked.actor_id
    moves.entered(act)
    moves.done(act, finding="established" if is_established else "not_established")
    deciders = set(identity.user_ids_with("cases.decide", case.region_code)) - {asked.actor_id}
    moves.tell_people(act, deciders, case.organisation.name)
    return case


def hand_back(case_id: UUID, reason: str, *, asked: By) -> SupervisionCase:
    """Who decides wants to know more. Raises: Denied: the finder. RuleViolation: no reason."""
    act = _opened("hand_back", case_id, CaseSide.DECIDER, asked)
    case = act.row
    if act.is_repeat:
        return case
    rules.check_another(_person(act), {case.found_by})
    said = fitting(checked_reason(reason, N_("请写明还要查清什么。")), 500)
    finder = case.found_by
    moves.entered(act)
    case.found_by = case.found_at = case.is_established = None
    moves.done(act, reason=said)
    moves.tell_people(act, {finder} - {None}, said)  # type: ignore[arg-type]
    return case


def decide(case_id: UUID, decision: str, *, asked: By) -> SupervisionCase:
    """Another person decides on what was found: the measures act at once and the party may appeal, or nothing follows.

    Raises: Conflict: the page is older than the case. Denied: the finder, or of the own organisation. RuleViolation: too few words.
    """
    act = _opened("decide", case_id, CaseSide.DECIDER, asked)
    case = act.row
    if act.is_repeat:
        return case
    rules.check_another(_person(act), {case.found_by})
    case.decision, case.decided_by = fitting(rules.check_words(decision, "decision"), MOST_WORDS, field="decision"), asked.actor_id
    if not case.is_established:
        moves.entered(act, CaseState.DISMISSED)
        moves.written(act, event=CASE.move("dismiss").event, reason=case.decision)
        db.session.flush()
        return case
    moves.entered(act)
    begin_appeal(case, act.today)
    for one in queries.measures_of(case_id):
        effects.act(case, one, actor_id=_person(act), now=_moment(act))
        one.state = MeasureState.IN_FORCE
    moves.done(act, reason=case.decision)
    tell_party(act, N_("请查看处理决定。如有异议，可在 %(day)s 前申诉。", day=case.due_on))
    return case


def begin_appeal(case: SupervisionCase, start: date) -> None:
    """The party's days for an appeal run from the decision."""
    days = supervision(case.region_code).appeal.value
    terms.keep_working_days(case, start, days, working_calendar().add_working_days(start, days, case.region_code))


def tell_party(act: Act[SupervisionCase], body: str) -> None:
    """A message to everybody of the organisation that a case is about; it leads to their own page of it."""
    title = Sentence(act.move.message, {"number": act.row.number})
    notices.tell(identity.user_ids_of(act.row.organisation_id), title, body, f"/my/cases/{act.row.id}")


def _person(act: Act[SupervisionCase]) -> UUID:
    assert act.actor_id is not None, "somebody decides"
    return act.actor_id


def _moment(act: Act[SupervisionCase]) -> datetime:
    assert act.now is not None, "who decides tells when"
    return act.now
