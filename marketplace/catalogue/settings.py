"""What config/catalogue.toml says of admission and removal, each number with what it stands on."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).resolve().parents[2] / "config" / "catalogue.toml"


@dataclass(frozen=True, slots=True)
class Term:
    """A number of working days, and why it is that number."""

    working_days: int
    basis: str  # document and clause, or the reason why it was assumed
    is_assumed: bool


@dataclass(frozen=True, slots=True)
class Settings:
    admission_notice: Term
    removal_notice: Term


@cache
def settings(path: Path = FILE) -> Settings:
    """The settings, read once.

    Raises: ValueError: a number stands on nothing; a fault of ours, found by a test.
    """
    document = tomllib.loads(path.read_text("utf-8"))
    return Settings(_term(document["admission_notice"]), _term(document["removal_notice"]))


def _term(table: dict[str, Any]) -> Term:
    days = table["working_days"]
    if not isinstance(days, int) or days < 1:
        raise ValueError("working_days is a whole number from 1")
    if "source" in table:
        return Term(days, f"{table['source']['document']} {table['source']['clause']}", is_assumed=False)
    if not table.get("assumed", {}).get("reason"):
        raise ValueError("a number names its source or says why it is assumed")
    return Term(days, str(table["assumed"]["reason"]), is_assumed=True)
