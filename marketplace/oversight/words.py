"""Words for what the ledger, the trail and the signals say in codes. A code without a word is shown as it is."""

from marketplace.capabilities import modules
from marketplace.catalogue.rules.admission import Decision
from marketplace.evaluation.rules import Verdict
from marketplace.identity.models import Channel, Purpose
from marketplace.identity.roles import Role
from marketplace.kernel.errors import N_
from marketplace.kernel.lifecycle import Life
from marketplace.policy.programme_words import AppropriationSource, TitleKind
from marketplace.records.rules import AcceptedBy
from marketplace.vouchers.rules import states

SOURCES: dict[str, str] = {source.value: source.label for source in AppropriationSource} | {
    "park": N_("园区资金"),
    "carried_over": N_("上年结转"),
}

VERBS: dict[str, str] = {  # why an entry was made
    "appropriation.record": N_("资金下达"),
    "pool.recall": N_("未用资金上缴"),
    "voucher.issue": N_("发放"),
    "voucher.lift": N_("提高额度"),
    "voucher.expired": N_("券到期失效"),
    "voucher.void": N_("券作废"),
    "voucher.reclaimed": N_("券收回"),
    "voucher.returned": N_("券退回"),
    "order.reserve": N_("下单占用"),
    "order.lower": N_("合同价降低，退还差额"),
    "order.release": N_("释放占用"),
    "order.redeem": N_("验收核销"),
    "claim.approve": N_("兑付核准"),
    "payment.settle": N_("银行兑付"),
    "limit.open": N_("设定限额"),
    "limit.lift": N_("提高限额"),
}

NOUNS: dict[str, str] = {  # what an event is about
    "access": N_("越权办理"),
    "application": N_("申领"),
    "appropriation": N_("资金下达"),
    "batch": N_("拨付批次"),
    "book": N_("账本"),
    "demo": N_("演示数据"),
    "dossier": N_("机构档案"),
    "enterprise_year": N_("企业年度数据"),
    "expert": N_("专家"),
    "export": N_("导出文件"),
    "import": N_("导入"),
    "judgement": N_("评议意见"),
    "matching": N_("供需匹配"),
    "needs": N_("需求清单"),
    "needs_list": N_("需求清单"),
    "platform": N_("公共服务平台"),
    "pool": N_("资金池"),
    "price": N_("服务价格"),
    "record": N_("服务台账"),
    "request": N_("页面请求"),
    "ruleset": N_("评价规则"),
    "staff": N_("服务人员"),
    "supplies": N_("供给清单"),
    "supply_list": N_("供给清单"),
    "survey": N_("供给摸排"),
    "title": N_("企业称号"),
    "calendar": N_("工作日历"),
    "chain": N_("产业链"),
    "claim": N_("兑付申请"),
    "enterprise": N_("企业"),
    "match": N_("供需对接"),
    "need": N_("需求"),
    "notice": N_("公示"),
    "objection": N_("异议"),
    "offering": N_("服务产品"),
    "order": N_("订单"),
    "organisation": N_("单位"),
    "password_code": N_("密码申请"),
    "payment": N_("拨付"),
    "payment_batch": N_("拨付批次"),
    "payment_line": N_("拨付明细"),
    "programme": N_("政策项目"),
    "provider": N_("服务机构"),
    "public_notice": N_("公示"),
    "report": N_("服务填报"),
    "risk_signal": N_("风险提示"),
    "role": N_("角色授权"),
    "round": N_("批次"),
    "seal": N_("封存"),
    "service_record": N_("服务台账"),
    "service_report": N_("服务填报"),
    "signal": N_("风险提示"),
    "supply": N_("供给"),
    "user": N_("用户"),
    "verification": N_("账本核验"),
    "voucher": N_("服务券"),
}

# Of these, what actions begin with; the others are named as subjects only. By name, as the trail's filter lists them.
ACTION_NOUNS = tuple(sorted(NOUNS.keys() - {
    "book", "import", "need", "needs_list", "password_code", "payment_batch", "payment_line", "public_notice", "request", "risk_signal",
    "service_record", "service_report", "supply", "supply_list",
}))  # fmt: skip

LIVES = tuple(one for module in modules("lifecycle") for one in vars(module).values() if isinstance(one, Life))
PAST: dict[str, str] = {event: past for life in LIVES for event, past in life.pasts().items()}  # actions that a life names whole

