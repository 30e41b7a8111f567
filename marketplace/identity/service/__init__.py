"""Every change of organisations and their verification. Users and grants: `users`."""

import re
from dataclasses import astuple, fields
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select

from marketplace.audit import service as audit
from marketplace.identity import industries, queries, regions
from marketplace.identity.lifecycle import ORGANISATION, OrganisationState, Side
from marketplace.identity.models import BureauContact, Organisation, OrganisationFacts
from marketplace.identity.page_mark import check as check_shown
from marketplace.identity.service.users import (
    add_colleague,
    add_invited,
    add_user,
    change_account,
    change_password,
    grant,
    revoke,
    set_user_state,
)
from marketplace.identity.uscc import check_uscc
from marketplace.kernel.commands import Command, begin
from marketplace.kernel.db import by_id, db, locked
from marketplace.kernel.errors import N_, Conflict, RuleViolation
from marketplace.kernel.sentences import Sentence
from marketplace.kernel.typed import checked_reason
from marketplace.notices import service as notices

__all__ = [
    "add_colleague",
    "add_invited",
    "add_user",
    "change_account",
    "change_organisation",
    "change_password",
    "decide_organisation",
    "grant",
    "register_organisation",
    "revoke",
    "sanction",
    "set_user_state",
    "submit_organisation",
]

# What verification stands on: when a firm changes one of these, it is verified again.
VERIFIED_FACTS = frozenset(
    {"name", "region_code", "park_code", "industry_code", "founded_on", "legal_form", "group_uscc", "bank_name", "bank_account"}
)
NEEDED_FACTS: dict[str, str] = {
    "industry_code": N_("所属行业"),
    "address": N_("经营地址"),
    "legal_representative": N_("法定代表人"),
    "founded_on": N_("成立日期"),
    "contact_name": N_("联系人"),
    "contact_phone": N_("联系电话"),
}


def _check_place(facts: OrganisationFacts) -> None:
    regions.check_region(facts.region_code)
    if facts.park_code and not regions.is_park(facts.park_code):
        raise RuleViolation(N_("没有这个园区，请从列表中选择。"), field="park_code")
    if facts.industry_code:
        industries.check_class(facts.industry_code)


def _checked_group(facts: OrganisationFacts) -> str | None:
    """The controlling firm's credit code. Raises: RuleViolation beside its own field."""
    if not facts.group_uscc:
        return None
    try:
        return check_uscc(facts.group_uscc)
    except RuleViolation as refusal:
        refusal.field = "group_uscc"
        raise


def register_organisation(
    facts: OrganisationFacts,
    *,
    actor_id: UUID | None,
    is_authority: bool = False,
    state: OrganisationState = OrganisationState.PENDING,
    request_key: UUID | None = None,
) -> Organisation:
    """A new organisation, still to be verified.

    Args:
        request_key: becomes the row's id, and a second click answers the same organisation.

    Raises: RuleViolation: wrong credit code, region, park or industry; Conflict: the credit code is registered already.
    """
    if request_key and not begin(Command(request_key, "organisation.registered", actor_id, request_key, {"facts": facts})):
        return by_id(Organisation, request_key)
    uscc = check_uscc(facts.uscc)
    known = db.session.scalars(select(Organisation).where(Organisation.uscc == uscc)).one_or_none()
    if known is not None:
        raise Conflict(N_("这个统一社会信用代码已经登记过。请本单位的管理员为您开通账号，或联系平台运营机构。"), field="uscc")
    _check_place(facts)
    values = {f.name: getattr(facts, f.name) for f in fields(facts)} | {"uscc": uscc, "group_uscc": _checked_group(facts)}
    row = Organisation(is_authority=is_authority, state=state, **values)
    if request_key is not None:
        row.id = request_key
    db.session.add(row)
    db.session.flush()
    audit.record("organisation.registered", actor_id=actor_id, subject_type="organisation", subject_id=row.id, uscc=uscc, name=row.name)
    return row


def change_organisation(
    organisation_id: UUID, facts: OrganisationFacts, *, seen_version: int, actor_id: UUID, now: datetime, by_authority: bool = False
) -> Organisation:
    """Change what an organisation says of itself. The credit code stays. What had been verified is verified again.

    Args:
        by_authority: an officer's import: its changes need no second look.

    Raises: Conflict: somebody changed it since the form was opened.
    """
    row = locked(Organisation, organisation_id)
    if row.version != seen_version:
        raise Conflict(N_("这份资料在您填写期间已被他人修改。您填写的内容仍在页面上，请对照最新内容后再提交。"))
    _check_place(facts)
    wanted = {f.name: getattr(facts, f.name) for f in fields(facts) if f.name != "uscc"} | {"group_uscc": _checked_group(facts)}
    changed = {name: value for name, value in wanted.items() if getattr(row, name) != value}
    for name, value in changed.items():
        setattr(row, name, value)
    row.updated_at = now  # a form opened before is stale from now on, even when only the profile beside it changed
    if changed:
        audit.record("organisation.changed", actor_id=actor_id, subject_type="organisation", subject_id=row.id, **changed)
    if row.state is OrganisationState.VERIFIED and changed.keys() & VERIFIED_FACTS and not by_authority:
        row.state, row.state_reason = OrganisationState.PENDING, Sentence("")
        _tell_officers(row)
    return row


