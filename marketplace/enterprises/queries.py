"""Reads of SMEs: one's own, those of an officer's area, and the facts other rooms judge by."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, func, or_, select, true

from marketplace.audit import queries as trail
from marketplace.audit.models import AuditEvent
from marketplace.enterprises import rules
from marketplace.enterprises.models import Enterprise, EnterpriseYear, FirmGroup, FirmGroupEntry, ReviewState, Title
from marketplace.identity import queries as identity_queries
from marketplace.identity.lifecycle import OrganisationState
from marketplace.identity.models import Organisation
from marketplace.identity.queries import in_areas, named
from marketplace.identity.regions import exists as region_exists
from marketplace.identity.scope import acted_on
from marketplace.kernel.db import by_id, db, found_by
from marketplace.kernel.errors import N_, NotFound
from marketplace.kernel.files import StoredFile
from marketplace.kernel.lifecycle import Word
from marketplace.policy.programme_words import TitleKind


@dataclass(frozen=True, slots=True)
class EnterpriseFacts:
    """What is known of a firm on a day, as values: what eligibility, matching and evaluation judge by."""

    enterprise_id: UUID
    name: str
    uscc: str
    verified: bool
    size: rules.FirmSize
    size_year: int | None
    titles: tuple[rules.HeldTitle, ...]  # accepted ones, whatever their dates: ask rules.title_state
    region_code: str
    park_code: str | None
    industry_code: str | None
    founded_on: date | None
    operating_months: int | None  # full months since it was founded
    sanctioned: bool
    as_of: date


class Waiting(Word):
    """What of a firm waits for a decision."""

    ANY = "any", N_("有待审材料")
    YEAR = "year", N_("年度数据待审核")
    TITLE = "title", N_("称号待审核")


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """How a list of firms is narrowed."""

    text: str = ""  # part of a name, its initials, or a credit code
    state: OrganisationState | None = None
    region: str = ""  # a region or park, six digits
    size: rules.FirmSize | None = None
    waiting: Waiting | None = None


def facts(enterprise_id: UUID, today: date) -> EnterpriseFacts:
    """What is known of a firm today.

    Raises: NotFound: the organisation is no SME.
    """
    row = enterprise(enterprise_id)
    own = row.organisation
    return EnterpriseFacts(
        enterprise_id=row.id,
        name=own.name,
        uscc=own.uscc,
        verified=own.state is OrganisationState.VERIFIED,
        size=rules.FirmSize(row.size_class),
        size_year=row.size_year,
        titles=register_of(row.id),
        region_code=own.region_code,
        park_code=own.park_code,
        industry_code=own.industry_code,
        founded_on=own.founded_on,
        operating_months=rules.full_months(own.founded_on, today) if own.founded_on else None,
        sanctioned=own.sanctioned_until is not None and own.sanctioned_until >= today,
        as_of=today,
    )


def enterprise(enterprise_id: UUID) -> Enterprise:
    """Raises: NotFound."""
    return by_id(Enterprise, enterprise_id)


def some(enterprise_ids: Iterable[UUID]) -> list[Enterprise]:
    """Several firms at once, by name."""
    wanted = select(Enterprise).join(Organisation).where(Enterprise.id.in_(list(enterprise_ids)))
    return list(db.session.scalars(wanted.order_by(Organisation.name, Enterprise.id)).unique())


def profile(organisation_id: UUID) -> Enterprise | None:
    """The organisation as an SME; None before its profile is first saved."""
    return db.session.get(Enterprise, organisation_id)


def in_area(enterprise_id: UUID, area_codes: Iterable[str]) -> Enterprise:
    """One SME of an officer's own area.

    Raises: NotFound: no such SME, or outside the area.
    """
    statement = select(Enterprise).join(Organisation).where(Enterprise.id == enterprise_id, in_areas(area_codes))
    return found_by(statement)


def years_of(enterprise_id: UUID) -> list[EnterpriseYear]:
    """A firm's yearly figures, newest first."""
    statement = select(EnterpriseYear).where(EnterpriseYear.enterprise_id == enterprise_id)
    return list(db.session.scalars(statement.order_by(EnterpriseYear.year.desc())))


