"""An assessment is kept: by which version of the rules, of which facts, for which year, on which day."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import NAMESPACE_OID, UUID, uuid5

from sqlalchemy import func, select

from marketplace.audit import service as audit
from marketplace.evaluation import assessment_parts as parts
from marketplace.evaluation import queries, rulesets
from marketplace.evaluation.assessment_models import KeptAssessment, RulesetVersion
from marketplace.identity import queries as identity
from marketplace.kernel import clock
from marketplace.kernel.db import db, in_turn
from marketplace.kernel.errors import N_, RuleViolation


@dataclass(frozen=True, slots=True)
class AskedAssessment:
    """Whom to hold against which rules: the year whose services count, and the day of application, are two things."""

    organisation_id: UUID
    ruleset: str
    year: int
    applied_on: date


def frozen(name: str) -> RulesetVersion:
    """The version of a rule set that its file is now: written down when something is first decided by it."""
    in_turn(uuid5(NAMESPACE_OID, f"versions of {name}"))
    content = rulesets.content(name)
    sha256 = parts.digest_of(content)
    known = db.session.scalars(select(RulesetVersion).where(RulesetVersion.ruleset == name, RulesetVersion.sha256 == sha256)).one_or_none()
    if known is not None:
        return known
    last = db.session.scalar(select(func.max(RulesetVersion.number)).where(RulesetVersion.ruleset == name)) or 0
    row = RulesetVersion(ruleset=name, number=last + 1, sha256=sha256, content=content)
    db.session.add(row)
    db.session.flush()
    return row


def keep(assessment_id: UUID, asked: AskedAssessment, *, actor_id: UUID, now: datetime) -> KeptAssessment:
    """Assess, and keep what was found with what it was found by.

    Raises: RuleViolation: the rules do not hold there on that day; a year after the application; a day to come.
    """
    _check(asked, clock.civil_date(now))
    version = frozen(asked.ruleset)
    found = queries.look(asked.organisation_id, asked.ruleset, asked.year, as_of=asked.applied_on)
    settings = dict(found.assessment.settings)
    facts, result = parts.facts_of(found.facts, found.answers), parts.result_of(found.assessment)
    row = KeptAssessment(
        id=assessment_id,
        version_id=version.id,
        organisation_id=asked.organisation_id,
        year=asked.year,
        applied_on=asked.applied_on,
        verdict=found.assessment.verdict.value,
        settings=settings,
        facts=facts,
        result=result,
        sha256=parts.digest_of(version.sha256, settings, facts, result),
        actor_id=actor_id,
        created_at=now,
    )
    db.session.add(row)
    db.session.flush()
    audit.record(
        "assessment.assessed",
        actor_id=actor_id,
        subject_type="organisation",
        subject_id=asked.organisation_id,
        ruleset=asked.ruleset,
        number=version.number,
        year=asked.year,
        verdict=row.verdict,
        sha256=row.sha256,
    )
    return row


def _check(asked: AskedAssessment, today: date) -> None:
    place = identity.organisation(asked.organisation_id)
    if asked.ruleset not in rulesets.in_force(place.region_code, place.park_code, asked.applied_on):
        raise RuleViolation(N_("这套评价规则在该地区、该日期不适用，请另选。"), field="ruleset")
    if asked.year > asked.applied_on.year:
        raise RuleViolation(N_("评价年度不能晚于申请日期所在的年份。"), field="year")
    if asked.applied_on > today:
        raise RuleViolation(N_("申请日期不能晚于今天。"), field="applied_on")
