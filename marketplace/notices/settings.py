"""When people are reminded of a last day, read from config/reminders.toml."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).resolve().parents[2] / "config" / "reminders.toml"
LONGEST = 365  # days before
MOST = 6  # reminders of one day


@cache
def steps() -> tuple[int, ...]:
    """So many days before a last day its people are reminded, the nearest first; empty: never. Read once."""
    return checked(tomllib.loads(FILE.read_text("utf-8"))["ahead"]["days"])


def checked(days: Any) -> tuple[int, ...]:
    """Raises: ValueError: not a short list of whole days, each once."""
    if not isinstance(days, list) or not all(type(one) is int and 1 <= one <= LONGEST for one in days):
        raise ValueError(f"{FILE.name}: ahead.days is a list of whole days from 1 to {LONGEST}; an empty list reminds nobody")
    if len(days) > MOST or len(set(days)) < len(days):
        raise ValueError(f"{FILE.name}: ahead.days names at most {MOST} days, each once")
    return tuple(sorted(days))
