"""Columns by which people know the rows that events are about."""

from marketplace.supervision.models import SpotDraw, SupervisionCase
from marketplace.supervision.tip_models import Tip

NAMES = {
    "spot_draw": (SpotDraw.id, SpotDraw.number),
    "supervision_case": (SupervisionCase.id, SupervisionCase.number),
    "tip": (Tip.id, Tip.number),
}
