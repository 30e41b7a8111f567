"""The size classes of 工信部联企业〔2011〕300号 as printed: config/reference/size_classes.toml."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from marketplace.kernel.errors import N_
from marketplace.kernel.policyfiles.groups import Each, ListedTables
from marketplace.kernel.policyfiles.kinds import Codes, ShortText, Whole
from marketplace.kernel.policyfiles.problems import Complaint
from marketplace.kernel.policyfiles.provenance import Assumed, Decision, Setting, Source
from marketplace.kernel.policyfiles.reading import CONFIG, Root, decision, key, load, one

FEN_PER_WAN = 1_000_000  # 1 万元 = 10 000 yuan
FIGURES = {"staff": "staff", "revenue_wan": "revenue", "assets_wan": "assets"}

_INDUSTRIES = Codes("", r"[A-T]|\d{2,4}", N_("门类字母或 2 到 4 位国民经济行业代码"))
_LIMITS = Each("", Whole("", 1, 10_000_000), FIGURES)


@dataclass(frozen=True, kw_only=True)
class SizeGroup(Decision):
    """One row of the table."""

    id: str = key(ShortText("", 40))
    name: str = key(ShortText("", 40))
    codes: tuple[str, ...] = key(_INDUSTRIES)
    large: Mapping[str, int] = key(_LIMITS)
    medium: Mapping[str, int] = key(_LIMITS)
    small: Mapping[str, int] = key(_LIMITS)
    clause: str = key(ShortText("", 60, required=False))  # of a row that is assumed in part

    @staticmethod
    def inconsistency(content: Mapping[str, Any]) -> Complaint | None:
        """A row says its clause once."""
        wrong = ("clause" in content) != ("assumed" in content)
        return Complaint(N_("条款要写且只写一次。"), N_("有 source 的写在其中，写 assumed 的另写 clause。")) if wrong else None

    @cached_property
    def limits(self) -> Mapping[str, Mapping[str, int]]:
        """For large, medium, small: what must be reached, all of it, in persons or fen."""
        printed = {"large": self.large, "medium": self.medium, "small": self.small}
        return {
            size: {FIGURES[name]: number if name == "staff" else number * FEN_PER_WAN for name, number in limits.items()}
            for size, limits in printed.items()
        }

    @property
    def printed_in(self) -> str:
        """Document and clause."""
        return f"{self.provenance.document} {self.provenance.clause}" if isinstance(self.provenance, Source) else self.clause

    @property
    def assumed(self) -> str:
        """Why, when a limit was not seen in print."""
        return self.provenance.reason if isinstance(self.provenance, Assumed) else ""


@dataclass(frozen=True, kw_only=True)
class SizeTable(Root):
    FORMAT = "size_classes/1"

    codes: Decision = key(decision("", Decision))  # which industries belong to which row
    not_covered: Setting[tuple[str, ...]] = key(one(_INDUSTRIES, main="codes"))
    groups: tuple[SizeGroup, ...] = key(ListedTables(SizeGroup), name="group")


@cache
def size_table() -> SizeTable:
    """The table, read once."""
    return load(CONFIG / "reference" / "size_classes.toml", SizeTable)
