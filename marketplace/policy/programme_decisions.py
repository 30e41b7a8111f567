"""The named decisions of a programme: classes of firms, rates, caps and faces."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from marketplace.identity import industries
from marketplace.identity.legal_forms import LegalForm
from marketplace.kernel.errors import N_
from marketplace.kernel.money import MAX_AMOUNT_FEN, Fen, format_yuan
from marketplace.kernel.policyfiles.kinds import Choice, Choices, Codes, Flag, ShortText, Whole, amount, rate, texts
from marketplace.kernel.policyfiles.problems import Complaint
from marketplace.kernel.policyfiles.provenance import Decision, Setting
from marketplace.kernel.policyfiles.reading import NAME_HINT, NAME_PATTERN, key, one
from marketplace.policy.dossier import COUNTS, LICENCES, YES_NO_KINDS, DossierKind
from marketplace.policy.programme_words import (
    ASKED_PAPERS,
    Base,
    CapScope,
    DocumentKind,
    EvidenceKind,
    Format,
    SizeClass,
    Tax,
    TitleGrade,
    TitleKind,
)


def names(label: str, of: str, *, required: bool = True, in_order: bool = False) -> Codes:
    """Names that this file gives to classes, or the catalogue to categories."""
    return Codes(label, NAME_PATTERN, NAME_HINT, required=required, of=of, in_order=in_order)


_ONLY_CLASSES = names(N_("适用的企业类别"), "classes", required=False)
REGIONS = Codes(N_("地区"), r"\d{2}|\d{4}|\d{6}", N_("2、4 或 6 位行政区划代码"), of="regions")
_ONLY_REGIONS = replace(REGIONS, required=False)
_ONLY_CATEGORIES = names(N_("适用的服务类别"), "categories", required=False)
PARKS = Codes(N_("园区"), r"\d{6}", N_("6 位园区代码"), of="regions")
_INDUSTRY = N_("门类字母或 2 到 4 位国民经济行业代码，例如 C、C13 或 13")
INDUSTRIES = Codes(N_("行业"), r"[A-T]|[A-T]?\d{2,4}", _INDUSTRY, of="industries", spelling=industries.spelt)
_SECOND = Format.PROGRAMME_2
_PAPERS = tuple(kind for kind in DossierKind if kind in YES_NO_KINDS | LICENCES)
_LISTS = names(N_("名录（任一）"), "lists")


def _bound(label: str, high: int, said: Callable[[int], str], *, low: int = 1) -> Whole:
    """One end of a band; it need not have one."""
    return Whole(label, low, high, required=False, show=said)


@dataclass(frozen=True, kw_only=True)
class FirmClass(Decision):
    """A group of firms that rates, caps, faces, priorities name. A firm belongs if it meets every condition; one left out asks nothing."""

    label: str = key(ShortText(N_("类别名称"), 30))
    size_classes: tuple[SizeClass, ...] = key(Choices(N_("企业规模"), SizeClass, required=False))
    titles: tuple[TitleKind, ...] = key(Choices(N_("称号（任一）"), TitleKind, required=False))  # any of these
    recognised_from_year: int | None = key(Whole(N_("认定起始年"), 2000, 2100, required=False, show=lambda year: f"{year} 年起认定"))
    recognised_until_year: int | None = key(  # inclusive
        Whole(N_("认定截止年"), 2000, 2100, required=False, show=lambda year: f"{year} 年止认定")
    )
    regions: tuple[str, ...] = key(_ONLY_REGIONS, since=_SECOND)  # where the firm, or its park, is
    title_grades: tuple[TitleGrade, ...] = key(Choices(N_("称号级别（任一）"), TitleGrade, required=False), since=_SECOND)
    title_numbered: bool = key(Flag(N_("称号须有证书编号"), required=False, yes="称号须有证书编号", no=""), since=_SECOND)
    industries: tuple[str, ...] = key(replace(INDUSTRIES, required=False), since=_SECOND)
    legal_forms: tuple[LegalForm, ...] = key(Choices(N_("组织形式（任一）"), LegalForm, required=False), since=_SECOND)
    lists: tuple[str, ...] = key(replace(_LISTS, required=False), since=_SECOND)  # on any of these
    parks: tuple[str, ...] = key(replace(PARKS, required=False), since=_SECOND)
    founded_from_year: int | None = key(_bound(N_("成立起始年"), 2100, lambda year: f"{year} 年起成立", low=1900), since=_SECOND)
    founded_until_year: int | None = key(  # inclusive
        _bound(N_("成立截止年"), 2100, lambda year: f"{year} 年止成立", low=1900), since=_SECOND
    )
    least_months: int | None = key(_bound(N_("最短成立月数"), 1_200, lambda months: f"成立满 {months} 个月"), since=_SECOND)
    below_months: int | None = key(_bound(N_("成立不满的月数"), 1_200, lambda months: f"成立不满 {months} 个月"), since=_SECOND)
    least_employees: int | None = key(_bound(N_("最少从业人员"), 10_000_000, lambda count: f"从业人员 {count} 人以上"), since=_SECOND)
    below_employees: int | None = key(_bound(N_("从业人员不满"), 10_000_000, lambda count: f"从业人员不满 {count} 人"), since=_SECOND)
    least_revenue_fen: int | None = key(
        _bound(N_("最低营业收入"), MAX_AMOUNT_FEN, lambda fen: f"营业收入 {format_yuan(Fen(fen))} 元以上"), since=_SECOND
    )
    below_revenue_fen: int | None = key(
        _bound(N_("营业收入不满"), MAX_AMOUNT_FEN, lambda fen: f"营业收入不满 {format_yuan(Fen(fen))} 元"), since=_SECOND
    )

    @property
    def name(self) -> str:
        """As rates, caps, faces and the priority name it."""
        return self.key.rpartition(".")[2]

    @staticmethod
    def inconsistency(content: Mapping[str, Any]) -> Complaint | None:
        """Bands have room between their ends, and what is asked of a title has a title to ask it of."""
        for lower, upper, is_inclusive in _BANDS:
            first, last = content.get(lower), content.get(upper)
            if first and last and (first > last or (first == last and not is_inclusive)):
                params: dict[str, object] = {"lower": lower, "upper": upper}
                return Complaint(
                    N_("%(lower)s 与 %(upper)s 之间没有余地，没有企业能符合。"), N_("请核对两端，把较小的值写在前者。"), params
                )
        if not content.get("titles") and (asked := [name for name in _OF_TITLES if content.get(name)]):
            return Complaint(N_("没有写明称号，%(name)s 无从核对。"), N_("请补上 titles，或删去这一项。"), {"name": asked[0]})
        return None


_BANDS = (  # lower end, upper end, and whether the upper end still belongs
    ("recognised_from_year", "recognised_until_year", True),
    ("founded_from_year", "founded_until_year", True),
    ("least_months", "below_months", False),
    ("least_employees", "below_employees", False),
    ("least_revenue_fen", "below_revenue_fen", False),
)
_OF_TITLES = ("title_grades", "title_numbered")


@dataclass(frozen=True, kw_only=True)
class ProviderTerm(Decision):
    """What a provider must have before vouchers pay for its services: one of some papers, or a number that is high enough."""

    papers: tuple[DossierKind, ...] = key(Choices(N_("资质（任一）"), _PAPERS, required=False))  # in its dossier, accepted, in date
    measure: DossierKind | None = key(Choice(N_("能力指标"), COUNTS, required=False))
    at_least: int | None = key(Whole(N_("最低值"), 1, 10**12, required=False, show=lambda number: f"不低于 {number}"))
    categories: tuple[str, ...] = key(_ONLY_CATEGORIES)  # empty: every category

    @staticmethod
    def inconsistency(content: Mapping[str, Any]) -> Complaint | None:
        """Papers, or a number with how much."""
        has_number = "measure" in content or "at_least" in content
        if bool(content.get("papers")) == has_number or ("measure" in content) != ("at_least" in content):
            return Complaint(N_("条件要写资质，或能力指标及最低值。"), N_("请写 papers，或同时写 measure 和 at_least。"))
        return None

    def applies(self, category: str) -> bool:
        """Whether this is asked of who sells such services."""
        return _about(self.categories, category)


@dataclass(frozen=True, kw_only=True)
class FirmList(Decision):
    """A list of firms that an office keeps beside the rules (名录): a register, the members of an association, who is barred."""

    label: str = key(ShortText(N_("名录名称"), 60))

    @property
    def name(self) -> str:
        """As conditions name it."""
        return self.key.rpartition(".")[2]


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
class Cap(Decision):
    scope: CapScope = key(Choice(N_("上限范围"), CapScope))
    amount_fen: Fen = key(amount(N_("上限金额")))
    classes: tuple[str, ...] = key(_ONLY_CLASSES)
    categories: tuple[str, ...] = key(_ONLY_CATEGORIES)
    regions: tuple[str, ...] = key(_ONLY_REGIONS, since=Format.PROGRAMME_2)  # the firms of these together have the amount
    soft: bool = key(  # binds unless an officer who grants more says why; a cap above it binds always
        Flag(N_("软上限"), required=False, yes="软上限：审核人员写明理由可以超过，但不超过更高的上限", no=""), since=Format.PROGRAMME_2
    )

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
class OrderCount(Decision):
    """How often a firm may order with vouchers of the programme in the last so many months, counted back from each order."""

    most: int = key(Whole(N_("最多用券下单次数"), 1, 1_000, show=lambda count: f"最多用券下单 {count} 次"))
    months: int = key(Whole(N_("往前计算的月数"), 1, 120, show=lambda months: f"近 {months} 个月内"))
    classes: tuple[str, ...] = key(_ONLY_CLASSES)
    categories: tuple[str, ...] = key(_ONLY_CATEGORIES)  # orders of these are counted, and held to it

    def applies(self, firm_class: str, category: str) -> bool:
        """Whether such an order is held to this count."""
        return _about(self.classes, firm_class) and self.counts(category)

    def counts(self, category: str) -> bool:
        """Whether an earlier order of a category is counted."""
        return _about(self.categories, category)


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
class ScoreCriterion(Decision):
    """By what applications are compared: so many points at most, and the share of the whole that they are worth."""

    label: str = key(ShortText(N_("标准名称"), 30))
    most_points: int = key(Whole(N_("满分"), 1, 1_000, show=lambda points: f"满分 {points} 分"))
    weight_bp: int = key(rate(N_("权重")))

    @property
    def name(self) -> str:
        """As scores name it."""
        return self.key.rpartition(".")[2]


@dataclass(frozen=True, kw_only=True)
class Face(Decision):
    amount_fen: Fen = key(amount(N_("券面额")))
    classes: tuple[str, ...] = key(_ONLY_CLASSES)
    least_fen: Fen | None = key(  # a firm asks for a sum from this to the face; None: for the face
        replace(amount(N_("最低面额"), required=False), show=lambda fen: f"最低 {format_yuan(Fen(fen))} 元，由企业申领"), since=_SECOND
    )

    @staticmethod
    def inconsistency(content: Mapping[str, Any]) -> Complaint | None:
        """The least lies below the face."""
        least, most = content.get("least_fen"), content.get("amount_fen")
        if least and most and least >= most:
            return Complaint(N_("最低面额不低于券面额。"), N_("请写低于 amount_fen 的金额，或删去 least_fen。"))
        return None


@dataclass(frozen=True, kw_only=True)
class BaseRule(Decision):
    """The amount that the rate is applied to."""

    value: Base = key(Choice(N_("补贴计算基数"), Base))
    tax: Tax | None = key(Choice(N_("增值税"), Tax, required=False), since=_SECOND)  # None: included

    @property
    def is_net(self) -> bool:
        """Whether the tax is the firm's own."""
        return self.tax is Tax.EXCLUDED

    @staticmethod
    def inconsistency(content: Mapping[str, Any]) -> Complaint | None:
        """Only an invoice says its tax apart."""
        if content.get("tax") == Tax.EXCLUDED and content.get("value") != Base.INVOICE:
            return Complaint(N_("只有发票分别写明不含税金额和税额。"), N_('请把 value 改为 "invoice"，或删去 tax。'))
        return None


