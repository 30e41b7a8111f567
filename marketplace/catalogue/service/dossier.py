"""A provider declares the facts of a year with their evidence; an officer accepts or returns each."""

from datetime import date
from uuid import UUID

from sqlalchemy import select

from marketplace.audit import service as audit
from marketplace.catalogue.lifecycle import DossierState
from marketplace.catalogue.models import DossierItem, ProviderStaff
from marketplace.catalogue.rules import dossier as rules
from marketplace.catalogue.rules.dossier import Fact
from marketplace.identity import queries as identity
from marketplace.identity.page_mark import check as check_shown
from marketplace.kernel.commands import Command, begin
from marketplace.kernel.db import by_id, db, locked
from marketplace.kernel.errors import N_, NotFound, RuleViolation
from marketplace.kernel.files import checksum
from marketplace.notices import service as notices
from marketplace.policy.dossier import AnswerKind, answer_of

OWN_PAGE = "/provider/dossier"


def declare(
    provider_id: UUID, fact: Fact, *, actor_id: UUID | None, request_key: UUID, today: date, file_id: UUID | None = None
) -> DossierItem:
    """A provider declares one fact. A fact of one answer replaces the one still undecided; what was accepted stays until the new one is.

    Raises: RuleViolation beside the field; Conflict: the key was used for something else.
    """
    content = {"provider": provider_id, "fact": fact, "file": checksum(file_id)}
    if not begin(Command(request_key, "dossier.declared", actor_id, request_key, content)):
        return by_id(DossierItem, request_key)
    rules.check_fact(fact, today=today)
    row = DossierItem(
        id=request_key,
        provider_id=provider_id,
        year=fact.year,
        kind=fact.kind,
        title=fact.title[:200],
        number=fact.number,
        dated_on=fact.dated_on,
        issuer=fact.issuer[:120],
        file_id=file_id,
    )
    if answer_of(fact.kind) is not AnswerKind.ENTRY:
        _drop_undecided(provider_id, fact, actor_id=actor_id)
    db.session.add(row)
    db.session.flush()
    audit.record(
        "dossier.declared", actor_id=actor_id, subject_type="dossier_item", subject_id=row.id, provider=provider_id, kind=row.kind,
        year=row.year, number=row.number, title=row.title, dated_on=row.dated_on,
    )  # fmt: skip
    return row


def _drop_undecided(provider_id: UUID, fact: Fact, *, actor_id: UUID | None) -> None:
    same = select(DossierItem).where(
        DossierItem.provider_id == provider_id,
        DossierItem.year == fact.year,
        DossierItem.kind == fact.kind,
        DossierItem.state != DossierState.ACCEPTED,
    )
    for row in db.session.scalars(same.with_for_update()):
        _drop(row, actor_id=actor_id)


def _drop(row: DossierItem, *, actor_id: UUID | None) -> None:
    audit.record(
        "dossier.dropped", actor_id=actor_id, subject_type="dossier_item", subject_id=row.id, provider=row.provider_id, kind=row.kind,
        year=row.year, number=row.number, title=row.title, file=row.file_id,
    )  # fmt: skip
    db.session.delete(row)


def withdraw(item_id: UUID, provider_id: UUID, *, actor_id: UUID) -> None:
    """A provider takes back a fact that was not accepted.

    Raises: NotFound: not its own; RuleViolation: accepted facts stay, a new one replaces them.
    """
    row = locked(DossierItem, item_id)
    if row.provider_id != provider_id:
        raise NotFound
    if row.state is DossierState.ACCEPTED:
        raise RuleViolation(N_("已核实的内容不能删除。情况有变化时，请重新填写该项。"))
    _drop(row, actor_id=actor_id)


def decide(item_id: UUID, decision: DossierState, *, reason: str, actor_id: UUID, shown: str | None = None) -> DossierItem:
    """An officer accepts or returns a declared fact.

    Raises: Conflict: the page is older than the row. RuleViolation: nothing to decide, or a return without a reason.
    """
    row = locked(DossierItem, item_id)
    check_shown(row.id, shown)
    rules.check_decision(row.state, decision, reason)
    row.state, row.state_reason, row.decided_by = decision, reason.strip(), actor_id
    audit.record(
        f"dossier.{decision.value}", actor_id=actor_id, subject_type="dossier_item", subject_id=row.id, provider=row.provider_id,
        kind=row.kind, year=row.year, reason=row.state_reason,
    )  # fmt: skip
    if decision is DossierState.RETURNED:
        _tell_returned(row.provider_id, rules.kind_of(row.kind).label, row.state_reason)
    return row


def decide_staff(person_id: UUID, decision: DossierState, *, reason: str, actor_id: UUID, shown: str | None = None) -> ProviderStaff:
    """An officer accepts or returns a person of the staff list.

    Raises: Conflict: the page is older than the row. RuleViolation: nothing to decide, or a return without a reason.
    """
    row = locked(ProviderStaff, person_id)
    check_shown(row.id, shown)
    rules.check_decision(row.state, decision, reason)
    row.state, row.state_reason, row.decided_by = decision, reason.strip(), actor_id
    audit.record(
        f"staff.{decision.value}", actor_id=actor_id, subject_type="provider_staff", subject_id=row.id, provider=row.provider_id,
        reason=row.state_reason,
    )  # fmt: skip
    if decision is DossierState.RETURNED:
        _tell_returned(row.provider_id, N_("服务人员 %(name)s", name=row.name), row.state_reason)
    return row


def _tell_returned(provider_id: UUID, what: str, reason: str) -> None:
    notices.tell(identity.user_ids_of(provider_id), N_("年度档案退回补正：%(what)s", what=what), reason, OWN_PAGE)