def submit_organisation(organisation_id: UUID, *, actor_id: UUID) -> Organisation:
    """The organisation asks to be verified; its officers are told.

    Raises: RuleViolation: something that verification needs is still missing, or there is nothing to submit.
    """
    row = locked(Organisation, organisation_id)
    if row.state is OrganisationState.PENDING:
        return row
    missing = [label for name, label in NEEDED_FACTS.items() if not getattr(row, name)]
    if missing:
        raise RuleViolation(N_("提交前还要补充：%(missing)s。"), missing="、".join(missing))
    ORGANISATION.check("submitted", Side.MEMBER, row.state)
    row.state, row.state_reason = OrganisationState.PENDING, Sentence("")
    audit.record("organisation.submitted", actor_id=actor_id, subject_type="organisation", subject_id=row.id)
    _tell_officers(row)
    return row


def change_contact(organisation_id: UUID, contact: BureauContact, *, actor_id: UUID | None) -> Organisation:
    """Whom the public phones about what a bureau does: at the foot of every page of its area, and on its public notices.

    Raises: RuleViolation: it is no bureau, or a phone cannot be dialled.
    """
    row = locked(Organisation, organisation_id)
    if not row.is_authority:
        raise RuleViolation(N_("只有主管部门登记对外联系方式。"))
    names = ("contact_name", "contact_phone", "contact_hours", "oversight_phone")
    wanted = dict(zip(names, (one.strip() for one in astuple(contact)), strict=True))
    for field in ("contact_phone", "oversight_phone"):
        if len(re.findall(r"[0-9]", wanted[field])) < 5:
            raise RuleViolation(N_("请填写可以拨打的电话号码，例如 0891-6000000。"), field=field)
    changed = sorted(key for key, value in wanted.items() if getattr(row, key) != value)
    for key in changed:
        setattr(row, key, wanted[key])
    if changed:
        audit.record("organisation.contact_changed", actor_id=actor_id, subject_type="organisation", subject_id=row.id, fields=changed)
    return row


def decide_organisation(
    organisation_id: UUID, state: OrganisationState, *, reason: str, actor_id: UUID, now: datetime, shown: str | None = None
) -> Organisation:
    """An officer verifies, returns or suspends an organisation. The same decision again, from a page that shows it, changes nothing.

    Raises: Conflict: the page is older than the organisation.
        RuleViolation: a return or suspension without a reason, or a state that does not follow.
    """
    row = locked(Organisation, organisation_id)
    check_shown(row.id, shown, ORGANISATION.pasts())
    why = reason if isinstance(reason, Sentence) else Sentence(reason.strip())
    if row.state is state and row.state_reason == why:
        return row
    if state is not OrganisationState.VERIFIED:
        checked_reason(reason, N_("请写明原因和需要补正的内容。"))
    move = ORGANISATION.check(state, Side.OFFICER, row.state)
    row.state, row.state_reason = state, why
    row.verified_at = now if state is OrganisationState.VERIFIED else row.verified_at
    audit.record(move.event, actor_id=actor_id, subject_type="organisation", subject_id=row.id, reason=row.state_reason)
    notices.tell(queries.user_ids_of(row.id), move.message, row.state_reason, "/account")
    return row


def sanction(organisation_id: UUID, until: date | None, *, reason: str, actor_id: UUID, shown: str | None = None) -> Organisation:
    """Enter an organisation on the credit lists (失信) up to a last day, or take it off (None).

    Raises: Conflict: the page is older than the organisation. RuleViolation: no reason.
    """
    row = locked(Organisation, organisation_id)
    check_shown(row.id, shown, ORGANISATION.pasts())
    checked_reason(reason, N_("请写明依据，例如文书编号或名单来源。"))
    if row.sanctioned_until != until:
        row.sanctioned_until = until
        action = "organisation.sanctioned" if until else "organisation.sanction_lifted"
        audit.record(action, actor_id=actor_id, subject_type="organisation", subject_id=row.id, until=until, reason=reason.strip())
    return row


def _tell_officers(row: Organisation) -> None:
    officers = queries.user_ids_with("enterprises.verify", row.region_code, row.park_code)
    notices.tell(officers, N_("待核实：%(name)s", name=row.name), N_("单位提交了登记资料，请核实。"), ORGANISATION.address % row.id)
