"""Reads of evaluation: how an organisation stands, who runs platforms, how clauses are read, which rows are behind a figure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, Select, distinct, func, select

from marketplace.catalogue.models import Provider
from marketplace.evaluation import measures, rules
from marketplace.evaluation.assessment_models import KeptAssessment
from marketplace.evaluation.facts import Facts
from marketplace.evaluation.models import Judgement, RulesetSetting
from marketplace.evaluation.queries.gathering import gather
from marketplace.evaluation.rules import Assessment, Measured
from marketplace.evaluation.rulesets import ruleset as ruleset_of
from marketplace.evaluation.vocabulary import MEASURES
from marketplace.identity import queries as identity
from marketplace.identity.models import Organisation
from marketplace.identity.regions import RegionLevel, area_level, covers
from marketplace.identity.scope import may_see
from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound
from marketplace.policy.ruleset_spec import Criterion, CriterionKind, RuleSet, SettingValue
from marketplace.records.platform_models import Platform, PlatformMember
from marketplace.records.rules import MemberState


@dataclass(frozen=True, slots=True)
class Looked:
    """How an organisation stands, with what it was held against."""

    assessment: Assessment
    facts: Facts
    answers: Mapping[str, Measured]


def assess(organisation_id: UUID, ruleset: str, year: int, *, today: date) -> Assessment:
    """How an organisation stands against a rule set in a year, from the rows of this moment.

    Raises: NotFound: no such rule set or organisation.
    """
    return look(organisation_id, ruleset, year, as_of=last_day(year, today)).assessment


def last_day(year: int, today: date) -> date:
    """The day on which an organisation is seen for a year where no day of application is said: today, or the year's last."""
    return min(today, date(year, 12, 31))


def look(organisation_id: UUID, ruleset: str, year: int, *, as_of: date) -> Looked:
    """The same, whatever the day of application is.

    Args:
        year: whose services, reviews and dossier count.
        as_of: the day on which years of operation, staff and member bodies count.
    """
    rule = ruleset_of(ruleset)
    organisation = identity.organisation(organisation_id)
    settings = settings_for(rule, organisation)
    attribution = str(settings.get("attribution", "both"))
    facts = gather(organisation_id, ruleset, year, attribution=attribution, as_of=as_of)
    answers = measures.measure(rule, facts, settings)
    return Looked(rules.evaluate(rule, settings, answers, organisation=organisation.uscc, year=year), facts, answers)


# How clauses are read


def settings_for(rule: RuleSet, organisation: Organisation) -> dict[str, SettingValue]:
    """Every setting with the value that counts for an organisation.

    Where several areas over it have chosen, the widest has the last word: a title of the region is awarded by one reading.
    """
    return _read(rule, organisation.region_code, organisation.park_code)


def settings_in(rule: RuleSet, area_code: str) -> dict[str, SettingValue]:
    """The same for an area as a whole."""
    return _read(rule, area_code, None)


def _read(rule: RuleSet, region_code: str, park_code: str | None) -> dict[str, SettingValue]:
    chosen: dict[str, object] = {}
    for row in _chosen(rule):
        if covers(row.area_code, region_code, park_code):
            chosen[row.key] = row.value  # narrow areas first, so that wide ones overwrite; in an area the newest is last
    return rule.check_settings(chosen)


def settings_heeded(criterion: Criterion) -> frozenset[str]:
    """Which readings a condition's figure depends on."""
    return MEASURES[criterion.call.measure].settings if criterion.call and criterion.call.measure in MEASURES else frozenset()


def _chosen(rule: RuleSet) -> list[RulesetSetting]:
    rows = db.session.scalars(
        select(RulesetSetting).where(RulesetSetting.ruleset == rule.id).order_by(RulesetSetting.created_at, RulesetSetting.id)
    )
    known = {setting.id for setting in rule.settings}  # a setting that the file dropped since
    return sorted((row for row in rows if row.key in known), key=lambda row: -_width(row.area_code))


def _width(area_code: str) -> int:
    """0 for a region, greater for what lies inside it."""
    return list(RegionLevel).index(area_level(area_code))


def setting_history(ruleset: str, area_codes: Iterable[str]) -> list[RulesetSetting]:
    """Choices that concern some areas: made there or above. Newest first."""
    areas = list(area_codes)
    rows = db.session.scalars(select(RulesetSetting).where(RulesetSetting.ruleset == ruleset).order_by(RulesetSetting.created_at.desc()))
    return [row for row in rows if may_see(areas, row.area_code)]


# Platforms and member bodies


def platform(organisation_id: UUID) -> Platform | None:
    """The platform that an organisation runs, if it runs one."""
    return db.session.get(Platform, organisation_id)


