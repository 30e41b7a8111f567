"""Sign in, sign out, and who a cookie belongs to. Every sign-in is a new row and a new token."""

import hashlib
import secrets
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy.orm import joinedload

from marketplace.audit import service as audit
from marketplace.identity import passwords
from marketplace.identity.models import SignInAttempt, User, UserSession, UserState
from marketplace.kernel.db import db
from marketplace.kernel.errors import N_, RuleViolation

SESSION_HOURS = 12
WINDOW = timedelta(minutes=15)
CLOCK_LEEWAY = timedelta(minutes=2)  # between application servers
MOST_PER_LOGIN = 5
MOST_PER_ADDRESS = 50


class Throttled(RuleViolation):
    """Too many wrong passwords for now; never for ever, so an owner is not locked out."""

    default_code = "throttled"


class WrongPassword(RuleViolation):
    """The same sentence for an unknown login and a wrong password."""

    default_code = "wrong_password"


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def check_throttle(login: str, address: str, *, now: datetime) -> None:
    """Raises: Throttled after too many failures for the login or from the address."""
    since = now - WINDOW
    for column, value, most in ((SignInAttempt.login, login, MOST_PER_LOGIN), (SignInAttempt.address, address, MOST_PER_ADDRESS)):
        count = db.session.scalar(select(func.count()).select_from(SignInAttempt).where(column == value, SignInAttempt.at > since))
        if (count or 0) >= most:
            raise Throttled(N_("尝试的次数过多，请 %(minutes)d 分钟后再试。"), minutes=WINDOW.seconds // 60)


def find_user(login: str) -> User | None:
    """The user of a login, whatever its state."""
    return db.session.scalars(select(User).where(User.login == login.strip().lower())).one_or_none()


def sign_in(user_id: UUID, login: str, *, now: datetime, address: str) -> str:
    """Open a session for a user whose password was right; the token for the cookie."""
    token = secrets.token_urlsafe(32)
    db.session.execute(delete(SignInAttempt).where(SignInAttempt.login == login))
    db.session.add(UserSession(token_hash=_hash(token), user_id=user_id, created_at=now, expires_at=now + timedelta(hours=SESSION_HOURS)))
    audit.record("user.signed_in", actor_id=user_id, subject_type="user", subject_id=user_id, address=address)
    return token


def note_failure(login: str, address: str, user_id: UUID | None, *, now: datetime, action: str = "user.sign_in_failed") -> None:
    """Count a wrong password, a wrong code, or a request for one."""
    db.session.add(SignInAttempt(login=login[:60], address=address[:45], at=now))
    audit.record(action, actor_id=None, subject_type="user", subject_id=user_id, login=login[:60], address=address)


def check_password(login: str, password: str) -> User:
    """The user, if login and password fit and the user may sign in.

    Raises: WrongPassword.
    """
    user = find_user(login)
    if not passwords.matches(user.password_hash if user else None, password) or user is None or not user.is_active:
        raise WrongPassword(N_("用户名或密码不对，请核对后再试。"))
    return user


_WHOSE = (  # each page asks it, so it is put together once
    select(User, UserSession.expires_at)
    .options(joinedload(User.grants))
    .join(UserSession, UserSession.user_id == User.id)
    .where(UserSession.token_hash == bindparam("token_hash"), UserSession.ended_at.is_(None), UserSession.expires_at > bindparam("now"))
    .where(UserSession.created_at <= bindparam("leeway"))  # a clock that was set back does not lengthen a session
    .where(User.state == UserState.ACTIVE)
)


def user_of(token: str, *, now: datetime) -> tuple[User, datetime] | None:
    """Whose cookie this is and until when, while the session lives and the user may sign in."""
    asked = {"token_hash": _hash(token), "now": now, "leeway": now + CLOCK_LEEWAY}
    found = db.session.execute(_WHOSE, asked).unique().one_or_none()
    return (found[0], found[1]) if found else None


def sign_out(token: str, user_id: UUID, *, now: datetime) -> None:
    """End one session."""
    db.session.execute(update(UserSession.__table__).where(UserSession.token_hash == _hash(token)).values(ended_at=now))  # type: ignore[arg-type]
    audit.record("user.signed_out", actor_id=user_id, subject_type="user", subject_id=user_id)


def end_all(user_id: UUID, *, now: datetime, except_token: str | None = None) -> None:
    """End a user's sessions: after a change of password, roles or state."""
    statement = update(UserSession.__table__).where(UserSession.user_id == user_id, UserSession.ended_at.is_(None)).values(ended_at=now)  # type: ignore[arg-type]
    if except_token is not None:
        statement = statement.where(UserSession.token_hash != _hash(except_token))
    db.session.execute(statement)
