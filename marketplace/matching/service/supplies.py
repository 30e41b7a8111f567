"""Supply lists of firms: kept by themselves, or entered by an officer in a survey and confirmed by the firm."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, case, exists, func, literal, select, union_all
from sqlalchemy.orm import aliased, selectinload

from marketplace.audit import service as audit
from marketplace.enterprises.models import Enterprise
from marketplace.identity import queries as identity
from marketplace.identity import regions, scope
from marketplace.identity.lifecycle import OrganisationState
from marketplace.identity.models import Organisation
from marketplace.identity.roles import Role
from marketplace.kernel.commands import Command, begin
from marketplace.kernel.db import by_id, db, found_by, locked
from marketplace.kernel.errors import N_, NotFound, RuleViolation
from marketplace.kernel.imports import ImportContext, Importer, RowOutcome
from marketplace.kernel.sheets import SheetResult
from marketplace.matching import lineage, lists
from marketplace.matching.lines import SupplyLine, columns, line_of_row, supply_line
from marketplace.matching.models import Campaign, Match, Supply, SupplyList
from marketplace.matching.rules import SupplyState
from marketplace.matching.service import market
from marketplace.notices import service as notices


def newest(enterprise_id: UUID, *states: SupplyState) -> SupplyList | None:
    """A firm's newest list in one of the states."""
    wanted = select(SupplyList).where(SupplyList.enterprise_id == enterprise_id, SupplyList.state.in_(states))
    return db.session.scalars(wanted.order_by(SupplyList.version.desc()).limit(1)).one_or_none()


def draft(
    enterprise_id: UUID, *, actor_id: UUID, campaign_id: UUID | None = None, copy: bool = True, by_officer: bool = False
) -> SupplyList:
    """The firm's draft; a new one starts as a copy of what is published. Raises: NotFound: no such firm."""
    locked(Enterprise, enterprise_id)  # of two who ask at once, the second is given the draft of the first
    known = newest(enterprise_id, SupplyState.DRAFT)
    if known is not None:
        return locked(SupplyList, known.id)
    version = db.session.scalar(select(func.max(SupplyList.version)).where(SupplyList.enterprise_id == enterprise_id)) or 0
    row = SupplyList(
        enterprise_id=enterprise_id, version=version + 1, created_by=actor_id, campaign_id=campaign_id, entered_by_officer=by_officer
    )
    db.session.add(row)
    db.session.flush()
    published = newest(enterprise_id, SupplyState.PUBLISHED)
    if copy and published is not None:
        for line in published.supplies:
            _copy(line, row.id)
    return row


def _copy(line: Supply, list_id: UUID) -> None:
    told = columns(line_of_row(SupplyLine, line))
    kept = {"position": line.position, "lineage_id": line.lineage_id, "enterprise_id": line.enterprise_id}
    db.session.add(Supply(list_id=list_id, **kept, **told))


def add_line(list_id: UUID, line: SupplyLine) -> Supply:
    """One more product of a draft. Raises: RuleViolation: the list is published."""
    locked(Enterprise, by_id(SupplyList, list_id).enterprise_id)  # before the list, as everywhere
    row = locked(SupplyList, list_id)
    market.check_open(row.state, SupplyState.DRAFT)
    return _added(row, line)


def _added(row: SupplyList, line: SupplyLine) -> Supply:
    position = db.session.scalar(select(func.max(Supply.position)).where(Supply.list_id == row.id)) or 0
    supply = Supply(list_id=row.id, enterprise_id=row.enterprise_id, position=position + 1, **columns(line))
    db.session.add(supply)
    db.session.flush()
    return supply


def remove_line(line_id: UUID, enterprise_id: UUID) -> None:
    """Take a product out of a firm's own draft. Raises: NotFound, RuleViolation."""
    line = db.session.scalars(select(Supply).where(Supply.id == line_id, Supply.enterprise_id == enterprise_id)).one_or_none()
    if line is None:
        raise NotFound
    market.check_open(locked(SupplyList, line.list_id).state, SupplyState.DRAFT)
    db.session.delete(line)


