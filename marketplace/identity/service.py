"""Every change of organisations, users and grants."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select

from marketplace.audit import service as audit
from marketplace.identity import industries, passwords, regions, sessions
from marketplace.identity.models import Grant, Organisation, OrganisationState, User, UserState
from marketplace.identity.roles import AREA_ROLES, LABELS, SEPARATED, Role
from marketplace.identity.uscc import check_uscc
from marketplace.kernel.db import db, locked
from marketplace.kernel.errors import N_, Conflict, RuleViolation


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationFacts:
    """What an organisation says of itself."""

    uscc: str
    name: str
    region_code: str
    park_code: str | None = None
    industry_code: str | None = None
    address: str = ""
    legal_representative: str = ""
    contact_name: str = ""
    contact_phone: str = ""
    founded_on: date | None = None
    group_uscc: str | None = None
    bank_name: str = ""
    bank_account: str = ""


def _check_place(facts: OrganisationFacts) -> None:
    regions.check_region(facts.region_code)
    if facts.park_code and not regions.is_park(facts.park_code):
        raise RuleViolation(N_("没有这个园区，请从列表中选择。"), field="park_code")
    if facts.industry_code:
        industries.check_class(facts.industry_code)


def register_organisation(facts: OrganisationFacts, *, actor_id: UUID | None, is_authority: bool = False) -> Organisation:
    """A new organisation, still to be verified.

    Raises: RuleViolation: wrong credit code, region, park or industry; Conflict: the credit code is registered already.
    """
    uscc = check_uscc(facts.uscc)
    _check_place(facts)
    if db.session.scalar(select(Organisation.id).where(Organisation.uscc == uscc)) is not None:
        raise Conflict(N_("这个统一社会信用代码已经登记过。请本单位的管理员为您开通账号，或联系平台运营机构。"), field="uscc")
    values = {name: getattr(facts, name) for name in facts.__slots__ if name != "uscc"}
    row = Organisation(uscc=uscc, is_authority=is_authority, **values)
    db.session.add(row)
    db.session.flush()
    audit.record("organisation.registered", actor_id=actor_id, subject_type="organisation", subject_id=row.id, uscc=uscc, name=row.name)
    return row


def change_organisation(organisation_id: UUID, facts: OrganisationFacts, *, seen_version: int, actor_id: UUID) -> Organisation:
    """Change what an organisation says of itself. The credit code stays.

    Raises: Conflict: somebody changed it since the form was opened.
    """
    row = locked(Organisation, organisation_id)
    if row.version != seen_version:
        raise Conflict(N_("这份资料在您填写期间已被他人修改。您填写的内容仍在页面上，请对照最新内容后再提交。"))
    _check_place(facts)
    changed = {}
    for name in facts.__slots__:
        if name != "uscc" and getattr(row, name) != getattr(facts, name):
            changed[name] = getattr(facts, name)
            setattr(row, name, getattr(facts, name))
    if changed:
        audit.record("organisation.changed", actor_id=actor_id, subject_type="organisation", subject_id=row.id, **changed)
    return row


def decide_organisation(organisation_id: UUID, state: OrganisationState, *, reason: str, actor_id: UUID, now: datetime) -> Organisation:
    """An officer verifies, returns or suspends an organisation.

    Raises: RuleViolation: a return or suspension without a reason.
    """
    row = locked(Organisation, organisation_id)
    if state is not OrganisationState.VERIFIED and not reason.strip():
        raise RuleViolation(N_("请写明原因和需要补正的内容。"), field="reason")
    row.state, row.state_reason = state, reason.strip()
    row.verified_at = now if state is OrganisationState.VERIFIED else row.verified_at
    audit.record(f"organisation.{state.value}", actor_id=actor_id, subject_type="organisation", subject_id=row.id, reason=row.state_reason)
    return row


def add_user(
    organisation_id: UUID,
    *,
    login: str,
    name: str,
    password: str,
    actor_id: UUID | None,
    phone: str = "",
    email: str = "",
    temporary: bool = False,
) -> User:
    """A new user of an organisation.

    Raises: RuleViolation on a weak password; Conflict on a login that is taken.
    """
    login = login.strip().lower()
    passwords.check_strength(password, login)
    if sessions.find_user(login) is not None:
        raise Conflict(N_("这个用户名已有人使用，请换一个。"), field="login")
    user = User(
        login=login, name=name.strip(), organisation_id=organisation_id, phone=phone, email=email,
        password_hash=passwords.hash_password(password), must_change_password=temporary,
    )  # fmt: skip
    db.session.add(user)
    db.session.flush()
    audit.record("user.added", actor_id=actor_id, subject_type="user", subject_id=user.id, login=login, organisation=organisation_id)
    return user


def grant(user_id: UUID, role: Role, *, area_code: str | None = None, actor_id: UUID | None, now: datetime) -> Grant:
    """Give a user a role.

    Raises: RuleViolation: an area is missing or not known, a second of the three separated administrators, or one's own role.
    """
    user = locked(User, user_id)
    if actor_id == user_id:
        raise RuleViolation(N_("不能给自己授权，请由另一位安全管理员办理。"))
    held = {g.role for g in user.grants}
    if role in held:
        raise RuleViolation(N_("该用户已有“%(role)s”角色。"), field="role", role=LABELS[role])
    if role in SEPARATED and held & SEPARATED:
        raise RuleViolation(N_("系统、安全、审计三类管理员须由不同的人担任。"), field="role")
    if (role in AREA_ROLES) != (area_code is not None):
        raise RuleViolation(N_("请为该角色选择管辖区域。"), field="area_code")
    area = regions.check_area(area_code) if area_code else None
    row = Grant(user_id=user_id, role=role, area_code=area, separation="admin" if role in SEPARATED else None, granted_by=actor_id)
    user.grants.append(row)
    db.session.flush()
    sessions.end_all(user_id, now=now)
    audit.record("role.granted", actor_id=actor_id, subject_type="user", subject_id=user_id, role=role, area=area)
    return row


def revoke(user_id: UUID, role: Role, *, actor_id: UUID, now: datetime) -> None:
    """Take a role from a user; the user's sessions end."""
    user = locked(User, user_id)
    if actor_id == user_id:
        raise RuleViolation(N_("不能收回自己的角色，请由另一位安全管理员办理。"))
    for row in [g for g in user.grants if g.role == role]:
        db.session.delete(row)
    sessions.end_all(user_id, now=now)
    audit.record("role.revoked", actor_id=actor_id, subject_type="user", subject_id=user_id, role=role)


def set_user_state(user_id: UUID, state: UserState, *, actor_id: UUID, now: datetime) -> User:
    """Suspend a user or let the user in again; sessions end."""
    user = locked(User, user_id)
    if actor_id == user_id:
        raise RuleViolation(N_("不能停用自己的账号。"))
    user.state = state
    sessions.end_all(user_id, now=now)
    audit.record(f"user.{state.value}", actor_id=actor_id, subject_type="user", subject_id=user_id)
    return user


def change_password(user_id: UUID, *, old: str, new: str, keep_token: str | None, now: datetime) -> None:
    """Change one's own password; other sessions end.

    Raises: RuleViolation: the old password is wrong or the new one weak.
    """
    user = locked(User, user_id)
    if not passwords.matches(user.password_hash, old):
        raise RuleViolation(N_("原密码不对。"), field="old_password")
    passwords.check_strength(new, user.login)
    user.password_hash, user.must_change_password = passwords.hash_password(new), False
    sessions.end_all(user_id, now=now, except_token=keep_token)
    audit.record("user.password_changed", actor_id=user_id, subject_type="user", subject_id=user_id)
