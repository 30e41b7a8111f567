"""The words a programme file may use, each with its Chinese label.

A word known from other programmes that this version cannot run is listed too, so the refusal can say "not yet" instead of "unknown".
"""

from marketplace.kernel.errors import N_
from marketplace.kernel.lifecycle import Word


class Format(Word):
    """So an old file is still read rightly when the keys change."""

    PROGRAMME_1 = "programme/1", N_("项目规则文件，第 1 版格式")
    PROGRAMME_2 = "programme/2", N_("项目规则文件，第 2 版格式")


class ProgrammeKind(Word):
    SERVICE = "service", N_("企业服务券")
    INNOVATION = "innovation", N_("创新券")
    COMPUTE = "compute", N_("算力券")


class Instrument(Word):
    QUOTA = "quota", N_("额度券：下单时从资金池扣减")
    FACE_VALUE = "face_value", N_("面额券：发放时从资金池划出")
    INSTANT_DEDUCT = "instant_deduct", N_("即时抵扣")
    POST_SUBSIDY = "post_subsidy", N_("事后补助")
    PROVIDER_WHOLESALE = "provider_wholesale", N_("服务机构批量采购")
    FEE_OFFSET = "fee_offset", N_("规费抵缴")


INSTRUMENTS_NOT_YET = frozenset({Instrument.INSTANT_DEDUCT, Instrument.POST_SUBSIDY, Instrument.PROVIDER_WHOLESALE, Instrument.FEE_OFFSET})


class SizeClass(Word):
    """工信部联企业〔2011〕300号; `not_covered` where its table has no row for the industry. The same words as the profile's."""

    MICRO = "micro", N_("微型企业")
    SMALL = "small", N_("小型企业")
    MEDIUM = "medium", N_("中型企业")
    LARGE = "large", N_("大型企业")
    NOT_COVERED = "not_covered", N_("划型标准未覆盖")


class TitleKind(Word):
    """A title a firm can hold in the register (称号)."""

    TECH_SME = "tech_sme", N_("科技型中小企业")
    INNOVATIVE = "innovative", N_("创新型中小企业")
    TECH_AND_INNOVATIVE = "tech_and_innovative", N_("科技和创新型中小企业")
    SPECIALISED = "specialised", N_("专精特新中小企业")
    LITTLE_GIANT = "little_giant", N_("专精特新“小巨人”企业")
    SINGLE_CHAMPION = "single_champion", N_("制造业单项冠军企业")
    HIGH_TECH = "high_tech", N_("高新技术企业")
    INNOVATION_DEMONSTRATION = "innovation_demonstration", N_("技术创新示范企业")
    PATENT_DEMONSTRATION = "patent_demonstration", N_("知识产权优势/示范企业")
    CHAIN_LEADER = "chain_leader", N_("链主企业")
    SCALED_UP = "scaled_up", N_("小升规企业")  # grown past the threshold of 规上


class AllocationMode(Word):
    AUTO_CREDIT = "auto_credit", N_("认证后自动到账")
    FIRST_COME = "first_come", N_("按申领先后")
    PRIORITY_THEN_FIRST_COME = "priority_then_first_come", N_("重点企业优先，其余按申领先后")
    REVIEW = "review", N_("逐级审核")
    ADMIN_PUSH = "admin_push", N_("主管部门直接发放")
    COMPETITIVE_SCORE = "competitive_score", N_("竞争评分")
    LOTTERY = "lottery", N_("摇号")


ALLOCATIONS_NOT_YET = frozenset({AllocationMode.COMPETITIVE_SCORE, AllocationMode.LOTTERY})


class Remainder(Word):
    """What the first application gets that no longer fits into the money left."""

    STOP = "stop", N_("余额不足一份时停止发放")
    GRANT_PART = "grant_part", N_("余额不足一份时发放剩余部分")


class CapScope(Word):
    ORDER = "order", N_("每笔订单")
    ENTERPRISE_YEAR = "enterprise_year", N_("每家企业每年")
    PROVIDER_YEAR = "provider_year", N_("每家服务机构每年")
    PAIR = "pair", N_("同一企业与同一服务机构每年")
    CATEGORY = "category", N_("每个服务类别每批次")
    ROUND = "round", N_("每家企业每批次")
    CONTRACT = "contract", N_("每份合同")
    ENTERPRISE_CYCLE = "enterprise_cycle", N_("每家企业每个周期")
    ENTERPRISE_LIFE = "enterprise_life", N_("每家企业累计")
    PROVIDER_CYCLE = "provider_cycle", N_("每家服务机构每个周期")
    PROVIDER_LIFE = "provider_life", N_("每家服务机构累计")
    REGION = "region", N_("企业所在地区每批次")