def publish(enterprise_id: UUID, *, actor_id: UUID, now: datetime) -> SupplyList:
    """The firm publishes its draft, or confirms what an officer entered; older versions are replaced, and proposals of products that are
    gone closed. A second click changes nothing.

    Raises: RuleViolation: nothing to publish; two earlier lines fit one of its lines, and the firm has not said which.
    """
    locked(Enterprise, enterprise_id)
    row = newest(enterprise_id, SupplyState.DRAFT, SupplyState.SUBMITTED)
    if row is None:
        published = newest(enterprise_id, SupplyState.PUBLISHED)
        if published is None:
            raise RuleViolation(N_("还没有可发布的供给清单，请先填写产品。"))
        return published
    row = locked(SupplyList, row.id)
    if not row.supplies:
        raise RuleViolation(N_("清单里还没有产品，请先填写或导入。"))
    _join(row)
    stays = aliased(Supply)
    gone = ~exists().where(stays.list_id == row.id, stays.lineage_id == Supply.lineage_id)
    market.close_proposals(Match.supply_id.in_(select(Supply.id).where(Supply.enterprise_id == enterprise_id, gone)), actor_id=actor_id)
    wanted = select(SupplyList).where(
        SupplyList.enterprise_id == enterprise_id, SupplyList.id != row.id, SupplyList.state != SupplyState.REPLACED
    )
    for other in db.session.scalars(wanted):
        other.state = SupplyState.REPLACED
        audit.record("supplies.replaced", actor_id=actor_id, subject_type="supply_list", subject_id=other.id, version=row.version)
    row.state, row.confirmed_at = SupplyState.PUBLISHED, now
    audit.record("supplies.published", actor_id=actor_id, subject_type="supply_list", subject_id=row.id, version=row.version)
    return row


def earlier_lines(row: SupplyList) -> tuple[list[lineage.LineText], dict[str, UUID]]:
    """The newest line of each product that the firm published before, but those that the list copied; and whose identity each has."""
    kept = {line.lineage_id for line in row.supplies if line.lineage_id is not None}
    wanted = (
        select(Supply)
        .join(SupplyList, SupplyList.id == Supply.list_id)
        .where(Supply.enterprise_id == row.enterprise_id, SupplyList.id != row.id, Supply.lineage_id.is_not(None))
        .order_by(SupplyList.version.desc(), Supply.position)
    )
    return market.newest_of_each(line for line in db.session.scalars(wanted) if line.lineage_id not in kept)


def joined(row: SupplyList) -> tuple[lineage.Resolved, dict[str, UUID]]:
    """How the lines of a list continue those the firm published before, and which ask it. A copied line keeps its identity."""
    old, identity = earlier_lines(row)
    fresh = [line for line in row.supplies if line.lineage_id is None]
    choices = {str(line.id): line.continues for line in fresh}
    return lineage.resolve([market.line_text(line) for line in fresh], old, choices), identity


def _join(row: SupplyList) -> None:
    resolved, known = joined(row)
    market.check_joined(resolved)
    for line in row.supplies:
        if line.lineage_id is None:
            continued = resolved.continues[str(line.id)]
            line.lineage_id = known[continued] if continued else line.id
    db.session.flush()


def choose(line_id: UUID, enterprise_id: UUID, choice: str) -> None:
    """The firm says which earlier product a line continues, or that it is new. Raises: NotFound, RuleViolation."""
    line = db.session.scalars(select(Supply).where(Supply.id == line_id, Supply.enterprise_id == enterprise_id)).one_or_none()
    if line is None:
        raise NotFound
    row = locked(SupplyList, line.list_id)
    market.check_open(row.state, SupplyState.DRAFT, SupplyState.SUBMITTED)
    if choice != lineage.NEW and choice not in joined(row)[1]:
        raise NotFound
    line.continues = choice


def correct(enterprise_id: UUID, *, actor_id: UUID) -> SupplyList:
    """The firm takes over what an officer entered, to correct it before publishing."""
    locked(Enterprise, enterprise_id)
    row = newest(enterprise_id, SupplyState.SUBMITTED)
    if row is not None:
        row = locked(SupplyList, row.id)
        row.state, row.entered_by_officer = SupplyState.DRAFT, False  # from now on it is the firm's own
        audit.record("supplies.taken_over", actor_id=actor_id, subject_type="supply_list", subject_id=row.id)
        return row
    return draft(enterprise_id, actor_id=actor_id)


