"""What the trail calls programmes, rounds and vouchers."""

from marketplace.audit.words import Words
from marketplace.kernel.errors import N_
from marketplace.policy.programme_words import AppropriationSource
from marketplace.vouchers.rules import states

SOURCES = AppropriationSource.labels() | {"park": N_("园区资金"), "carried_over": N_("上年结转")}

TRAIL = Words(
    nouns={
        "application": N_("申领"), "appropriation": N_("资金下达"), "pool": N_("资金池"), "programme": N_("政策项目"),
        "round": N_("批次"), "voucher": N_("服务券"),
    },
    deeds={
        "short": N_("资金不足未发放"), "forfeit": N_("放弃"), "draft": N_("转为草稿"), "reviewing": N_("审核中"),
        "value_replaced": N_("替换设定值"), "value_signed": N_("签认设定值"), "version_frozen": N_("形成规则版本"),
    },
    details={
        "draw_commitment": N_("抽查种子摘要"), "appeal": N_("申诉"), "face_fen": N_("面额"), "level": N_("审核级次"),
        "more_fen": N_("增加金额"), "sequence": N_("次序"), "sha256": N_("摘要"), "simulated": N_("模拟"), "slug": N_("项目代码"),
        "upheld": N_("是否支持"), "round": N_("批次"),
    },
    entries={
        "appropriation.record": N_("资金下达"), "pool.recall": N_("未用资金上缴"), "voucher.issue": N_("发放"),
        "voucher.lift": N_("提高额度"), "voucher.expired": N_("券到期失效"), "voucher.void": N_("券作废"),
        "voucher.reclaimed": N_("券收回"), "voucher.returned": N_("券退回"), "limit.open": N_("设定限额"),
        "limit.lift": N_("提高限额"),
    },
    values={"source": SOURCES, "decision": states.ApplicationDecision.labels(), "state": states.RoundState.labels()},
)  # fmt: skip
