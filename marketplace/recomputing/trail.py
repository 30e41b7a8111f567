"""What the trail calls a recomputation."""

from marketplace.audit.words import Words
from marketplace.kernel.errors import N_

TRAIL = Words(nouns={"recomputation": N_("复算")})
