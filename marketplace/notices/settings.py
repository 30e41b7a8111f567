"""When people are reminded of a last day: config/settings/reminders.toml, for the whole country."""

from dataclasses import dataclass
from typing import ClassVar

from marketplace.kernel.policyfiles.kinds import Wholes
from marketplace.kernel.policyfiles.provenance import Setting
from marketplace.kernel.policyfiles.reading import Root, key, one
from marketplace.kernel.policyfiles.settings import settings

LONGEST = 365  # days before
MOST = 6  # reminders of one day
DAYS = Wholes("", 1, LONGEST, MOST)


@dataclass(frozen=True, kw_only=True)
class ReminderSettings(Root):
    FORMAT = "reminders/1"
    NATIONAL: ClassVar = frozenset({"ahead"})  # one sweep looks at the things of all areas

    ahead: Setting[tuple[int, ...]] = key(one(DAYS, main="days"))


def steps() -> tuple[int, ...]:
    """So many days before a last day its people are reminded, the nearest first; empty: never."""
    return tuple(sorted(settings(ReminderSettings).ahead.value))