def year_of(year_id: UUID, enterprise_id: UUID) -> EnterpriseYear:
    """Raises: NotFound: no such figures, or another firm's."""
    row = db.session.get(EnterpriseYear, year_id)
    if row is None or row.enterprise_id != enterprise_id:
        raise NotFound
    return row


def titles_of(organisation_id: UUID) -> list[Title]:
    """An organisation's titles, declared ones too, newest first."""
    statement = select(Title).where(Title.organisation_id == organisation_id)
    return list(db.session.scalars(statement.order_by(Title.valid_from.desc(), Title.kind)))


def declared_years(areas: Iterable[str], text: str = "") -> Select[EnterpriseYear]:
    """Yearly figures of firms of some areas that wait for an officer, those that wait longest first."""
    wanted = select(EnterpriseYear).join(Organisation, Organisation.id == EnterpriseYear.enterprise_id)
    wanted = wanted.where(in_areas(areas), EnterpriseYear.state == ReviewState.DECLARED)
    wanted = wanted.where(_named(text)) if text else wanted
    return wanted.order_by(EnterpriseYear.created_at, EnterpriseYear.id)


def declared_titles(areas: Iterable[str], text: str = "", kind: str = "") -> Select[Title]:
    """Titles of firms of some areas that wait for an officer, those that wait longest first."""
    wanted = select(Title).join(Enterprise, Enterprise.id == Title.organisation_id).join(Organisation, Organisation.id == Enterprise.id)
    wanted = wanted.where(in_areas(areas), Title.state == ReviewState.DECLARED)
    wanted = wanted.where(Title.kind == kind) if kind else wanted
    wanted = wanted.where(_named(text)) if text else wanted
    return wanted.order_by(Title.created_at, Title.id)


def some_years(ids: Iterable[UUID]) -> list[EnterpriseYear]:
    """Several years' figures at once."""
    return list(db.session.scalars(select(EnterpriseYear).where(EnterpriseYear.id.in_(list(ids)))))


def some_titles(ids: Iterable[UUID]) -> list[Title]:
    """Several titles at once."""
    return list(db.session.scalars(select(Title).where(Title.id.in_(list(ids)))))


def returned_years(enterprise_id: UUID) -> Select[EnterpriseYear]:
    """Years that came back to a firm."""
    wanted = select(EnterpriseYear).where(EnterpriseYear.enterprise_id == enterprise_id, EnterpriseYear.state == ReviewState.RETURNED)
    return wanted.order_by(EnterpriseYear.year)


def returned_titles(organisation_id: UUID) -> Select[Title]:
    """Titles that came back to a firm."""
    return select(Title).where(Title.organisation_id == organisation_id, Title.state == ReviewState.RETURNED).order_by(Title.id)


def title_of(title_id: UUID, organisation_id: UUID) -> Title:
    """Raises: NotFound: no such title, or another organisation's."""
    row = db.session.get(Title, title_id)
    if row is None or row.organisation_id != organisation_id:
        raise NotFound
    return row


def title_numbered(organisation_id: UUID, number: str) -> Title | None:
    """An accepted title of an organisation, by the number on its certificate; the newest where several have it."""
    wanted = select(Title).where(Title.organisation_id == organisation_id, Title.number == number, Title.state == ReviewState.ACCEPTED)
    return db.session.scalars(wanted.order_by(Title.valid_from.desc()).limit(1)).one_or_none()


def register_of(organisation_id: UUID) -> tuple[rules.HeldTitle, ...]:
    """The accepted titles of an organisation, as values."""
    return tuple(held(row) for row in titles_of(organisation_id) if row.state is ReviewState.ACCEPTED)


