"""What the trail calls cases."""

from marketplace.audit.words import Words
from marketplace.kernel.errors import N_
from marketplace.supervision.rules import AppealAnswer, CaseSource, MeasureKind

TRAIL = Words(
    nouns={"case": N_("监督案件"), "spot_draw": N_("抽查"), "tip": N_("举报线索"), "social_supervisor": N_("社会监督员")},
    subjects={"supervision_case": N_("监督案件")},
    deeds={"invited": N_("邀请参加检查"), "observed": N_("登记所见")},
    details={
        "target": N_("所涉编号"),
        "outcome": N_("处理结果"),
        "reward_fen": N_("奖励金额"),
        "commitment": N_("种子的 SHA-256"),
        "digest": N_("名单的 SHA-256"),
        "drawn": N_("抽中件数"),
        "price": N_("合同价"),
        "median": N_("同类中位数"),
        "high": N_("九成不超过"),
        "many": N_("件数"),
        "share": N_("占比"),
        "mine": N_("本订单的文件"),
        "theirs": N_("另一订单的文件"),
        "orders": N_("订单"),
        "other": N_("另一订单"),
        "total": N_("合计"),
        "cycle": N_("周期（天）"),
        "whose": N_("与谁相同"),
        "who": N_("人员"),
        "firm": N_("企业"),
        "path": N_("关联路径"),
        "spread": N_("分布"),
    },
    signals={
        "price_above_peers": N_("价格明显高于同类"),
        "burst": N_("服务集中在一天"),
        "concentration": N_("资金集中于一家企业"),
        "same_deliverable": N_("交付成果与他人相同"),
        "reviewer_conflict": N_("审核人可能应当回避"),
        "related_path": N_("经第三方关联"),
    },
    values={
        "source": CaseSource.labels(),
        "kind": MeasureKind.labels(),
        "outcome": AppealAnswer.labels(),
        "finding": {"established": N_("认定成立"), "not_established": N_("认定不成立")},
    },
)
