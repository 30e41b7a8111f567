"""Which keys a programme file has, what each is called, and what it may hold.

Every table of `TABLES` and `GROUPS` is one policy decision with its own provenance; a key that is not listed here is refused.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from marketplace.kernel.errors import N_
from marketplace.kernel.money import MAX_AMOUNT_FEN, format_yuan
from marketplace.kernel.policyfiles.kinds import Choice, Choices, Codes, Field, Flag, Whole, Words, amount, rate
from marketplace.kernel.policyfiles.problems import Complaint
from marketplace.kernel.policyfiles.reading import NAME_HINT, NAME_PATTERN
from marketplace.policy.vocabulary import (
    ALLOCATIONS_NOT_YET,
    INSTRUMENTS_NOT_YET,
    PAYEES_NOT_YET,
    AllocationMode,
    AppropriationSource,
    Base,
    CapScope,
    DayKind,
    DocumentKind,
    Format,
    Instrument,
    NotGranted,
    Payee,
    ProgrammeKind,
    Remainder,
    Silence,
    SizeClass,
    TitleKind,
    UnusedRule,
)

Rule = Callable[[Mapping[str, object]], Complaint | None]


@dataclass(frozen=True, slots=True)
class Table:
    """One decision: its fields, and which of them is the value itself."""

    label: str
    fields: Mapping[str, Field]
    main: str = "value"
    required: bool = True
    rule: Rule | None = None
    show: Callable[[Mapping[str, Any]], str] | None = None  # how the whole reads, where the fields one by one read badly


def _one(label: str, field: Field, *, main: str = "value", required: bool = True) -> Table:
    return Table(label, {main: field}, main, required)


def _names(label: str, *, may_be_empty: bool = False, required: bool = True) -> Codes:
    return Codes(label, NAME_PATTERN, NAME_HINT, may_be_empty, required)


def _time_rule(table: Mapping[str, object]) -> Complaint | None:
    """A time limit is said in exactly one way."""
    ways = [key for key in ("days", "months", "set_by_round", "none") if table.get(key) is not None and table.get(key) is not False]
    if len(ways) != 1:
        return Complaint(
            N_("时限要用且只用一种方式写明。"),
            N_("请在 days（另写 day_kind）、months、set_by_round = true（由批次定日期）、none = true（不设时限）中选一种。"),
        )
    if (ways == ["days"]) != ("day_kind" in table):
        return Complaint(
            N_("天数与天数种类不配套。"),
            N_('写 days 时请同时写 day_kind = "working"（工作日）或 "natural"（自然日），其他写法不写 day_kind。'),
        )
    return None


def time_text(table: Mapping[str, Any]) -> str:
    """A time limit as people say it: 5 个工作日."""
    if table.get("none"):
        return "不设时限"
    if table.get("set_by_round"):
        return "由批次定日期"
    if months := table.get("months"):
        return f"{months} 个月"
    return f"{table['days']} 个{DayKind(table['day_kind']).label}"


def _time(label: str) -> Table:
    return Table(
        label,
        {
            "days": Whole(N_("天数"), 1, 1_000, required=False),
            "day_kind": Choice(N_("天数种类"), DayKind, required=False),
            "months": Whole(N_("月数"), 1, 120, required=False),
            "set_by_round": Flag(N_("由批次定日期"), required=False),
            "none": Flag(N_("不设时限"), required=False),
        },
        main="days",
        rule=_time_rule,
        show=time_text,
    )


def _year_rule(table: Mapping[str, object]) -> Complaint | None:
    first, last = table.get("recognised_from_year"), table.get("recognised_until_year")
    if isinstance(first, int) and isinstance(last, int) and first > last:
        return Complaint(N_("认定年份的起始年晚于截止年。"), N_("请把较早的年份写在 recognised_from_year。"))
    return None


HEAD: Mapping[str, Field] = {
    "format": Choice(N_("文件格式"), Format),
    "slug": Words(N_("项目代号"), 40),
    "name": Words(N_("项目名称"), 60),
    "name_en": Words(N_("英文名称"), 120, required=False),
    "kind": Choice(N_("券种"), ProgrammeKind),
    "authority": Words(N_("主管部门"), 60),
    "note": Words(N_("说明"), 300, required=False),
}

_REGIONS = Codes(N_("地区"), r"\d{2}|\d{4}|\d{6}", N_("2、4 或 6 位行政区划代码"))
_PARKS = Codes(N_("园区"), r"\d{6}", N_("6 位园区代码"), may_be_empty=True)
_INDUSTRIES = Codes(N_("行业"), r"[A-T]|\d{2,4}", N_("门类字母或 2 到 4 位国民经济行业代码"))

TIMES: Mapping[str, Table] = {
    "order": _time(N_("领券后下单时限")),
    "accept": _time(N_("服务机构接单时限")),
    "contract_upload": _time(N_("接单后上传合同时限")),
    "service": _time(N_("服务完成时限")),
    "acceptance": _time(N_("企业验收时限")),
    "evaluation": _time(N_("企业评价时限")),
    "claim_window": _time(N_("验收后申请兑付时限")),
    "review": _time(N_("兑付审核时限")),
    "notice": _time(N_("兑付公示期")),
}

TABLES: Mapping[str, Table] = {
    "instrument": _one(N_("券的形式"), Choice(N_("券的形式"), Instrument, INSTRUMENTS_NOT_YET)),
    "beneficiaries.regions": _one(N_("适用地区"), _REGIONS),
    "beneficiaries.parks": _one(N_("视同区内的园区"), _PARKS, required=False),
    "beneficiaries.size_classes": _one(N_("企业规模"), Choices(N_("企业规模"), SizeClass)),
    "beneficiaries.titles": _one(N_("须具备的称号"), Choices(N_("须具备的称号"), TitleKind), required=False),
    "beneficiaries.operating": _one(
        N_("最低经营时间"), Whole(N_("月数"), 1, 600, show=lambda months: f"{months} 个月"), main="months", required=False
    ),
    "beneficiaries.industries_include": _one(N_("限定行业"), _INDUSTRIES, required=False),
    "beneficiaries.industries_exclude": _one(N_("排除行业"), _INDUSTRIES, required=False),
    "beneficiaries.sanctions_check": _one(N_("核查失信和受限名单"), Flag(N_("核查失信和受限名单"))),
    "class_order": _one(N_("企业类别的判定顺序"), _names(N_("企业类别的判定顺序"))),
    "allocation.mode": _one(N_("发放方式"), Choice(N_("发放方式"), AllocationMode, ALLOCATIONS_NOT_YET)),
    "allocation.priority": _one(N_("优先类别顺序"), _names(N_("优先类别顺序")), required=False),
    "allocation.review_levels": _one(N_("审核级数"), Whole(N_("审核级数"), 1, 5), required=False),
    "allocation.waitlist": _one(N_("候补排队"), Flag(N_("候补排队"))),
    "allocation.remainder": _one(N_("余额不足一份时"), Choice(N_("余额不足一份时"), Remainder)),
    "allocation.results": _time(N_("公布申领结果时限")),
    "base": _one(N_("补贴计算基数"), Choice(N_("补贴计算基数"), Base)),
    "partial": _one(
        N_("额度不足时按余额抵扣"), Flag(N_("额度不足时按余额抵扣"), yes="按余额抵扣，订单继续", no="不能使用，另选或等额度恢复")
    ),
    "contract.lookback": _one(N_("可补报领券前签订的合同"), Flag(N_("可补报领券前签订的合同"))),
    **{f"times.{name}": table for name, table in TIMES.items()},
    "acceptance.silence": _one(N_("企业逾期不验收"), Choice(N_("企业逾期不验收"), Silence), required=False),
    "unused.rule": _one(N_("未使用额度的处理"), Choice(N_("未使用额度的处理"), UnusedRule)),
    "unused.counts_against_limit": _one(N_("未使用的额度仍计入年度上限"), Flag(N_("未使用的额度仍计入年度上限"))),
    "settlement.payee": _one(N_("收款方"), Choice(N_("收款方"), Payee, PAYEES_NOT_YET)),
    "settlement.not_granted": _one(N_("核减金额的去向"), Choice(N_("核减金额的去向"), NotGranted)),
    "evidence.contract": _one(N_("签订合同时的材料"), Choices(N_("材料"), DocumentKind)),
    "evidence.delivery": _one(N_("交付服务时的材料"), Choices(N_("材料"), DocumentKind)),
    "evidence.claim": _one(N_("申请兑付时的材料"), Choices(N_("材料"), DocumentKind)),
    "services": _one(N_("支持的服务类别"), _names(N_("支持的服务类别"))),
    "checks.sample": Table(
        N_("抽查规则"),
        {
            "rate_bp": rate(N_("抽查比例")),
            "minimum": Whole(N_("每次至少抽查件数"), 1, 10_000, show=lambda count: f"至少 {count} 件"),
            "always_above_fen": Whole(
                N_("必查金额"), 1, MAX_AMOUNT_FEN, required=False, show=lambda fen: f"超过 {format_yuan(fen)} 元的全部核查"
            ),
        },
        main="rate_bp",
    ),
    "checks.split": _one(
        N_("拆分合同的核查天数"),
        Whole(N_("拆分合同的核查天数"), 1, 3_650, show=lambda days: f"{days} 天"),
        main="window_days",
        required=False,
    ),
    "appropriations": _one(N_("资金来源"), Choices(N_("资金来源"), AppropriationSource)),
}

_ONLY_CLASSES = _names(N_("适用的企业类别"), required=False)
_ONLY_CATEGORIES = _names(N_("适用的服务类别"), required=False)

GROUPS: Mapping[str, Table] = {
    "classes": Table(
        N_("企业类别"),
        {
            "label": Words(N_("类别名称"), 30),
            "size_classes": Choices(N_("企业规模"), SizeClass, required=False),
            "titles": Choices(N_("称号（任一）"), TitleKind, required=False),
            "recognised_from_year": Whole(N_("认定起始年"), 2000, 2100, required=False, show=lambda year: f"{year} 年起认定"),
            "recognised_until_year": Whole(N_("认定截止年"), 2000, 2100, required=False, show=lambda year: f"{year} 年止认定"),
        },
        main="label",
        rule=_year_rule,
    ),
    "rates": Table(
        N_("补贴比例"), {"rate_bp": rate(N_("补贴比例")), "classes": _ONLY_CLASSES, "categories": _ONLY_CATEGORIES}, main="rate_bp"
    ),
    "caps": Table(
        N_("补贴上限"),
        {
            "scope": Choice(N_("上限范围"), CapScope),
            "amount_fen": amount(N_("上限金额")),
            "classes": _ONLY_CLASSES,
            "categories": _ONLY_CATEGORIES,
        },
        main="amount_fen",
        required=False,
    ),
    "faces": Table(N_("券面额"), {"amount_fen": amount(N_("券面额")), "classes": _ONLY_CLASSES}, main="amount_fen", required=False),
}

# Keys ("table.field") that no rule reads. Versions that hold one go on; a new file may not promise what nothing does.
UNREAD: frozenset[str] = frozenset()

SECTIONS = frozenset(path.rsplit(".", 1)[0] for path in TABLES if "." in path)

# Keys people try because an announcement prints them; they belong to the round, so an old file can serve next year.
ROUND_KEYS = frozenset(
    {"budget", "budget_fen", "total_fen", "region", "area", "round", "rounds", "window", "windows", "date", "dates", "year"}
    | {"from", "until", "start", "end", "opens_at", "closes_at", "valid_from", "valid_until", "deadline"}
)
