"""How a password comes to its owner: by a one-time code, sent to the own address or printed on a slip. Nobody else chooses or sees one.

For who decides on money, security or audit, a second administrator confirms before a code exists.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from marketplace.audit import service as audit
from marketplace.identity import codes, passwords, queries
from marketplace.identity.models import Channel, CodeState, PasswordCode, Purpose, User
from marketplace.identity.roles import GUARDED
from marketplace.identity.service import sessions
from marketplace.kernel import outbox
from marketplace.kernel.db import db, locked
from marketplace.kernel.errors import N_, Conflict, Denied, RuleViolation
from marketplace.kernel.typed import checked_reason, fitting
from marketplace.notices import service as notices

MOST_ISSUES = 5  # of one row: whoever asks for more without using any begins anew
FILLER = "password_code"


@dataclass(frozen=True, slots=True)
class Delivery:
    """How codes travel: the page where they are typed, how long they live, whether e-mail leaves the house."""

    page: str
    hours: int
    mails: bool


class WrongCode(RuleViolation):
    """The same sentence for an unknown login, a wrong code, a used one and one that is over."""

    default_code = "wrong_code"


def needs_second(user: User) -> bool:
    """Whether a second administrator confirms: for money, security, audit, and for all of an authority, who may get such a role."""
    return bool({g.role for g in user.grants} & GUARDED) or user.organisation.is_authority


def invite(user_id: UUID, *, actor_id: UUID, delivery: Delivery, now: datetime) -> PasswordCode:
    """A new user gets a way to set the first password. A second call answers the same."""
    user = locked(User, user_id)
    known = live_of(user_id)
    if known is not None and known.purpose is Purpose.INVITED:
        return known
    return _begin(user, Purpose.INVITED, N_("新开账号"), actor_id=actor_id, delivery=delivery, now=now)


def ask(user_id: UUID, *, reason: str, actor_id: UUID, delivery: Delivery, now: datetime, on_paper: bool = False) -> PasswordCode:
    """An administrator asks for a new way in for somebody who came in person. The same asked again is answered.

    Raises: Denied: for oneself; RuleViolation: no reason.
    """
    user = locked(User, user_id)
    if actor_id == user_id:
        raise Denied(N_("自己的密码请在“修改密码”里更改；忘记密码的，请在登录页办理。"))
    checked_reason(reason, N_("请写明原因和核实本人身份的方式。"))
    known = live_of(user_id)
    if known is not None and (known.requested_by, known.reason) == (actor_id, fitting(reason, 300)):
        return known
    delivery = replace(delivery, mails=delivery.mails and not on_paper)
    return _begin(user, Purpose.ASKED, fitting(reason, 300), actor_id=actor_id, delivery=delivery, now=now)


def forgotten(login: str, *, bucket: str, delivery: Delivery, now: datetime, address: str) -> None:
    """The owner asks on the sign-in page. Whoever asks is answered the same; what is sent goes to the owner's own address only.

    Args:
        bucket: under which such requests are counted, so that nobody's mailbox is flooded.
    """
    user = sessions.find_user(login)
    sessions.note_failure(bucket, address, user.id if user else None, now=now, action="user.password_forgotten")
    if user is None or not user.is_active or not user.email or not delivery.mails:
        return
    user = locked(User, user.id)
    known = live_of(user.id)
    if known is None:
        _begin(user, Purpose.FORGOTTEN, N_("本人忘记密码"), actor_id=None, delivery=delivery, now=now)
    elif known.state is CodeState.ISSUED and known.channel is Channel.MAIL and known.times_issued < MOST_ISSUES:
        _mail(known, user, delivery, now)


def first_code(user_id: UUID, *, hours: int, now: datetime) -> str:
    """The code of the first administrator, shown where the command was typed: there is nobody yet who could confirm."""
    row = PasswordCode(
        purpose=Purpose.INVITED, channel=Channel.SLIP, reason=N_("首位管理员由命令行开通"), needs_second=False, created_at=now
    )
    _store(row, locked(User, user_id))
    return _issue(row, hours=hours, actor_id=None, now=now)


def confirm(code_id: UUID, *, actor_id: UUID, delivery: Delivery, now: datetime) -> PasswordCode:
    """A second administrator lets a code come into being.

    Raises: Denied: the person who asked, or the owner; Conflict: it does not wait any more.
    """
    row = locked(PasswordCode, code_id)
    _check_second(row, actor_id)
    user = locked(User, row.user_id)
    row.confirmed_by, row.decided_at = actor_id, now
    audit.record(
        "user.password_confirmed", actor_id=actor_id, subject_type="user", subject_id=user.id, asked_by=row.requested_by, code=row.id
    )
    _let(row, user, delivery, now)
    _tell_asker(row, N_("密码申请已确认"), actor_id)
    return row


def refuse(code_id: UUID, *, answer: str, actor_id: UUID, now: datetime) -> PasswordCode:
    """A second administrator says no, or an administrator stops a code that nobody asked for.

    Raises: RuleViolation: no reason; Denied: the owner himself; Conflict: it was used, or is over.
    """
    row = locked(PasswordCode, code_id)
    if row.live_user_id is None:
        raise Conflict(N_("这项申请已经办结，请刷新页面查看结果。"))
    checked_reason(answer, N_("请写明不予确认的原因。"), field="answer")
    row.state, row.live_user_id, row.answer, row.decided_at = CodeState.REFUSED, None, fitting(answer, 300, field="answer"), now
    audit.record(
        "user.password_refused", actor_id=actor_id, subject_type="user", subject_id=row.user_id, asked_by=row.requested_by,
        reason=row.answer, code=row.id,
    )  # fmt: skip
    _tell_asker(row, N_("密码申请未获确认"), actor_id)
    notices.tell([row.user_id], N_("为您提出的密码申请未获确认"), row.answer, "/account")
    return row


def print_slip(code_id: UUID, *, actor_id: UUID, hours: int, now: datetime) -> tuple[PasswordCode, str]:
    """Make the code of a slip, or a new one in place of a slip that was lost; only the newest is good.

    Raises: Denied: one's own; Conflict: there is nothing to print.
    """
    row = locked(PasswordCode, code_id)
    if row.user_id == actor_id:
        raise Denied(N_("自己的密码设置单请由另一位管理员打印。"))
    if row.channel is not Channel.SLIP or row.state not in {CodeState.READY, CodeState.ISSUED}:
        raise Conflict(N_("这项申请现在不能打印密码设置单，请刷新页面查看进展。"))
    code = _issue(row, hours=hours, actor_id=actor_id, now=now)
    row.printed_by = actor_id
    notices.tell([row.user_id], N_("您的密码设置单已打印"), N_("如果不是您本人提出，请立即联系安全管理员。"), "/account")
    return row, code


def set_by_code(login: str, typed: str, *, new: str, now: datetime, address: str) -> User:
    """The owner sets a password with the code: good for this login, once, in its day. Sessions end, the owner is told.

    Raises: WrongCode; RuleViolation on a weak password.
    """
    known = sessions.find_user(login)
    user = locked(User, known.id) if known is not None else None
    row = live_of(user.id) if user is not None else None
    good = codes.fits(row.code_hash if row else None, typed)
    if not good or row is None or user is None or not _is_open(row, user, now):
        raise WrongCode(N_("用户名或设置码不对，或设置码已用过、已过期。请核对后再试，或重新申请。"))
    passwords.check_strength(new, user.login)
    user.password_hash, user.must_change_password = passwords.hash_password(new), False
    row.state, row.live_user_id, row.used_at = CodeState.USED, None, now
    sessions.end_all(user.id, now=now)
    audit.record(
        "user.password_set", actor_id=user.id, subject_type="user", subject_id=user.id, purpose=row.purpose, channel=row.channel,
        asked_by=row.requested_by, confirmed_by=row.confirmed_by, printed_by=row.printed_by, reason=row.reason, address=address,
    )  # fmt: skip
    _tell_used(row, user)
    return user


def ask_anew(user: User) -> None:
    """Before a guarded role is given: a code nobody confirmed, and a password set with one, are good no longer; whoever made it saw it."""
    end_live(user.id)
    used = select(PasswordCode).where(PasswordCode.user_id == user.id, PasswordCode.state == CodeState.USED)
    newest = db.session.scalars(used.order_by(PasswordCode.used_at.desc()).limit(1)).one_or_none()
    if newest is None or newest.confirmed_by is not None or newest.channel is not Channel.SLIP or newest.requested_by is None:
        return
    user.password_hash = ""
    audit.record("user.password_voided", actor_id=None, subject_type="user", subject_id=user.id, code=newest.id)
    notices.tell([user.id], N_("请重新设置密码"), N_("您得到了办理资金、安全或审计事项的角色，原密码不再有效。"), "/account")
    printers = set(queries.user_ids_with("users.manage")) - {user.id}
    notices.tell(
        printers,
        N_("%(name)s 须重新设置密码", name=user.name),
        N_("请为其申请，并由另一位管理员确认。"),
        f"/users/{user.id}/password",
    )


def live_of(user_id: UUID) -> PasswordCode | None:
    """What is under way for a user, read anew: the caller holds the user's lock."""
    wanted = select(PasswordCode).where(PasswordCode.live_user_id == user_id).execution_options(populate_existing=True)
    return db.session.scalars(wanted).one_or_none()


