"""Words for what the ledger, the trail and the signals say in codes. A code without a word is shown as it is."""

from marketplace.kernel.errors import N_
from marketplace.policy.vocabulary import AppropriationSource
from marketplace.risk.models import Severity, SignalState
from marketplace.settlement.rules import LineState

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
    "application": N_("申领"),
    "appropriation": N_("资金下达"),
    "batch": N_("拨付批次"),
    "book": N_("账本"),
    "calendar": N_("工作日历"),
    "chain": N_("产业链"),
    "claim": N_("兑付申请"),
    "dossier": N_("机构年度材料"),
    "enterprise": N_("企业"),
    "expert": N_("专家"),
    "file": N_("文件"),
    "import": N_("导入"),
    "judgement": N_("评价认定"),
    "match": N_("供需对接"),
    "need": N_("需求"),
    "notice": N_("公示"),
    "objection": N_("异议"),
    "offering": N_("服务产品"),
    "order": N_("订单"),
    "organisation": N_("单位"),
    "member": N_("成员单位"),
    "payment": N_("拨付"),
    "payment_batch": N_("拨付批次"),
    "payment_line": N_("拨付明细"),
    "platform": N_("服务平台"),
    "programme": N_("政策项目"),
    "provider": N_("服务机构"),
    "public_notice": N_("公示"),
    "record": N_("服务台账"),
    "report": N_("服务填报"),
    "risk_signal": N_("风险提示"),
    "role": N_("角色授权"),
    "round": N_("批次"),
    "service_record": N_("服务台账"),
    "service_report": N_("服务填报"),
    "signal": N_("风险提示"),
    "staff": N_("机构人员"),
    "supply": N_("供给"),
    "title": N_("企业称号"),
    "user": N_("用户"),
    "verification": N_("账本核验"),
    "voucher": N_("服务券"),
}

DEEDS: dict[str, str] = {  # what happened to it
    "accepted": N_("采信"), "added": N_("新增"), "admitted": N_("准予入驻"), "announced": N_("发布"), "appeal_answered": N_("答复申诉"),
    "appealed": N_("申诉"), "applied": N_("申请"), "appointed": N_("委任"), "appointment_ended": N_("结束委任"), "approved": N_("核准"),
    "asked": N_("发起"), "batched": N_("编入拨付批次"), "cancelled": N_("取消"), "changed": N_("变更"), "claiming": N_("开放申领"),
    "closed": N_("结束"), "confirmed": N_("确认"), "contracted": N_("签订合同"), "corrected": N_("更正"), "created": N_("创建"),
    "day_cleared": N_("清除日期"), "declared": N_("申报"), "declined": N_("不接单"), "delisted": N_("下架"), "delivered": N_("交付"),
    "discarded": N_("丢弃"), "drafted": N_("起草"), "dropped": N_("撤下"), "ended": N_("结束"), "entered": N_("录入"),
    "expired": N_("到期失效"), "explained": N_("说明"), "failed": N_("付款失败"), "finished": N_("结束"), "frozen": N_("冻结"),
    "given": N_("作出"), "granted": N_("授予"), "imported": N_("导入"), "in_use": N_("进入使用期"), "issued": N_("发放"),
    "lapsed": N_("逾期失效"), "lifted": N_("提高额度"), "listed": N_("上架"), "loaded": N_("载入"), "member_ended": N_("成员退出"),
    "member_proposed": N_("提出成员单位"), "not_admitted": N_("不予入驻"), "not_listed": N_("不予上架"), "noticed": N_("公示"),
    "opened": N_("开设"), "paid": N_("付款"), "paper_added": N_("补充材料"), "password_changed": N_("修改密码"),
    "password_reset": N_("重置密码"), "placed": N_("下单"), "prepared": N_("编制"), "profile_changed": N_("变更资料"),
    "profile_saved": N_("保存资料"), "published": N_("公布"), "raised": N_("提出"), "reclaimed": N_("收回"), "recorded": N_("登记"),
    "redeemed": N_("验收核销"), "refused": N_("不予通过"), "registered": N_("注册"), "rejected": N_("驳回"), "reminded": N_("催办"),
    "removed": N_("移出"), "resumed": N_("恢复"), "returned": N_("退回"), "review_answered": N_("答复评价"), "reviewed": N_("评价或审核"),
    "revoked": N_("收回授权"), "settled": N_("兑付"), "settling": N_("进入兑付期"), "sign_in_failed": N_("登录失败"),
    "signed_in": N_("登录"), "signed_out": N_("退出"), "stopped": N_("中止"), "submitted": N_("提交"), "suspended": N_("暂停"),
    "taken": N_("接单"), "used_up": N_("用完"), "value_signed": N_("签认设定值"), "verified": N_("核实"),
    "version_frozen": N_("冻结规则版本"), "void": N_("作废"), "waitlisted": N_("候补"), "withdrawn": N_("撤回"), "written": N_("记入"),
    "year_confirmed": N_("确认全年"),
}  # fmt: skip

