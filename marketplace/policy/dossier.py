"""What a provider's yearly dossier can hold and a rule set can ask for, each fact with dated evidence (年度档案).

One vocabulary for the form, the table and the rule sets. How an answer stands in a row depends on its kind; see `AnswerKind`.
"""

from __future__ import annotations

from enum import StrEnum

from marketplace.kernel.errors import N_
from marketplace.kernel.lifecycle import Word


class AnswerKind(StrEnum):
    """What a fact is, and where a row of the dossier keeps it."""

    YES_NO = "yes_no"  # number: 1 yes, 0 no; no row at all is neither
    AMOUNT_FEN = "amount_fen"  # number, in fen
    DATE = "date"  # dated_on
    WORD = "word"  # title: a value of OrganisationKind
    COUNT = "count"  # number
    ENTRY = "entry"  # each row is one


class DossierKind(Word):
    """One kind of fact. Those of `_OTHER_ANSWERS` have answers of their own, all others are yes or no."""

    OPERATING_SINCE = "operating_since", N_("开始运营的日期")
    TOTAL_ASSETS = "total_assets", N_("资产总额（上年末，经审计）")
    ORGANISATION_KIND = "organisation_kind", N_("机构类型")
    HONOUR = "honour", N_("地（市）级及以上部门的认定、表彰、资助")

    INDEPENDENT_LEGAL_PERSON = "independent_legal_person", N_("独立法人资格（法人证书、营业执照）")
    FINANCES_SOUND = "finances_sound", N_("财务收支状况良好（上一年度专项审计报告）")
    PREMISES = "premises", N_("固定的经营服务场所（产权证书或租赁合同）")
    EQUIPMENT = "equipment", N_("必要的服务设施、仪器设备")
    MANAGEMENT_RULES = "management_rules", N_("管理制度")
    SERVICE_PROCESS = "service_process", N_("服务流程")
    CHARGE_LIST = "charge_list", N_("收费标准")
    QUALITY_ASSURANCE = "quality_assurance", N_("服务质量保证措施")
    SMALL_FIRM_DISCOUNT = "small_firm_discount", N_("对小型微型企业的收费优惠规定")
    DEVELOPMENT_PLAN = "development_plan", N_("发展规划")
    YEARLY_GOALS = "yearly_goals", N_("年度服务目标")
    MANAGEMENT_TEAM = "management_team", N_("管理团队和人才队伍（名单）")
    LEADER_IN_GOOD_STANDING = "leader_in_good_standing", N_("主要负责人诚信守法（信用查询结果）")
    INFORMATION_SYSTEM = "information_system", N_("开放的信息服务系统")
    ONLINE_OFFLINE_LINKAGE = "online_offline_linkage", N_("在线服务、线上线下联动功能")
    TECHNICAL_RESOURCES = "technical_resources", N_("组织技术服务资源的能力")
    EXPERT_POOL = "expert_pool", N_("专家库")
    PROJECT_POOL = "project_pool", N_("新产品、新技术项目库")
    LARGE_INSTRUMENTS = "large_instruments", N_("拥有大型、精密仪器设备")
    INSTRUMENTS_SHARED = "instruments_shared", N_("大型、精密仪器设备与中小企业共享")
    STARTUP_PROJECT_POOL = "startup_project_pool", N_("创业项目库")
    STARTUP_GUIDE = "startup_guide", N_("创业指南")
    STARTUP_HOTLINE = "startup_hotline", N_("创业服务热线")
    AGENCY_SERVICE = "agency_service", N_("政务代理服务")
    TRAINING_LICENCE = "training_licence", N_("培训资质")
    TRAINING_FILING = "training_filing", N_("在中小企业主管部门备案")
    TRAINING_ONLINE = "training_online", N_("线上培训能力")
    TRAINING_OFFLINE = "training_offline", N_("线下培训能力")
    TRAINING_EVALUATION = "training_evaluation", N_("培训服务评价机制")
    IDC_LICENCE = "idc_licence", N_("互联网数据中心业务（IDC）经营许可证")
    ISP_LICENCE = "isp_licence", N_("互联网接入服务业务（ISP）经营许可证")
    COMPUTE_CAPACITY = "compute_capacity", N_("可对外提供的算力规模（PFLOPS）")
    FINANCE_ADVICE = "finance_advice", N_("融资产品咨询、企业融资策划、产融对接等服务")


_OTHER_ANSWERS: dict[DossierKind, AnswerKind] = {
    DossierKind.OPERATING_SINCE: AnswerKind.DATE,
    DossierKind.TOTAL_ASSETS: AnswerKind.AMOUNT_FEN,
    DossierKind.ORGANISATION_KIND: AnswerKind.WORD,
    DossierKind.HONOUR: AnswerKind.ENTRY,
    DossierKind.COMPUTE_CAPACITY: AnswerKind.COUNT,
}
LICENCES = frozenset({DossierKind.IDC_LICENCE, DossierKind.ISP_LICENCE})  # asked for by programmes, by no evaluation
YES_NO_KINDS = frozenset(DossierKind) - frozenset(_OTHER_ANSWERS) - LICENCES
COUNTS = tuple(kind for kind, answer in _OTHER_ANSWERS.items() if answer is AnswerKind.COUNT)


def answer_of(kind: DossierKind) -> AnswerKind:
    """What kind of answer a fact has."""
    return _OTHER_ANSWERS.get(kind, AnswerKind.YES_NO)


class OrganisationKind(Word):
    """What kind of body a provider is, as rule sets tell them apart."""

    SME_SERVICE_BODY = "sme_service_body", N_("中小企业服务机构")
    INTERMEDIARY = "intermediary", N_("社会中介机构")
    TECHNICAL_SERVICE_BODY = "technical_service_body", N_("技术服务机构")
    RESEARCH_INSTITUTE = "research_institute", N_("科研院所")
    INTERNET_SERVICE_FIRM = "internet_service_firm", N_("基于互联网等提供创新创业服务的企业")
    OTHER = "other", N_("其他")