def held(row: Title) -> rules.HeldTitle:
    """A title of the register as a value."""
    return rules.HeldTitle(TitleKind(row.kind), row.valid_from, row.valid_until, row.revoked_on, row.number, row.document, row.grade)


def registers_of(organisation_ids: Iterable[UUID]) -> dict[UUID, tuple[rules.HeldTitle, ...]]:
    """The accepted titles of several organisations, as values; those without any are left out."""
    wanted = select(Title).where(Title.organisation_id.in_(organisation_ids), Title.state == ReviewState.ACCEPTED)
    found: dict[UUID, list[rules.HeldTitle]] = {}
    for row in db.session.scalars(wanted.order_by(Title.valid_from.desc(), Title.kind)):
        found.setdefault(row.organisation_id, []).append(held(row))
    return {key: tuple(titles) for key, titles in found.items()}


def file_of(file_id: UUID, enterprise_id: UUID) -> StoredFile:
    """Evidence of a firm's figures or titles.

    Raises: NotFound: no such file, or it belongs to nothing of this firm.
    """
    statement = select(StoredFile).where(
        StoredFile.id == file_id,
        or_(
            exists().where(EnterpriseYear.file_id == StoredFile.id, EnterpriseYear.enterprise_id == enterprise_id),
            exists().where(Title.file_id == StoredFile.id, Title.organisation_id == enterprise_id),
        ),
    )
    return found_by(statement)


def listed(area_codes: Iterable[str], wanted: Filter) -> Select[Enterprise]:
    """The SMEs of some areas, narrowed, by name."""
    statement = select(Enterprise).join(Organisation).where(in_areas(area_codes)).order_by(Organisation.name, Enterprise.id)
    if wanted.text:
        statement = statement.where(_named(wanted.text))
    if wanted.state:
        statement = statement.where(Organisation.state == wanted.state)
    if wanted.region and region_exists(wanted.region):
        statement = statement.where(in_areas([wanted.region]))
    if wanted.size:
        statement = statement.where(Enterprise.size_class == wanted.size.value)
    if wanted.waiting:
        year = exists().where(EnterpriseYear.enterprise_id == Enterprise.id, EnterpriseYear.state == ReviewState.DECLARED)
        title = exists().where(Title.organisation_id == Enterprise.id, Title.state == ReviewState.DECLARED)
        any_of = or_(Organisation.state == OrganisationState.PENDING, year, title)
        statement = statement.where({Waiting.YEAR: year, Waiting.TITLE: title}.get(wanted.waiting, any_of))
    return statement


def _named(text: str):  # type: ignore[no-untyped-def]
    wanted = text.strip()
    return or_(
        named(wanted),
        Organisation.name_initials.contains(wanted.lower(), autoescape=True),
        Organisation.uscc.startswith(wanted.upper(), autoescape=True),
    )


def waiting_counts(area_codes: Iterable[str]) -> dict[str, int]:
    """What waits for the officers of some areas: firms to verify, figures and titles to look at."""
    areas = list(area_codes)
    firms = select(func.count()).select_from(Enterprise).join(Organisation).where(in_areas(areas))
    years = select(func.count()).select_from(EnterpriseYear).join(Organisation, Organisation.id == EnterpriseYear.enterprise_id)
    titles = select(func.count()).select_from(Title).join(Organisation, Organisation.id == Title.organisation_id)
    return {
        "firms": db.session.scalar(firms.where(Organisation.state == OrganisationState.PENDING)) or 0,
        "years": db.session.scalar(years.where(in_areas(areas), EnterpriseYear.state == ReviewState.DECLARED)) or 0,
        "titles": db.session.scalar(titles.where(in_areas(areas), Title.state == ReviewState.DECLARED)) or 0,
    }


