"""Every change of users, their roles and passwords. Called through `service`, which names them all."""

from collections.abc import Iterable
from dataclasses import asdict, replace
from datetime import datetime
from uuid import UUID

from marketplace.audit import service as audit
from marketplace.identity import passwords, queries, regions
from marketplace.identity.models import Grant, PasswordCode, User, UserFacts, UserState
from marketplace.identity.roles import AREA_ROLES, COLLEAGUE_ROLES, DUTIES, GUARDED, Role, may_hold
from marketplace.identity.service import credentials, sessions
from marketplace.identity.service.credentials import Delivery
from marketplace.kernel.commands import Command, begin
from marketplace.kernel.db import db, locked
from marketplace.kernel.errors import N_, Conflict, Denied, RuleViolation
from marketplace.kernel.locales import LOCALES
from marketplace.kernel.typed import checked_reason, fitting
from marketplace.notices import service as notices


def add_user(
    organisation_id: UUID, who: UserFacts, *, actor_id: UUID | None, password: str | None = None, password_hash: str = "",
    user_id: UUID | None = None,
) -> User:  # fmt: skip
    """A new user of an organisation, without a role.

    Args:
        password: chosen by the owner, who registers. Without it nobody signs in before the owner has set one by a code: `credentials`.
        password_hash: made from this password before: many users of a demo with one first password are hashed once.

    Raises: RuleViolation on a weak password; Conflict on a login that is taken.
    """
    login = who.login.strip().lower()
    known = sessions.find_user(login)
    if known is not None:
        raise Conflict(N_("这个用户名已有人使用，请换一个。"), field="login")
    if password is not None:
        passwords.check_strength(password, login)
        password_hash = password_hash or passwords.hash_password(password)
    facts = asdict(replace(who, login=login, name=who.name.strip()))
    user = User(organisation_id=organisation_id, password_hash=password_hash, **facts)
    if user_id is not None:
        user.id = user_id
    db.session.add(user)
    db.session.flush()
    audit.record("user.added", actor_id=actor_id, subject_type="user", subject_id=user.id, login=login, organisation=organisation_id)
    return user


def add_invited(
    organisation_id: UUID, who: UserFacts, *, actor_id: UUID, delivery: Delivery, request_key: UUID, now: datetime
) -> PasswordCode:
    """A new user whose password the owner sets by a code; how the code travels is the answer."""
    content = {"organisation": organisation_id, **asdict(who)}
    if begin(Command(request_key, "user.added", actor_id, request_key, content), now=now):
        add_user(organisation_id, who, actor_id=actor_id, user_id=request_key)
    return credentials.invite(request_key, actor_id=actor_id, delivery=delivery, now=now)


def add_colleague(
    roles: Iterable[Role], who: UserFacts, *, actor_id: UUID, delivery: Delivery, request_key: UUID, now: datetime
) -> PasswordCode:
    """A colleague with some of one's own roles as a firm or provider. Staff get theirs from a security administrator.

    Raises: Denied: a role one does not hold; Conflict: the login is taken.
    """
    organisation_id, wanted = queries.organisation_id_of(actor_id), frozenset(roles)
    assert organisation_id is not None, "who asks belongs to somebody"
    if not wanted <= queries.roles_of(actor_id) & COLLEAGUE_ROLES:
        raise Denied(N_("只能授予您自己已有的角色。"), field="roles")
    content = {"organisation": organisation_id, "roles": sorted(wanted), **asdict(who)}
    if begin(Command(request_key, "user.added", actor_id, request_key, content), now=now):
        add_user(organisation_id, who, actor_id=actor_id, user_id=request_key)
        for role in sorted(wanted):
            grant(request_key, role, actor_id=actor_id, now=now)
    return credentials.invite(request_key, actor_id=actor_id, delivery=delivery, now=now)


def grant(user_id: UUID, role: Role, *, area_code: str | None = None, actor_id: UUID | None, now: datetime) -> Grant:
    """Give a user a role, for one more area where the role is held already; the same grant again changes nothing.

    Raises: RuleViolation: an area is missing or not known, a role of another duty is held, or one's own role.
    """
    user = locked(User, user_id)
    if actor_id == user_id:
        raise Denied(N_("不能给自己授权，请由另一位安全管理员办理。"))
    if (role in AREA_ROLES) != (area_code is not None):
        message = N_("请为该角色填写管辖区域。") if role in AREA_ROLES else N_("“%(role)s”角色没有管辖区域，请把区域留空。")
        raise RuleViolation(message, field="area_code", role=role.label)
    area = regions.check_area(area_code) if area_code else None
    known = next((g for g in user.grants if g.role is role and g.area_code == area), None)
    if known is not None:
        return known
    held = {g.role for g in user.grants}
    _check_duty(held, role)
    if not held:
        user.duty = DUTIES[role]
        db.session.flush()
        if role in GUARDED and actor_id is not None and not user.organisation.is_authority:
            credentials.ask_anew(user)
    row = Grant(user_id=user_id, role=role, area_code=area, granted_by=actor_id)
    user.grants.append(row)
    db.session.flush()
    sessions.end_all(user_id, now=now)
    audit.record("role.granted", actor_id=actor_id, subject_type="user", subject_id=user_id, role=role, area=area)
    return row


