"""What the trail calls signals."""

from marketplace.audit.words import Words
from marketplace.kernel.errors import N_

TRAIL = Words(
    nouns={"signal": N_("风险提示")},
    subjects={"risk_signal": N_("风险提示")},
    deeds={"open": N_("待核查"), "explained": N_("说明"), "confirmed": N_("确认")},
)
