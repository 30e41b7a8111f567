"""What the trail and the books call agreements."""

from marketplace.audit.words import Words
from marketplace.kernel.errors import N_

TRAIL = Words(
    nouns={"agreement": N_("购买合同")},
    details={"last_on": N_("最后一天")},
    entries={"agreement.sign": N_("合同划出资金"), "agreement.return": N_("合同余额收回")},
)
