"""A provider's staff, and the region's experts."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select

from marketplace.audit import service as audit
from marketplace.catalogue.lifecycle import DossierState
from marketplace.catalogue.models import Expert, ProviderStaff
from marketplace.catalogue.rules import dossier as rules
from marketplace.catalogue.rules.dossier import StaffFacts
from marketplace.identity.page_mark import check as check_shown
from marketplace.identity.regions import check_area
from marketplace.kernel.commands import Command, begin
from marketplace.kernel.db import by_id, db, locked
from marketplace.kernel.errors import N_, Conflict, NotFound
from marketplace.kernel.files import checksum


def add_staff(
    provider_id: UUID, facts: StaffFacts, *, actor_id: UUID | None, request_key: UUID, today: date, file_id: UUID | None = None
) -> ProviderStaff:
    """A provider names a person who serves firms.

    Raises: RuleViolation beside the field; Conflict: the person is on the list already, or the key was used for another.
    """
    content = {"provider": provider_id, "facts": facts, "file": checksum(file_id)}
    if not begin(Command(request_key, "staff.added", actor_id, request_key, content)):
        return by_id(ProviderStaff, request_key)
    rules.check_staff(facts, today=today)
    if same_person(provider_id, facts) is not None:
        raise Conflict(N_("“%(name)s”已在名单中。同名的另一位请在姓名后注明，例如“次仁（财务）”。"), field="name", name=facts.name)
    row = ProviderStaff(
        id=request_key,
        provider_id=provider_id,
        name=facts.name,
        position=facts.position,
        degree=facts.degree,
        title_level=facts.title_level,
        title_name=facts.title_name,
        from_on=facts.from_on,
        file_id=file_id,
    )
    db.session.add(row)
    db.session.flush()
    audit.record("staff.added", actor_id=actor_id, subject_type="provider_staff", subject_id=row.id, provider=provider_id, name=row.name)
    return row


def same_person(provider_id: UUID, facts: StaffFacts) -> ProviderStaff | None:
    """Somebody of that name who has not left."""
    wanted = select(ProviderStaff).where(
        ProviderStaff.provider_id == provider_id, ProviderStaff.name == facts.name, ProviderStaff.until_on.is_(None)
    )
    return db.session.scalars(wanted.limit(1)).one_or_none()


def end_staff(person_id: UUID, provider_id: UUID, *, until_on: date, actor_id: UUID) -> ProviderStaff:
    """Somebody leaves; the row stays, because past years count by it.

    Raises: NotFound: not one's own; RuleViolation: left before arriving.
    """
    row = locked(ProviderStaff, person_id)
    if row.provider_id != provider_id:
        raise NotFound
    rules.check_end(row.from_on, until_on)
    row.until_on = until_on
    audit.record("staff.ended", actor_id=actor_id, subject_type="provider_staff", subject_id=row.id, until_on=until_on)
    return row


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpertFacts:
    """An expert of the region's pool."""

    name: str
    field: str
    region_code: str
    organisation_name: str = ""
    title: str = ""
    phone: str = ""


def same_expert(facts: ExpertFacts) -> Expert | None:
    """Somebody of that name and employer."""
    wanted = select(Expert).where(
        Expert.name == facts.name, Expert.organisation_name == facts.organisation_name, Expert.provider_id.is_(None)
    )
    return db.session.scalars(wanted.limit(1)).one_or_none()


def put_expert(facts: ExpertFacts, *, actor_id: UUID | None) -> tuple[Expert, bool]:
    """Add an expert, or bring what is known of one up to date; whether anything changed.

    Raises: RuleViolation or NotFound: no such region.
    """
    values = {
        "field": facts.field, "region_code": check_area(facts.region_code), "title": facts.title, "phone": facts.phone,
    }  # fmt: skip
    row = same_expert(facts)
    if row is None:
        row = Expert(name=facts.name, organisation_name=facts.organisation_name, **values)
        db.session.add(row)
        db.session.flush()
        audit.record("expert.added", actor_id=actor_id, subject_type="expert", subject_id=row.id, name=row.name)
        return row, True
    changed = {name: value for name, value in values.items() if getattr(row, name) != value}
    for name, value in changed.items():
        setattr(row, name, value)
    if changed:
        audit.record("expert.changed", actor_id=actor_id, subject_type="expert", subject_id=row.id, changed=changed)
    return row, bool(changed)


def decide_expert(expert_id: UUID, decision: DossierState, *, reason: str, actor_id: UUID, shown: str | None = None) -> Expert:
    """An officer accepts an expert into the pool, or returns the entry.

    Raises: Conflict: the page is older than the row. RuleViolation: nothing to decide, or a return without a reason.
    """
    row = locked(Expert, expert_id)
    check_shown(row.id, shown)
    rules.check_decision(row.state, decision, reason)
    row.state, row.state_reason, row.decided_by = decision, reason.strip(), actor_id
    audit.record(f"expert.{decision.value}", actor_id=actor_id, subject_type="expert", subject_id=row.id, reason=row.state_reason)
    return row
