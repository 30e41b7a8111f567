"""A provider's staff, and the region's experts."""

from dataclasses import asdict, dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select

from marketplace.audit import service as audit
from marketplace.catalogue.lifecycle import DossierState
from marketplace.catalogue.models import Expert, ProviderStaff
from marketplace.catalogue.rules import dossier as rules
from marketplace.catalogue.rules.dossier import StaffFacts
from marketplace.catalogue.service.dossier import give_verdict
from marketplace.identity.regions import check_area
from marketplace.kernel.commands import Command, begin
from marketplace.kernel.db import by_id, db, locked
from marketplace.kernel.errors import N_, Conflict, NotFound
from marketplace.kernel.files import checksum


def add_staff(
    provider_id: UUID, facts: StaffFacts, *, actor_id: UUID | None, request_key: UUID, today: date, file_id: UUID | None = None
) -> ProviderStaff:
    """A provider names a person who serves firms; somebody whom an officer returned is named anew.

    Raises: RuleViolation beside the field; Conflict: the person is on the list already, or the key was used for another.
    """
    content = {"provider": provider_id, "facts": facts, "file": checksum(file_id)}
    if not begin(Command(request_key, "staff.added", actor_id, request_key, content)):
        return by_id(ProviderStaff, request_key)
    rules.check_staff(facts, today=today)
    known = same_person(provider_id, facts)
    if known is not None:
        if known.state is not DossierState.RETURNED:
            raise Conflict(N_("“%(name)s”已在名单中。同名的另一位请在姓名后注明，例如“次仁（财务）”。"), field="name", name=facts.name)
        _drop(known, actor_id=actor_id)
    row = ProviderStaff(id=request_key, provider_id=provider_id, file_id=file_id, **asdict(facts))
    db.session.add(row)
    db.session.flush()
    audit.record("staff.added", actor_id=actor_id, subject_type="provider_staff", subject_id=row.id, provider=provider_id, name=row.name)
    return row


def same_person(provider_id: UUID, facts: StaffFacts) -> ProviderStaff | None:
    """Somebody of that name who has not left."""
    wanted = select(ProviderStaff).where(
        ProviderStaff.provider_id == provider_id, ProviderStaff.name == facts.name, ProviderStaff.until_on.is_(None)
    )
    return db.session.scalars(wanted.limit(1).with_for_update()).one_or_none()


def is_news(known: ProviderStaff, facts: StaffFacts) -> bool:
    """Whether a list says something else of a person whom an officer returned: then the list names that person anew."""
    return known.state is DossierState.RETURNED and any(getattr(known, name) != value for name, value in asdict(facts).items())


def _drop(row: ProviderStaff, *, actor_id: UUID | None) -> None:
    of, name = row.provider_id, row.name
    audit.record("staff.dropped", actor_id=actor_id, subject_type="provider_staff", subject_id=row.id, provider=of, name=name)
    db.session.delete(row)


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
    """Add an expert, or bring what is known of one up to date; whether anything changed. What an officer has not seen yet waits for a
    verdict; another telephone needs none.

    Raises: RuleViolation or NotFound: no such region.
    """
    values = {**asdict(facts), "region_code": check_area(facts.region_code)}
    row = same_expert(facts)
    if row is None:
        row = Expert(**values)
        db.session.add(row)
        db.session.flush()
        audit.record("expert.added", actor_id=actor_id, subject_type="expert", subject_id=row.id, name=row.name)
        return row, True
    changed = {name: value for name, value in values.items() if getattr(row, name) != value}
    for name, value in changed.items():
        setattr(row, name, value)
    if changed.keys() - {"phone"}:
        row.state, row.state_reason, row.decided_by = DossierState.DECLARED, "", None
    if changed:
        audit.record("expert.changed", actor_id=actor_id, subject_type="expert", subject_id=row.id, changed=changed)
    return row, bool(changed)


def decide_expert(expert_id: UUID, decision: DossierState, *, reason: str, actor_id: UUID, shown: str | None = None) -> Expert:
    """An officer accepts an expert into the pool, or returns the entry. Raises: as `give_verdict`."""
    row = locked(Expert, expert_id)
    give_verdict(row, decision, reason=reason, actor_id=actor_id, shown=shown)
    return row
