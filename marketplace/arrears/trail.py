"""What the trail calls arrears."""

from marketplace.audit.words import Words
from marketplace.kernel.errors import N_

TRAIL = Words(nouns={"arrear": N_("欠款")}, details={"month": N_("月份")})
