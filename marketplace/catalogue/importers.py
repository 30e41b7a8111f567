"""Lists brought in from Excel: providers of an existing register, a provider's staff, the region's experts."""

from collections.abc import Mapping
from typing import Any

from marketplace.catalogue.lifecycle import ProviderState
from marketplace.catalogue.rules.admission import Profile
from marketplace.catalogue.rules.dossier import Degree, ProfessionalTitle, StaffFacts
from marketplace.catalogue.service import admission, people
from marketplace.catalogue.service.people import ExpertFacts
from marketplace.identity import queries as identity
from marketplace.identity import regions
from marketplace.identity import service as identity_service
from marketplace.identity.lifecycle import OrganisationState
from marketplace.identity.models import Organisation, OrganisationFacts
from marketplace.identity.scope import may_act
from marketplace.kernel.errors import N_, DomainError, RuleViolation
from marketplace.kernel.ids import uuid7
from marketplace.kernel.imports import ImportContext, Importer, RowOutcome
from marketplace.kernel.sheets import CellKind, Column, SheetSpec
from marketplace.policy.service_categories import category_names

SEPARATORS = str.maketrans(dict.fromkeys("，,；;/\n", "、"))

PROVIDER_SHEET = SheetSpec(
    name="providers",
    title="服务机构",
    columns=(
        Column("uscc", "统一社会信用代码", CellKind.USCC, required=True),
        Column("name", "机构名称", required=True, max_length=120),
        Column("region", "所在县区", required=True, help="县区全称或 6 位代码，例如 540102", aliases=("行政区划代码", "所在地区")),
        Column("address", "地址"),
        Column("legal_representative", "法定代表人", max_length=60),
        Column("contact_name", "联系人", max_length=60),
        Column("contact_phone", "联系电话", CellKind.CODE, max_length=30),
        Column("hotline", "服务热线", CellKind.CODE, max_length=30),
        Column("categories", "服务类别", required=True, help="多个类别用顿号隔开：" + "、".join(category_names().values())),
        Column("introduction", "机构简介", max_length=2000),
        Column("document", "入库依据文件", help="已由主管部门公布入库的，填文件名称和文号；未入库的留空，由机构自行申请", max_length=200),
        Column("admitted_on", "入库日期", CellKind.DATE),
    ),
    sample=(
        {
            "uscc": "52540102MA0000015C", "name": "示例服务机构", "region": "540102", "categories": "知识产权、法律服务",
            "hotline": "0891-6000000", "document": "关于公布服务机构名单的通知（〔2025〕1 号）", "admitted_on": "2025-06-01",
        },
    ),
    notes=("同一机构再次导入时，只更新有变化的内容。",),
    unique=("uscc",),
)  # fmt: skip


def store_provider(row: Mapping[str, Any], context: ImportContext) -> RowOutcome:
    """One provider: its organisation, its introduction, and its place in the register if a document gave it one."""
    region = regions.find(row["region"]).code
    if not may_act(context.areas, region):
        raise RuleViolation(N_("该机构不在您的管辖区域，请由所在地主管部门导入。"), field="region")
    organisation, is_new = _organisation(row, region, context)
    known = admission.open_file(organisation.id, actor_id=context.actor_id)
    before = (admission.profile_of(known), known.state)
    provider = admission.save_profile(organisation.id, _profile(row, known.service_regions or [region]), actor_id=context.actor_id)
    if row["document"] and provider.state is ProviderState.DRAFT:
        admitted_on = row["admitted_on"] or context.today
        provider = admission.enter(
            provider.id, document=row["document"], admitted_on=admitted_on, actor_id=context.actor_id, now=context.now
        )
    changed = is_new or before != (admission.profile_of(provider), provider.state)
    return RowOutcome.STORED if changed else RowOutcome.UNCHANGED


def _organisation(row: Mapping[str, Any], region: str, context: ImportContext) -> tuple[Organisation, bool]:
    known = identity.by_uscc(row["uscc"])
    if known is not None:
        if known.name != row["name"]:
            raise RuleViolation(N_("该信用代码已登记为“%(name)s”，请核对机构名称。"), field="name", name=known.name)
        return known, False
    facts = OrganisationFacts(
        uscc=row["uscc"],
        name=row["name"],
        region_code=regions.check_region(region),
        address=row["address"] or "",
        legal_representative=row["legal_representative"] or "",
        contact_name=row["contact_name"] or "",
        contact_phone=row["contact_phone"] or "",
    )
    made = identity_service.register_organisation(facts, actor_id=context.actor_id)
    if row["document"]:  # whoever stands in a published list was verified for it
        identity_service.decide_organisation(
            made.id,
            OrganisationState.VERIFIED,
            reason=N_("依据：%(document)s", document=row["document"]),
            actor_id=context.actor_id,
            now=context.now,
        )
    return made, True


