"""What the trail calls judgements and readings of rule sets."""

from marketplace.audit.words import Words
from marketplace.evaluation.rules import Verdict
from marketplace.kernel.errors import N_

TRAIL = Words(
    nouns={"assessment": N_("评价"), "judgement": N_("评议意见"), "ruleset": N_("评价规则")},
    deeds={
        "given": N_("录入"), "assessed": N_("评价并保存"), "setting_chosen": N_("选定理解口径"),
    },
    details={
        "criterion": N_("指标"), "judgement_id": N_("评议意见"),
        "ruleset": N_("评价规则"),
        "verdict": N_("结论"),
    },
    values={"verdict": Verdict.labels()},
)  # fmt: skip
