"""What a provider's yearly dossier can hold and a rule set can ask for, each fact with dated evidence (年度档案).

One vocabulary for the form, the table and the rule sets. How an answer stands in a row of the dossier depends on its kind; see `Answer`.
"""

from __future__ import annotations

from enum import StrEnum

from marketplace.kernel.errors import N_


class Answer(StrEnum):
    """What a fact is, and where a row of the dossier keeps it."""

    YES_NO = "yes_no"  # number: 1 yes, 0 no; no row at all is neither
    AMOUNT_FEN = "amount_fen"  # number, in fen
    DATE = "date"  # dated_on
    WORD = "word"  # title: a value of OrganisationKind
    ENTRY = "entry"  # each row is one


class DossierKind(StrEnum):
    """One kind of fact. The first four have answers of their own, all others are yes or no."""

    OPERATING_SINCE = "operating_since"
    TOTAL_ASSETS = "total_assets"
    ORGANISATION_KIND = "organisation_kind"
    HONOUR = "honour"

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


KIND_LABELS: dict[DossierKind, str] = {
    DossierKind.OPERATING_SINCE: N_("开始运营的日期"),
    DossierKind.TOTAL_ASSETS: N_("资产总额（上年末，经审计）"),
    DossierKind.ORGANISATION_KIND: N_("机构类型"),
    DossierKind.HONOUR: N_("地（市）级及以上部门的认定、表彰、资助"),
    DossierKind.INDEPENDENT_LEGAL_PERSON: N_("独立法人资格（法人证书、营业执照）"),
    DossierKind.FINANCES_SOUND: N_("财务收支状况良好（上一年度专项审计报告）"),
    DossierKind.PREMISES: N_("固定的经营服务场所（产权证书或租赁合同）"),
    DossierKind.EQUIPMENT: N_("必要的服务设施、仪器设备"),
    DossierKind.MANAGEMENT_RULES: N_("管理制度"),
    DossierKind.SERVICE_PROCESS: N_("服务流程"),
    DossierKind.CHARGE_LIST: N_("收费标准"),
    DossierKind.QUALITY_ASSURANCE: N_("服务质量保证措施"),
    DossierKind.SMALL_FIRM_DISCOUNT: N_("对小型微型企业的收费优惠规定"),
    DossierKind.DEVELOPMENT_PLAN: N_("发展规划"),
    DossierKind.YEARLY_GOALS: N_("年度服务目标"),
    DossierKind.MANAGEMENT_TEAM: N_("管理团队和人才队伍（名单）"),
    DossierKind.LEADER_IN_GOOD_STANDING: N_("主要负责人诚信守法（信用查询结果）"),
    DossierKind.INFORMATION_SYSTEM: N_("开放的信息服务系统"),
    DossierKind.ONLINE_OFFLINE_LINKAGE: N_("在线服务、线上线下联动功能"),
    DossierKind.TECHNICAL_RESOURCES: N_("组织技术服务资源的能力"),
    DossierKind.EXPERT_POOL: N_("专家库"),
    DossierKind.PROJECT_POOL: N_("新产品、新技术项目库"),
    DossierKind.LARGE_INSTRUMENTS: N_("拥有大型、精密仪器设备"),
    DossierKind.INSTRUMENTS_SHARED: N_("大型、精密仪器设备与中小企业共享"),
    DossierKind.STARTUP_PROJECT_POOL: N_("创业项目库"),
    DossierKind.STARTUP_GUIDE: N_("创业指南"),
    DossierKind.STARTUP_HOTLINE: N_("创业服务热线"),
    DossierKind.AGENCY_SERVICE: N_("政务代理服务"),
    DossierKind.TRAINING_LICENCE: N_("培训资质"),
    DossierKind.TRAINING_FILING: N_("在中小企业主管部门备案"),
    DossierKind.TRAINING_ONLINE: N_("线上培训能力"),
    DossierKind.TRAINING_OFFLINE: N_("线下培训能力"),
    DossierKind.TRAINING_EVALUATION: N_("培训服务评价机制"),
    DossierKind.FINANCE_ADVICE: N_("融资产品咨询、企业融资策划、产融对接等服务"),
}


_OTHER_ANSWERS: dict[DossierKind, Answer] = {
    DossierKind.OPERATING_SINCE: Answer.DATE,
    DossierKind.TOTAL_ASSETS: Answer.AMOUNT_FEN,
    DossierKind.ORGANISATION_KIND: Answer.WORD,
    DossierKind.HONOUR: Answer.ENTRY,
}
YES_NO_KINDS = frozenset(DossierKind) - frozenset(_OTHER_ANSWERS)


def answer_of(kind: DossierKind) -> Answer:
    """What kind of answer a fact has."""
    return _OTHER_ANSWERS.get(kind, Answer.YES_NO)


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
