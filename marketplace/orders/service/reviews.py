"""What the firm says of a service after accepting it; the provider may answer once."""

from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from marketplace.catalogue.service import offerings
from marketplace.kernel.db import db
from marketplace.kernel.errors import N_, RuleViolation
from marketplace.kernel.typed import checked_reason, fitting
from marketplace.moves import service as moves
from marketplace.moves.service import By
from marketplace.orders import queries
from marketplace.orders.models import Order, Review
from marketplace.orders.queries.terms import last_rating
from marketplace.orders.service.common import Rating, is_simulated, opened, tell_parties


def review(order_id: UUID, rating: Rating, *, enterprise_id: UUID, actor_id: UUID, request_key: UUID, now: datetime) -> Order:
    """The firm rates a service, once.

    Raises: NotFound; RuleViolation: not accepted yet, reviewed already, the time to rate is over, a score outside 1 to 5.
    """
    score = rating.score
    act = opened("review", order_id, By(actor_id, now, request_key, asdict(rating)), organisation_id=enterprise_id)
    if act.is_repeat:
        return act.row
    order = act.row
    if queries.review_of(order_id) is not None:
        raise RuleViolation(N_("这笔订单已经评价过。"), code="reviewed")
    last = last_rating(order)
    if last is not None and act.today > last:
        raise RuleViolation(N_("评价期限已于 %(day)s 结束。"), code="rating_over", day=last.isoformat())
    if not 1 <= score <= 5:
        raise RuleViolation(N_("请选择 1 到 5 分。"), field="score")
    db.session.add(
        Review(
            order_id=order_id,
            enterprise_id=enterprise_id,
            provider_id=order.provider_id,
            score=score,
            comment=fitting(rating.comment, 500, field="comment"),
            created_by=actor_id,
            created_at=now,
        )
    )
    if not is_simulated(order):
        offerings.count_review(order.offering_id, score=score)
    moves.done(act, score=score)
    return tell_parties(act, N_("%(score)s 分", score=score))


def answer(order_id: UUID, *, provider_id: UUID, text: str, actor_id: UUID, request_key: UUID, now: datetime) -> Order:
    """The provider answers a review, once.

    Raises: NotFound; RuleViolation: no review, answered already, nothing said.
    """
    act = opened("answer", order_id, By(actor_id, now, request_key, {"text": text}), organisation_id=provider_id)
    if act.is_repeat:
        return act.row
    row = queries.review_of(order_id)
    if row is None:
        raise RuleViolation(N_("企业还没有评价。"), code="state")
    if row.answered_at is not None:
        raise RuleViolation(N_("这条评价已经回复过。"), code="answered")
    row.answer, row.answered_at = fitting(checked_reason(text, N_("请填写回复内容。"), field="text"), 500, field="text"), now
    moves.done(act)
    return act.row