def open_campaign(campaign_id: UUID, *, title: str, area_code: str, due_on: date, actor_id: UUID, today: date) -> Campaign:
    """The bureau surveys an area's supplies until a day. Raises: RuleViolation: the day has passed."""
    content = {"title": title, "area": area_code, "due_on": due_on}
    if not begin(Command(campaign_id, "survey.opened", actor_id, campaign_id, content)):
        return by_id(Campaign, campaign_id)
    if due_on < today:
        raise RuleViolation(N_("截止日期不能早于今天。"), field="due_on")
    row = Campaign(id=campaign_id, title=title, area_code=regions.check_area(area_code), due_on=due_on, created_by=actor_id)
    db.session.add(row)
    db.session.flush()
    audit.record("survey.opened", actor_id=actor_id, subject_type="survey", subject_id=row.id, title=title, area=row.area_code)
    return row


def close_campaign(campaign_id: UUID, *, actor_id: UUID, now: datetime) -> Campaign:
    """End a survey; its lists stay."""
    row = locked(Campaign, campaign_id)
    if row.closed_at is None:
        row.closed_at = now
        audit.record("survey.closed", actor_id=actor_id, subject_type="survey", subject_id=row.id)
    return row


def campaigns(areas: tuple[str, ...]) -> Select[Campaign]:
    """Surveys that touch one of the areas, newest first."""
    return select(Campaign).where(scope.seen(Campaign.area_code, areas)).order_by(Campaign.created_at.desc(), Campaign.id.desc())


def open_campaigns(areas: tuple[str, ...]) -> list[Campaign]:
    """Those of them that still run."""
    return list(db.session.scalars(campaigns(areas).where(Campaign.closed_at.is_(None))))


def campaign_seen(campaign_id: UUID, areas: tuple[str, ...]) -> Campaign:
    """Raises: NotFound: no such survey, or it touches none of the areas."""
    return found_by(campaigns(areas).where(Campaign.id == campaign_id))


def surveyed(campaign: Campaign) -> Select[Organisation]:
    """Every verified firm of a survey's area."""
    return (
        select(Organisation)
        .join(Enterprise, Enterprise.id == Organisation.id)
        .where(Organisation.state == OrganisationState.VERIFIED, identity.in_areas([campaign.area_code]))
        .order_by(Organisation.region_code, Organisation.name, Organisation.id)
    )


def _is_newest(campaign: Campaign) -> ColumnElement[bool]:
    """SQL condition: the list is a firm's newest of a survey."""
    later = aliased(SupplyList)
    newer = (later.campaign_id == campaign.id, later.enterprise_id == SupplyList.enterprise_id, later.version > SupplyList.version)
    return (SupplyList.campaign_id == campaign.id) & ~exists().where(*newer)


def standing(campaign: Campaign, firms: Sequence[Organisation]) -> list[tuple[Organisation, SupplyList | None]]:
    """Some firms of a survey, each with its newest list of it: the gaps show who is still missing."""
    wanted = select(SupplyList).where(_is_newest(campaign), SupplyList.enterprise_id.in_([firm.id for firm in firms]))
    newest_of = {row.enterprise_id: row for row in db.session.scalars(wanted.options(selectinload(SupplyList.supplies)))}
    return [(firm, newest_of.get(firm.id)) for firm in firms]


def counts_of(rows: Sequence[Campaign]) -> dict[UUID, dict[str, int]]:
    """By survey: how many firms it asks, how many have filled in a list, how many stand by it. One question for all of them."""
    if not rows:
        return {}
    counted = union_all(*(_counts(one, number) for number, one in enumerate(rows)))
    names = ("firms", "filled", "confirmed")
    return {rows[number].id: dict(zip(names, counts, strict=True)) for number, *counts in db.session.execute(counted)}


def _counts(campaign: Campaign, number: int) -> Select[Any]:
    firms = surveyed(campaign).order_by(None).with_only_columns(Organisation.id).subquery()
    confirmed = SupplyList.state.in_((SupplyState.PUBLISHED, SupplyState.REPLACED))
    sums = (func.count(), func.count(SupplyList.id), func.coalesce(func.sum(case((confirmed, 1), else_=0)), 0))
    joined = firms.join(SupplyList, (SupplyList.enterprise_id == firms.c.id) & _is_newest(campaign), isouter=True)
    return select(literal(number), *sums).select_from(joined)


