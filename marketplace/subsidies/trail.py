"""What the trail and the books call money without an order."""

from marketplace.audit.words import Words
from marketplace.kernel.errors import N_

TRAIL = Words(
    nouns={},
    subjects={"subsidy": N_("奖励和补助")},
    entries={"subsidy.reserve": N_("奖励申请占用"), "subsidy.release": N_("奖励申请释放")},
)
