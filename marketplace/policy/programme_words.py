"""The words a programme file may use, each with its Chinese label."""

from collections.abc import Mapping

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
    SUBSIDY = "subsidy", N_("奖励和补助")


class Instrument(Word):
    QUOTA = "quota", N_("额度券：下单时从资金池扣减")
    FACE_VALUE = "face_value", N_("面额券：发放时从资金池划出")
    AWARD = "award", N_("一次性奖励：凭称号申请，核准后直接拨付企业")
    INSTANT_DEDUCT = "instant_deduct", N_("即时抵扣：无需申领，下单即占用资金，服务机构开票即核销")
    POST_SUBSIDY = "post_subsidy", N_("事后补助：费用发生后凭材料申请，核准后直接拨付企业")
    PROVIDER_WHOLESALE = "provider_wholesale", N_("批量采购：竞争选定服务机构，企业在其额度内用券")
    FEE_OFFSET = "fee_offset", N_("规费抵缴和返还：凭缴费通知申请，核准后拨付收费部门或返还企业")
    PURCHASE = "purchase", N_("政府购买服务：主管部门与服务机构签订合同，企业下单、合同付款")


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
    GAZELLE = "gazelle", N_("瞪羚企业")
    UNICORN = "unicorn", N_("独角兽企业")
    SCALED_UP = "scaled_up", N_("小升规企业")  # grown past the threshold of 规上


class TitleGrade(Word):
    """Who grants a title: the state, the region (or province), the prefecture, the county."""

    NATIONAL = "national", N_("国家级")
    PROVINCE = "province", N_("自治区（省）级")
    PREFECTURE = "prefecture", N_("地（市、州）级")
    COUNTY = "county", N_("县（市、区）级")


class AllocationMode(Word):
    AUTO_CREDIT = "auto_credit", N_("认证后自动到账")
    FIRST_COME = "first_come", N_("按申领先后")
    PRIORITY_THEN_FIRST_COME = "priority_then_first_come", N_("重点企业优先，其余按申领先后")
    REVIEW = "review", N_("逐级审核")
    ADMIN_PUSH = "admin_push", N_("主管部门直接发放")
    COMPETITIVE_SCORE = "competitive_score", N_("竞争评分")
    LOTTERY = "lottery", N_("摇号")


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
CAPS_OF_A_PROVIDER = frozenset({CapScope.PROVIDER_YEAR, CapScope.PROVIDER_CYCLE, CapScope.PROVIDER_LIFE, CapScope.PAIR})
CAPS_PER_CYCLE = frozenset({CapScope.ENTERPRISE_CYCLE, CapScope.PROVIDER_CYCLE})
CAPS_OF_ONE_ORDER = frozenset({CapScope.ORDER, CapScope.CONTRACT})  # an order has one contract


class Base(Word):
    CONTRACT = "contract", N_("合同金额")
    INVOICE = "invoice", N_("发票金额")
    PAYMENT = "payment", N_("实付金额")
    MIN = "min", N_("合同、发票、实付三者中最低的金额")
    METERED = "metered", N_("单价乘以计量的用量，不超过合同金额")


class Tax(Word):
    """Whether the base counts the value added tax; where it does not, the firm bears it."""

    INCLUDED = "included", N_("含税")
    EXCLUDED = "excluded", N_("不含税，增值税由企业承担")


class DayKind(Word):
    NATURAL = "natural", N_("自然日")
    WORKING = "working", N_("工作日")


class UnusedRule(Word):
    RECLAIM_TO_POOL = "reclaim_to_pool", N_("收回资金池")
    WAITLIST_BACKFILL = "waitlist_backfill", N_("收回后按候补顺序补发")
    VOID = "void", N_("作废，不再发放")


class PartsUnused(Word):
    """What becomes of money in a part of a round's budget that nobody there has used."""

    STAY = "stay", N_("不调剂，各项配额各自使用")
    OFFICER = "officer", N_("主管部门说明理由后可以在各项之间调剂")
    ON_DAY = "on_day", N_("到批次确定的统筹日，未用部分归各类统筹使用")


class Payee(Word):
    PROVIDER = "provider", N_("服务机构")
    SME = "sme", N_("中小企业")
    FEE_OFFICE = "fee_office", N_("收费部门")
    AGENCY = "agency", N_("承办机构")


class ClassDay(Word):
    """On which day a firm must be in the class that its voucher was issued for."""

    ISSUE = "issue", N_("发券当日")
    ORDER = "order", N_("发券当日，下单时仍须属于该类别")