def _profile(row: Mapping[str, Any], service_regions: list[str]) -> Profile:
    codes = {name: code for code, name in category_names().items()}
    names = [name.strip() for name in row["categories"].translate(SEPARATORS).split("、") if name.strip()]
    unknown = [name for name in names if name not in codes]
    if unknown:
        raise RuleViolation(N_("没有“%(name)s”这个服务类别。"), field="categories", name=unknown[0])
    return Profile(
        introduction=row["introduction"] or "",
        categories=tuple(codes[name] for name in names),
        service_regions=tuple(service_regions),
        hotline=row["hotline"] or row["contact_phone"] or "",
    )


STAFF_SHEET = SheetSpec(
    name="staff",
    title="服务人员",
    columns=(
        Column("name", "姓名", required=True, max_length=60),
        Column("position", "岗位", max_length=60),
        Column("degree", "学历", CellKind.CHOICE, required=True, choices=Degree.labels()),
        Column("title_level", "职称级别", CellKind.CHOICE, required=True, choices=ProfessionalTitle.labels()),
        Column("title_name", "职称或职业资格名称", max_length=60),
        Column("from_on", "入职日期", CellKind.DATE, required=True),
        Column("until_on", "离职日期", CellKind.DATE, help="仍在岗的留空"),
    ),
    sample=({"name": "示例", "position": "咨询师", "degree": "本科", "title_level": "中级", "from_on": "2023-03-01"},),
    unique=("name",),
)


def store_staff(row: Mapping[str, Any], context: ImportContext) -> RowOutcome:
    """One person of the provider's own list; known people change only by leaving, or after they were returned."""
    facts = StaffFacts(
        name=row["name"],
        position=row["position"] or "",
        degree=row["degree"],
        title_level=row["title_level"],
        title_name=row["title_name"] or "",
        from_on=row["from_on"],
    )
    admission.open_file(context.organisation_id, actor_id=context.actor_id)
    known = people.same_person(context.organisation_id, facts)
    if known is None or people.is_news(known, facts):
        known = people.add_staff(context.organisation_id, facts, actor_id=context.actor_id, request_key=uuid7(), today=context.today)
    elif row["until_on"] is None:
        return RowOutcome.UNCHANGED
    if row["until_on"] is not None:
        people.end_staff(known.id, context.organisation_id, until_on=row["until_on"], actor_id=context.actor_id)
    return RowOutcome.STORED


EXPERT_SHEET = SheetSpec(
    name="experts",
    title="专家",
    columns=(
        Column("name", "姓名", required=True, max_length=60),
        Column("organisation_name", "工作单位", required=True, max_length=120),
        Column("field", "专业领域", required=True, max_length=120),
        Column("title", "职称或职务", max_length=60),
        Column("phone", "联系电话", CellKind.CODE, max_length=30),
        Column("region", "所在地区", required=True, help="地区全称或 6 位代码", aliases=("行政区划代码",)),
    ),
    sample=({"name": "示例", "organisation_name": "示例大学", "field": "食品工程", "title": "教授", "region": "540000"},),
    unique=(("name", "organisation_name"),),
)


def store_expert(row: Mapping[str, Any], context: ImportContext) -> RowOutcome:
    """One expert of the region's pool."""
    try:
        region = regions.find(row["region"]).code
    except DomainError as refusal:
        refusal.field = "region"
        raise
    if not may_act(context.areas, region):
        raise RuleViolation(N_("该专家不在您的管辖区域，请由所在地主管部门导入。"), field="region")
    facts = ExpertFacts(
        name=row["name"],
        organisation_name=row["organisation_name"],
        field=row["field"],
        title=row["title"] or "",
        phone=row["phone"] or "",
        region_code=region,
    )
    _expert, changed = people.put_expert(facts, actor_id=context.actor_id)
    return RowOutcome.STORED if changed else RowOutcome.UNCHANGED


PROVIDERS = Importer(kind="providers", title=N_("服务机构"), spec=PROVIDER_SHEET, store_row=store_provider)
STAFF = Importer(kind="staff", title=N_("服务人员"), spec=STAFF_SHEET, store_row=store_staff)
EXPERTS = Importer(kind="experts", title=N_("专家"), spec=EXPERT_SHEET, store_row=store_expert)