def end_live(user_id: UUID) -> None:
    """Whatever code is under way for a user is good no longer."""
    row = live_of(user_id)
    if row is not None:
        row.state, row.live_user_id = CodeState.ENDED, None
        db.session.flush()


def _is_open(row: PasswordCode, user: User, now: datetime) -> bool:
    return row.state is CodeState.ISSUED and row.expires_at is not None and row.expires_at > now and user.is_active


def _check_second(row: PasswordCode, actor_id: UUID) -> None:
    if actor_id == row.user_id:
        raise Denied(N_("不能确认自己的密码申请，请由另一位管理员办理。"))
    if actor_id == row.requested_by:
        raise Denied(N_("提出申请的人不能自己确认，请由另一位管理员办理。"))
    if row.state is not CodeState.WAITING:
        raise Conflict(N_("这项申请已经办结，请刷新页面查看结果。"))


def _begin(user: User, purpose: Purpose, reason: str, *, actor_id: UUID | None, delivery: Delivery, now: datetime) -> PasswordCode:
    channel = Channel.MAIL if user.email and delivery.mails else Channel.SLIP
    row = PasswordCode(
        purpose=purpose, channel=channel, reason=reason, requested_by=actor_id, needs_second=needs_second(user), created_at=now
    )
    _store(row, user)
    if row.needs_second:
        people = {one for one in queries.user_ids_with("passwords.confirm") if one not in {user.id, actor_id}}
        notices.tell(people, N_("密码申请待确认：%(name)s", name=user.name), reason, f"/password-requests/{row.id}")
    else:
        _let(row, user, delivery, now)
    if actor_id is not None:
        notices.tell([user.id], N_("管理员为您申请了重新设置密码"), N_("如果不是您本人提出，请立即联系安全管理员。"), "/account")
    return row


