"""A committed draw: nobody steers it, everybody repeats it."""

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.kernel import draw

SEED = "00" * 31 + "01"


def test_a_commitment_is_the_sha256_of_the_seeds_bytes():
    assert draw.commitment(SEED) == hashlib.sha256(b"\0" * 31 + b"\1").hexdigest()
    assert draw.fits(SEED, draw.commitment(SEED)) and not draw.fits("11" * 32, draw.commitment(SEED))


def test_seeds_are_of_full_length_and_never_the_same():
    seeds = {draw.new_seed() for _ in range(20)}
    assert len(seeds) == 20 and {len(bytes.fromhex(one)) for one in seeds} == {draw.SEED_BYTES}


@given(st.text(max_size=30))
def test_a_ticket_is_a_plain_hmac_sha256(name):
    assert draw.ticket(SEED, name) == int(hmac.new(bytes.fromhex(SEED), name.encode(), "sha256").hexdigest(), 16)


@given(st.text(max_size=30), st.integers(0, 10_000), st.integers(0, 10_000))
def test_a_higher_rate_draws_no_fewer(name, one, other):
    low, high = sorted((one, other))
    assert draw.is_drawn(SEED, name, high) or not draw.is_drawn(SEED, name, low)
    assert not draw.is_drawn(SEED, name, 0) and draw.is_drawn(SEED, name, 10_000)


@pytest.mark.parametrize("rate_bp", [500, 2_000, 5_000])
def test_about_the_share_that_is_asked_for_is_drawn(rate_bp):
    drawn = sum(draw.is_drawn(SEED, f"DF-{number}", rate_bp) for number in range(4_000))
    assert abs(drawn / 4_000 - rate_bp / 10_000) < 0.03
