"""What the trail calls chains, lists and matches."""

from marketplace.audit.words import Words
from marketplace.kernel.errors import N_

TRAIL = Words(
    nouns={
        "chain": N_("产业链"), "match": N_("供需对接"), "matching": N_("供需匹配"), "needs": N_("需求清单"), "supplies": N_("供给清单"),
        "survey": N_("供给摸排"),
    },
    subjects={"need": N_("需求"), "needs_list": N_("需求清单"), "supply": N_("供给"), "supply_list": N_("供给清单"),
        "match_lesson": N_("匹配学习"),
    },
    deeds={
        "proposals_closed": N_("旧清单的推荐撤下"), "appointed": N_("任命"), "appointment_ended": N_("登记任命截止"),
        "replaced": N_("被新版替代"), "taken_over": N_("接手修改"), "created": N_("创建"), "drafted": N_("起草"), "reminded": N_("催办"),
        "relearn": N_("重新学习"),
    },
    signals={"lesson_kept_back": N_("学习结果未启用")},
    details={
        "contract": N_("合同"), "count": N_("数量"), "signed_on": N_("签订日期"), "contracted_on": N_("签约日期"),
        "firms": N_("企业数"), "list": N_("清单"), "said": N_("提示"), "supplies": N_("供给数"), "supplies_hash": N_("供给摘要"),
        "answer_hash": N_("结果摘要"), "happened_on": N_("发生日期"),
        "versions": N_("版本"),
    },
)  # fmt: skip
