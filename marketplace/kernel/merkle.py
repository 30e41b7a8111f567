"""Merkle trees of RFC 6962 (and 9162), and the one encoding of rows that they hash, the same on both engines.

A tree is a list of leaf hashes. Its root proves that a row is in it (inclusion) and that nothing before was changed or taken out
(consistency), without showing the other rows. The hash is chosen by name: sha256, or sm3 (GB/T 32905-2016).
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives import hashes

Plain = None | bool | int | str | bytes | UUID | datetime | date
Hash = Callable[[bytes], bytes]


def _sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def _sm3(data: bytes) -> bytes:
    digest = hashes.Hash(hashes.SM3())  # hashlib has sm3 only where the system's OpenSSL does
    digest.update(data)
    return digest.finalize()


HASHES: Mapping[str, Hash] = {"sha256": _sha256, "sm3": _sm3}


def digest(data: bytes, algorithm: str = "sha256") -> bytes:
    return HASHES[algorithm](data)


def _sized(kind: bytes, body: bytes) -> bytes:
    return kind + len(body).to_bytes(8, "big") + body


def _instant(value: datetime) -> bytes:
    if value.tzinfo is None:
        raise ValueError("an instant without its zone has no canonical form")
    return _sized(b"T", value.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00").encode() + b"Z")


_NONE, _NO, _YES, _UUID = _sized(b"N", b""), _sized(b"B", b"0"), _sized(b"B", b"1"), b"U" + (16).to_bytes(8, "big")

# One value of each type: a letter for its kind, its length, its bytes. The order matters where one is a kind of another.
_FORMS: dict[type, Callable[[Any], bytes]] = {
    type(None): lambda _: _NONE,
    bool: lambda value: _YES if value else _NO,
    int: lambda value: _sized(b"I", b"%d" % value),
    str: lambda value: _sized(b"S", str(value).encode("utf-8", "surrogatepass")),
    bytes: lambda value: _sized(b"Y", bytes(value)),
    UUID: lambda value: _UUID + value.bytes,
    datetime: _instant,
    date: lambda value: _sized(b"D", value.isoformat().encode()),
}


def _form_of(value: Plain) -> Callable[[Any], bytes]:
    """For a kind of a type, such as the words of an enumeration."""
    for plain, form in _FORMS.items():
        if isinstance(value, plain):
            return form
    raise TypeError(f"{type(value).__name__} has no canonical form")  # a float or Decimal: two engines may store it differently


def canonical(values: Iterable[Plain]) -> bytes:
    """One encoding for one sequence of values; different sequences never share one.

    Text is taken exactly as stored. This is format 1 of every leaf: it never changes, a new format gets a new version.

    Raises:
        TypeError: a type that two engines may store differently.
        ValueError: an instant without its zone.
    """
    return b"".join([(_FORMS.get(type(value)) or _form_of(value))(value) for value in values])


def leaf_hash(kind: str, version: int, fields: Iterable[Plain], algorithm: str = "sha256") -> bytes:
    """The leaf of a row of a kind under a format version."""
    return leaf_of(canonical([kind, version, *fields]), algorithm)


def leaf_of(data: bytes, algorithm: str = "sha256") -> bytes:
    """0x00 before a leaf and 0x01 before a node: a node can never be shown as a leaf."""
    return HASHES[algorithm](b"\x00" + data)


def node_of(left: bytes, right: bytes, algorithm: str = "sha256") -> bytes:
    return HASHES[algorithm](b"\x01" + left + right)


class RootBuilder:
    """The root of leaves that come one by one; keeps one hash per power of two, never the leaves."""

    def __init__(self, algorithm: str = "sha256") -> None:
        self._algorithm = algorithm
        self._peaks: list[bytes] = []  # roots of full subtrees, largest first; their sizes are the bits of `size`
        self.size = 0

    def add(self, leaf: bytes) -> None:
        self._peaks.append(leaf)
        size = self.size
        while size & 1:
            right = self._peaks.pop()
            self._peaks.append(node_of(self._peaks.pop(), right, self._algorithm))
            size >>= 1
        self.size += 1

    def root(self) -> bytes:
        """Of an empty tree: the hash of nothing."""
        if not self._peaks:
            return digest(b"", self._algorithm)
        found = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            found = node_of(peak, found, self._algorithm)
        return found


def root(leaves: Sequence[bytes], algorithm: str = "sha256") -> bytes:
    """The root of a list of leaf hashes."""
    builder = RootBuilder(algorithm)
    for leaf in leaves:
        builder.add(leaf)
    return builder.root()


def inclusion_proof(leaves: Sequence[bytes], index: int, algorithm: str = "sha256") -> list[bytes]:
    """The hashes that lead from leaf `index` up to the root, lowest first."""
    if not 0 <= index < len(leaves):
        raise IndexError(index)
    path: list[bytes] = []
    low, high = 0, len(leaves)
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            path.append(root(leaves[middle:high], algorithm))
            high = middle
        else:
            path.append(root(leaves[low:middle], algorithm))
            low = middle
    return path[::-1]


def _split(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << (size - 1).bit_length() - 1