def platforms_in(area_codes: Iterable[str], q: str = "", *, unjudged: tuple[str, int] | None = None) -> Select[Platform]:
    """Platforms of some areas, by name.

    Args:
        unjudged: a rule set and a year: only platforms of which nobody has said yet how they meet a condition that people judge.
    """
    there = select(Organisation.id).where(identity.in_areas(area_codes))
    statement = select(Platform).where(Platform.id.in_(there))
    if unjudged is not None:
        statement = statement.where(_waits_for_opinion(*unjudged))
    if q:
        statement = statement.where(Platform.name.contains(q, autoescape=True))
    return statement.order_by(Platform.name, Platform.id)


def _waits_for_opinion(ruleset: str, year: int) -> ColumnElement[bool]:
    judged = [one.id for one in ruleset_of(ruleset).criteria if one.kind is CriterionKind.MANUAL]
    said = select(func.count(distinct(Judgement.criterion_id))).where(
        Judgement.organisation_id == Platform.id, Judgement.ruleset == ruleset, Judgement.year == year, Judgement.criterion_id.in_(judged)
    )
    return said.scalar_subquery() < len(judged)


def organisation_seen_by(organisation_id: UUID, *, own_id: UUID, area_codes: Iterable[str]) -> Organisation:
    """A provider that looks at itself, or one of the areas of whoever looks.

    Raises: NotFound.
    """
    if organisation_id == own_id:
        return identity.organisation(organisation_id)
    organisation = identity.organisation_in_area(organisation_id, area_codes)
    if db.session.get(Provider, organisation_id) is None:
        raise NotFound
    return organisation


def members_of(platform_id: UUID) -> list[PlatformMember]:
    """Member bodies of a platform: standing ones first, then those over."""
    rows = db.session.scalars(select(PlatformMember).where(PlatformMember.platform_id == platform_id)).unique()
    return sorted(rows, key=lambda one: (one.until_on is not None, -one.from_on.toordinal()))


def member_of(member_id: UUID, platform_id: UUID) -> PlatformMember:
    """One of a platform's own memberships. Raises: NotFound."""
    row = db.session.scalars(
        select(PlatformMember).where(PlatformMember.id == member_id, PlatformMember.platform_id == platform_id)
    ).one_or_none()
    if row is None:
        raise NotFound
    return row


def member_in_area(member_id: UUID, area_codes: Iterable[str]) -> PlatformMember:
    """A membership of a platform of an officer's area. Raises: NotFound."""
    row = db.session.get(PlatformMember, member_id)
    if row is None:
        raise NotFound
    identity.organisation_in_area(row.platform_id, area_codes)
    return row


def proposed_members(area_codes: Iterable[str]) -> Select[PlatformMember]:
    """Memberships that wait for an officer of the area, oldest first."""
    there = select(Organisation.id).where(identity.in_areas(area_codes))
    statement = select(PlatformMember).where(PlatformMember.state == MemberState.PROPOSED, PlatformMember.platform_id.in_(there))
    return statement.order_by(PlatformMember.created_at, PlatformMember.id)


# Judgements


@dataclass(frozen=True, slots=True)
class SignedJudgement:
    """A judgement with the name of who gave it."""

    judgement: Judgement
    who: str


def judgements_of(organisation_id: UUID, ruleset: str, year: int, criterion_id: str) -> Sequence[SignedJudgement]:
    """What was said of a criterion, newest first."""
    rows = db.session.scalars(
        select(Judgement)
        .where(Judgement.organisation_id == organisation_id, Judgement.ruleset == ruleset, Judgement.year == year)
        .where(Judgement.criterion_id == criterion_id)
        .order_by(Judgement.created_at.desc(), Judgement.id.desc())
    ).all()
    names = identity.names_of(row.actor_id for row in rows)
    return [SignedJudgement(row, names.get(row.actor_id, "")) for row in rows]


def judgement_seen_by(judgement_id: UUID, *, own_id: UUID, area_codes: Iterable[str]) -> Judgement:
    """A judgement of an organisation that one may look at. Raises: NotFound."""
    row = db.session.get(Judgement, judgement_id)
    if row is None:
        raise NotFound
    organisation_seen_by(row.organisation_id, own_id=own_id, area_codes=area_codes)
    return row


# Assessments that were kept


def assessments_of(organisation_id: UUID) -> Sequence[KeptAssessment]:
    """The newest assessments of an organisation that were kept."""
    statement = select(KeptAssessment).where(KeptAssessment.organisation_id == organisation_id)
    return db.session.scalars(statement.order_by(KeptAssessment.created_at.desc(), KeptAssessment.id.desc()).limit(20)).all()


def assessment_seen_by(assessment_id: UUID, *, own_id: UUID, area_codes: Iterable[str]) -> KeptAssessment:
    """An assessment of an organisation that one may look at. Raises: NotFound."""
    row = db.session.get(KeptAssessment, assessment_id)
    if row is None:
        raise NotFound
    organisation_seen_by(row.organisation_id, own_id=own_id, area_codes=area_codes)
    return row
