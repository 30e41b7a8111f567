"""What the trail calls providers and what they offer."""

from marketplace.audit.words import Words
from marketplace.catalogue.rules.admission import AdmissionDecision
from marketplace.kernel.errors import N_

TRAIL = Words(
    nouns={
        "provider": N_("服务机构"), "offering": N_("服务产品"), "price": N_("服务价格"), "dossier": N_("机构档案"),
        "staff": N_("服务人员"), "expert": N_("专家"),
    },
    deeds={
        "dropped": N_("撤下"), "ended": N_("登记结束"), "not_admitted": N_("不予入驻"), "not_listed": N_("不予上架"),
        "proposed": N_("提出"),
    },
    details={"admitted_on": N_("入库日期"), "changed": N_("变更内容")},
    values={"decision": AdmissionDecision.labels()},
)  # fmt: skip
