"""What a firm pays for a service, as rule sets count it: the words of offerings, orders and service records."""

from marketplace.kernel.errors import N_
from marketplace.kernel.lifecycle import Word


class FeeKind(Word):
    """What the firm paid."""

    PUBLIC_BENEFIT = "public_benefit", N_("公益性")
    LOW_FEE = "low_fee", N_("低收费")
    STANDARD = "standard", N_("标准收费")
