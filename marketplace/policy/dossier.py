"""What a rule set can ask of a provider's yearly dossier: items answered yes or no, each with dated evidence (年度档案)."""

from __future__ import annotations

from enum import StrEnum

from marketplace.kernel.errors import N_


class DossierItem(StrEnum):
    """One yes-or-no item. No answer is not "no"."""

    INDEPENDENT_LEGAL_PERSON = "independent_legal_person"
    FINANCES_SOUND = "finances_sound"
    PREMISES = "premises"
    EQUIPMENT = "equipment"
    MANAGEMENT_RULES = "management_rules"
    SERVICE_PROCESS = "service_process"
    CHARGE_LIST = "charge_list"
    QUALITY_ASSURANCE = "quality_assurance"
    SMALL_FIRM_DISCOUNT = "small_firm_discount"
    DEVELOPMENT_PLAN = "development_plan"
    YEARLY_GOALS = "yearly_goals"
    MANAGEMENT_TEAM = "management_team"
    LEADER_IN_GOOD_STANDING = "leader_in_good_standing"
    INFORMATION_SYSTEM = "information_system"
    ONLINE_OFFLINE_LINKAGE = "online_offline_linkage"
    TECHNICAL_RESOURCES = "technical_resources"
    EXPERT_POOL = "expert_pool"
    PROJECT_POOL = "project_pool"
    LARGE_INSTRUMENTS = "large_instruments"
    INSTRUMENTS_SHARED = "instruments_shared"
    STARTUP_PROJECT_POOL = "startup_project_pool"
    STARTUP_GUIDE = "startup_guide"
    STARTUP_HOTLINE = "startup_hotline"
    AGENCY_SERVICE = "agency_service"
    TRAINING_LICENCE = "training_licence"
    TRAINING_FILING = "training_filing"
    TRAINING_ONLINE = "training_online"
    TRAINING_OFFLINE = "training_offline"
    TRAINING_EVALUATION = "training_evaluation"
    FINANCE_ADVICE = "finance_advice"


ITEM_LABELS: dict[DossierItem, str] = {
    DossierItem.INDEPENDENT_LEGAL_PERSON: N_("独立法人资格（法人证书、营业执照）"),
    DossierItem.FINANCES_SOUND: N_("财务收支状况良好（上一年度专项审计报告）"),
    DossierItem.PREMISES: N_("固定的经营服务场所（产权证书或租赁合同）"),
    DossierItem.EQUIPMENT: N_("必要的服务设施、仪器设备"),
    DossierItem.MANAGEMENT_RULES: N_("管理制度"),
    DossierItem.SERVICE_PROCESS: N_("服务流程"),
    DossierItem.CHARGE_LIST: N_("收费标准"),
    DossierItem.QUALITY_ASSURANCE: N_("服务质量保证措施"),
    DossierItem.SMALL_FIRM_DISCOUNT: N_("对小型微型企业的收费优惠规定"),
    DossierItem.DEVELOPMENT_PLAN: N_("发展规划"),
    DossierItem.YEARLY_GOALS: N_("年度服务目标"),
    DossierItem.MANAGEMENT_TEAM: N_("管理团队和人才队伍（名单）"),
    DossierItem.LEADER_IN_GOOD_STANDING: N_("主要负责人诚信守法（信用查询结果）"),
    DossierItem.INFORMATION_SYSTEM: N_("开放的信息服务系统"),
    DossierItem.ONLINE_OFFLINE_LINKAGE: N_("在线服务、线上线下联动功能"),
    DossierItem.TECHNICAL_RESOURCES: N_("组织技术服务资源的能力"),
    DossierItem.EXPERT_POOL: N_("专家库"),
    DossierItem.PROJECT_POOL: N_("新产品、新技术项目库"),
    DossierItem.LARGE_INSTRUMENTS: N_("拥有大型、精密仪器设备"),
    DossierItem.INSTRUMENTS_SHARED: N_("大型、精密仪器设备与中小企业共享"),
    DossierItem.STARTUP_PROJECT_POOL: N_("创业项目库"),
    DossierItem.STARTUP_GUIDE: N_("创业指南"),
    DossierItem.STARTUP_HOTLINE: N_("创业服务热线"),
    DossierItem.AGENCY_SERVICE: N_("政务代理服务"),
    DossierItem.TRAINING_LICENCE: N_("培训资质"),
    DossierItem.TRAINING_FILING: N_("在中小企业主管部门备案"),
    DossierItem.TRAINING_ONLINE: N_("线上培训能力"),
    DossierItem.TRAINING_OFFLINE: N_("线下培训能力"),
    DossierItem.TRAINING_EVALUATION: N_("培训服务评价机制"),
    DossierItem.FINANCE_ADVICE: N_("融资产品咨询、企业融资策划、产融对接等服务"),
}


class OrganisationKind(StrEnum):
    """What kind of body a provider is, as rule sets tell them apart."""

    SME_SERVICE_BODY = "sme_service_body"
    INTERMEDIARY = "intermediary"
    TECHNICAL_SERVICE_BODY = "technical_service_body"
    RESEARCH_INSTITUTE = "research_institute"
    INTERNET_SERVICE_FIRM = "internet_service_firm"
    OTHER = "other"


ORGANISATION_KIND_LABELS: dict[OrganisationKind, str] = {
    OrganisationKind.SME_SERVICE_BODY: N_("中小企业服务机构"),
    OrganisationKind.INTERMEDIARY: N_("社会中介机构"),
    OrganisationKind.TECHNICAL_SERVICE_BODY: N_("技术服务机构"),
    OrganisationKind.RESEARCH_INSTITUTE: N_("科研院所"),
    OrganisationKind.INTERNET_SERVICE_FIRM: N_("基于互联网等提供创新创业服务的企业"),
    OrganisationKind.OTHER: N_("其他"),
}
