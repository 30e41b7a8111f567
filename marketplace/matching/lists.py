"""The two lists as Excel sheets: what may stand in them, and how a row becomes an item of the matching."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from marketplace.identity import regions
from marketplace.kernel.errors import N_
from marketplace.kernel.sheets import CellKind, Column, SheetResult, SheetSpec, as_workbook, read
from marketplace.matching import as_typed, headings
from marketplace.matching.items import UNBOUND, Bound, ListedLine
from marketplace.matching.lines import NeedLine, SupplyLine, faults
from marketplace.matching.rules import ROLE_OF_LEADER, Certificate, Direction, PairSide, TradeRole

_NEEDS = SheetSpec(
    name="needs",
    title="主要配套产品需求清单",
    columns=(
        Column("line_number", "行号", max_length=40, aliases=("物料编号", "物料编码"), help="可不填；下次报送时用来认出同一行，不影响匹配"),
        Column("product", "产品名称", required=True, max_length=120, aliases=("需求产品", "配套产品", "名称")),
        Column("specification", "规格要求", max_length=300, width=30, aliases=("规格型号", "技术要求")),
        Column("direction", "方向", CellKind.CHOICE, choices=Direction.labels(), help="不填按上游采购"),
        Column(
            "industry_code",
            "行业小类代码",
            CellKind.CODE,
            max_length=4,
            digits=4,
            aliases=("行业代码",),
            help="GB/T 4754-2017 四位代码，可不填",
        ),
        Column("quantity", "年需求数量", CellKind.INTEGER, aliases=("需求数量", "数量")),
        Column("unit", "计量单位", max_length=20, aliases=("单位",)),
        Column("target_price_fen", "目标单价（元）", CellKind.YUAN, aliases=("目标单价", "目标价")),
        Column("needed_by", "最迟交货日期", CellKind.DATE, aliases=("交货日期",)),
        Column("certificates", "要求资质", max_length=200, help="多项用顿号隔开"),
        Column("region_code", "限定地区代码", CellKind.REGION, help="不填不限"),
        Column("max_suppliers", "最多几家", CellKind.INTEGER, help="不填为 3 家；计划不会超过"),
        Column("share_cap_bp", "单家最高占比", CellKind.PERCENT, help="例如 60%，不填不限"),
        Column("excluded", "不合作单位", max_length=400, help="统一社会信用代码，多个用顿号隔开"),
        Column("note", "备注", max_length=300, width=30, help="给对方看，不影响匹配"),
    ),
    sample=(
        {"product": "PET瓶坯", "specification": "28口 22g", "quantity": "50000000", "unit": "个", "target_price_fen": "0.29",
         "certificates": "食品生产许可证", "share_cap_bp": "60%"},
    ),
    notes=("每行填一种产品。", "产品名称用行业里通用的叫法，规格另写。", "下游指本企业要销售的产品，系统推荐采购它的企业。"),
    takes_text=True,
    eases=as_typed.need,
)  # fmt: skip

_SUPPLIES = SheetSpec(
    name="supplies",
    title="中小企业产品供给清单",
    columns=(
        Column("line_number", "行号", max_length=40, aliases=("物料编号", "物料编码"), help="可不填；下次报送时用来认出同一行，不影响匹配"),
        Column("uscc", "统一社会信用代码", CellKind.USCC, required=True, aliases=("信用代码",)),
        Column("name", "企业名称", required=True, max_length=120),
        Column("region_code", "所在县区代码", CellKind.REGION, aliases=("地区代码",)),
        Column("side", "供应或采购", CellKind.CHOICE, choices=TradeRole.labels(), help="不填按供应"),
        Column("product", "产品名称", required=True, max_length=120, aliases=("主导产品", "供给产品")),
        Column("specification", "规格型号", max_length=300, width=30, aliases=("规格",)),
        Column("industry_code", "行业小类代码", CellKind.CODE, max_length=4, digits=4, aliases=("行业代码",)),
        Column("capacity", "年产能", CellKind.INTEGER, aliases=("产能规模", "年供应能力", "年采购量")),
        Column("unit", "计量单位", max_length=20, aliases=("单位",)),
        Column("price_fen", "单价（元）", CellKind.YUAN, aliases=("单价", "参考价")),
        Column("lead_days", "交货周期（天）", CellKind.INTEGER, aliases=("交货周期",), help="采购的不用填"),
        Column("minimum_lot", "起订量", CellKind.INTEGER, aliases=("最小起订量",), help="低于它的需求不推荐；采购的不用填"),
        Column("certificates", "已有资质", max_length=200, help="多项用顿号隔开，到期日写在括号里，例如 ISO9001（2027-06-30）"),
        Column("wanted_customers", "拟配套对象", max_length=200, help="写需求方名称；相符时在理由中说明，不影响分数"),
        Column("max_customers", "最多服务几家", CellKind.INTEGER, help="不填为 10 家；每项需求算一家，计划不会超过"),
        Column("excluded", "不合作单位", max_length=400, help="统一社会信用代码，多个用顿号隔开"),
    ),
    sample=(
        {"uscc": "91540102MA9999996F", "name": "（示例）某某包装有限公司", "product": "瓦楞纸箱", "capacity": "3000000", "unit": "只"},
    ),
    notes=("每行填一家企业的一种产品；一家企业有几种产品就填几行。", "“采购”指企业要买进的原材料，用于下游对接。"),
    takes_text=True,
    eases=as_typed.supply,
)

NEEDS = headings.widened(_NEEDS, headings.NEEDS)
SUPPLIES = headings.widened(_SUPPLIES, headings.SUPPLIES)

# Of firms that need not be registered, for a plan beside the platform.
SUPPLIES_OF_ANYBODY = replace(
    SUPPLIES,
    columns=tuple(replace(column, is_unchecked=True) if column.key == "uscc" else column for column in SUPPLIES.columns),
    eases=as_typed.supply_of_anybody,
)


_HELD = re.compile(r"(.+)（(\d{4}-\d{2}-\d{2})）")


def _certificate(written: str) -> Certificate:
    dated = _HELD.fullmatch(written)
    return Certificate(written) if dated is None else Certificate(dated[1], date.fromisoformat(dated[2]))


def read_list(spec: SheetSpec, content: bytes) -> SheetResult:
    """Read a list and check what a sheet alone cannot: industries, regions, amounts above zero. Bad rows leave `rows`.

    Raises: RuleViolation: the file as a whole cannot be read.
    """
    result = read(spec, as_workbook(content))
    extra = [error for row in result.rows for error in _check(result, row.number, row.values)]
    if not extra:
        return result
    bad = {error.row for error in extra}
    good = tuple(row for row in result.rows if row.number not in bad)
    return replace(result, rows=good, errors=(*result.errors, *extra))


def _check(result: SheetResult, number: int, values: Mapping[str, Any]) -> list[Any]:
    return [result.refuse(number, fault.field or "product", fault.text(), N_("请改正或留空。")) for fault in faults(values)]


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose a line is, as far as it is known."""

    id: str
    region_code: str = ""
    group_id: str = ""
    name: str = ""
    sanctioned_until: date | None = None


