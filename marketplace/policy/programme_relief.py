"""For how many months a relief (减免、贴息) is given: counted over the contracts and rounds of a firm."""

from collections.abc import Sequence
from dataclasses import dataclass

from marketplace.kernel.errors import N_
from marketplace.kernel.policyfiles.kinds import Whole
from marketplace.kernel.policyfiles.provenance import Decision
from marketplace.kernel.policyfiles.reading import key
from marketplace.policy.programme_decisions import names


@dataclass(frozen=True, kw_only=True)
class MonthCount(Decision):
    """The most months that a firm is given, of one year where it is named."""

    most: int = key(Whole(N_("最多补助月数"), 1, 120, show=lambda count: f"最多补助 {count} 个月"))
    year: int | None = key(Whole(N_("所属年份"), 2000, 2100, required=False, show=lambda year: f"只补助 {year} 年的月份"))
    classes: tuple[str, ...] = key(names(N_("适用的企业类别"), "classes", required=False))

    def applies(self, firm_class: str) -> bool:
        """Whether a firm is held to this count."""
        return not self.classes or firm_class in self.classes

    def strange(self, months: Sequence[str]) -> str:
        """The first month, as 2022-01, that is not of its year; empty: none."""
        return next((one for one in months if self.year is not None and not one.startswith(f"{self.year}-")), "")
