"""What the trail calls claims and payments."""

from marketplace.audit.words import Words
from marketplace.kernel.errors import N_

TRAIL = Words(
    nouns={"claim": N_("兑付申请"), "batch": N_("拨付批次"), "payment": N_("拨付"), "recovery": N_("追回"),
           "statement": N_("银行对账")},
    subjects={
        "payment_batch": N_("拨付批次"), "payment_line": N_("拨付明细"), "recovery": N_("追回案件"),
        "bank_statement": N_("银行对账单"),
    },
    details={
        "place": N_("抽查次序"), "why": N_("原因"), "finding": N_("查实情况"), "new": N_("新值"), "old": N_("原值"),
        "approved_fen": N_("核准金额"), "batch": N_("拨付批次"), "lines": N_("笔数"), "paid_on": N_("付款日期"),
        "reference": N_("银行流水号"),
        "opinion": N_("审核意见"), "explained": N_("对未通过检查的说明"),
        "bounced_on": N_("退汇日期"), "interest_fen": N_("其中利息"), "recovered_fen": N_("已缴回金额"), "claim": N_("兑付申请"),
    },
    entries={
        "claim.approve": N_("兑付核准"), "claim.uphold": N_("申诉成立，增加核准"),
        "payment.settle": N_("银行兑付"), "payment.bounce": N_("银行退汇"),
        "payment.correct": N_("更正银行结果"), "payment.plan": N_("列入付款来源"), "payment.unplan": N_("退回付款来源"),
        "sources.open": N_("开立来源账户"),
        "recovery.receive": N_("追回缴款"),
    },
    signals={
        "acceptance": N_("验收并非企业作出"), "amount": N_("申请金额高于应得"), "amounts_agree": N_("发票与合同金额不一致"),
        "dates": N_("日期不在期限内"), "invoice_unique": N_("发票重复或缺少"), "invoice_withdrawn": N_("发票红冲或作废"),
        "own_share_paid": N_("企业实付与应付不一致"), "in_kind": N_("实物或人工投入证明不足"),
        "price": N_("不用券时成交更便宜"), "shared_file": N_("材料与其他订单相同"), "standing": N_("主体资格存疑"),
        "title": N_("称号存疑"),
        "contract_above_price": N_("合同价高于标价"), "delivered_too_fast": N_("交付过快"), "file_reused": N_("材料重复使用"),
        "invoice_mismatch": N_("发票与订单不符"), "invoice_reused": N_("发票重复使用"), "price_above_listed": N_("价格高于标价"),
        "reference_reused": N_("银行流水号重复"), "related_party": N_("疑似关联交易"), "shared_number": N_("票据或合同号码重复"),
        "recovery_unfounded": N_("撤销追回后待退还"),
        "slip_reused": N_("付款凭证重复使用"), "spot_check": N_("抽查发现问题"), "split_contracts": N_("疑似拆分合同"),
    },
)  # fmt: skip
