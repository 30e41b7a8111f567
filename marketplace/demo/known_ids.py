"""Who and what the demo's stories are about, by short names."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from uuid import UUID, uuid5

from marketplace.demo.days import Days, at

DATA = Path(__file__).parent / "data"
_NAMES = UUID("6d2d9d1e-0c59-4a7c-9f53-51a0ac1c27d4")


@dataclass(frozen=True, slots=True)
class KnownIds:
    """Ids of what was laid so far. A story looks up what an earlier one made."""

    days: Days
    organisations: dict[str, UUID] = field(default_factory=dict)
    users: dict[str, UUID] = field(default_factory=dict)  # by login
    offerings: dict[str, UUID] = field(default_factory=dict)  # by title
    programmes: dict[str, UUID] = field(default_factory=dict)  # by slug
    rounds: dict[str, UUID] = field(default_factory=dict)  # by short name

    def person_of(self, key: str) -> UUID:
        """Who acts for an organisation: the user whose login is its short name."""
        return self.users[LOGINS.get(key, key)]


# The accounts shown have logins by role; everybody else signs in by the organisation's short name.
LOGINS = {
    "xueshan_water": "sme",
    "linka_pet": "sme2",
    "jinghe_wolfberry": "sme_boz",
    "digital": "provider",
    "hub": "platform",
    "newcomer": "provider_new",
    "water_leader": "leader",
    "cement_leader": "leader2",
    "concrete_leader": "leader3",
}


def rows(name: str) -> list[dict[str, str]]:
    """The rows of a table under data/."""
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def key_of(*words: object) -> UUID:
    """A request key that is the same in every load."""
    return uuid5(_NAMES, "\x1f".join(str(word) for word in words))


@dataclass(frozen=True, slots=True)
class Deal:
    """A row of the table with what it names."""

    number: int
    row: Mapping[str, str]
    firm: str
    provider: str
    order_id: UUID

    @property
    def fate(self) -> str:
        return self.row["fate"]

    @property
    def is_fast(self) -> bool:
        return self.row["pace"] == "fast"

    def when(self, day: date, step: int) -> datetime:
        """The hour of a step: later steps of a deal fall later in the day, so several fit into one."""
        return at(day, f"{9 + step:02d}:{5 + self.number * 7 % 50:02d}")