def history_of(enterprise_id: UUID) -> list[tuple[AuditEvent, str]]:
    """What happened to a firm, its figures and titles, newest first, each with the actor's name."""
    subjects = [enterprise_id, *(y.id for y in years_of(enterprise_id)), *(t.id for t in titles_of(enterprise_id))]
    events = trail.of_subjects(subjects)
    names = identity_queries.names_of(event.actor_id for event in events)
    return [(event, names.get(event.actor_id, "") if event.actor_id else "") for event in reversed(events)]


Areas = Iterable[str] | None  # None: everything, for an auditor


def _groups_in(areas: Areas) -> ColumnElement[bool]:
    return true() if areas is None else acted_on(FirmGroup.region_code, areas)


def groups(areas: Areas) -> Select[FirmGroup]:
    """Groups of associates of some areas, the newest first."""
    return select(FirmGroup).where(_groups_in(areas)).order_by(FirmGroup.made_at.desc(), FirmGroup.id.desc())


def group_in(group_id: UUID, areas: Areas) -> FirmGroup:
    """One of them. Raises: NotFound: not of the areas."""
    return found_by(groups(areas).where(FirmGroup.id == group_id))


def group_entries(areas: Areas) -> Select[FirmGroupEntry]:
    """Who joined and left groups of some areas, the newest first."""
    wanted = select(FirmGroupEntry).join(FirmGroup, FirmGroup.id == FirmGroupEntry.group_id).where(_groups_in(areas))
    return wanted.order_by(FirmGroupEntry.made_at.desc(), FirmGroupEntry.id.desc())


def entries_of(group_id: UUID) -> Select[FirmGroupEntry]:
    """Who joined and left a group, the newest first."""
    return group_entries(None).where(FirmGroupEntry.group_id == group_id)


def members_of(group_ids: Collection[UUID], today: date) -> dict[UUID, set[UUID]]:
    """By group, the organisations that belong to it on a day."""
    found: dict[UUID, set[UUID]] = {group_id: set() for group_id in group_ids}
    for organisation_id, groups_ in _belonging(FirmGroupEntry.group_id.in_(group_ids), today).items():
        for group_id in groups_:
            found[group_id].add(organisation_id)
    return found


def groups_of(organisation_ids: Collection[UUID], today: date) -> dict[UUID, set[UUID]]:
    """By organisation, the groups that it belongs to on a day; nothing of those that belong to none."""
    return _belonging(FirmGroupEntry.organisation_id.in_(organisation_ids), today)


def _belonging(which: ColumnElement[bool], today: date) -> dict[UUID, set[UUID]]:
    columns = (FirmGroupEntry.organisation_id, FirmGroupEntry.group_id, FirmGroupEntry.joins)
    wanted = select(*columns).where(which, FirmGroupEntry.on_day <= today)
    newest: dict[tuple[UUID, UUID], bool] = {}
    for organisation_id, group_id, joins in db.session.execute(wanted.order_by(FirmGroupEntry.on_day, FirmGroupEntry.id)):
        newest[organisation_id, group_id] = joins
    found: dict[UUID, set[UUID]] = {}
    for (organisation_id, group_id), joins in newest.items():
        if joins:
            found.setdefault(organisation_id, set()).add(group_id)
    return found


def last_entry(group_id: UUID, organisation_id: UUID) -> FirmGroupEntry | None:
    """What was last said of an organisation in a group, by its day."""
    mine = (FirmGroupEntry.group_id == group_id) & (FirmGroupEntry.organisation_id == organisation_id)
    wanted = select(FirmGroupEntry).where(mine).order_by(FirmGroupEntry.on_day.desc(), FirmGroupEntry.id.desc())
    return db.session.scalars(wanted.limit(1)).one_or_none()


def named_groups_of(organisation_id: UUID, today: date) -> list[FirmGroup]:
    """The groups that an organisation belongs to on a day, by name."""
    ids = groups_of([organisation_id], today).get(organisation_id, set())
    return list(db.session.scalars(select(FirmGroup).where(FirmGroup.id.in_(ids)).order_by(FirmGroup.name))) if ids else []
