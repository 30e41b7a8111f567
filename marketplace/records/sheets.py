"""The register as Excel: what a list looks like when it leaves."""

from marketplace.kernel.currencies import in_sheet
from marketplace.kernel.errors import N_
from marketplace.kernel.sheets import CellKind, Column
from marketplace.policy.fees import FeeKind
from marketplace.policy.programme_words import ServiceFunction
from marketplace.policy.service_categories import category_names
from marketplace.records.models import ServiceRecord
from marketplace.records.rules import ActivityKind, EvidenceGrade, Mode, RecordSource

COLUMNS: tuple[Column, ...] = (
    Column("delivered_on", N_("服务日期"), CellKind.DATE),
    Column("provider", N_("服务机构"), width=30),
    Column("provider_uscc", N_("机构统一社会信用代码"), CellKind.USCC),
    Column("enterprise", N_("服务企业"), width=30),
    Column("enterprise_uscc", N_("企业统一社会信用代码"), CellKind.USCC),
    Column("title", N_("服务内容"), width=36),
    Column("function", N_("服务功能"), CellKind.CHOICE, choices=ServiceFunction.labels()),
    Column("category", N_("服务类别"), CellKind.CHOICE, choices=dict(category_names())),
    Column("mode", N_("服务方式"), CellKind.CHOICE, choices=Mode.labels()),
    Column("fee_kind", N_("收费类型"), CellKind.CHOICE, choices=FeeKind.labels()),
    Column("fee_fen", N_("服务收费"), CellKind.YUAN),
    Column("subsidised", N_("用券抵扣"), CellKind.YES_NO),
    Column("person_times", N_("服务人次"), CellKind.INTEGER),
    Column("activity", N_("活动名称"), width=28),
    Column("activity_kind", N_("活动类型"), CellKind.CHOICE, choices=ActivityKind.labels()),
    Column("source_kind", N_("来源"), CellKind.CHOICE, choices=RecordSource.labels()),
    Column("source_number", N_("来源编号"), CellKind.CODE),
    Column("evidence_grade", N_("证据等级"), CellKind.CHOICE, choices=EvidenceGrade.labels()),
    Column("simulated", N_("模拟"), CellKind.YES_NO),
)


def _cell(row: ServiceRecord, key: str) -> object:
    if key in {"provider", "enterprise"}:
        return getattr(row, key).name
    if key in {"provider_uscc", "enterprise_uscc"}:
        return getattr(row, key.removesuffix("_uscc")).uscc
    return in_sheet(row.fee_fen, row.currency) if key == "fee_fen" else getattr(row, key)


def cells(row: ServiceRecord) -> list[object]:
    """A record as a line of the sheet."""
    return [_cell(row, column.key) for column in COLUMNS]
