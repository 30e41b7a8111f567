"""Words for what the tables show."""

from marketplace.kernel.errors import N_

SOURCE_LABELS = {
    "central": N_("中央资金"),
    "region": N_("自治区资金"),
    "prefecture": N_("地（市、州）资金"),
    "county": N_("县（市、区）资金"),
    "park": N_("园区资金"),
    "carried_over": N_("上年结转"),
}
