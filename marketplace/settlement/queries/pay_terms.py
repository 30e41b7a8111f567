"""Approved claims by the day until which finance pays them."""

from collections.abc import Iterable, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, func, select

from marketplace.identity import queries as identity
from marketplace.kernel.db import db
from marketplace.kernel.errors import N_
from marketplace.notices import reminding
from marketplace.notices.reminding import LastDay
from marketplace.policy.terms import Changed
from marketplace.settlement.lifecycle import TO_PAY
from marketplace.settlement.models import Claim
from marketplace.vouchers.models import Programme
from marketplace.vouchers.queries.reruns import is_real


def pay_terms_over(changed: Changed) -> list[UUID]:
    """Claims whose term to be paid runs over days of the calendar that changed."""
    over = (Claim.pay_from < changed.last, Claim.pay_by >= changed.first)
    return list(db.session.scalars(select(Claim.id).where(Claim.state.in_(TO_PAY), *over).order_by(Claim.id)))


def _is_coming(today: date) -> ColumnElement[bool]:
    waits = Claim.state.in_(TO_PAY) & is_real(Claim.round_id)
    return waits & reminding.coming("pay_due", Claim.programme_id, Claim.pay_by, today)


def programmes_to_pay(today: date) -> list[UUID]:
    """Programmes with claims whose day comes near."""
    wanted = select(Claim.programme_id).where(_is_coming(today)).group_by(Claim.programme_id).order_by(Claim.programme_id)
    return list(db.session.scalars(wanted.limit(reminding.MOST)))


def last_days(programme_ids: Sequence[UUID], today: date) -> list[LastDay]:
    """What finance is told, once for each programme and day."""
    wanted = select(Claim.programme_id, Claim.pay_by, func.min(Claim.pay_from), func.count())
    wanted = wanted.where(Claim.programme_id.in_(programme_ids), is_real(Claim.round_id), _is_coming(today)).group_by(
        Claim.programme_id, Claim.pay_by
    )
    rows = db.session.execute(wanted.order_by(Claim.pay_by.desc(), Claim.programme_id))  # of one programme the most urgent day is told
    return [_last_day(programme_id, day, start, count) for programme_id, day, start, count in rows if day is not None]


def _last_day(programme_id: UUID, day: date, start: date | None, count: int) -> LastDay:
    words = {"n": count, "day": day.isoformat()}
    title = N_("%(n)s 笔已核准的款项须在 %(day)s 前拨付", **words)
    body = N_("请制作拨付批次，或登记银行结果；逾期的列在首页。")
    return LastDay("pay_due", programme_id, programme_id, day, title, body, "/payments", start=start)


def finance_of(programme_ids: Iterable[UUID]) -> dict[UUID, Sequence[reminding.Recipient]]:
    """Who makes the batches of each of some programmes."""
    areas = db.session.execute(select(Programme.id, Programme.area_code).where(Programme.id.in_(set(programme_ids)))).all()
    by_area = {area: identity.recipients_with("payments.prepare", area) for area in {area for _id, area in areas}}
    return {programme_id: by_area[area] for programme_id, area in areas}
