"""The named decisions of a programme: classes of firms, rates, caps and faces."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from marketplace.kernel.errors import N_
from marketplace.kernel.money import Fen, share_floor
from marketplace.kernel.policyfiles.kinds import Choice, Choices, Codes, ShortText, Whole, amount, rate
from marketplace.kernel.policyfiles.problems import Complaint
from marketplace.kernel.policyfiles.provenance import Decision
from marketplace.kernel.policyfiles.reading import NAME_HINT, NAME_PATTERN, key
from marketplace.policy.programme_words import CapScope, Format, SizeClass, TitleKind


def names(label: str, *, required: bool = True) -> Codes:
    """Names that this file gives to classes and categories."""
    return Codes(label, NAME_PATTERN, NAME_HINT, required=required)


_ONLY_CLASSES = names(N_("适用的企业类别"), required=False)
REGIONS = Codes(N_("地区"), r"\d{2}|\d{4}|\d{6}", N_("2、4 或 6 位行政区划代码"))
_ONLY_REGIONS = replace(REGIONS, required=False)
_ONLY_CATEGORIES = names(N_("适用的服务类别"), required=False)


@dataclass(frozen=True, kw_only=True)
class FirmClass(Decision):
    """A group of firms a rate, cap, face or priority may name. A firm belongs if it meets both lists (an empty list asks nothing)."""

    label: str = key(ShortText(N_("类别名称"), 30))
    size_classes: tuple[SizeClass, ...] = key(Choices(N_("企业规模"), SizeClass, required=False))
    titles: tuple[TitleKind, ...] = key(Choices(N_("称号（任一）"), TitleKind, required=False))  # any of these
    recognised_from_year: int | None = key(Whole(N_("认定起始年"), 2000, 2100, required=False, show=lambda year: f"{year} 年起认定"))
    recognised_until_year: int | None = key(  # inclusive
        Whole(N_("认定截止年"), 2000, 2100, required=False, show=lambda year: f"{year} 年止认定")
    )

    @property
    def name(self) -> str:
        """As rates, caps, faces and the priority name it."""
        return self.key.rpartition(".")[2]

    @staticmethod
    def inconsistency(content: Mapping[str, Any]) -> Complaint | None:
        """Years stand in their order."""
        first, last = content.get("recognised_from_year"), content.get("recognised_until_year")
        if first and last and first > last:
            return Complaint(N_("认定年份的起始年晚于截止年。"), N_("请把较早的年份写在 recognised_from_year。"))
        return None


@dataclass(frozen=True, kw_only=True)
class Rate(Decision):
    rate_bp: int = key(rate(N_("补贴比例")))
    classes: tuple[str, ...] = key(_ONLY_CLASSES)  # empty: every class
    categories: tuple[str, ...] = key(_ONLY_CATEGORIES)  # empty: every category

    def applies(self, firm_class: str, category: str) -> bool:
        """Whether this rate is about such an order."""
        return _about(self.classes, firm_class) and _about(self.categories, category)

    def precision(self) -> int:
        """A rate that names the class goes before one that names the category, and both before one that names neither."""
        return 2 * bool(self.classes) + bool(self.categories)


@dataclass(frozen=True, kw_only=True)
class Bonus(Decision):
    """What is added to the rate of an order; several that apply are all added."""

    rate_bp: int = key(rate(N_("加成比例")))
    classes: tuple[str, ...] = key(_ONLY_CLASSES)
    categories: tuple[str, ...] = key(_ONLY_CATEGORIES)

    def applies(self, firm_class: str, category: str) -> bool:
        """Whether this bonus is about such an order."""
        return _about(self.classes, firm_class) and _about(self.categories, category)


@dataclass(frozen=True, kw_only=True)
class OwnShare(Decision):
    """What a firm bears itself at least: a share, an amount, or the higher of both."""

    rate_bp: int | None = key(rate(N_("企业自付比例"), required=False))
    amount_fen: Fen | None = key(amount(N_("企业自付金额"), required=False))

    @staticmethod
    def inconsistency(content: Mapping[str, Any]) -> Complaint | None:
        """One of both is said."""
        if content.get("rate_bp") is None and content.get("amount_fen") is None:
            return Complaint(N_("没有写明企业至少自付多少。"), N_("请写 rate_bp（比例）或 amount_fen（金额）。"))
        return None

    def leaves(self, base_fen: Fen) -> Fen:
        """The most that may be subsidised of a base; part of a fen falls to the firm."""
        by_share = base_fen if self.rate_bp is None else share_floor(base_fen, 10_000 - self.rate_bp)
        return Fen(max(0, min(by_share, base_fen - (self.amount_fen or 0))))


@dataclass(frozen=True, kw_only=True)
class Cap(Decision):
    scope: CapScope = key(Choice(N_("上限范围"), CapScope))
    amount_fen: Fen = key(amount(N_("上限金额")))
    classes: tuple[str, ...] = key(_ONLY_CLASSES)
    categories: tuple[str, ...] = key(_ONLY_CATEGORIES)
    regions: tuple[str, ...] = key(_ONLY_REGIONS, since=Format.PROGRAMME_2)  # the firms of these together have the amount

    @staticmethod
    def inconsistency(content: Mapping[str, Any]) -> Complaint | None:
        """A cap of a region says of which, and no other cap does."""
        of_region = content.get("scope") == CapScope.REGION
        if of_region and not content.get("regions"):
            return Complaint(N_("地区上限没有写明是哪些地区。"), N_("请补上 regions，写行政区划代码。"))
        if not of_region and content.get("regions"):
            return Complaint(N_("只有地区上限才写 regions。"), N_('请删去 regions，或把 scope 改为 "region"。'))
        return None

    def applies(self, firm_class: str, category: str | None) -> bool:
        """Whether this cap is about such an order; without a category, only caps that name none."""
        return _about(self.classes, firm_class) and (not self.categories or (category is not None and category in self.categories))


@dataclass(frozen=True, kw_only=True)
class Cycle(Decision):
    """A term of so many months, one after the other, that is not the calendar year: a service year from 1 April."""

    months: int = key(Whole(N_("周期月数"), 1, 120, show=lambda months: f"每 {months} 个月"))
    first_month: int = key(Whole(N_("周期首日的月份"), 1, 12, show=lambda month: f"从 {month} 月"))
    first_day: int = key(Whole(N_("周期首日的日期"), 1, 28, show=lambda day: f"{day} 日起"))
    first_year: int | None = key(Whole(N_("第一个周期的年份"), 2000, 2100, required=False, show=lambda year: f"首个周期始于 {year} 年"))

    @staticmethod
    def inconsistency(content: Mapping[str, Any]) -> Complaint | None:
        """Cycles that do not begin on the same day of each year are counted from a year."""
        months = content.get("months")
        if isinstance(months, int) and 12 % max(1, months) and not content.get("first_year"):
            return Complaint(N_("周期不是一年的整分，须写明从哪一年算起。"), N_("请补上 first_year。"))
        return None

    def begins(self, day: date) -> date:
        """The first day of the cycle that a day lies in."""
        first = (self.first_year or day.year) * 12 + self.first_month - 1
        months = day.year * 12 + day.month - 1 - first - (day.day < self.first_day)
        year, month = divmod(first + months - months % self.months, 12)
        return date(year, month + 1, self.first_day)


@dataclass(frozen=True, kw_only=True)
class Face(Decision):
    amount_fen: Fen = key(amount(N_("券面额")))
    classes: tuple[str, ...] = key(_ONLY_CLASSES)


def _about(names: tuple[str, ...], name: str) -> bool:
    return not names or name in names
