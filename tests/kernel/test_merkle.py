import hashlib
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.kernel import merkle

# The tree of eight leaves that Certificate Transparency's own tests use.
LEAVES = [
    bytes.fromhex(text) for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
ALGORITHMS = st.sampled_from(sorted(merkle.HASHES))


def leaves(count, algorithm="sha256"):
    return [merkle.leaf_of(bytes([number]), algorithm) for number in range(count)]


def simple_root(hashes, algorithm):
    """RFC 6962, 2.1, word for word."""
    if not hashes:
        return merkle.digest(b"", algorithm)
    if len(hashes) == 1:
        return hashes[0]
    half = 1
    while half * 2 < len(hashes):
        half *= 2
    return merkle.node_of(simple_root(hashes[:half], algorithm), simple_root(hashes[half:], algorithm), algorithm)


def verify_inclusion(leaf: bytes, index: int, size: int, proof: list[bytes], expected: bytes, algorithm: str = "sha256") -> bool:
    """Whether `leaf` stands at `index` in the tree of `size` leaves with the root `expected` (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    at, last, found = index, size - 1, leaf
    for step in proof:
        if last == 0:
            return False
        if at & 1 or at == last:
            found = merkle.node_of(step, found, algorithm)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            found = merkle.node_of(found, step, algorithm)
        at, last = at >> 1, last >> 1
    return last == 0 and found == expected


@pytest.mark.parametrize("size", range(9))
def test_roots_are_those_of_the_standard(size):
    assert merkle.root([merkle.leaf_of(leaf) for leaf in LEAVES[:size]]).hex() == ROOTS[size]


def test_sm3_is_that_of_the_standard():
    assert merkle.digest(b"abc", "sm3").hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    assert merkle.digest(b"abcd" * 16, "sm3").hex() == "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"


def test_inclusion_path_is_that_of_the_standard():
    hashes = [merkle.leaf_of(leaf) for leaf in LEAVES]
    assert [step.hex() for step in merkle.inclusion_proof(hashes, 0)] == [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ]


@given(st.integers(0, 70), ALGORITHMS)
def test_streaming_gives_the_root_of_the_definition(count, algorithm):
    hashes = leaves(count, algorithm)
    assert merkle.root(hashes, algorithm) == simple_root(hashes, algorithm)


@given(st.data(), st.integers(1, 70), ALGORITHMS)
def test_every_leaf_is_proved_and_no_other(data, count, algorithm):
    hashes = leaves(count, algorithm)
    index = data.draw(st.integers(0, count - 1))
    top = merkle.root(hashes, algorithm)
    proof = merkle.inclusion_proof(hashes, index, algorithm)
    assert verify_inclusion(hashes[index], index, count, proof, top, algorithm)
    assert not verify_inclusion(merkle.leaf_of(b"forged", algorithm), index, count, proof, top, algorithm)
    assert not verify_inclusion(hashes[index], index, count, [*proof, top], top, algorithm)
    assert not verify_inclusion(hashes[index], count, count, proof, top, algorithm)
    other = data.draw(st.integers(0, count - 1))
    assert (other == index) == verify_inclusion(hashes[index], other, count, proof, top, algorithm)
    if proof:
        assert not verify_inclusion(hashes[index], index, count, proof[:-1], top, algorithm)


def test_proofs_outside_the_tree_are_refused():
    with pytest.raises(IndexError):
        merkle.inclusion_proof(leaves(3), 3)


PLAIN = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.text(),
    st.binary(),
    st.uuids(),
    st.dates(min_value=date(1000, 1, 1)),
    st.datetimes(min_value=datetime(1000, 1, 2), max_value=datetime(9999, 12, 30), timezones=st.just(UTC)),
)


def typed(values):
    return [(type(value), value) for value in values]


@given(st.lists(PLAIN, max_size=6), st.lists(PLAIN, max_size=6))
def test_different_rows_never_share_an_encoding(one, other):
    assert (merkle.canonical(one) == merkle.canonical(other)) == (typed(one) == typed(other))


def test_values_that_look_alike_are_told_apart():
    alike = [None, "", b"", 0, False, "0", b"0", 1, True, "1", "a", b"a", UUID(int=0), date(2026, 1, 1), "2026-01-01"]
    assert len({merkle.canonical([value]) for value in alike}) == len(alike)
    assert merkle.canonical(["ab", "c"]) != merkle.canonical(["a", "bc"])


def test_one_instant_has_one_encoding_in_every_zone():
    china = timezone(timedelta(hours=8))
    assert merkle.canonical([datetime(2026, 11, 20, 8, tzinfo=china)]) == merkle.canonical([datetime(2026, 11, 20, 0, tzinfo=UTC)])


def test_a_state_encodes_as_its_text_so_that_what_is_read_back_gives_the_same_leaf():
    class State(StrEnum):
        PLACED = "placed"

    assert merkle.canonical([State.PLACED]) == merkle.canonical(["placed"])


def test_the_encoding_never_changes():
    row = [None, True, -12, "券", b"\x00", UUID(int=1), date(2026, 11, 20), datetime(2026, 11, 20, 1, 2, 3, 4, tzinfo=UTC)]
    parts = [b"Svoucher", b"I1", b"N", b"B1", b"I-12", "S券".encode(), b"Y\x00", b"U" + UUID(int=1).bytes, b"D2026-11-20"]
    parts.append(b"T2026-11-20T01:02:03.000004Z")
    data = b"".join(part[:1] + (len(part) - 1).to_bytes(8, "big") + part[1:] for part in parts)
    assert merkle.leaf_hash("voucher", 1, row) == hashlib.sha256(b"\x00" + data).digest()


@pytest.mark.parametrize("value", [1.0, Decimal(1), object()])
def test_what_two_engines_store_differently_is_refused(value):
    with pytest.raises(TypeError):
        merkle.canonical([value])
    with pytest.raises(ValueError, match="zone"):
        merkle.canonical([datetime(2026, 1, 1)])
