"""Firms and the title register as Excel lists. Both are an authority's own lists: what they say is accepted."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from marketplace.audit import service as audit
from marketplace.enterprises import service
from marketplace.enterprises.queries import profile
from marketplace.enterprises.rules import Figures, FirmProfile, TitleFacts
from marketplace.identity import industries, regions
from marketplace.identity import queries as identity_queries
from marketplace.identity import service as identity
from marketplace.identity.legal_forms import LegalForm
from marketplace.identity.models import Organisation, OrganisationFacts
from marketplace.identity.scope import may_act
from marketplace.identity.uscc import make_uscc
from marketplace.kernel.errors import N_, DomainError, RuleViolation
from marketplace.kernel.imports import ImportContext, Importer, Report, RowOutcome
from marketplace.kernel.sheets import CellKind, Column, SheetSpec
from marketplace.policy.programme_words import TitleGrade, TitleKind

_SAMPLE_USCC = make_uscc("540102", 1)
_PLAIN = ("name", "address", "legal_representative", "contact_name", "contact_phone", "founded_on", "legal_form", "industry_code")

FIRM_SHEET = SheetSpec(
    name="enterprises",
    title=N_("企业名单"),
    columns=(
        Column("uscc", N_("统一社会信用代码"), CellKind.USCC, required=True, aliases=(N_("信用代码"), N_("社会信用代码"))),
        Column("name", N_("企业名称"), required=True, max_length=120, aliases=(N_("单位名称"), N_("单位全称"), N_("名称"))),
        Column(
            "region_code", N_("所在县区"), required=True, help=N_("名称或 6 位代码，例如 城关区 写作 西藏自治区拉萨市城关区 或 540102。")
        ),
        Column("park_code", N_("所在园区"), help=N_("在园区的填写，名称或 6 位代码。")),
        Column(
            "industry_code",
            N_("行业小类代码"),
            CellKind.CODE,
            max_length=5,
            digits=4,
            help=N_("国民经济行业分类（GB/T 4754-2017）4 位代码，例如 1522 或 C1522。"),
        ),
        Column("address", N_("经营地址"), max_length=200),
        Column("legal_representative", N_("法定代表人"), max_length=60),
        Column("founded_on", N_("成立日期"), CellKind.DATE),
        Column("legal_form", N_("组织形式"), CellKind.CHOICE, choices=LegalForm.labels()),
        Column("contact_name", N_("联系人"), max_length=60),
        Column("contact_phone", N_("联系电话"), max_length=30),
        Column("main_products", N_("主要产品或服务"), max_length=500),
        Column("year", N_("数据年度"), CellKind.INTEGER, help=N_("填写从业人员、营业收入、资产总额所属的年度，四项一起填。")),
        Column("employees", N_("从业人员"), CellKind.INTEGER),
        Column("revenue_fen", N_("营业收入"), CellKind.YUAN, help=N_("单位元；也可以写 1200万。")),
        Column("assets_fen", N_("资产总额"), CellKind.YUAN, help=N_("单位元；也可以写 1200万。")),
    ),
    sample=(
        {
            "uscc": _SAMPLE_USCC,
            "name": N_("拉萨示例水业有限公司"),
            "region_code": N_("西藏自治区拉萨市城关区"),
            "industry_code": "1522",
            "founded_on": "2018-05-20",
            "year": "2025",
            "employees": "35",
            "revenue_fen": "12000000",
            "assets_fen": "20000000",
        },
    ),
    notes=(N_("已在平台的企业按信用代码更新，空着的格不改动原有内容。"), N_("导入的新企业为“待核实”，可在企业列表里批量核实。")),
    unique=("uscc",),
)

TITLE_SHEET = SheetSpec(
    name="titles",
    title=N_("称号名册"),
    columns=(
        Column("uscc", N_("统一社会信用代码"), CellKind.USCC, required=True, aliases=(N_("信用代码"),)),
        Column("name", N_("企业名称"), max_length=120, help=N_("便于核对，以信用代码为准。"), aliases=(N_("单位名称"),)),
        Column("kind", N_("称号"), CellKind.CHOICE, required=True, choices=TitleKind.labels()),
        Column("number", N_("证书编号"), max_length=60),
        Column("granted_by", N_("授予机关"), max_length=120),
        Column("document", N_("文号"), max_length=200),
        Column("valid_from", N_("有效期起"), CellKind.DATE, required=True),
        Column("valid_until", N_("有效期止"), CellKind.DATE, help=N_("当天仍有效；证书没有印的留空。")),
        Column("grade", N_("称号级别"), CellKind.CHOICE, choices=TitleGrade.labels(), help=N_("空着的不改动原有级别。")),
    ),
    sample=({"uscc": _SAMPLE_USCC, "name": N_("拉萨示例水业有限公司"), "kind": N_("专精特新中小企业"), "valid_from": "2025-01-01"},),
    notes=(N_("企业须已在平台登记。同一企业、同一称号、同一起始日期的行会更新原有记录。"),),
    unique=(("uscc", "kind", "valid_from"),),
)


def _place(text: str | None, field: str) -> str | None:
    """The code of a region or park given by name or code. Raises: DomainError beside the column."""
    if not text:
        return None
    try:
        return regions.find(text).code
    except DomainError as refusal:
        refusal.field = field
        raise


def _check_area(region_code: str, park_code: str | None, context: ImportContext) -> None:
    if not may_act(context.areas, region_code, park_code):
        raise RuleViolation(N_("不在您的管辖区域内，请由所在地主管部门导入。"), field="region_code")


def _stored_facts(organisation: Organisation) -> OrganisationFacts:
    return OrganisationFacts(**{name: getattr(organisation, name) for name in OrganisationFacts.__slots__})


def store_firm(row: Mapping[str, Any], context: ImportContext) -> RowOutcome:
    """One firm of the list: made, or brought up to date where the row says something."""
    region, park = _place(row["region_code"], "region_code"), _place(row["park_code"], "park_code")
    assert region is not None, "the column is required"
    _check_area(region, park, context)
    given = {name: row[name] for name in _PLAIN if row[name] is not None} | {"region_code": region}
    given |= {"park_code": park} if park else {}
    given |= {"industry_code": industries.spelt(given["industry_code"])} if "industry_code" in given else {}
    known = identity_queries.by_uscc(row["uscc"])
    if known is None:
        made = identity.register_organisation(OrganisationFacts(uscc=row["uscc"], **given), actor_id=context.actor_id)
        organisation_id, changed = made.id, True
    else:
        _check_area(known.region_code, known.park_code, context)
        organisation_id, changed = known.id, False
    changed |= _store_profile(organisation_id, given, row["main_products"], context)
    changed |= _store_figures(organisation_id, row, context)
    return RowOutcome.STORED if changed else RowOutcome.UNCHANGED


def _store_profile(organisation_id: Any, given: Mapping[str, Any], products: str | None, context: ImportContext) -> bool:
    organisation = identity_queries.organisation(organisation_id)
    before, own = _stored_facts(organisation), profile(organisation_id)
    wanted = replace(before, **given)
    words = FirmProfile(products if products is not None else own.main_products if own else "", own.introduction if own else "")
    if own is not None and wanted == before and words.main_products == own.main_products:
        return False
    seen, actor_id = organisation.version, context.actor_id
    identity.change_organisation(organisation_id, wanted, seen_version=seen, actor_id=actor_id, now=context.now, by_authority=True)
    service.keep_profile(organisation_id, words, actor_id=actor_id)
    return True


def _store_figures(organisation_id: Any, row: Mapping[str, Any], context: ImportContext) -> bool:
    keys = ("year", "employees", "revenue_fen", "assets_fen")
    missing = [key for key in keys if row[key] is None]
    if len(missing) == len(keys):
        return False
    if missing:
        raise RuleViolation(N_("数据年度、从业人员、营业收入、资产总额要一起填写。"), field=missing[0])
    figures = Figures(**{key: row[key] for key in keys}, source=N_("主管部门导入"))
    return service.register_year(organisation_id, figures, actor_id=context.actor_id, today=context.today)


def store_title(row: Mapping[str, Any], context: ImportContext) -> RowOutcome:
    """One title of the register."""
    organisation = identity_queries.by_uscc(row["uscc"])
    if organisation is None:
        raise RuleViolation(N_("平台上没有这家企业。请先导入企业名单，再导入称号。"), field="uscc")
    if not may_act(context.areas, organisation.region_code, organisation.park_code):
        raise RuleViolation(N_("不在您的管辖区域内，请由所在地主管部门导入。"), field="uscc")
    facts = TitleFacts(
        kind=TitleKind(row["kind"]),
        valid_from=row["valid_from"],
        valid_until=row["valid_until"],
        number=row["number"] or "",
        granted_by=row["granted_by"] or "",
        document=row["document"] or "",
        grade=TitleGrade(row["grade"]) if row["grade"] else None,
    )
    changed = service.register_title(organisation.id, facts, actor_id=context.actor_id)
    return RowOutcome.STORED if changed else RowOutcome.UNCHANGED


def _finish(kind: str) -> Any:
    def note(context: ImportContext, report: Report) -> None:
        audit.record(
            f"{kind}.imported", actor_id=context.actor_id, subject_type="import", subject_id=context.import_id,
            stored=report.stored, unchanged=report.unchanged, refused=len(report.errors),
        )  # fmt: skip

    return note


FIRMS = Importer(kind="enterprises", title=N_("企业"), spec=FIRM_SHEET, store_row=store_firm, finish=_finish("enterprises"))
TITLES = Importer(kind="titles", title=N_("称号名册"), spec=TITLE_SHEET, store_row=store_title, finish=_finish("titles"))