DETAILS: dict[str, str] = {  # keys in an event's details
    "about": N_("关于"), "action": N_("操作"), "address": N_("网络地址"), "amount_fen": N_("金额"), "answer": N_("说明"),
    "approved_fen": N_("核准金额"), "area": N_("地区"), "area_code": N_("管辖地区"), "at": N_("时间"), "attribution": N_("归属规则"),
    "before": N_("原为"), "contract_fen": N_("合同金额"), "contract_number": N_("合同编号"), "corrects_id": N_("更正的记录"),
    "criterion": N_("条件"), "cut_fen": N_("核减金额"), "dated_on": N_("日期"), "day": N_("日期"), "days": N_("天数"),
    "decision": N_("决定"), "delivered_on": N_("服务日期"), "document": N_("文号"), "enterprise": N_("企业"), "enterprise_id": N_("企业"),
    "face_fen": N_("面额"), "faults": N_("问题数"), "fields": N_("栏目"), "firms": N_("企业数"), "from_on": N_("起始日期"),
    "is_void": N_("作废"), "is_working": N_("工作日"), "key": N_("设定项"), "kind": N_("类型"), "last_day": N_("截止日期"),
    "layer": N_("范围"), "level": N_("级别"), "list": N_("清单"), "login": N_("登录名"), "member_id": N_("成员单位"),
    "more_fen": N_("增加额度"), "name": N_("名称"), "note": N_("备注"), "notice": N_("公示"), "now": N_("现为"), "number": N_("编号"),
    "objections": N_("异议数"), "orders": N_("订单"), "organisation": N_("单位"), "price_fen": N_("标价"), "provider": N_("服务机构"),
    "provider_id": N_("服务机构"), "reason": N_("理由"), "refused": N_("未通过"), "released_fen": N_("退还金额"),
    "requested_fen": N_("申请金额"), "role": N_("角色"), "round": N_("批次"), "ruleset": N_("规则"), "sha256": N_("文件摘要"),
    "simulated": N_("模拟"), "slug": N_("项目代码"), "source": N_("来源"), "spare_fen": N_("退还金额"), "state": N_("状态"),
    "stored": N_("已保存"), "subsidy_fen": N_("补贴"), "supplies": N_("供给"), "ties": N_("关联情形"), "title": N_("标题"),
    "unchanged": N_("未变"), "until": N_("截止"), "until_on": N_("截止日期"), "upheld": N_("成立"), "uscc": N_("统一社会信用代码"),
    "value": N_("设定值"), "verdict": N_("结论"), "version": N_("版本"), "versions": N_("版本"), "voucher_id": N_("券"),
    "year": N_("年度"),
}  # fmt: skip

SIGNAL_KINDS: dict[str, str] = {
    "contract_above_price": N_("合同价高于标价"),
    "delivered_too_fast": N_("交付过快"),
    "file_reused": N_("材料重复使用"),
    "invoice_mismatch": N_("发票与订单不符"),
    "invoice_reused": N_("发票重复使用"),
    "ledger_mismatch": N_("账本核验发现问题"),
    "price_above_listed": N_("价格高于标价"),
    "related_party": N_("疑似关联交易"),
    "split_contracts": N_("疑似拆分合同"),
}

SEVERITIES: dict[Severity, tuple[str, str]] = {  # label, tone
    Severity.NOTE: (N_("留意"), "neutral"),
    Severity.WARNING: (N_("预警"), "amber"),
    Severity.SERIOUS: (N_("严重"), "red"),
}

SIGNAL_STATES: dict[SignalState, tuple[str, str]] = {
    SignalState.OPEN: (N_("待核查"), "amber"),
    SignalState.EXPLAINED: (N_("已说明"), "green"),
    SignalState.CONFIRMED: (N_("已查实"), "red"),
}

LINE_STATES: dict[LineState, tuple[str, str]] = {
    LineState.WAITING: (N_("待付款"), "amber"),
    LineState.PAID: (N_("已付款"), "green"),
    LineState.FAILED: (N_("付款失败"), "red"),
    LineState.DROPPED: (N_("未付款"), "neutral"),
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
