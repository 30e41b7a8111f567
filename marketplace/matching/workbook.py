"""A plan as Excel: who with whom, how much and why; what stays unmet; what hard rules removed; what the plan is worth."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from marketplace.kernel.errors import N_
from marketplace.kernel.sheets import CellKind, Column, SheetPage, export_book
from marketplace.matching.items import ListedLine
from marketplace.matching.outcome import Outcome
from marketplace.matching.rules import sentences

PLAN = (
    Column("need", "需求产品", width=24),
    Column("need_specification", "规格要求", width=24),
    Column("rank", "名次", CellKind.INTEGER),
    Column("firm", "企业", width=32),
    Column("supply", "供给产品", width=24),
    Column("supply_specification", "规格型号", width=24),
    Column("planned", "列入计划"),
    Column("quantity", "计划数量", CellKind.INTEGER),
    Column("unit", "单位"),
    Column("score", "匹配分（0–100）", CellKind.DECIMAL),
    Column("uscc", "统一社会信用代码", CellKind.USCC),
    Column("price", "单价", CellKind.YUAN),
    Column("reasons", "理由", width=60),
)
UNMET = (
    Column("need", "需求产品", width=24),
    Column("quantity", "未满足数量", CellKind.INTEGER),
    Column("unit", "单位"),
    Column("why", "原因", width=50),
)
EXCLUDED = (
    Column("need", "需求产品", width=24),
    Column("firm", "企业", width=32),
    Column("supply", "供给产品", width=24),
    Column("why", "不推荐的原因", width=60),
)
ABOUT = (Column("what", "项目", width=24), Column("value", "内容", width=50))

MATCHES = (
    Column("number", "对接编号", width=16),
    Column("leader", "链主企业", width=30),
    Column("need", "需求产品", width=20),
    Column("firm", "中小企业", width=30),
    Column("supply", "供给产品", width=20),
    Column("score", "匹配分（0–100）", CellKind.INTEGER),
    Column("planned", "列入计划"),
    Column("quantity", "计划数量", CellKind.INTEGER),
    Column("unit", "单位"),
    Column("state", "状态"),
    Column("contract", "合同金额", CellKind.YUAN),
    Column("contracted_on", "签约日期", CellKind.DATE),
    Column("run", "匹配批次", width=16),
    Column("version", "清单版本", CellKind.INTEGER),
    Column("code", "程序版本", width=14),
)


def plan_workbook(
    outcome: Outcome,
    needs: Mapping[str, ListedLine],
    supplies: Mapping[str, ListedLine],
    firms: Mapping[str, str],
    *,
    title: str,
    at: datetime,
) -> bytes:
    """The outcome of a run as a book of four sheets.

    Args:
        needs, supplies: items by line id.
        firms: name of the firm of each supply line, whose organisation is its credit code.
    """

    def score(value: float) -> Decimal:
        return Decimal(round(value * 1000)) / 10

    plan_rows = [
        (
            needs[p.need_id].product, needs[p.need_id].specification, p.rank, firms[p.supply_id], supplies[p.supply_id].product,
            supplies[p.supply_id].specification, p.planned, p.planned_quantity, p.planned_unit, score(p.score),
            supplies[p.supply_id].side.organisation_id, supplies[p.supply_id].side.price_fen, " ".join(sentences(p.reasons)),
        )
        for p in outcome.proposals
    ]  # fmt: skip
    unmet_rows = [(needs[u.need_id].product, u.quantity, u.unit, u.sentence) for u in outcome.unmet]
    excluded_rows = [
        (needs[e.need_id].product, firms[e.supply_id], supplies[e.supply_id].product, " ".join(o.text() for o in e.obstacles))
        for e in outcome.excluded
    ]
    return export_book(
        [
            SheetPage("对接计划", PLAN, plan_rows, title),
            SheetPage("未满足的需求", UNMET, unmet_rows, title),
            SheetPage("未推荐的企业", EXCLUDED, excluded_rows, title),
            SheetPage("说明", ABOUT, _about(outcome), title),
        ],
        at=at,
    )


def _about(outcome: Outcome) -> list[tuple[str, str]]:
    plan = outcome.plan
    return [
        (N_("计划价值"), f"{plan.objective:.4f}"),
        (N_("理论上限"), f"{plan.bound:.4f}"),
        (N_("与上限的差距"), f"{plan.gap:.4%}"),
        (N_("计划模型"), plan.model.value),
        (N_("推荐数"), str(len(outcome.proposals))),
        *((name, version) for name, version in outcome.versions.items()),
    ]
