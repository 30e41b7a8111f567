"""How notices are looked after: config/settings/publicity.toml."""

from dataclasses import dataclass

from marketplace.kernel.policyfiles.kinds import Whole
from marketplace.kernel.policyfiles.provenance import Setting
from marketplace.kernel.policyfiles.reading import Root, key, one
from marketplace.kernel.policyfiles.settings import settings


@dataclass(frozen=True, kw_only=True)
class NoticeSettings(Root):
    FORMAT = "publicity/1"

    objection_answer: Setting[int] = key(one(Whole("", 1, 365), main="natural_days"))


def publicity(area_code: str | None = None) -> NoticeSettings:
    """The settings of an area, those of the whole country without one."""
    return settings(NoticeSettings, area_code)