def grant_to_all(organisation_id: UUID, role: Role, *, actor_id: UUID, now: datetime) -> None:
    """Give a role to the active users of an organisation who may hold it beside their own; nobody gives it to himself."""
    for user_id in queries.user_ids_of(organisation_id):
        held = {g.role for g in locked(User, user_id).grants}
        if user_id != actor_id and role not in held and may_hold(held, role):
            grant(user_id, role, actor_id=actor_id, now=now)


def _check_duty(held: Iterable[Role], role: Role) -> None:
    """Raises: RuleViolation: the person does other work already."""
    others = [one for one in held if not may_hold([one], role)]
    if others:
        raise Denied(
            N_("“%(held)s”和“%(role)s”须由不同的人担任。请授予另一位用户，或先收回“%(held)s”。"),
            field="role", held=others[0].label, role=role.label,
        )  # fmt: skip


def revoke(user_id: UUID, role: Role, *, area_code: str | None = None, actor_id: UUID, now: datetime) -> None:
    """Take a role from a user, in one area or, where none is named, altogether; the user's sessions end. What is gone changes nothing."""
    user = locked(User, user_id)
    if actor_id == user_id:
        raise Denied(N_("不能收回自己的角色，请由另一位安全管理员办理。"))
    held = [g for g in user.grants if g.role is role and area_code in {None, g.area_code}]
    if not held:
        return
    for row in held:
        user.grants.remove(row)
        db.session.delete(row)
    sessions.end_all(user_id, now=now)
    audit.record("role.revoked", actor_id=actor_id, subject_type="user", subject_id=user_id, role=role, area=area_code)


def set_user_state(user_id: UUID, state: UserState, *, reason: str, actor_id: UUID, now: datetime) -> User:
    """Stop a user or let the user in again, with a reason; sessions end, the user is told.

    Raises: RuleViolation: no reason; Denied: oneself, or what only a system administrator may do.
    """
    user = locked(User, user_id)
    if actor_id == user_id:
        raise Denied(N_("不能停用自己的账号。"))
    if user.state is state:
        return user
    _check_may_stop(user, queries.user(actor_id))
    checked_reason(reason, N_("请写明原因，本人会收到通知。"))
    user.state, user.state_reason = state, fitting(reason, 300)
    user.stopped_by = actor_id if state is UserState.SUSPENDED else None
    credentials.end_live(user_id)
    sessions.end_all(user_id, now=now)
    audit.record(f"user.{state.value}", actor_id=actor_id, subject_type="user", subject_id=user_id, reason=user.state_reason)
    title = N_("您的账号已停用") if state is UserState.SUSPENDED else N_("您的账号已恢复")
    notices.tell([user_id], title, user.state_reason, "/account")
    if user.email:
        notices.mail(user.email, user.locale, title, N_("原因：%(reason)s", reason=user.state_reason))
    return user


def _check_may_stop(user: User, actor: User) -> None:
    """Raises: Denied: a colleague stops an official, or lets in whom somebody else stopped."""
    if Role.SYSTEM_ADMIN in {g.role for g in actor.grants}:
        return
    if credentials.needs_second(user):
        raise Denied(N_("机关单位人员和管理员的账号，请由系统管理员停用或恢复。"))
    if user.stopped_by is not None and queries.organisation_id_of(user.stopped_by) != user.organisation_id:
        raise Denied(N_("这个账号是由管理员停用的，请联系系统管理员恢复。"))


def change_password(user_id: UUID, *, old: str, new: str, keep_token: str | None, now: datetime) -> None:
    """Change one's own password; other sessions end.

    Raises: RuleViolation: the old password is wrong, or the new one weak or the same.
    """
    user = locked(User, user_id)
    if not passwords.matches(user.password_hash, old):
        raise RuleViolation(N_("原密码不对。"), field="old_password")
    if new == old:
        raise RuleViolation(N_("新密码不能与原密码相同。"), field="password")
    passwords.check_strength(new, user.login)
    user.password_hash, user.must_change_password = passwords.hash_password(new), False
    sessions.end_all(user_id, now=now, except_token=keep_token)
    audit.record("user.password_changed", actor_id=user_id, subject_type="user", subject_id=user_id)


def change_account(user_id: UUID, *, name: str, phone: str, email: str, locale: str | None) -> User:
    """Change one's own name, contacts and language; a change of the e-mail address is told to the old one."""
    user = locked(User, user_id)
    if locale is not None and locale not in LOCALES:
        raise RuleViolation(N_("没有这种语言。"), field="locale")
    wanted = {"name": name.strip(), "phone": phone, "email": email, "locale": locale}
    changed = sorted(key for key, value in wanted.items() if getattr(user, key) != value)
    old_address = user.email
    for key, value in wanted.items():
        setattr(user, key, value)
    if "email" in changed:
        credentials.end_live(user_id)  # a code that went to the old address is good no longer
        if old_address:
            notices.mail(old_address, locale, N_("您在券链登记的邮箱已更换"), N_("如果不是您本人操作，请立即联系安全管理员。"))
    if changed:
        audit.record("user.changed", actor_id=user_id, subject_type="user", subject_id=user_id, fields=changed)
    return user
