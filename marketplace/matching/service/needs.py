"""Needs lists of chain leaders: brought in from Excel or typed, published, replaced by newer versions."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from marketplace.audit import service as audit
from marketplace.identity.models import Organisation
from marketplace.kernel.commands import Command, begin
from marketplace.kernel.db import by_id, db, found_by, locked
from marketplace.kernel.errors import N_, NotFound, RuleViolation
from marketplace.kernel.ids import printed_number
from marketplace.kernel.imports import ImportContext, Importer, RowOutcome
from marketplace.kernel.sheets import SheetResult
from marketplace.matching import lineage, lists
from marketplace.matching.lifecycle import NEEDS
from marketplace.matching.lines import NeedLine, columns, need_line
from marketplace.matching.models import Need, NeedsList
from marketplace.matching.rules import Direction, NeedsState, Party
from marketplace.matching.service import chains, market
from marketplace.moves import service as moves
from marketplace.moves.service import Act, By


@dataclass(frozen=True, slots=True)
class ListFacts:
    """Whose list it is, for which chain."""

    leader_id: UUID
    chain_id: UUID
    title: str
    direction: str


def new_list(list_id: UUID, facts: ListFacts, *, actor_id: UUID, today: date) -> NeedsList:
    """A new draft; of a title that exists already, its next version. The form's key is the list's id.

    Raises: Forbidden: not the chain's leader today.
    """
    content = {"leader": facts.leader_id, "chain": facts.chain_id, "title": facts.title, "direction": facts.direction}
    if not begin(Command(list_id, "needs.drafted", actor_id, list_id, content)):
        return by_id(NeedsList, list_id)
    return _drafted(list_id, facts, actor_id=actor_id, today=today)


def _drafted(list_id: UUID, facts: ListFacts, *, actor_id: UUID, today: date) -> NeedsList:
    chains.check_leads(facts.leader_id, facts.chain_id, today)
    locked(Organisation, facts.leader_id)  # the next version of a title is made once
    of_title = (NeedsList.leader_id == facts.leader_id, NeedsList.title == facts.title)
    version = (db.session.scalar(select(func.max(NeedsList.version)).where(*of_title)) or 0) + 1
    row = NeedsList(id=list_id, number=printed_number("XQ"), version=version, created_by=actor_id, **asdict(facts))
    row.direction = Direction(facts.direction)
    db.session.add(row)
    db.session.flush()
    audit.record("needs.drafted", actor_id=actor_id, subject_type="needs_list", subject_id=row.id, title=facts.title, version=version)
    return row


def add_need(list_id: UUID, line: NeedLine) -> Need:
    """One more line of a draft. Raises: RuleViolation: the list is published."""
    row = locked(NeedsList, list_id)
    market.check_open(row.state, NeedsState.DRAFT)
    position = db.session.scalar(select(func.max(Need.position)).where(Need.list_id == list_id)) or 0
    need = Need(list_id=list_id, position=position + 1, **columns(line))
    db.session.add(need)
    db.session.flush()
    return need


def remove_need(need_id: UUID, leader_id: UUID) -> None:
    """Take a line out of a draft. Raises: NotFound, RuleViolation: the list is published."""
    need = db.session.get(Need, need_id)
    if need is None:
        raise NotFound
    of_leader(need.list_id, leader_id)
    market.check_open(locked(NeedsList, need.list_id).state, NeedsState.DRAFT)
    db.session.delete(need)


def choose(need_id: UUID, leader_id: UUID, choice: str) -> None:
    """The leader says which earlier line a line of a draft continues, or that it is new.

    Raises: NotFound; RuleViolation: the list is published.
    """
    need = db.session.get(Need, need_id)
    if need is None:
        raise NotFound
    row = of_leader(need.list_id, leader_id)
    market.check_open(locked(NeedsList, need.list_id).state, NeedsState.DRAFT)
    if choice != lineage.NEW and choice not in {line.id for line in earlier_lines(row)[0]}:
        raise NotFound
    need.continues = choice


def earlier_lines(row: NeedsList) -> tuple[list[lineage.LineText], dict[str, UUID]]:
    """The newest line of each need that earlier versions of a list held; and whose identity each has."""
    wanted = (
        select(Need)
        .join(NeedsList, NeedsList.id == Need.list_id)
        .where(NeedsList.leader_id == row.leader_id, NeedsList.title == row.title, NeedsList.id != row.id, Need.lineage_id.is_not(None))
        .order_by(NeedsList.version.desc(), Need.position)
    )
    return market.newest_of_each(db.session.scalars(wanted))


def joined(row: NeedsList) -> tuple[lineage.Resolved, dict[str, UUID]]:
    """How the lines of a draft continue those of earlier versions, and which ask their sender."""
    old, identity = earlier_lines(row)
    choices = {str(need.id): need.continues for need in row.needs}
    return lineage.resolve([market.line_text(need) for need in row.needs], old, choices), identity


def publish(list_id: UUID, *, actor_id: UUID, now: datetime) -> NeedsList:
    """Publish a draft; older versions of the same title are replaced, and their open proposals closed.

    Raises: Conflict: published already. RuleViolation: the list was replaced or taken back, or is empty; two earlier lines fit one of its
    lines, and nobody said which.
    """
    act = _begun("publish_needs", market.held(list_id), Party.LEADER, actor_id, now)
    row = act.row
    if not db.session.scalar(select(func.count()).select_from(Need).where(Need.list_id == list_id)):
        raise RuleViolation(N_("清单里还没有产品，请先填写或导入。"))
    resolved, known = joined(row)
    market.check_joined(resolved)
    for need in row.needs:
        continued = resolved.continues[str(need.id)]
        need.lineage_id = known[continued] if continued else need.id
    older = select(NeedsList).where(
        NeedsList.leader_id == row.leader_id, NeedsList.title == row.title, NeedsList.state == NeedsState.PUBLISHED
    )
    for other in db.session.scalars(older).unique():
        _taken_down(_begun("replace", other, Party.PLATFORM, actor_id, now), version=row.version)
    moves.entered(act)
    moves.done(act, version=row.version)
    return row


def withdraw(list_id: UUID, *, actor_id: UUID, now: datetime) -> NeedsList:
    """Take a published list back: it is searched no more. Raises: Conflict: taken back already. RuleViolation: it is not published."""
    return _taken_down(_begun("withdraw_needs", market.held(list_id), Party.LEADER, actor_id, now))


def _begun(verb: str, row: NeedsList, side: Party, actor_id: UUID, now: datetime) -> Act[NeedsList]:
    return moves.begun(NEEDS, verb, row, side, By(actor_id, now))


def _taken_down(act: Act[NeedsList], **details: int) -> NeedsList:
    moves.entered(act)
    market.close_proposals_of(act.row.id, actor_id=act.actor_id)
    moves.done(act, **details)
    return act.row


def of_leader(list_id: UUID, leader_id: UUID) -> NeedsList:
    """One of a leader's own lists. Raises: NotFound."""
    return found_by(select(NeedsList).where(NeedsList.id == list_id, NeedsList.leader_id == leader_id))


def all_of(leader_id: UUID) -> list[NeedsList]:
    """A leader's lists, newest first."""
    wanted = select(NeedsList).where(NeedsList.leader_id == leader_id).order_by(NeedsList.created_at.desc())
    return list(db.session.scalars(wanted).unique())


def _begin(context: ImportContext, _sheet: SheetResult) -> None:
    options = context.options
    if db.session.get(NeedsList, context.import_id) is not None:
        return  # taken up again
    facts = ListFacts(context.organisation_id, UUID(options["chain_id"]), options["title"], options["direction"])
    _drafted(context.import_id, facts, actor_id=context.actor_id, today=context.today)


def _store_row(row: Mapping[str, Any], context: ImportContext) -> RowOutcome:
    if row.get("direction") and row["direction"] != context.options["direction"]:
        raise RuleViolation(N_("这一行的方向与清单不同，请另建一张清单。"), field="direction")
    add_need(context.import_id, need_line(row))
    return RowOutcome.STORED


IMPORTER = Importer(kind="needs", title=N_("需求清单"), spec=lists.NEEDS, store_row=_store_row, begin=_begin)
