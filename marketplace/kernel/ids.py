"""Keys made by us: UUIDv7 for rows, random numbers with a check character for people."""

import os
import secrets
from datetime import datetime
from uuid import UUID

from marketplace.kernel import clock

_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # no 0 O 1 I L: read aloud and typed without error; 31 is prime


def uuid7() -> UUID:
    """A time-ordered UUID (RFC 9562, version 7)."""
    milliseconds = int(clock.now().timestamp() * 1000) & (2**48 - 1)
    drawn = int.from_bytes(os.urandom(10))
    return UUID(int=milliseconds << 80 | 0x7 << 76 | (drawn >> 68) << 64 | 0x2 << 62 | drawn & (2**62 - 1))


def first_at(instant: datetime) -> UUID:
    """What no key made at an instant, or later, lies below."""
    return UUID(int=int(instant.timestamp() * 1000) << 80)


def check_character(body: str) -> str:
    """Weighted sum modulo 31: finds every wrong character and every swap of two."""
    total = sum((place + 2) * _ALPHABET.index(character) for place, character in enumerate(body))
    return _ALPHABET[total % len(_ALPHABET)]


def printed_number(prefix: str) -> str:
    """A number to print and read aloud, e.g. DD-7K3M9Q2P-X. Random: a counter row would be a hot row."""
    body = "".join(secrets.choice(_ALPHABET) for _ in range(8))
    return f"{prefix}-{body}-{check_character(body)}"


def is_printed_number(text: str) -> bool:
    """Whether the check character fits; says nothing about the row."""
    parts = text.strip().upper().split("-")
    return len(parts) == 3 and set(parts[1]) <= set(_ALPHABET) and bool(parts[1]) and check_character(parts[1]) == parts[2]
