"""How much of two texts is the same, told from fingerprints that are kept: nobody reads a text twice. Pure.

A text is cut into pieces of five letters that follow one another, without spaces, digits and signs: who copies a report changes names, days
and amounts. Of a hundred scrambled orders of all pieces the fingerprint keeps the first piece of each (MinHash): as many agree between
two texts as the share of pieces that both have. Parts of a fingerprint (bands) that are wholly equal find the candidates by an index.
"""

import hashlib
import unicodedata

import numpy as np
import numpy.typing as npt

from marketplace.kernel.texts.alike import ORDERS, Fingerprint

Words = npt.NDArray[np.uint64]

PIECE = 5  # letters
_BASE = np.uint64(1_099_511_628_211)


def _orders() -> tuple[Words, Words]:
    drawn = [hashlib.sha256(b"alike:%d" % place).digest() for place in range(ORDERS)]
    odd, more = ([int.from_bytes(one[start : start + 8], "big") for one in drawn] for start in (0, 8))
    return np.array([one | 1 for one in odd], dtype=np.uint64), np.array(more, dtype=np.uint64)


_ODD, _MORE = _orders()


def fingerprint(text: str) -> Fingerprint:
    """What is kept of a text. The same text always has the same."""
    kept = "".join(one for one in unicodedata.normalize("NFKC", text).lower() if one.isalpha())
    codes = np.frombuffer(kept.encode("utf-32-le"), dtype="<u4").astype(np.uint64)
    if len(codes) < PIECE:
        return Fingerprint(len(codes), b"")
    pieces = np.zeros(len(codes) - PIECE + 1, dtype=np.uint64)
    for place in range(PIECE):
        pieces = pieces * _BASE + codes[place : len(codes) - PIECE + 1 + place]
    mixed = _mixed(np.unique(pieces))
    firsts = [int(((mixed * odd + more) >> np.uint64(32)).min()) for odd, more in zip(_ODD, _MORE, strict=True)]
    return Fingerprint(len(codes), np.array(firsts, dtype="<u4").tobytes())


def _mixed(pieces: Words) -> Words:
    """Near pieces far apart (SplitMix64)."""
    mixed = (pieces ^ (pieces >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))
