"""Headings that firms write over the columns of the two lists, beside ours."""

from collections.abc import Mapping
from dataclasses import replace

from marketplace.kernel.sheets import SheetSpec

_SPECIFICATION = "规格 规格要求 规格型号 型号规格 技术要求 规格型号/材质 规格/型号 技术参数"
NEEDS = {
    "product": "物料名称 物资名称 品名 货物名称 材料名称 采购产品 产品",
    "specification": _SPECIFICATION,
    "quantity": "年用量 用量 需求量 年需求量 年需求 采购量 年采购量 预计用量 计划用量",
    "target_price_fen": "控制价 最高限价 限价 预算单价 单价 价格",
    "needed_by": "交货期 交付期 交期 供货期 供货时间 交货时间 需求时间",
    "certificates": "资质要求 资质 认证要求 资质证书",
    "unit": "计量单位 数量单位",
    "note": "说明 其他要求",
}
SUPPLIES = {
    "name": "单位名称 公司名称 企业 供应商 供应商名称",
    "uscc": "社会信用代码 统一信用代码",
    "region_code": "所在县区 所在地区 所在区县 所在县(区) 县区 区县 所在地 地区",
    "product": "主要产品 主营产品 产品 品名",
    "specification": _SPECIFICATION,
    "capacity": "年产能(单位) 产能 年产量 生产能力 年供货能力",
    "price_fen": "价格 报价 参考价格 出厂价 供货价",
    "lead_days": "供货周期 交货期 生产周期 交期",
    "certificates": "资质证书 资质 认证 证书",
}


def widened(spec: SheetSpec, also: Mapping[str, str]) -> SheetSpec:
    """A sheet that knows more headings, by column key."""
    return replace(spec, columns=tuple(replace(one, aliases=(*one.aliases, *also.get(one.key, "").split())) for one in spec.columns))
