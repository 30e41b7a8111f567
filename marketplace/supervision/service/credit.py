"""What lost credit points lead to: who has too few of them orders, and is ordered from, only up to an amount."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from marketplace.identity import queries as identity
from marketplace.kernel import clock
from marketplace.kernel.currencies import format_money
from marketplace.kernel.db import db, in_turn
from marketplace.kernel.errors import N_
from marketplace.kernel.money import CNY
from marketplace.notices import service as notices
from marketplace.risk import service as risk
from marketplace.supervision import credit_rules
from marketplace.supervision.credit_rules import Settled
from marketplace.supervision.queries import credit
from marketplace.supervision.settings import SupervisionSettings, credit_scale, supervision

ADDRESS = "/my/cases"


def reckon(organisation_id: UUID, *, now: datetime) -> None:
    """After a decision is settled or revoked: what few credit points lead to for an organisation, or lead to no more."""
    in_turn(organisation_id)
    db.session.flush()
    found, today = supervision(), clock.civil_date(now)
    settled = credit.settled_of(organisation_id, found, today)
    _review(organisation_id, found, settled)
    _limit(organisation_id, found, settled)


def _review(organisation_id: UUID, found: SupervisionSettings, settled: Sequence[Settled]) -> None:
    """One person more looks at its claims, or no more. Nobody is told: it says nothing of what is found."""
    scale, floor = credit_scale(found), found.credit_review.value
    until = credit_rules.below_until(scale, settled, floor=floor, days=found.credit_days.value)
    if until is None:
        risk.end_credit_review(organisation_id)
        return
    points = credit_rules.points(scale, (one.kind for one in settled))
    risk.review_by_credit(organisation_id, points=points, floor=floor, until_on=until)


def _limit(organisation_id: UUID, found: SupervisionSettings, settled: Sequence[Settled]) -> None:
    """What it may order, or have ordered from it; it is told where that is limited."""
    scale = credit_scale(found)
    until = credit_rules.below_until(scale, settled, floor=found.credit_floor.value, days=found.credit_days.value)
    if until is None:
        risk.lift_credit_limit(organisation_id)
        return
    points, most_fen = credit_rules.points(scale, (one.kind for one in settled)), found.credit_order_limit.value
    risk.limit_by_credit(organisation_id, points=points, most_fen=most_fen, until_on=until)
    body = N_(
        "信用分为 %(points)s 分，低于 %(floor)s 分。至 %(day)s，每笔订单不超过 %(most)s 元。",
        points=points,
        floor=found.credit_floor.value,
        day=until.isoformat(),
        most=format_money(most_fen, CNY),
    )
    notices.tell(identity.user_ids_of(organisation_id), N_("订单金额受信用分限制"), body, ADDRESS)
