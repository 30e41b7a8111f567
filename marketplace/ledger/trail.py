"""What the trail calls books."""

from marketplace.audit.words import Words
from marketplace.kernel.errors import N_

TRAIL = Words(
    subjects={"book": N_("账本")},
)
