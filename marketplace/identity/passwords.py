"""Passwords: argon2id; a policy that is a setting (asvs: length and a list of common ones, no composition rules)."""

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from marketplace.kernel.errors import N_, RuleViolation

MIN_LENGTH = 10
COMMON = frozenset({"1234567890", "password123", "qwertyuiop", "1q2w3e4r5t", "0123456789", "aaaaaaaaaa", "1111111111", "a123456789"})

_hasher = PasswordHasher()


def hash_password(password: str) -> str:
    """An argon2id hash with its parameters."""
    return _hasher.hash(password)


@cache
def _nobody() -> str:
    """What the password of an unknown login is held against, so that it costs as long as a wrong one. Made at the first sign-in."""
    return _hasher.hash("no such user")


def matches(stored: str | None, password: str) -> bool:
    """Whether the password is right; takes as long for a login that does not exist or has no password yet."""
    try:
        _hasher.verify(stored or _nobody(), password)
        return bool(stored)
    except (VerificationError, InvalidHashError):
        return False


def check_strength(password: str, login: str) -> None:
    """Raises: RuleViolation on a password that is short, common or the login itself."""
    if len(password) < MIN_LENGTH:
        raise RuleViolation(N_("密码至少 %(length)d 个字符，可以用一句自己记得住的话。"), field="password", length=MIN_LENGTH)
    if password.lower() in COMMON or password.lower() == login.lower() or len(set(password)) < 4:
        raise RuleViolation(N_("这个密码太常见，请换一个。"), field="password")
