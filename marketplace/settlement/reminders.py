"""Whom the sweep reminds here: who has not asked for money, mended what was sent back or reviewed in time, or may still appeal."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select

from marketplace.identity import queries as identity
from marketplace.kernel import clock
from marketplace.kernel.currencies import format_money
from marketplace.kernel.db import db
from marketplace.kernel.errors import N_
from marketplace.notices import reminding
from marketplace.notices.reminding import LastDay
from marketplace.orders.lifecycle import OrderState
from marketplace.orders.models import Order
from marketplace.settlement.lifecycle import ClaimState, RecoveryState
from marketplace.settlement.models import Claim
from marketplace.settlement.queries import claim_terms, is_unclaimed
from marketplace.settlement.queries.appeals import may_appeal
from marketplace.settlement.recovery_models import Recovery
from marketplace.vouchers.queries.reruns import is_real

_OFFICES = (claim_terms.PAYMENT, claim_terms.LEVEL)


def to_remind(today: date) -> list[UUID]:
    """Orders nobody has asked the money of, and claims sent back or cut, with a last day of which a step has come."""
    orders = select(Order.id).where(_to_ask(today))
    claims = select(Claim.id).where(_to_mend(today) | _to_appeal(today))
    found = db.session.scalars(orders.order_by(Order.due_on, Order.id).limit(reminding.MOST)).all()
    back = select(Recovery.id).where(_to_pay_back(today)).order_by(Recovery.due_on, Recovery.id).limit(reminding.MOST)
    return [
        *found,
        *db.session.scalars(claims.order_by(Claim.due_on, Claim.id).limit(reminding.MOST)),
        *db.session.scalars(back),
        *dict.fromkeys(programme for term in _OFFICES for programme in term.programmes(today)),
    ]


def remind(ids: Sequence[UUID], *, ways: reminding.Ways, now: datetime) -> int:
    """Remind the providers behind those of these that still wait. Of how many things somebody was told."""
    today = clock.civil_date(now)
    orders = db.session.scalars(select(Order).where(Order.id.in_(ids), _to_ask(today))).unique()
    returned = select(Claim).where(Claim.id.in_(ids), _to_mend(today))
    back = select(Recovery).where(Recovery.id.in_(ids), _to_pay_back(today))
    days = [*map(_asking, orders), *map(_mending, db.session.scalars(returned).unique()), *map(_paying, db.session.scalars(back).unique())]
    cut = select(Claim).where(Claim.id.in_(ids), _to_appeal(today))
    days += map(_appealing, db.session.scalars(cut).unique())
    told = reminding.remind(days, identity.recipients_of, ways=ways, now=now)
    return told + sum(reminding.remind(term.last_days(ids, today), term.people, ways=ways, now=now) for term in _OFFICES)


def _to_ask(today: date) -> ColumnElement[bool]:
    return and_(
        Order.state == OrderState.REDEEMED, Order.subsidy_fen > 0, Order.closed_at.is_(None), is_real(Order.round_id), is_unclaimed(),
        reminding.coming("claim_ask", Order.id, Order.due_on, today),
    )  # fmt: skip


def _to_mend(today: date) -> ColumnElement[bool]:
    returned = (Claim.state == ClaimState.RETURNED) & is_real(Claim.round_id)
    return returned & reminding.coming("claim_mend", Claim.id, Claim.due_on, today)


def _to_appeal(today: date) -> ColumnElement[bool]:
    return may_appeal() & is_real(Claim.round_id) & reminding.coming("claim_appeal", Claim.id, Claim.due_on, today)


def _to_pay_back(today: date) -> ColumnElement[bool]:
    return and_(Recovery.state == RecoveryState.DEMANDED, reminding.coming("recovery_due", Recovery.id, Recovery.due_on, today))


def _paying(row: Recovery) -> LastDay:
    assert row.due_on is not None, "asked for in the query"
    words = {"number": row.number, "day": row.due_on.isoformat(), "amount": format_money(row.left_fen, row.currency)}
    return LastDay(
        "recovery_due",
        row.id,
        row.debtor_id,
        row.due_on,
        N_("追回 %(number)s 最迟须在 %(day)s 缴回", **words),
        N_("还有本金 %(amount)s 元没有缴回，逾期按决定计收利息。", **words),
        f"/recoveries/{row.id}",
        start=row.due_start,
        provisional=row.due_provisional,
        time_zone=row.time_zone,
    )


def _asking(order: Order) -> LastDay:
    assert order.due_on is not None, "asked for in the query"
    words = {"number": order.number, "day": order.due_on.isoformat(), "amount": format_money(order.subsidy_fen, order.currency)}
    return LastDay(
        "claim_ask", order.id, order.provider_id, order.due_on, N_("订单 %(number)s 最迟须在 %(day)s 申请兑付", **words),
        N_("已核销的 %(amount)s 元还没有申请兑付，逾期视为放弃。", **words), f"/orders/{order.id}", start=order.due_start,
        provisional=order.due_provisional, time_zone=order.time_zone,
    )  # fmt: skip


def _mending(claim: Claim) -> LastDay:
    assert claim.due_on is not None, "asked for in the query"
    words = {"number": claim.number, "day": claim.due_on.isoformat()}
    return LastDay(
        "claim_mend", claim.id, claim.asker.id, claim.due_on, N_("兑付申请 %(number)s 最迟须在 %(day)s 补正", **words),
        N_("申请已退回，请按退回原因补正后重新提交，逾期不予兑付。"), f"/claims/{claim.id}", start=claim.due_start,
        provisional=claim.due_provisional, time_zone=claim.time_zone,
    )  # fmt: skip


def _appealing(claim: Claim) -> LastDay:
    assert claim.due_on is not None, "asked for in the query"
    words = {"number": claim.number, "day": claim.due_on.isoformat()}
    return LastDay(
        "claim_appeal",
        claim.id,
        claim.asker.id,
        claim.due_on,
        N_("兑付申请 %(number)s 可在 %(day)s 前申诉", **words),
        N_("申请未获批准或被核减。有不同意见的，可以申诉一次，由另一位审核人员答复。"),
        f"/claims/{claim.id}",
        start=claim.due_start,
        provisional=claim.due_provisional,
    )
