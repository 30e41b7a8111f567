"""What the trail calls firms."""

from marketplace.audit.words import Words
from marketplace.kernel.errors import N_
from marketplace.policy.programme_words import TitleKind

TRAIL = Words(
    nouns={
        "enterprise": N_("企业"),
        "enterprise_year": N_("企业年度数据"),
        "title": N_("企业称号"),
        "firm_group": N_("关联企业组"),
    },
    deeds={"made": N_("建立"), "joined": N_("加入"), "left": N_("退出")},
    details={"refused": N_("退回行数"), "stored": N_("导入行数"), "unchanged": N_("未变行数")},
    values={"kind": TitleKind.labels()},
)
