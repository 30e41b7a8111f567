"""What the trail calls notices and objections."""

from marketplace.audit.words import Words
from marketplace.kernel.errors import N_
from marketplace.publicity.rules import TitleLanguage

TRAIL = Words(
    nouns={"notice": N_("公示"), "objection": N_("异议")},
    subjects={"public_notice": N_("公示")},
    deeds={
        "last_day_moved": N_("截止日重算"),
        "provisional": N_("按暂定工作日计算"),
        "row_added": N_("列入一项"),
        "row_stopped": N_("终止一项"),
        "stopped": N_("中止"),
        "supplemented": N_("补充"),
        "upheld": N_("异议成立"),
    },
    details={
        "about": N_("涉及用户"),
        "document_number": N_("文号"),
        "last_day": N_("最后一天"),
        "objections": N_("异议数"),
        **{f"title_{one.value}": one.label for one in TitleLanguage},
    },
)
