"""How the voucher desk works, read from config/vouchers.toml."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FILE = Path(__file__).resolve().parents[2] / "config" / "vouchers.toml"


@dataclass(frozen=True, slots=True)
class DeskSettings:
    appeal_working_days: int
    lapsing_natural_days: int
    reviewing_working_days: int


@cache
def desk() -> DeskSettings:
    """The settings, read once."""
    document = tomllib.loads(FILE.read_text("utf-8"))
    return DeskSettings(document["appeal"]["working_days"], document["lapsing"]["natural_days"], document["reviewing"]["working_days"])