CAPS_OF_A_FIRM = frozenset({CapScope.ENTERPRISE_YEAR, CapScope.ENTERPRISE_CYCLE, CapScope.ENTERPRISE_LIFE, CapScope.ROUND})
CAPS_PER_CYCLE = frozenset({CapScope.ENTERPRISE_CYCLE, CapScope.PROVIDER_CYCLE})
CAPS_OF_ONE_ORDER = frozenset({CapScope.ORDER, CapScope.CONTRACT})  # an order has one contract
CAPS_SINCE_2 = frozenset(
    {
        CapScope.CONTRACT,
        CapScope.ENTERPRISE_CYCLE,
        CapScope.ENTERPRISE_LIFE,
        CapScope.PROVIDER_CYCLE,
        CapScope.PROVIDER_LIFE,
        CapScope.REGION,
    }
)


class Base(Word):
    CONTRACT = "contract", N_("合同金额")
    INVOICE = "invoice", N_("发票金额")
    PAYMENT = "payment", N_("实付金额")
    MIN = "min", N_("合同、发票、实付三者中最低的金额")


class DayKind(Word):
    NATURAL = "natural", N_("自然日")
    WORKING = "working", N_("工作日")


class UnusedRule(Word):
    RECLAIM_TO_POOL = "reclaim_to_pool", N_("收回资金池")
    WAITLIST_BACKFILL = "waitlist_backfill", N_("收回后按候补顺序补发")
    VOID = "void", N_("作废，不再发放")


class Payee(Word):
    PROVIDER = "provider", N_("服务机构")
    SME = "sme", N_("中小企业")
    FEE_OFFICE = "fee_office", N_("收费部门")
    AGENCY = "agency", N_("承办机构")


PAYEES_NOT_YET = frozenset({Payee.FEE_OFFICE, Payee.AGENCY})


class NotGranted(Word):
    """Where money goes that was redeemed but not approved for payment."""

    VOUCHER = "voucher", N_("退回服务券，可再次使用")
    POOL = "pool", N_("退回资金池")
    NONE = "none", N_("不退还、不补差")


class Silence(Word):
    """What happens when a firm neither accepts nor returns a delivery in time."""

    ACCEPT = "accept", N_("视为验收，按已有材料核销")
    ASK_OFFICER = "ask_officer", N_("由主管部门裁定")
    LAPSE = "lapse", N_("到验收截止日订单失效，券额退回")


class EvidenceStep(Word):
    CONTRACT = "contract", N_("签订合同")
    DELIVERY = "delivery", N_("交付服务")
    CLAIM = "claim", N_("申请兑付")


class DocumentKind(Word):
    CONTRACT = "contract", N_("服务合同")
    INVOICE = "invoice", N_("全额发票")
    BANK_TRANSFER_SLIP = "bank_transfer_slip", N_("对公转账凭证")
    DELIVERABLE = "deliverable", N_("服务成果")
    SERVICE_RECORD = "service_record", N_("服务过程记录")
    ACCEPTANCE_FORM = "acceptance_form", N_("验收单")
    RATING = "rating", N_("企业评价")
    QUOTATION = "quotation", N_("报价单")
    PHOTO = "photo", N_("现场照片")
    METERING_LOG = "metering_log", N_("用量计量记录")


class AppropriationSource(Word):
    CENTRAL = "central", N_("中央财政资金")
    REGION = "region", N_("自治区（省）财政资金")
    PREFECTURE = "prefecture", N_("地（市、州）财政资金")
    COUNTY = "county", N_("县（市、区）配套资金")


class ServiceFunction(Word):
    """The functions by which a demonstration platform is evaluated (domain rule set of 西藏示范平台, item 三)."""

    INFORMATION = "information", N_("信息服务")
    TECHNOLOGY = "technology", N_("技术服务")
    ENTREPRENEURSHIP = "entrepreneurship", N_("创业服务")
    TRAINING = "training", N_("培训服务")
    FINANCE = "finance", N_("融资服务")
    OTHER = "other", N_("其他服务")