def _store(row: PasswordCode, user: User) -> None:
    end_live(user.id)
    row.user_id = row.live_user_id = user.id
    row.state = CodeState.WAITING if row.needs_second else CodeState.READY
    db.session.add(row)
    db.session.flush()
    audit.record(
        "user.password_asked", actor_id=row.requested_by, subject_type="user", subject_id=user.id, purpose=row.purpose, channel=row.channel,
        reason=row.reason, second=row.needs_second, code=row.id,
    )  # fmt: skip


def _let(row: PasswordCode, user: User, delivery: Delivery, now: datetime) -> None:
    """Nothing stands in the way any more: mail the code, or let a slip be printed."""
    if row.channel is Channel.MAIL:
        _mail(row, user, delivery, now)
        return
    row.state = CodeState.READY
    printers = set(queries.user_ids_with("users.manage")) - {user.id}
    title = N_("密码设置单待打印：%(name)s", name=user.name)
    notices.tell(printers, title, N_("请打印后密封，当面交给本人。"), f"/password-requests/{row.id}")


def _mail(row: PasswordCode, user: User, delivery: Delivery, now: datetime) -> None:
    _issue(row, hours=delivery.hours, actor_id=None, now=now)
    body = N_(
        "请打开 %(page)s ，输入您的用户名和下面的设置码，设置自己的密码。\n\n设置码：%(code)s\n\n"
        "设置码 %(hours)d 小时内有效，只能用一次。如果不是您本人提出，请不要理会，并联系安全管理员。",
        page=delivery.page,
        code=outbox.blank(FILLER, row.id),
        hours=delivery.hours,
    )
    notices.mail(user.email, user.locale, N_("设置您在券链的密码"), body)


def _issue(row: PasswordCode, *, hours: int, actor_id: UUID | None, now: datetime) -> str:
    row.times_issued += 1
    code = codes.code_of(row.id, row.times_issued)
    row.code_hash, row.state, row.expires_at = codes.digest(code), CodeState.ISSUED, now + timedelta(hours=hours)
    db.session.flush()
    audit.record(
        "user.password_code_issued", actor_id=actor_id, subject_type="user", subject_id=row.user_id, channel=row.channel, code=row.id,
        until=row.expires_at,
    )  # fmt: skip
    return code


def fill(code_id: UUID, recipient: str) -> str:
    """The code for a mail that is being sent; nothing where the address is not the owner's, or the code is over."""
    row = db.session.get(PasswordCode, code_id)
    if row is None or row.state is not CodeState.ISSUED or queries.user(row.user_id).email != recipient:
        return "—"
    return codes.code_of(row.id, row.times_issued)


def _tell_asker(row: PasswordCode, title: str, actor_id: UUID) -> None:
    if row.requested_by is not None and row.requested_by != actor_id:
        notices.tell([row.requested_by], title, row.answer, f"/password-requests/{row.id}")


def _tell_used(row: PasswordCode, user: User) -> None:
    advice = N_("如果不是您本人操作，请立即联系安全管理员。")
    notices.tell([user.id], N_("您的密码已用设置码重新设置"), advice, "/account")
    if user.email:
        notices.mail(user.email, user.locale, N_("您在券链的密码已重新设置"), advice)
    others = {one for one in (row.requested_by, row.confirmed_by) if one is not None}
    notices.tell(others, N_("%(name)s 已用设置码设置密码", name=user.name), "", f"/password-requests/{row.id}")


outbox.FILLERS[FILLER] = fill
