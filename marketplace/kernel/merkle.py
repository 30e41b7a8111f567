"""Leaf hashes over one canonical encoding, the same on both engines."""

import hashlib
from collections.abc import Iterable
from datetime import UTC, date, datetime
from uuid import UUID

Plain = None | bool | int | str | bytes | UUID | datetime | date


def _encoded(value: Plain) -> bytes:
    """One value: a letter for its kind, its length, its bytes."""
    if value is None:
        kind, body = b"N", b""
    elif isinstance(value, bool):
        kind, body = b"B", b"1" if value else b"0"
    elif isinstance(value, int):
        kind, body = b"I", str(int(value)).encode()
    elif isinstance(value, str):
        kind, body = b"S", str(value).encode("utf-8", "surrogatepass")
    elif isinstance(value, bytes):
        kind, body = b"Y", value
    elif isinstance(value, UUID):
        kind, body = b"U", value.bytes
    elif isinstance(value, datetime):
        instant = value.astimezone(UTC)
        kind, body = b"T", instant.strftime("%Y-%m-%dT%H:%M:%S.%fZ").encode()
    else:
        kind, body = b"D", value.isoformat().encode()
    return kind + len(body).to_bytes(8, "big") + body


def canonical(values: Iterable[Plain]) -> bytes:
    """One encoding for one sequence of values; different sequences never share one."""
    return b"".join(_encoded(value) for value in values)


def leaf_hash(kind: str, version: int, fields: Iterable[Plain]) -> bytes:
    """The RFC 6962 leaf (0x00 prefix, sha256) of a row of a kind under a format version."""
    return hashlib.sha256(b"\x00" + canonical([kind, version, *fields])).digest()
