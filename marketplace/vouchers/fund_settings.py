"""How long money may be used and what it may not pay for: config/settings/funds.toml."""

from dataclasses import dataclass

from marketplace.kernel.errors import N_
from marketplace.kernel.policyfiles.groups import NamedTables
from marketplace.kernel.policyfiles.kinds import Choices, Codes, ShortText, Whole, texts
from marketplace.kernel.policyfiles.provenance import Decision, Setting
from marketplace.kernel.policyfiles.reading import Root, decision, key, one
from marketplace.kernel.policyfiles.settings import settings
from marketplace.policy.programme_words import AppropriationSource


@dataclass(frozen=True, kw_only=True)
class BarredUse(Decision):
    """An entry of the negative list (负面清单)."""

    label: str = key(ShortText(N_("名称"), 40))
    words: tuple[str, ...] = key(texts(N_("服务名称中的词语"), required=False))
    categories: tuple[str, ...] = key(Codes(N_("服务类别"), r"[a-z][a-z0-9_]{0,39}", N_("服务类别的代码"), required=False))
    sources: tuple[AppropriationSource, ...] = key(Choices(N_("资金来源"), AppropriationSource, required=False))

    def meets(self, category: str, name: str) -> bool:
        """Whether something of a category and a name is of this kind."""
        return category in self.categories or any(word in name for word in self.words)

    def holds_for(self, source: str) -> bool:
        """Whether money of a source may not pay for it."""
        return not self.sources or source in self.sources


@dataclass(frozen=True, kw_only=True)
class FundSettings(Root):
    FORMAT = "funds/1"

    carry_over: Setting[int] = key(one(Whole("", 1, 12), main="until_month"))
    negative_list: tuple[BarredUse, ...] = key(NamedTables(decision(N_("负面清单"), BarredUse, main="label", required=False)))


def fund_rules(area_code: str | None = None) -> FundSettings:
    """The settings of an area, those of the whole country without one."""
    return settings(FundSettings, area_code)
