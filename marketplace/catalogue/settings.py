"""How providers are admitted and removed: config/settings/catalogue.toml."""

from dataclasses import dataclass

from marketplace.kernel.policyfiles.kinds import Whole
from marketplace.kernel.policyfiles.provenance import Setting
from marketplace.kernel.policyfiles.reading import Root, key, one
from marketplace.kernel.policyfiles.settings import settings

WORKING_DAYS = one(Whole("", 1, 365), main="working_days")


@dataclass(frozen=True, kw_only=True)
class AdmissionSettings(Root):
    FORMAT = "catalogue/1"

    admission_notice: Setting[int] = key(WORKING_DAYS)
    removal_notice: Setting[int] = key(WORKING_DAYS)


def admission(area_code: str | None = None) -> AdmissionSettings:
    """The settings of an area, those of the whole country without one."""
    return settings(AdmissionSettings, area_code)
