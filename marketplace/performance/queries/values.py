"""The values of measures for a programme and a span of days, from the ledger's rows and from rows that are counted."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, select
from sqlalchemy.orm import aliased

from marketplace.kernel.clock import day_begins
from marketplace.kernel.db import db
from marketplace.kernel.zones import CHINA, zone
from marketplace.ledger.models import Account, Entry, Transfer
from marketplace.ledger.rules import AccountKind
from marketplace.orders.models import Order, Review
from marketplace.performance.indicators import Indicator
from marketplace.reporting.queries import moving
from marketplace.reporting.queries.moving import Moved
from marketplace.settlement.lifecycle import TO_PAY, ClaimState, LineState
from marketplace.settlement.models import Claim, PaymentLine
from marketplace.vouchers import chart
from marketplace.vouchers.models import Appropriation, Programme, Round
from marketplace.vouchers.queries.reruns import is_real

BEST_SCORE = 5  # of a review
_WHOLE_BP = 10_000


@dataclass(frozen=True, slots=True)
class CountedYear:
    """What is counted: a programme from a day to a day, both inclusive, where it is."""

    programme: Programme
    first: date
    last: date
    time_zone: str

    def narrowed(self, one: Moved) -> Select[Any]:
        """Real money of the programme in these days."""
        rows = one.rows.where(Entry.book_id == self.programme.book_id, Entry.effective_on >= self.first, Entry.effective_on <= self.last)
        return rows.where(one.about.programme_id == self.programme.id, is_real(one.about.round_id))


def values_of(counted: CountedYear, wanted: Collection[Indicator]) -> dict[Indicator, int | None]:
    """Each measure's value; None where nothing says what it is."""
    found: dict[Indicator, int | None] = dict(_money(counted)) if _MONEY & set(wanted) else {}
    more: dict[Indicator, Callable[[CountedYear], int | None]] = {
        Indicator.EXECUTION: _execution,
        Indicator.TIMELY: _timely,
        Indicator.SATISFACTION: _satisfaction,
    }
    found |= {one: more[one](counted) for one in wanted if one in more}
    return {one: found[one] for one in wanted}


_MONEY = {Indicator.PAID, Indicator.REDEEMED, Indicator.FIRMS, Indicator.SERVICES}


def _money(counted: CountedYear) -> dict[Indicator, int]:
    rows = moving.moved(counted.narrowed)
    served = func.count(func.distinct(case((rows.c.redeemed_fen > 0, rows.c.enterprise_id))))
    sums = (func.sum(rows.c.paid_fen), func.sum(rows.c.redeemed_fen), served, func.count(func.distinct(rows.c.cause)))
    paid, redeemed, firms, services = (int(one or 0) for one in db.session.execute(select(*sums)).one())
    return {Indicator.PAID: paid, Indicator.REDEEMED: redeemed, Indicator.FIRMS: firms, Indicator.SERVICES: services}


def _share(part: int, whole: int) -> int | None:
    """Basis points, rounded down; None of nothing."""
    return part * _WHOLE_BP // whole if whole > 0 else None


def _execution(counted: CountedYear) -> int | None:
    """What was paid in the span of what could be paid in it."""
    return _share(_paid(counted, counted.first), _payable(counted))


def net_execution(counted: CountedYear) -> int | None:
    """The same without what came back by a decision in the span; None also where more came back than was paid."""
    net = _paid(counted, counted.first) - _recovered(counted)
    return _share(net, _payable(counted)) if net >= 0 else None


def _payable(counted: CountedYear) -> int:
    """What could be paid in the span: what was brought until its end, less what was paid or given back before."""
    before = _paid(counted, None)
    brought = select(func.sum(Appropriation.amount_fen)).where(
        Appropriation.programme_id == counted.programme.id,
        is_real(Appropriation.round_id),
        Appropriation.created_at < day_begins(counted.last + timedelta(days=1), zone(counted.time_zone)),
    )
    return int(db.session.scalar(brought) or 0) - before - _given_back(counted)


