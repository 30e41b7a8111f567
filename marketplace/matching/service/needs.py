"""Needs lists of chain leaders: brought in from Excel or typed, published, replaced by newer versions."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from marketplace.audit import service as audit
from marketplace.kernel.commands import Command, begin
from marketplace.kernel.db import by_id, db, locked
from marketplace.kernel.errors import N_, NotFound, RuleViolation
from marketplace.kernel.ids import printed_number
from marketplace.kernel.imports import ImportContext, Importer, RowOutcome
from marketplace.kernel.sheets import SheetResult
from marketplace.matching import lineage, lists
from marketplace.matching.lines import NeedLine, columns, need_line
from marketplace.matching.models import ListState, Match, MatchRun, Need, NeedsList
from marketplace.matching.service import chains, market


def new_list(list_id: UUID, *, leader_id: UUID, chain_id: UUID, title: str, direction: str, actor_id: UUID, today: date) -> NeedsList:
    """A new draft; of a title that exists already, its next version. The form's key is the list's id.

    Raises: Forbidden: not the chain's leader today.
    """
    content = {"leader": leader_id, "chain": chain_id, "title": title, "direction": direction}
    if not begin(Command(list_id, "needs.drafted", actor_id, list_id, content)):
        return by_id(NeedsList, list_id)
    return _drafted(list_id, leader_id=leader_id, chain_id=chain_id, title=title, direction=direction, actor_id=actor_id, today=today)


def _drafted(list_id: UUID, *, leader_id: UUID, chain_id: UUID, title: str, direction: str, actor_id: UUID, today: date) -> NeedsList:
    chains.check_leads(leader_id, chain_id, today)
    newest = db.session.scalar(select(func.max(NeedsList.version)).where(NeedsList.leader_id == leader_id, NeedsList.title == title))
    row = NeedsList(
        id=list_id, number=printed_number("XQ"), leader_id=leader_id, chain_id=chain_id, title=title, direction=direction,
        version=(newest or 0) + 1, created_by=actor_id,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    audit.record("needs.drafted", actor_id=actor_id, subject_type="needs_list", subject_id=row.id, title=title, version=row.version)
    return row


def add_need(list_id: UUID, line: NeedLine) -> Need:
    """One more line of a draft. Raises: RuleViolation: the list is published."""
    row = locked(NeedsList, list_id)
    market.check_draft(row.state)
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
    market.check_draft(locked(NeedsList, need.list_id).state)
    db.session.delete(need)


def choose(need_id: UUID, leader_id: UUID, choice: str) -> None:
    """The leader says which earlier line a line of a draft continues, or that it is new.

    Raises: NotFound; RuleViolation: the list is published.
    """
    need = db.session.get(Need, need_id)
    if need is None:
        raise NotFound
    row = of_leader(need.list_id, leader_id)
    market.check_draft(locked(NeedsList, need.list_id).state)
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
    """Publish a draft; older versions of the same title are replaced, and their open proposals closed. A second click changes nothing.

    Raises: RuleViolation: the list was replaced or taken back, or is empty; two earlier lines fit one of its lines, and nobody said which.
    """
    row = locked(NeedsList, list_id)
    if row.state is ListState.PUBLISHED:
        return row
    market.check_draft(row.state)
    if not db.session.scalar(select(func.count()).select_from(Need).where(Need.list_id == list_id)):
        raise RuleViolation(N_("清单里还没有产品，请先填写或导入。"))
    resolved, known = joined(row)
    market.check_joined(resolved)
    for need in row.needs:
        continued = resolved.continues[str(need.id)]
        need.lineage_id = known[continued] if continued else need.id
    older = select(NeedsList).where(
        NeedsList.leader_id == row.leader_id, NeedsList.title == row.title, NeedsList.state == ListState.PUBLISHED
    )
    for other in db.session.scalars(older).unique():
        other.state = ListState.REPLACED
        market.close_proposals(Match.run_id.in_(select(MatchRun.id).where(MatchRun.list_id == other.id)), actor_id=actor_id)
    row.state, row.published_at = ListState.PUBLISHED, now
    audit.record("needs.published", actor_id=actor_id, subject_type="needs_list", subject_id=row.id, version=row.version)
    return row


def withdraw(list_id: UUID, *, actor_id: UUID) -> NeedsList:
    """Take a published list back: it is searched no more. One that is not published stays as it is."""
    row = locked(NeedsList, list_id)
    if row.state is ListState.PUBLISHED:
        row.state = ListState.WITHDRAWN
        market.close_proposals(Match.run_id.in_(select(MatchRun.id).where(MatchRun.list_id == list_id)), actor_id=actor_id)
        audit.record("needs.withdrawn", actor_id=actor_id, subject_type="needs_list", subject_id=row.id)
    return row


def of_leader(list_id: UUID, leader_id: UUID) -> NeedsList:
    """One of a leader's own lists. Raises: NotFound."""
    row = db.session.scalars(select(NeedsList).where(NeedsList.id == list_id, NeedsList.leader_id == leader_id)).unique().one_or_none()
    if row is None:
        raise NotFound
    return row


def all_of(leader_id: UUID) -> list[NeedsList]:
    """A leader's lists, newest first."""
    wanted = select(NeedsList).where(NeedsList.leader_id == leader_id).order_by(NeedsList.created_at.desc())
    return list(db.session.scalars(wanted).unique())


def _begin(context: ImportContext, _sheet: SheetResult) -> None:
    options = context.options
    if db.session.get(NeedsList, context.import_id) is not None:
        return  # taken up again
    _drafted(
        context.import_id, leader_id=context.organisation_id, chain_id=UUID(options["chain_id"]), title=options["title"],
        direction=options["direction"], actor_id=context.actor_id, today=context.today,
    )  # fmt: skip


def _store_row(row: Mapping[str, Any], context: ImportContext) -> RowOutcome:
    if row.get("direction") and row["direction"] != context.options["direction"]:
        raise RuleViolation(N_("这一行的方向与清单不同，请另建一张清单。"), field="direction")
    add_need(context.import_id, need_line(row))
    return RowOutcome.STORED


IMPORTER = Importer(kind="needs", title=N_("需求清单"), spec=lists.NEEDS, store_row=_store_row, begin=_begin)
