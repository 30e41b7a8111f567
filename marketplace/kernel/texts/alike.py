"""How much of two texts is the same, told from the fingerprints that are kept of them. Pure; `fingerprints` takes them."""

import hashlib
from dataclasses import dataclass

ORDERS = 100
BANDS = 20  # of five: texts of which eight tenths agree share one with 999 of 1 000, of which half do with 47 of 100
WHOLE_BP = 10_000
_ROWS = ORDERS // BANDS


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """Of a text: how many letters were read, and the first piece in each order."""

    letters: int
    firsts: bytes  # little-endian, four bytes each; empty: too short for a piece


def bands(firsts: bytes) -> list[int]:
    """Under what a fingerprint is found: two that share one may be alike. Signed, for a column of eight bytes."""
    size = _ROWS * 4
    cut = [hashlib.blake2b(firsts[start : start + size], digest_size=8, salt=b"%d" % start) for start in range(0, len(firsts), size)]
    return [int.from_bytes(one.digest(), "big", signed=True) for one in cut]


def share_bp(one: bytes, other: bytes) -> int:
    """How much of two texts is the same, in basis points of all pieces of either."""
    if not one or len(one) != len(other):
        return 0
    pairs = zip(memoryview(one).cast("I"), memoryview(other).cast("I"), strict=True)
    return sum(first == second for first, second in pairs) * WHOLE_BP // ORDERS
