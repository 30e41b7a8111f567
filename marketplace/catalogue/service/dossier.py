"""A provider declares the facts of a year with their evidence; an officer accepts or returns each."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select

from marketplace.audit import service as audit
from marketplace.catalogue.lifecycle import DossierState
from marketplace.catalogue.models import DossierItem, Expert, ProviderStaff
from marketplace.catalogue.rules import dossier as rules
from marketplace.catalogue.rules.dossier import Fact
from marketplace.identity import queries as identity
from marketplace.identity.page_mark import check as check_shown
from marketplace.kernel.commands import Command, begin
from marketplace.kernel.db import by_id, db, locked
from marketplace.kernel.errors import N_, NotFound, RuleViolation
from marketplace.kernel.files import checksum
from marketplace.moves import service as moves
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
        valid_until=fact.valid_until,
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
    """An officer accepts or returns a declared fact. Raises: as `give_verdict`."""
    row = locked(DossierItem, item_id)
    give_verdict(row, decision, reason=reason, actor_id=actor_id, shown=shown, kind=row.kind, year=row.year)
    if decision is DossierState.RETURNED:
        _tell_returned(row.provider_id, rules.kind_of(row.kind).label, row.state_reason)
    return row


def decide_staff(person_id: UUID, decision: DossierState, *, reason: str, actor_id: UUID, shown: str | None = None) -> ProviderStaff:
    """An officer accepts or returns a person of the staff list. Raises: as `give_verdict`."""
    row = locked(ProviderStaff, person_id)
    give_verdict(row, decision, reason=reason, actor_id=actor_id, shown=shown)
    if decision is DossierState.RETURNED:
        _tell_returned(row.provider_id, N_("服务人员 %(name)s", name=row.name), row.state_reason)
    return row


_KINDS: dict[type, tuple[str, str, str]] = {  # noun, and as the trail says it: subject, and what its actions begin with
    DossierItem: (N_("机构档案"), "dossier_item", "dossier"),
    ProviderStaff: (N_("服务人员"), "provider_staff", "staff"),
    Expert: (N_("专家"), "expert", "expert"),
}


def give_verdict(
    row: DossierItem | ProviderStaff | Expert, decision: DossierState, *, reason: str, actor_id: UUID, shown: str | None, **details: Any
) -> None:
    """Accept or return what was declared, under the lock of its row.

    Raises: Conflict: the page is older than the row, or it stands so already. RuleViolation: a return without a reason.
    """
    noun, subject, begins = _KINDS[type(row)]
    check_shown(row.id, shown)
    if row.state is decision:
        raise moves.stands_already(noun, row, f"{begins}.{decision.value}")
    rules.check_decision(decision, reason)
    row.state, row.state_reason, row.decided_by = decision, reason.strip(), actor_id
    audit.record(
        f"{begins}.{decision.value}", actor_id=actor_id, subject_type=subject, subject_id=row.id, reason=row.state_reason,
        **({"provider": row.provider_id} if row.provider_id else {}), **details,
    )  # fmt: skip


def verdict_by(row: DossierItem | ProviderStaff | Expert) -> str:
    """Who gave the last verdict on it, and when; empty before the first."""
    begins = _KINDS[type(row)][-1]
    return moves.made_by(row.id, f"{begins}.accepted", f"{begins}.returned")


def _tell_returned(provider_id: UUID, what: str, reason: str) -> None:
    notices.tell(identity.user_ids_of(provider_id), N_("年度档案退回补正：%(what)s", what=what), reason, OWN_PAGE)
