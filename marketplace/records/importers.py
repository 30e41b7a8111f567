"""Services by Excel: a provider's own report, and lists of past years brought in by the authority. Both wait for review."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID, uuid5

from marketplace.catalogue import queries as catalogue
from marketplace.identity import queries as identity
from marketplace.identity.models import Organisation
from marketplace.identity.scope import may_act
from marketplace.kernel.errors import N_, RuleViolation
from marketplace.kernel.imports import ImportContext, Importer, Report, RowOutcome
from marketplace.kernel.sheets import CellKind, Column, SheetResult, SheetSpec
from marketplace.policy.fees import FeeKind
from marketplace.policy.programme_words import ServiceFunction
from marketplace.policy.service_categories import category_names
from marketplace.records import queries, service
from marketplace.records.rules import ActivityKind, Claimed, Mode

_SERVICE = (
    Column("enterprise_uscc", N_("服务企业统一社会信用代码"), CellKind.USCC, required=True, aliases=("统一社会信用代码", "企业信用代码")),
    Column("enterprise_name", N_("服务企业名称"), max_length=120, help=N_("只作核对，以信用代码为准。")),
    Column("title", N_("服务内容"), required=True),
    Column("function", N_("服务功能"), CellKind.CHOICE, required=True, choices=ServiceFunction.labels()),
    Column("category", N_("服务类别"), CellKind.CHOICE, choices=dict(category_names())),
    Column("delivered_on", N_("服务日期"), CellKind.DATE, required=True),
    Column("mode", N_("服务方式"), CellKind.CHOICE, required=True, choices=Mode.labels()),
    Column("fee_kind", N_("收费类型"), CellKind.CHOICE, required=True, choices=FeeKind.labels()),
    Column("fee", N_("收费金额"), CellKind.YUAN, help=N_("公益性服务不填。")),
    Column("person_times", N_("服务人次"), CellKind.INTEGER, help=N_("不填按 1 人次。")),
    Column("activity", N_("活动名称"), max_length=120, help=N_("是活动的才填；同名同日的各行算一次活动。")),
    Column("activity_kind", N_("活动类型"), CellKind.CHOICE, choices=ActivityKind.labels()),
)
_SAMPLE = {
    "enterprise_uscc": "91540102MA0090014X",
    "enterprise_name": "示例企业",
    "title": "银企对接会",
    "function": "融资服务",
    "delivered_on": "2026-03-10",
    "mode": "线下",
    "fee_kind": "公益性",
    "person_times": "2",
    "activity": "三月银企对接会",
    "activity_kind": "银企对接",
}
_NOTES = (
    N_("一行是为一家企业提供的一项服务；一次活动有几家企业参加，就填几行，活动名称和日期相同。"),
    N_("经过平台订单的服务不用填，验收时已自动记入。"),
)
REPORT_SPEC = SheetSpec("service_report", N_("服务填报"), _SERVICE, sample=(_SAMPLE,), notes=_NOTES)
PAST_SPEC = SheetSpec(
    "past_services",
    N_("历史服务台账"),
    (
        Column("provider_uscc", N_("服务机构统一社会信用代码"), CellKind.USCC, required=True),
        Column("provider_name", N_("服务机构名称"), max_length=120, help=N_("只作核对，以信用代码为准。")),
        *_SERVICE,
    ),
    sample=({"provider_uscc": "91540102MA0090022Q", "provider_name": "示例机构", **_SAMPLE},),
    notes=_NOTES,
)


def claimed_in(values: Mapping[str, Any]) -> Claimed:
    """A row of the sheet in the shape that the rules take. Raises: RuleViolation: the firm is not known here."""
    firm = identity.by_uscc(values["enterprise_uscc"])
    if firm is None:
        raise RuleViolation(N_("这家企业还没有登记，请先由企业注册或主管部门导入。"), field="enterprise_uscc")
    persons, kind = values["person_times"], values["activity_kind"]
    return Claimed(
        enterprise_id=firm.id,
        function=ServiceFunction(values["function"]),
        mode=Mode(values["mode"]),
        fee_kind=FeeKind(values["fee_kind"]),
        delivered_on=values["delivered_on"],
        person_times=1 if persons is None else persons,
        fee_fen=values["fee"] or 0,
        title=values["title"],
        category=values["category"] or "",
        activity=values["activity"] or "",
        activity_kind=ActivityKind(kind) if kind else None,
    )


def _row_id(report_id: UUID, claimed: Claimed) -> UUID:
    """The same row of the same import has the same id, so that taking a chunk up again adds nothing."""
    parts = (claimed.enterprise_id, claimed.delivered_on, claimed.function, claimed.category, claimed.activity, claimed.title)
    return uuid5(report_id, "\x1f".join(map(str, parts)))


def _put(report_id: UUID, values: Mapping[str, Any], today: date) -> RowOutcome:
    claimed = claimed_in(values)
    row_id = _row_id(report_id, claimed)
    is_known = queries.has_row(row_id)
    service.put_row(report_id, row_id, claimed, today=today)
    return RowOutcome.UNCHANGED if is_known else RowOutcome.STORED


def _begin_report(context: ImportContext, _sheet: SheetResult) -> None:
    title = N_("Excel 填报 %(day)s", day=context.today.isoformat())
    service.create(context.import_id, provider_id=context.organisation_id, title=title, actor_id=context.actor_id)


def _store_report_row(values: Mapping[str, Any], context: ImportContext) -> RowOutcome:
    return _put(context.import_id, values, context.today)


def _store_past_row(values: Mapping[str, Any], context: ImportContext) -> RowOutcome:
    provider = _provider_of(values, context)
    title = N_("历史台账导入 %(day)s", day=context.today.isoformat())
    report_id = uuid5(context.import_id, str(provider.id))
    service.create(report_id, provider_id=provider.id, title=title, actor_id=context.actor_id, imported=True)
    return _put(report_id, values, context.today)


def _provider_of(values: Mapping[str, Any], context: ImportContext) -> Organisation:
    """The provider of a row, which stands in the actor's area. Raises: RuleViolation."""
    organisation = identity.by_uscc(values["provider_uscc"])
    if organisation is None or catalogue.provider_of(organisation.id) is None:
        raise RuleViolation(N_("这家服务机构还没有登记，请先导入服务机构。"), field="provider_uscc")
    if not may_act(context.areas, organisation.region_code, organisation.park_code):
        raise RuleViolation(N_("这家服务机构不在您的管辖地区。"), field="provider_uscc")
    return organisation


def _submit_past(context: ImportContext, _report: Report) -> None:
    """Past lists go to review at once; another officer looks at them."""
    for report in queries.drafts_imported_by(context.actor_id):
        service.submit(report.id, actor_id=context.actor_id, now=context.now)


REPORTS = Importer(kind="service_report", title=N_("服务填报"), spec=REPORT_SPEC, begin=_begin_report, store_row=_store_report_row)
PAST = Importer(kind="past_services", title=N_("历史服务台账"), spec=PAST_SPEC, store_row=_store_past_row, finish=_submit_past)
