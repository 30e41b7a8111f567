"""What the firm says of a service after accepting it; the provider may answer once."""

from datetime import datetime
from uuid import UUID

from marketplace.catalogue.service import offerings
from marketplace.kernel import clock
from marketplace.kernel.commands import Command
from marketplace.kernel.db import db
from marketplace.kernel.errors import N_, RuleViolation
from marketplace.orders import queries
from marketplace.orders.models import Order, Review
from marketplace.orders.queries.terms import last_rating
from marketplace.orders.rules import OrderState
from marketplace.orders.service.common import carried_out, is_simulated, opened, tell


def review(order_id: UUID, *, enterprise_id: UUID, score: int, comment: str, actor_id: UUID, request_key: UUID, now: datetime) -> Order:
    """The firm rates a service, once.

    Raises: NotFound; RuleViolation: not accepted yet, reviewed already, the time to rate is over, a score outside 1 to 5.
    """
    request = Command(request_key, "order.reviewed", actor_id, order_id, {"score": score, "comment": comment})
    order, done = opened(request, organisation_id=enterprise_id, side="enterprise", now=now)
    if done:
        return order
    if order.state is not OrderState.REDEEMED:
        raise RuleViolation(N_("验收之后才能评价。"), code="state")
    if queries.review_of(order_id) is not None:
        raise RuleViolation(N_("这笔订单已经评价过。"), code="reviewed")
    last = last_rating(order)
    if last is not None and clock.civil_date(now) > last:
        raise RuleViolation(N_("评价期限已于 %(day)s 结束。"), code="rating_over", day=last.isoformat())
    if not 1 <= score <= 5:
        raise RuleViolation(N_("请选择 1 到 5 分。"), field="score")
    db.session.add(
        Review(
            order_id=order_id,
            enterprise_id=enterprise_id,
            provider_id=order.provider_id,
            score=score,
            comment=comment.strip()[:500],
            created_by=actor_id,
            created_at=now,
        )
    )
    if not is_simulated(order):
        offerings.count_review(order.offering_id, score=score)
    carried_out(order, request, score=score)
    tell(order.provider_id, N_("订单 %(number)s 收到评价"), N_("%(score)s 分", score=score), order)
    return order


def answer(order_id: UUID, *, provider_id: UUID, text: str, actor_id: UUID, request_key: UUID, now: datetime) -> Order:
    """The provider answers a review, once.

    Raises: NotFound; RuleViolation: no review, answered already, nothing said.
    """
    request = Command(request_key, "order.review_answered", actor_id, order_id, {"text": text})
    order, done = opened(request, organisation_id=provider_id, side="provider", now=now)
    if done:
        return order
    row = queries.review_of(order_id)
    if row is None:
        raise RuleViolation(N_("企业还没有评价。"), code="state")
    if row.answered_at is not None:
        raise RuleViolation(N_("这条评价已经回复过。"), code="answered")
    if not text.strip():
        raise RuleViolation(N_("请填写回复内容。"), field="text")
    row.answer, row.answered_at = text.strip()[:500], now
    carried_out(order, request)
    return order