@dataclass(frozen=True, kw_only=True)
class PaperTerm(Decision):
    """How old a paper may be when a step asks for it."""

    papers: tuple[DocumentKind, ...] = key(Choices(N_("材料"), ASKED_PAPERS))
    months: int = key(Whole(N_("有效月数"), 1, 120, show=lambda months: f"开具未满 {months} 个月"))


@dataclass(frozen=True, kw_only=True)
class SampleRule(Decision):
    """How many claims are drawn for a spot check (抽查)."""

    rate_bp: int = key(rate(N_("抽查比例")))
    minimum: int = key(Whole(N_("每次至少抽查件数"), 1, 10_000, show=lambda count: f"至少 {count} 件"))
    always_above_fen: Fen | None = key(  # claims above this are all checked
        amount(N_("必查金额"), required=False, say="超过 %(amount)s 元的全部核查")
    )


@dataclass(frozen=True, kw_only=True)
class EvidenceField(Decision):
    """One thing that a firm says of the cost that it asks a subsidy for: read by the form and by the check."""

    label: str = key(ShortText(N_("材料内容"), 30))
    kind: EvidenceKind = key(Choice(N_("内容种类"), EvidenceKind))
    required: bool = key(Flag(N_("必填"), required=False))
    options: tuple[str, ...] = key(texts(N_("可选内容"), required=False))
    most_bp: int | None = key(rate(N_("可补助的最高年利率"), required=False))
    least_days: int | None = key(_bound(N_("最少天数"), 3_650, lambda days: f"至少在申请 {days} 天前"), since=_SECOND)
    most_days: int | None = key(_bound(N_("最多天数"), 3_650, lambda days: f"最多在申请 {days} 天前"), since=_SECOND)

    @property
    def name(self) -> str:
        """As the form calls it."""
        return self.key.rpartition(".")[2]

    @staticmethod
    def inconsistency(content: Mapping[str, Any]) -> Complaint | None:
        """A choice says between what, and nothing else does."""
        if (content.get("kind") == EvidenceKind.OPTION) != bool(content.get("options")):
            return Complaint(N_("选项没有写明可选内容，或不是选项却写了。"), N_("kind 为 option 时写 options，否则删去。"))
        if (content.get("kind") == EvidenceKind.RATE) != bool(content.get("most_bp")):
            return Complaint(N_("年利率没有写明上限，或不是年利率却写了。"), N_("kind 为 rate 时写 most_bp，否则删去。"))
        least, most = content.get("least_days"), content.get("most_days")
        if content.get("kind") != EvidenceKind.DAY and (least or most):
            return Complaint(N_("不是日期，就没有最少或最多天数。"), N_("请删去 least_days 和 most_days，或把 kind 改为 day。"))
        if least and most and least > most:
            return Complaint(N_("最少天数多于最多天数，没有日期能符合。"), N_("请核对 least_days 和 most_days。"))
        return None


@dataclass(frozen=True, kw_only=True)
class Agreements:
    """What a bureau may agree with providers whose services it pays; what is left out, nobody limits."""

    providers: Setting[int] | None = key(
        one(Whole(N_("服务机构家数上限"), 1, 999, show=lambda count: f"每批次最多 {count} 家"), required=False), since=_SECOND
    )
    cap: Setting[Fen] | None = key(
        one(amount(N_("金额")), main="amount_fen", label=N_("每家服务机构每期的限额"), required=False), since=_SECOND
    )
    period: Setting[int] | None = key(
        one(Whole(N_("月数"), 1, 60, show=lambda months: f"每期最长 {months} 个月"), main="months", label=N_("每期时间"), required=False),
        since=_SECOND,
    )


def _about(names: tuple[str, ...], name: str) -> bool:
    return not names or name in names