def need_item(line: NeedLine, line_id: str, owner: Owner, *, direction: Direction, bound: Bound = UNBOUND) -> ListedLine:
    """A line of a needs list as an item. Absent values rule nothing out."""
    side = PairSide(
        line_id=line_id,
        organisation_id=owner.id,
        role=ROLE_OF_LEADER[direction],
        group_id=owner.group_id,
        region_code=owner.region_code,
        quantity=line.quantity,
        unit=line.unit,
        due_on=line.needed_by,
        price_fen=line.target_price_fen,
        certificates_required=frozenset(line.certificates),
        excluded=frozenset(line.excluded),
        regions_allowed=(regions.sql_prefix(line.region_code),) if line.region_code else (),
        product=line.product,
        specification=line.specification,
    )
    return ListedLine(
        side, line.product, line.specification, line.industry_code or "", line.max_suppliers, line.share_cap_bp, bound, owner.name
    )


def supply_item(line: SupplyLine, line_id: str, owner: Owner, *, today: date, bound: Bound = UNBOUND) -> ListedLine:
    """A line of a supply list as an item."""
    sells = line.side is TradeRole.SELLS
    side = PairSide(
        line_id=line_id,
        organisation_id=owner.id,
        role=line.side,
        group_id=owner.group_id,
        region_code=owner.region_code,
        quantity=line.capacity,
        unit=line.unit,
        due_on=today + timedelta(days=line.lead_days) if line.lead_days is not None and sells else None,
        price_fen=line.price_fen,
        minimum_lot=line.minimum_lot if sells else None,
        certificates_held=tuple(map(_certificate, line.certificates)),
        excluded=frozenset(line.excluded),
        sanctioned_until=owner.sanctioned_until,
        product=line.product,
        specification=line.specification,
    )
    return ListedLine(
        side, line.product, line.specification, line.industry_code or "", line.max_customers, bound=bound, wanted=line.wanted_customers
    )