def _recovered(counted: CountedYear) -> int:
    """The principal that came back in the span; interest was never paid out."""
    source = aliased(Account)
    wanted = (
        select(func.sum(Transfer.amount_fen))
        .join(Entry, and_(Entry.book_id == Transfer.book_id, Entry.id == Transfer.entry_id))
        .join(source, and_(source.book_id == Transfer.book_id, source.id == Transfer.debit_account_id))
        .where(Entry.book_id == counted.programme.book_id, Entry.effective_on >= counted.first, Entry.effective_on <= counted.last)
        .where(source.kind == AccountKind.RECOVERED, source.code != chart.INTEREST.of())
    )
    return int(db.session.scalar(wanted) or 0)


def _paid(counted: CountedYear, first: date | None) -> int:
    """Paid in the span, or before it."""
    days = CountedYear(counted.programme, date.min, counted.first - timedelta(days=1), counted.time_zone) if first is None else counted
    rows = moving.moved(days.narrowed)
    return int(db.session.scalar(select(func.sum(rows.c.paid_fen))) or 0)


def _given_back(counted: CountedYear) -> int:
    """What went to the treasury before the span."""
    source, target = aliased(Account), aliased(Account)
    wanted = (
        select(func.sum(Transfer.amount_fen))
        .join(Entry, and_(Entry.book_id == Transfer.book_id, Entry.id == Transfer.entry_id))
        .join(target, and_(target.book_id == Transfer.book_id, target.id == Transfer.credit_account_id))
        .join(source, and_(source.book_id == Transfer.book_id, source.id == Transfer.debit_account_id))
        .where(Entry.book_id == counted.programme.book_id, Entry.effective_on < counted.first)
        .where(target.kind == AccountKind.SURRENDERED, source.kind != AccountKind.SURRENDERED)
    )
    return int(db.session.scalar(wanted) or 0)


def due_to_pay(counted: CountedYear) -> Select[Claim]:
    """Claims whose term to be paid ends in the span."""
    due = (Claim.pay_by >= counted.first, Claim.pay_by <= counted.last, Claim.state.in_((*TO_PAY, ClaimState.SETTLED)))
    return select(Claim).where(Claim.programme_id == counted.programme.id, is_real(Claim.round_id), *due)


def paid_in_time() -> ColumnElement[bool]:
    """SQL condition: the bank paid a claim within its term, and nothing of it came back."""
    return exists().where(
        PaymentLine.claim_id == Claim.id,
        PaymentLine.state == LineState.PAID,
        PaymentLine.paid_on <= Claim.pay_by,
        PaymentLine.bounced_fen == 0,
    )


def _timely(counted: CountedYear) -> int | None:
    rows = due_to_pay(counted).with_only_columns(func.count(), func.sum(case((paid_in_time(), 1), else_=0)))
    due, in_time = db.session.execute(rows).one()
    return _share(int(in_time or 0), int(due))


def reviews(counted: CountedYear) -> Select[Review]:
    """What firms said in the span of orders of the programme."""
    first, after = (day_begins(day, zone(counted.time_zone)) for day in (counted.first, counted.last + timedelta(days=1)))
    wanted = select(Review).join(Order, Order.id == Review.order_id).where(Order.programme_id == counted.programme.id)
    return wanted.where(is_real(Order.round_id), Review.created_at >= first, Review.created_at < after)


def _satisfaction(counted: CountedYear) -> int | None:
    count, total = db.session.execute(reviews(counted).with_only_columns(func.count(), func.sum(Review.score))).one()
    return _share(int(total or 0), int(count) * BEST_SCORE)


def zone_of(programme: Programme) -> str:
    """Where a programme's days are: as its rounds have it."""
    newest = select(Round.time_zone).where(Round.programme_id == programme.id).order_by(Round.created_at.desc(), Round.id.desc())
    found: str | None = db.session.scalars(newest.limit(1)).one_or_none()
    return found or CHINA
