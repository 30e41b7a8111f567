"""A spot check is planned, drawn once, and looked at one by one; what is wrong becomes a case."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import NAMESPACE_OID, UUID, uuid5

from sqlalchemy import insert

from marketplace.identity import queries as identity
from marketplace.identity.roles import Role
from marketplace.kernel import clock, draw
from marketplace.kernel.commands import Command, begin
from marketplace.kernel.db import by_id, db, in_turn, locked, table_of
from marketplace.kernel.errors import N_, Conflict, RuleViolation
from marketplace.kernel.ids import printed_number, uuid7
from marketplace.kernel.typed import checked_reason, fitting
from marketplace.moves import service as moves
from marketplace.moves.service import Act, By
from marketplace.settlement.spot_rules import SpotFinding
from marketplace.supervision import check_rules, rules, social_rules
from marketplace.supervision.check_rules import COUNTED, Checker, Concerned, PickedBy, SpotEntrant, SpotPlan
from marketplace.supervision.lifecycle import SPOT_DRAW, CaseSide
from marketplace.supervision.models import SpotDraw, SpotEntry, SpotItem
from marketplace.supervision.queries import checks, parties, populations, social
from marketplace.supervision.queries.parties import Target
from marketplace.supervision.rules import CaseSource, MeasureKind
from marketplace.supervision.service import cases
from marketplace.supervision.service.cases import Cause
from marketplace.supervision.settings import supervision

AT_ONCE = 500  # rows in one statement


def plan(draw_id: UUID, title: str, wanted: SpotPlan, *, actor_id: UUID, now: datetime) -> SpotDraw:
    """An officer plans a check: its rule is fixed and a seed committed to before anybody knows who enters. The id again is the same check.

    Raises: RuleViolation beside the field; or a check of the same things is under way: nobody draws until the sample is liked.
    """
    in_turn(uuid5(NAMESPACE_OID, f"{SPOT_DRAW.subject}:{wanted.population}"))  # plans of areas that overlap see each other
    if not begin(Command(draw_id, "spot_draw.planned", actor_id, draw_id, {"title": title, "plan": wanted}), now=now):
        return by_id(SpotDraw, draw_id)
    check_rules.check_plan(wanted, today=clock.civil_date(now), most=supervision(wanted.area_code).most_drawn.value)
    known = checks.under_way(wanted)
    if known is not None:
        raise RuleViolation(
            N_("地区、时段、对象有重叠的抽查 %(number)s 还没有办结，不能再抽一次。请先办结，名单以那一次为准。"),
            code="under_way",
            number=known.number,
        )
    seed = draw.new_seed()
    row = SpotDraw(
        id=draw_id,
        number=printed_number("CC"),
        title=checked_reason(title, N_("请填写抽查名称。"), field="title"),
        seed=seed,
        commitment=draw.commitment(seed),
        planned_by=actor_id,
        planned_in=identity.organisation_id_of(actor_id),
        planned_at=now,
        **asdict(wanted),
    )
    db.session.add(row)
    db.session.flush()
    act = moves.begun(SPOT_DRAW, "planned", row, CaseSide.OFFICER, By(actor_id, now))
    moves.done(act, title=row.title, commitment=row.commitment)
    return row


def draw_sample(draw_id: UUID, *, asked: By) -> SpotDraw:
    """Fix who enters, and draw, once.

    Raises: Conflict: it is drawn already. RuleViolation: nobody enters, or too many.
    """
    act = moves.begun(SPOT_DRAW, "draw_sample", locked(SpotDraw, draw_id), CaseSide.OFFICER, asked)
    row = act.row
    if act.is_repeat:
        return row
    rows = populations.entering(row.plan)
    check_rules.check_population(len(rows), supervision(row.area_code).most_entries.value)
    entered = [SpotEntrant(one[1], int(one[5]), int(one[6])) for one in rows]
    why = check_rules.picked(row.plan, row.seed, entered)
    row.entered, row.digest = len(rows), draw.digest(one.name for one in entered)
    moves.entered(act)
    db.session.flush()
    _store(row, rows, why)
    moves.done(act, rows=row.entered, drawn=len(why), digest=row.digest)
    people = identity.user_ids_with("checks.do", row.area_code)
    moves.tell_people(act, people, row.title)
    return row


def _store(row: SpotDraw, rows: object, why: dict[str, PickedBy]) -> None:
    entries, items = [], []
    for place, (subject_id, name, organisation_id, other_id, decided_by, fen, weight) in enumerate(rows, 1):  # type: ignore[arg-type,var-annotated]
        entry_id, picked_by = uuid7(), why.get(name, PickedBy.NONE)
        entries.append(
            {
                "id": entry_id,
                "draw_id": row.id,
                "place": place,
                "subject_type": populations.SUBJECTS[row.population],
                "subject_id": subject_id,
                "name": name,
                "organisation_id": organisation_id,
                "other_id": other_id,
                "decided_by": decided_by,
                "amount_fen": fen,
                "weight": weight,
                "picked_by": picked_by,
            }
        )
        if picked_by is not PickedBy.NONE:
            items.append({"id": uuid7(), "draw_id": row.id, "entry_id": entry_id, "report": ""})
    for model, new in ((SpotEntry, entries), (SpotItem, items)):
        for start in range(0, len(new), AT_ONCE):
            db.session.execute(insert(table_of(model)), new[start : start + AT_ONCE])


@dataclass(frozen=True, slots=True, kw_only=True)
class SpotResult:
    """What a checker found, and on what paper."""

    finding: SpotFinding
    report: str
    store: Callable[[], UUID | None] = lambda: None


def check_item(item_id: UUID, found: SpotResult, *, asked: By) -> SpotItem:
    """Somebody says what was checked and found, once. What is wrong becomes a case; of what was counted, with taking it back proposed.

    Raises: Denied: of the own firm, judged by the same person before, no expert, not another bureau. Conflict: recorded before.
        RuleViolation: too few words, or no social supervisor has seen what is checked with one.
    """
    draw_id = by_id(SpotItem, item_id).draw_id
    act = moves.begun(SPOT_DRAW, "check_item", locked(SpotDraw, draw_id), CaseSide.OFFICER, asked)
    item = locked(SpotItem, item_id)
    if act.is_repeat:
        return item
    assert asked.actor_id is not None and asked.now is not None, "somebody checks"
    if item.checked_by is not None:
        raise Conflict(N_("检查结果已由他人登记，没有改动。请刷新页面查看。"), code="checked")
    check_rules.check_checker(act.row.form, _checker(asked.actor_id), _concerned(act.row, item.entry))
    if act.row.is_social:
        social_rules.check_watched(social.observations(item_id))
    item.report = fitting(rules.check_words(found.report, "report"), 2000, field="report")
    item.finding, item.checked_by, item.checked_at, item.file_id = found.finding, asked.actor_id, asked.now, found.store()
    moves.done(act, finding=found.finding.value, place=item.entry.place, reason=item.report)
    if found.finding is SpotFinding.BAD:
        _open(act, item)
    if not checks.left(draw_id):
        moves.done(_closed(act))
    return item


def _closed(act: Act[SpotDraw]) -> Act[SpotDraw]:
    ended = moves.begun(SPOT_DRAW, "finish", act.row, CaseSide.PLATFORM, By(None, act.now))
    moves.entered(ended)
    return ended


def _checker(user_id: UUID) -> Checker:
    is_expert = Role.EXPERT in identity.roles_of(user_id)
    return Checker(user_id=user_id, organisation_id=identity.organisation_id_of(user_id), is_expert=is_expert)


def _concerned(row: SpotDraw, entry: SpotEntry) -> Concerned:
    judged = parties.judged_by(entry.subject_type, entry.subject_id) | ({entry.decided_by} if entry.decided_by else frozenset())
    return Concerned(parties=parties.concerned_by(entry), judged_by=judged, planned_in=row.planned_in)


def _open(act: Act[SpotDraw], item: SpotItem) -> None:
    entry = item.entry
    cause = Cause(
        organisation_id=entry.organisation_id,
        reason=item.report,
        source=CaseSource.CHECK,
        source_id=item.id,
        subject_type=entry.subject_type,
        subject_id=entry.subject_id,
    )
    assert act.actor_id is not None and act.now is not None, "somebody checks"
    case = cases.open_case(uuid5(item.id, "case"), cause, actor_id=act.actor_id, now=act.now)
    if act.row.population in COUNTED:
        number = parties.record(entry.subject_id).source_number
        cases.put_measure(case, MeasureKind.COUNT, Target(entry.subject_id, number), now=act.now)
