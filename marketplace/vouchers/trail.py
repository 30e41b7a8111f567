"""What the trail calls programmes, rounds and vouchers."""

from marketplace.audit.words import Words
from marketplace.kernel.errors import N_
from marketplace.policy.programme_words import AppropriationSource
from marketplace.vouchers.rules import states
from marketplace.vouchers.rules.funds import FundActKind

SOURCES = AppropriationSource.labels() | {"park": N_("园区资金"), "carried_over": N_("上年结转")}

TRAIL = Words(
    nouns={
        "application": N_("申领"), "bid": N_("申报"),
        "appropriation": N_("资金下达"), "part": N_("配额"), "pool": N_("资金池"), "programme": N_("政策项目"),
        "programme_draft": N_("项目规则草稿"),
        "round": N_("批次"), "voucher": N_("服务券"),
    },
    deeds={
        "short": N_("资金不足未发放"), "forfeit": N_("放弃"), "draft": N_("转为草稿"), "reviewing": N_("审核中"),
        "list_imported": N_("导入名录"), "value_replaced": N_("替换设定值"), "value_signed": N_("签认设定值"),
        "version_frozen": N_("形成规则版本"), "shifted": N_("调剂"), "portion_moved": N_("分类额度调整"),
        "payee_named": N_("登记收款单位"), "payee_confirmed": N_("确认收款账号"),
        "bound": N_("限定用途和期限"), "act_proposed": N_("提出收回或结转"), "act_confirmed": N_("复核收回或结转"),
        "act_refused": N_("不同意收回或结转"),
        "begun": N_("开始起草"), "saved": N_("保存"), "given_up": N_("放弃"), "file_put": N_("读入文件"), "updated": N_("并入新版本"),
    },
    details={
        "draw_commitment": N_("抽查种子摘要"), "lots_commitment": N_("摇号种子摘要"), "lots": N_("签号数"), "sheets": N_("评分份数"),
        "lots_digest": N_("签号清单摘要"), "bid_score": N_("评分"), "sheet": N_("评分表摘要"), "before_fen": N_("原额度"),
        "appeal": N_("申诉"), "face_fen": N_("面额"), "level": N_("审核级次"), "list_name": N_("名录"),
        "more_fen": N_("增加金额"), "sequence": N_("次序"), "sha256": N_("摘要"), "simulated": N_("模拟"), "slug": N_("项目代码"),
        "part": N_("配额"), "to_part": N_("转入配额"), "upheld": N_("是否支持"), "mark": N_("内容摘要"), "round": N_("批次"),
        "payee": N_("收款单位"), "function_code": N_("功能科目"), "economy_code": N_("经济科目"),
        "used_fen": N_("占用和使用"), "act": N_("事项"), "use_by": N_("使用期限"), "regions": N_("限定地区"),
        "classes": N_("限定企业类别"), "categories": N_("限定服务类别"), "barred": N_("禁止的服务类别"),
        "portion_from": N_("调出类别"), "portion_to": N_("调入类别"),
    },
    entries={
        "appropriation.record": N_("资金下达"), "pool.recall": N_("未用资金上缴"), "voucher.issue": N_("发放"),
        "voucher.lift": N_("提高额度"), "voucher.expired": N_("券到期失效"), "voucher.void": N_("券作废"),
        "voucher.reclaimed": N_("券收回"), "voucher.returned": N_("券退回"), "limit.open": N_("设定限额"),
        "limit.lift": N_("提高限额"), "limit.lower": N_("降低限额"), "portion.move": N_("分类额度调整"),
        "part.open": N_("分配配额"), "part.shift": N_("调剂配额"),
    },
    values={
        "act": FundActKind.labels(), "source": SOURCES,
        "decision": states.ApplicationDecision.labels(), "state": states.RoundState.labels(),
    },
)  # fmt: skip
