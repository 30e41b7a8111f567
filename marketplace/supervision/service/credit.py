"""What lost credit points lead to: who has too few of them orders, and is ordered from, only up to an amount."""

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
from marketplace.supervision.queries import credit
from marketplace.supervision.settings import credit_scale, supervision

ADDRESS = "/my/cases"


def reckon(organisation_id: UUID, *, now: datetime) -> None:
    """After a decision is settled or revoked: limit what an organisation may order, or limit it no more, and tell it where that is new."""
    in_turn(organisation_id)
    db.session.flush()
    found, today = supervision(), clock.civil_date(now)
    scale, settled = credit_scale(found), credit.settled_of(organisation_id, found, today)
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