class Tie(Word):
    """A fact of the register by which two organisations count as associated (关联)."""

    GROUP = "group", N_("控股单位相同，或一方由另一方控股")
    LEGAL_REPRESENTATIVE = "legal_representative", N_("法定代表人相同")
    ADDRESS = "address", N_("经营地址相同")
    PHONE = "phone", N_("联系电话相同")
    ACCOUNT = "account", N_("银行账号相同")
    DECLARED = "declared", N_("主管部门认定为关联企业")


class AidStage(Word):
    """How far a voucher of another programme must have come before one of this is given."""

    USED = "used", N_("已有订单验收核销")
    COMPLETED = "completed", N_("已有订单核准兑付")


class AidSpan(Word):
    """When what was given under another programme stands against a voucher of this."""

    HELD = "held", N_("持有期间")
    YEAR = "year", N_("同一年度")
    EVER = "ever", N_("任何时候")


class NotGranted(Word):
    """Where money goes that was held for an order and not redeemed at the acceptance, or redeemed and not approved for payment."""

    VOUCHER = "voucher", N_("退回服务券，可再次使用")
    POOL = "pool", N_("退回资金池")
    NONE = "none", N_("不退还、不补差")


class Silence(Word):
    """What happens when a firm neither accepts nor returns a delivery in time."""

    ACCEPT = "accept", N_("视为验收，按已有材料核销")
    ASK_OFFICER = "ask_officer", N_("由主管部门裁定")
    LAPSE = "lapse", N_("到验收截止日订单失效，券额退回")


class PortionMove(Word):
    """Whether a firm's amounts for kinds of service may be moved between them."""

    NONE = "none", N_("各类额度不能互相调整")
    FREE = "free", N_("各类额度可以互相调整")
    SHARE = "share", N_("各类额度可以按比例互相调整")


class PortionMover(Word):
    FIRM = "firm", N_("由企业调整")
    OFFICER = "officer", N_("由主管部门调整")


class AgreedPrice(Word):
    """When a price other than the listed one counts."""

    PROVIDER = "provider", N_("以服务机构上传的合同为准")
    BOTH = "both", N_("由供需双方确认后生效")


class Termination(Word):
    """What becomes of an order that ends after its contract was signed and before it is delivered."""

    RETURN_ALL = "return_all", N_("任何一方可以取消，券额全部退回")
    EARNED = "earned", N_("双方确认已完成的部分，按其核销，其余退回")


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
    IN_KIND_RECORD = "in_kind_record", N_("实物和人工投入证明")  # the firm's own, where its share may be in kind


ASKED_PAPERS = tuple(kind for kind in DocumentKind if kind is not DocumentKind.IN_KIND_RECORD)  # those that a programme may ask for


class EvidenceKind(Word):
    """What a field of the evidence for a subsidy without an order holds."""

    NUMBER = "number", N_("编号：一份材料只用一次")
    COST = "cost", N_("费用金额：补贴按它计算")
    DAY = "day", N_("日期：不晚于申请当日")
    OPTION = "option", N_("选项：只能从列出的内容中选")
    MONTHS = "months", N_("所属月份：同一编号每个月只补助一次")
    RATE = "rate", N_("年利率：超过上限的利息不补助")
    OFFICE = "office", N_("收费部门：从批次登记的收款单位中选")
    OUTSIDE = "outside", N_("目的地：须在适用地区以外")
    TEXT = "text", N_("文字")
    FILE = "file", N_("扫描件")


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


SINCE_2: Mapping[type[Word], frozenset[Word]] = {  # words that only files of the second format may use
    AllocationMode: frozenset({AllocationMode.LOTTERY, AllocationMode.COMPETITIVE_SCORE}),
    Payee: frozenset({Payee.FEE_OFFICE, Payee.AGENCY}),
    Instrument: frozenset(
        {Instrument.AWARD, Instrument.POST_SUBSIDY, Instrument.INSTANT_DEDUCT, Instrument.FEE_OFFSET, Instrument.PURCHASE}
    )
    | {Instrument.PROVIDER_WHOLESALE},
    Base: frozenset({Base.METERED}),
    CapScope: frozenset(
        {
            CapScope.CONTRACT,
            CapScope.ENTERPRISE_CYCLE,
            CapScope.ENTERPRISE_LIFE,
            CapScope.PROVIDER_CYCLE,
            CapScope.PROVIDER_LIFE,
            CapScope.REGION,
        }
    ),
}
