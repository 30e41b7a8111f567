"""What the trail calls platforms."""

from marketplace.audit.words import Words
from marketplace.evaluation.rules import Verdict
from marketplace.kernel.errors import N_

TRAIL = Words(
    nouns={"judgement": N_("评议意见"), "platform": N_("公共服务平台"), "ruleset": N_("评价规则")},
    deeds={
        "given": N_("录入"), "member_accepted": N_("确认成员机构"), "member_ended": N_("成员机构终止"),
        "member_proposed": N_("提出成员机构"), "member_refused": N_("不予确认成员机构"), "setting_chosen": N_("选定理解口径"),
    },
    details={
        "attribution": N_("服务归属"), "criterion": N_("指标"), "judgement_id": N_("评议意见"),
        "member_id": N_("成员机构"), "ruleset": N_("评价规则"),
        "verdict": N_("结论"),
    },
    values={"verdict": Verdict.labels()},
)  # fmt: skip
