"""What the trail calls orders."""

from marketplace.audit.words import Words
from marketplace.kernel.errors import N_

TRAIL = Words(
    nouns={"order": N_("订单"), "joint": N_("联合订单")},
    subjects={"joint": N_("联合订单")},
    deeds={"placed": N_("下单")},
    details={
        "accepted_by": N_("验收方式"), "contract_number": N_("合同编号"), "due_on": N_("期限"), "paper_number": N_("凭证号"),
        "kept_fen": N_("不退的差额"), "released_fen": N_("退回额度"), "replaces": N_("替换的材料"), "score": N_("评分"),
        "voucher_id": N_("服务券"), "subsidy_fen": N_("补贴"), "proposed_fen": N_("提议金额"),
    },
    entries={
        "order.reserve": N_("下单占用"), "order.lower": N_("合同价降低，退还差额"), "order.release": N_("释放占用"),
        "order.redeem": N_("验收核销"),
    },
)  # fmt: skip
