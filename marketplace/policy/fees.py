"""What a firm pays for a service, as rule sets count it: the words of offerings, orders and service records."""

from enum import StrEnum

from marketplace.kernel.errors import N_


class FeeKind(StrEnum):
    """What the firm paid."""

    PUBLIC_BENEFIT = "public_benefit"
    LOW_FEE = "low_fee"
    STANDARD = "standard"


FEE_LABELS: dict[FeeKind, str] = {
    FeeKind.PUBLIC_BENEFIT: N_("公益性"),
    FeeKind.LOW_FEE: N_("低收费"),
    FeeKind.STANDARD: N_("标准收费"),
}
