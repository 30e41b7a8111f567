"""Whom the sweep reminds here: firms whose vouchers expire with money on them, and firms that may still appeal."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, select

from marketplace.identity import queries as identity
from marketplace.kernel import clock
from marketplace.kernel.currencies import format_money
from marketplace.kernel.db import db
from marketplace.kernel.errors import N_
from marketplace.notices import reminding
from marketplace.notices.reminding import LastDay
from marketplace.vouchers.models import Application, Voucher
from marketplace.vouchers.queries.reruns import is_real
from marketplace.vouchers.queries.wallet import left_on
from marketplace.vouchers.rules.states import SPENDABLE, ApplicationState


def to_remind(today: date) -> list[UUID]:
    """Vouchers and applications with a last day of which a step has come."""
    vouchers, appeals = select(Voucher.id).where(_expires(today)), select(Application.id).where(_may_appeal(today))
    found = db.session.scalars(vouchers.order_by(Voucher.valid_until, Voucher.id).limit(reminding.MOST)).all()
    return [*found, *db.session.scalars(appeals.order_by(Application.due_on, Application.id).limit(reminding.MOST))]


def remind(ids: Sequence[UUID], *, ways: reminding.Ways, now: datetime) -> int:
    """Remind the firms behind those of these that still wait. Of how many things somebody was told."""
    today = clock.civil_date(now)
    vouchers = db.session.scalars(select(Voucher).where(Voucher.id.in_(ids), _expires(today))).unique().all()
    left = left_on(vouchers)
    days = [_expiry(one, left[one.id]) for one in vouchers]
    days += [_appeal(one) for one in db.session.scalars(select(Application).where(Application.id.in_(ids), _may_appeal(today))).unique()]
    return reminding.remind(days, identity.recipients_of, ways=ways, now=now)


def _expires(today: date) -> ColumnElement[bool]:
    living = Voucher.state.in_(SPENDABLE) & is_real(Voucher.round_id)
    return living & reminding.coming("voucher", Voucher.id, Voucher.valid_until, today)


def _may_appeal(today: date) -> ColumnElement[bool]:
    refused = (Application.state == ApplicationState.REFUSED) & Application.appealed_at.is_(None) & is_real(Application.round_id)
    return refused & reminding.coming("appeal", Application.id, Application.due_on, today)


def _expiry(row: Voucher, left_fen: int) -> LastDay:
    words = {"number": row.number, "day": row.valid_until.isoformat(), "amount": format_money(left_fen, row.currency)}
    return LastDay(
        "voucher", row.id, row.enterprise_id, row.valid_until, N_("服务券 %(number)s 将于 %(day)s 到期", **words),
        N_("还有 %(amount)s 元没有使用，过期收回。请在到期前下单。", **words), f"/wallet/{row.id}",
        start=max(row.valid_from, row.day_of(row.created_at)), is_needed=left_fen > 0, time_zone=row.time_zone,
    )  # fmt: skip


def _appeal(row: Application) -> LastDay:
    assert row.due_on is not None, "it was found by its day"
    words = {"number": row.number, "day": row.due_on.isoformat()}
    return LastDay(
        "appeal", row.id, row.enterprise_id, row.due_on, N_("申领 %(number)s 的申诉期将于 %(day)s 截止", **words),
        N_("对不予发放的决定有异议的，请在截止前申诉，逾期不再受理。"), f"/my/applications/{row.id}",
        start=row.due_start, provisional=row.due_provisional, time_zone=row.time_zone,
    )  # fmt: skip