DETAILS: dict[str, str] = {  # keys in an event's details
    "place": N_("抽查次序"), "why": N_("原因"),
    "contract": N_("合同"), "count": N_("数量"), "draw_commitment": N_("抽查种子摘要"), "finding": N_("查实情况"),
    "signed_on": N_("签订日期"),
    "filters": N_("筛选"), "new": N_("新值"), "old": N_("原值"),
    "about": N_("涉及用户"), "accepted_by": N_("验收方式"), "address": N_("地址"), "admitted_on": N_("入库日期"), "after": N_("之后"),
    "appeal": N_("申诉"), "approved_fen": N_("核准金额"), "area": N_("管辖地区"), "asked_by": N_("申请人"), "attribution": N_("服务归属"),
    "bank_account": N_("银行账号"), "bank_name": N_("开户银行"), "batch": N_("拨付批次"), "before": N_("之前"), "changed": N_("变更内容"),
    "channel": N_("送达方式"), "code": N_("拒绝原因代码"), "confirmed_by": N_("确认人"), "contact_name": N_("联系人"),
    "contact_phone": N_("联系电话"), "contract_fen": N_("合同金额"), "contract_number": N_("合同编号"), "contracted_on": N_("签约日期"),
    "corrects_id": N_("更正的记录"), "criterion": N_("指标"), "day": N_("日期"), "days": N_("天数"), "decision": N_("决定"),
    "delivered_on": N_("交付日期"), "door": N_("页面"), "due_on": N_("期限"), "enterprise": N_("企业"), "enterprise_id": N_("企业"),
    "fields": N_("修改的栏目"), "file": N_("文件"), "firms": N_("企业数"), "founded_on": N_("成立日期"), "from_on": N_("起始日期"),
    "group_uscc": N_("控股单位信用代码"), "industry_code": N_("所属行业"), "is_void": N_("作废"), "is_working": N_("是否上班"),
    "kept_until": N_("保留至"), "key": N_("项目"), "kind": N_("种类"), "last_day": N_("最后一天"), "layer": N_("适用地区"),
    "legal_representative": N_("法定代表人"), "level": N_("审核级次"), "lines": N_("笔数"), "list": N_("清单"), "member_id": N_("成员机构"),
    "more_fen": N_("增加金额"), "notice": N_("公示"), "objections": N_("异议数"), "organisation": N_("单位"), "paid_on": N_("付款日期"),
    "paper_number": N_("凭证号"), "park_code": N_("所在园区"), "price_fen": N_("价格"), "printed_by": N_("打印人"),
    "provider": N_("服务机构"), "provider_id": N_("服务机构"), "purpose": N_("用途"), "reference": N_("银行流水号"),
    "refused": N_("退回行数"), "region_code": N_("所在地区"), "released_fen": N_("退回额度"), "replaces": N_("替换的材料"),
    "requested_fen": N_("申请金额"), "rows": N_("行数"), "ruleset": N_("评价规则"), "said": N_("提示"), "score": N_("评分"),
    "second": N_("第二人"), "sequence": N_("次序"), "set_aside": N_("另存"), "sha256": N_("摘要"), "simulated": N_("模拟"),
    "slug": N_("项目代码"), "status": N_("应答代码"), "steps": N_("步骤"), "stored": N_("导入行数"), "stream": N_("封存内容"),
    "supplies": N_("供给数"), "supplies_hash": N_("供给摘要"), "unchanged": N_("未变行数"), "until": N_("截止日期"),
    "until_on": N_("截止日期"), "upheld": N_("是否支持"), "uscc": N_("统一社会信用代码"), "value": N_("取值"), "version": N_("版本"),
    "versions": N_("版本"), "voucher_id": N_("服务券"), "year": N_("年度"),
    "action": N_("操作"), "amount_fen": N_("金额"), "answer": N_("说明"), "area_code": N_("管辖地区"), "document": N_("文号"),
    "dated_on": N_("日期"), "face_fen": N_("面额"), "faults": N_("问题数"), "login": N_("登录名"), "name": N_("名称"),
    "note": N_("备注"), "number": N_("编号"), "reason": N_("理由"), "role": N_("角色"), "round": N_("批次"), "source": N_("来源"),
    "state": N_("状态"), "subsidy_fen": N_("补贴"), "title": N_("标题"), "verdict": N_("结论"),
}  # fmt: skip

SIGNAL_KINDS: dict[str, str] = {
    "acceptance": N_("验收并非企业作出"),
    "amount": N_("申请金额高于应得"),
    "amounts_agree": N_("发票与合同金额不一致"),
    "dates": N_("日期不在期限内"),
    "invoice_unique": N_("发票重复或缺少"),
    "own_share_paid": N_("企业实付与应付不一致"),
    "price": N_("不用券时成交更便宜"),
    "shared_file": N_("材料与其他订单相同"),
    "standing": N_("主体资格存疑"),
    "calendar_unconfirmed": N_("工作日历未确认"),
    "contract_above_price": N_("合同价高于标价"),
    "delivered_too_fast": N_("交付过快"),
    "duties_together": N_("一人曾任互斥职责"),
    "decided_after_reset": N_("重设密码后不久即办理资金事项"),
    "file_reused": N_("材料重复使用"),
    "invoice_mismatch": N_("发票与订单不符"),
    "invoice_reused": N_("发票重复使用"),
    "ledger_mismatch": N_("账本核验发现问题"),
    "message_unsent": N_("通知发不出去"),
    "price_above_listed": N_("价格高于标价"),
    "reference_reused": N_("银行流水号重复"),
    "related_party": N_("疑似关联交易"),
    "shared_number": N_("票据或合同号码重复"),
    "slip_reused": N_("付款凭证重复使用"),
    "spot_check": N_("抽查发现问题"),
    "split_contracts": N_("疑似拆分合同"),
    "sweep_fault": N_("自动处理受阻"),
}

# Values in details that are codes, by key. A code a word stands for is shown as the word; a name or a number as it is.
VALUES: dict[str, dict[str, str]] = {
    "role": Role.labels(),
    "source": SOURCES,
    "accepted_by": AcceptedBy.labels(),
    "channel": Channel.labels(),
    "purpose": Purpose.labels(),
    "decision": states.Decision.labels() | Decision.labels(),
    "verdict": Verdict.labels(),
    "state": states.RoundState.labels(),
    "kind": TitleKind.labels() | SIGNAL_KINDS,
}

TABLES: dict[str, str] = {  # what a verification reads
    "ledger_books": N_("账本"),
    "ledger_accounts": N_("账户"),
    "ledger_entries": N_("分录"),
    "ledger_transfers": N_("转账"),
    "audit_events": N_("操作留痕"),
    "seal_blocks": N_("封存区块"),
    "seal_members": N_("封存名册"),
}
