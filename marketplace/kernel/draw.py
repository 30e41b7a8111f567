"""A draw that nobody can steer and everybody can repeat. Pure.

A secret seed is made before anything is drawn, and its SHA-256 is published: the commitment. Whether a name is drawn follows from seed
and name alone. When nothing more is drawn the seed is shown; it must fit the commitment, and whoever has it recomputes every draw.
"""

import hashlib
import hmac
import secrets
from collections.abc import Iterable, Mapping

SEED_BYTES = 32
WHOLE_BP = 10_000
_RANGE = 1 << 256  # of an HMAC-SHA256 read as a number


def new_seed() -> str:
    """A secret seed, as 64 hex digits."""
    return secrets.token_hex(SEED_BYTES)


def commitment(seed: str) -> str:
    """What is published of a seed beforehand: the SHA-256 of its 32 bytes, in hex."""
    return hashlib.sha256(bytes.fromhex(seed)).hexdigest()


def fits(seed: str, published: str) -> bool:
    """Whether a seed is the one that was committed to."""
    return hmac.compare_digest(commitment(seed), published)


def ticket(seed: str, name: str) -> int:
    """The number that a name draws: HMAC-SHA256 over its UTF-8 bytes with the seed as key, read as a big-endian number."""
    return int.from_bytes(hmac.digest(bytes.fromhex(seed), name.encode(), "sha256"))


def is_drawn(seed: str, name: str, rate_bp: int) -> bool:
    """Whether a name falls among the share that is drawn: ticket / 2^256 < rate."""
    return ticket(seed, name) * WHOLE_BP < rate_bp * _RANGE


def in_order(seed: str, names: Iterable[str]) -> list[str]:
    """Names in the order in which they are drawn: by their tickets, the smallest first."""
    return sorted(names, key=lambda name: (ticket(seed, name), name))


def weighted_ticket(seed: str, name: str, weight: int) -> int:
    """The smallest of as many tickets as a name weighs: of two names, one that weighs twice as much comes first twice as often."""
    return min(ticket(seed, f"{name}#{place}") for place in range(1, weight + 1))


def weighted_in_order(seed: str, weights: Mapping[str, int]) -> list[str]:
    """Names in the order in which they are drawn by their weights, in whole numbers, so that everybody finds the same."""
    return sorted(weights, key=lambda name: (weighted_ticket(seed, name, weights[name]), name))


def digest(names: Iterable[str]) -> str:
    """What a list of names is known by: the SHA-256 of the names, sorted, each on a line of its own."""
    return hashlib.sha256("".join(f"{name}\n" for name in sorted(names)).encode()).hexdigest()


def recipe(seed: str, published: str) -> str:
    """How anybody repeats a draw of lots, as a few lines of Python that need nothing else; `lots` is the list as it was published."""
    return f"""import hashlib, hmac
seed = bytes.fromhex("{seed}")
assert hashlib.sha256(seed).hexdigest() == "{published}"
def ticket(lot):
    return int.from_bytes(hmac.digest(seed, lot.encode(), "sha256"), "big")
order = sorted(lots, key=lambda lot: (ticket(lot), lot))"""
