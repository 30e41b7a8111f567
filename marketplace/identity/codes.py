"""One-time codes with which an owner sets a password. No table holds one: a code follows from a row's id and the key of the application.

What is stored is the SHA-256 of a code of 59 random-looking bits, one use, one day. A mail is written without the code too: its place
is filled when the mail is sent, and only towards the owner's own address.
"""

import hashlib
import hmac
from uuid import UUID

from flask import current_app

_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # no 0 O 1 I L: read off paper without error
_LENGTH = 12
NOBODYS = hashlib.sha256(b"no such code").hexdigest()  # what a typed code is compared with where there is none


def code_of(row_id: UUID, issue: int) -> str:
    """The code of a row's nth issue, e.g. 7K3M-9Q2P-XWEH."""
    key = str(current_app.config["SECRET_KEY"]).encode()
    number = int.from_bytes(hmac.digest(key, f"password-code:{row_id}:{issue}".encode(), "sha256"))
    drawn = []
    for _ in range(_LENGTH):
        number, place = divmod(number, len(_ALPHABET))
        drawn.append(_ALPHABET[place])
    return "-".join("".join(drawn[at : at + 4]) for at in range(0, _LENGTH, 4))


def digest(typed: str) -> str:
    """What is stored of a code, and what a typed one is compared by: spaces, dashes and case do not matter."""
    return hashlib.sha256("".join(c for c in typed.upper() if c.isalnum()).encode()).hexdigest()


def fits(stored: str | None, typed: str) -> bool:
    """Whether a typed code is the stored one; takes as long where none is stored."""
    return hmac.compare_digest(stored or NOBODYS, digest(typed)) and stored is not None