def remind(campaign_id: UUID, *, actor_id: UUID) -> int:
    """Remind every firm that is missing or has not confirmed; how many."""
    campaign = locked(Campaign, campaign_id)
    filled = exists().where(
        _is_newest(campaign),
        SupplyList.enterprise_id == Organisation.id,
        SupplyList.state.not_in((SupplyState.DRAFT, SupplyState.SUBMITTED)),
    )
    waiting = list(db.session.scalars(surveyed(campaign).where(~filled).with_only_columns(Organisation.id)))
    body = N_("请在 %(day)s 前填写或确认产品供给清单。", day=campaign.due_on.isoformat())
    notices.tell_those(identity.active_users_of(waiting, role=Role.SME), campaign.title, body, "/supplies")
    audit.record("survey.reminded", actor_id=actor_id, subject_type="survey", subject_id=campaign.id, firms=len(waiting))
    return len(waiting)


def _store_own(row: Mapping[str, Any], context: ImportContext) -> RowOutcome:
    organisation = identity.organisation(context.organisation_id)
    if row["uscc"] != organisation.uscc:
        raise RuleViolation(N_("这一行不是本企业的统一社会信用代码，只能导入本企业的产品。"), field="uscc")
    return _add_once(draft(context.organisation_id, actor_id=context.actor_id), supply_line(row))


def _add_once(target: SupplyList, line: SupplyLine) -> RowOutcome:
    """Add a line unless the list says it already."""
    known = select(Supply).where(
        Supply.list_id == target.id, Supply.product == line.product, Supply.side == line.side.value,
        Supply.specification == line.specification,
    )  # fmt: skip
    row = db.session.scalars(known).first()
    if row is None:
        _added(target, line)
        return RowOutcome.STORED
    if line_of_row(SupplyLine, row) == line:
        return RowOutcome.UNCHANGED
    for key, value in columns(line).items():
        setattr(row, key, value)
    return RowOutcome.STORED


OWN = Importer(kind="own_supplies", title=N_("供给清单"), spec=lists.SUPPLIES, store_row=_store_own)


def _begin_survey(context: ImportContext, _sheet: SheetResult) -> None:
    campaign = db.session.get(Campaign, UUID(context.options["campaign_id"]))
    if campaign is None or not scope.may_see(context.areas, campaign.area_code):  # each row's firm lies in the areas itself
        raise NotFound
    if campaign.closed_at is not None:
        raise RuleViolation(N_("这次摸排已经结束，请选择其他摸排。"), field="campaign_id")


def _store_surveyed(row: Mapping[str, Any], context: ImportContext) -> RowOutcome:
    organisation = identity.by_uscc(row["uscc"])
    if organisation is None or db.session.get(Enterprise, organisation.id) is None:
        raise RuleViolation(N_("这家企业还没有登记，请先在“导入—企业”里导入。"), field="uscc")
    if not scope.may_act(context.areas, organisation.region_code, organisation.park_code):
        raise RuleViolation(N_("这家企业不在您的管辖范围内。"), field="uscc")
    campaign_id = UUID(context.options["campaign_id"])
    locked(Enterprise, organisation.id)
    waiting = newest(organisation.id, SupplyState.SUBMITTED)
    if waiting is None or waiting.campaign_id != campaign_id:
        waiting = draft(organisation.id, actor_id=context.actor_id, campaign_id=campaign_id, copy=False, by_officer=True)
        if not waiting.entered_by_officer:
            raise RuleViolation(N_("企业自己正在填写清单，请等它发布。"), field="uscc")
        told = N_("主管部门代填了贵单位的产品供给清单，请核对确认")
        notices.tell(identity.user_ids_of(organisation.id), told, "", "/supplies")
    waiting.state = SupplyState.SUBMITTED
    return _add_once(waiting, supply_line(row))


SURVEY = Importer(kind="survey_supplies", title=N_("摸排的供给清单"), spec=lists.SUPPLIES, store_row=_store_surveyed, begin=_begin_survey)
