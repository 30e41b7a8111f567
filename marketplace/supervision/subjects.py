"""Columns by which people know the rows that events are about."""

from marketplace.supervision.models import SpotDraw, SupervisionCase
from marketplace.supervision.social_models import SocialSupervisor
from marketplace.supervision.tip_models import Tip

NAMES = {
    "social_supervisor": (SocialSupervisor.id, SocialSupervisor.capacity),
    "spot_draw": (SpotDraw.id, SpotDraw.number),
    "supervision_case": (SupervisionCase.id, SupervisionCase.number),
    "tip": (Tip.id, Tip.number),
}
