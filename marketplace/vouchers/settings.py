"""How the voucher desk works: config/settings/vouchers.toml."""

from dataclasses import dataclass
from typing import ClassVar

from marketplace.kernel.policyfiles.kinds import Whole
from marketplace.kernel.policyfiles.provenance import Setting
from marketplace.kernel.policyfiles.reading import Root, key, one
from marketplace.kernel.policyfiles.settings import settings

WORKING_DAYS = one(Whole("", 1, 365), main="working_days")


@dataclass(frozen=True, kw_only=True)
class DeskSettings(Root):
    FORMAT = "vouchers/1"
    NATIONAL: ClassVar = frozenset({"lapsing"})  # a wallet holds vouchers of several areas

    appeal: Setting[int] = key(WORKING_DAYS)
    lapsing: Setting[int] = key(one(Whole("", 1, 365), main="natural_days"))
    reviewing: Setting[int] = key(WORKING_DAYS)


def desk(area_code: str | None = None) -> DeskSettings:
    """The settings of an area, those of the whole country without one."""
    return settings(DeskSettings, area_code)
