"""Every instrument and every payee that a file may name is played by a journey."""

import re
from pathlib import Path

import pytest

from marketplace.policy.programme_file import PROGRAMMES
from marketplace.policy.programme_words import Instrument, Payee

TESTS = Path(__file__).parents[1]
JOURNEYS = sorted({*TESTS.glob("journeys/test_*.py"), *TESTS.glob("*/test_*journey*.py")} - {Path(__file__)})
PLAYED = "".join(path.read_text("utf-8") for path in [*JOURNEYS, TESTS / "subsidies" / "awards.py"])


def words_of(table: str) -> set[str]:
    """What the programmes of the journeys say at a key, and what a journey writes there itself."""
    said = re.compile(rf'\[{re.escape(table)}\]\nvalue = "(\w+)"')
    files = [path.read_text("utf-8") for path in PROGRAMMES.glob("*.toml") if path.stem in PLAYED]
    return {word for text in files for word in said.findall(text)}


@pytest.mark.parametrize(("table", "words"), [("instrument", set(Instrument)), ("settlement.payee", set(Payee))])
def test_every_word_has_its_journey(table, words):
    found = words_of(table)
    missing = {one.value for one in words} - found
    assert {one for one in missing if f'"{one}"' not in PLAYED} == set()
