"""What the trail calls performance."""

from marketplace.audit.words import Words
from marketplace.kernel.errors import N_

TRAIL = Words(
    nouns={"performance": N_("绩效")},
    subjects={"performance_plan": N_("绩效目标")},
    details={"points": N_("得分（百分之一分）")},
)
