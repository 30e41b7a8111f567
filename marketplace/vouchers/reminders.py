"""Whom the sweep reminds here: firms whose vouchers expire with money on them or that may still appeal, finance whose money ends."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import joinedload

from marketplace.identity import queries as identity
from marketplace.kernel import clock
from marketplace.kernel.currencies import format_money
from marketplace.kernel.db import db
from marketplace.kernel.errors import N_
from marketplace.notices import reminding
from marketplace.notices.reminding import LastDay
from marketplace.vouchers.models import Application, Appropriation, Round, Voucher
from marketplace.vouchers.queries import fund_lists
from marketplace.vouchers.queries.reruns import is_real
from marketplace.vouchers.queries.wallet import left_on
from marketplace.vouchers.rules.states import SPENDABLE, ApplicationState


def to_remind(today: date) -> list[UUID]:
    """Vouchers and applications with a last day of which a step has come."""
    vouchers, appeals = select(Voucher.id).where(_expires(today)), select(Application.id).where(_may_appeal(today))
    found = db.session.scalars(vouchers.order_by(Voucher.valid_until, Voucher.id).limit(reminding.MOST)).all()
    ending = select(Appropriation.id).where(_ends(today)).order_by(Appropriation.use_by, Appropriation.id).limit(reminding.MOST)
    appealed = db.session.scalars(appeals.order_by(Application.due_on, Application.id).limit(reminding.MOST))
    return [*found, *appealed, *db.session.scalars(ending)]


def remind(ids: Sequence[UUID], *, ways: reminding.Ways, now: datetime) -> int:
    """Remind the firms behind those of these that still wait. Of how many things somebody was told."""
    today = clock.civil_date(now)
    vouchers = db.session.scalars(select(Voucher).where(Voucher.id.in_(ids), _expires(today))).unique().all()
    left = left_on(vouchers)
    days = [_expiry(one, left[one.id]) for one in vouchers]
    days += [_appeal(one) for one in db.session.scalars(select(Application).where(Application.id.in_(ids), _may_appeal(today))).unique()]
    told = reminding.remind(days, identity.recipients_of, ways=ways, now=now)
    ending = select(Appropriation).where(Appropriation.id.in_(ids), _ends(today)).options(joinedload(Appropriation.round))
    papers = list(db.session.scalars(ending))
    money = fund_lists.left_on(papers)
    return told + reminding.remind([_last_use(one, money.get(one.id, 0)) for one in papers], _finance_of, ways=ways, now=now)


def _ends(today: date) -> ColumnElement[bool]:
    coming = reminding.coming("fund_use_by", Appropriation.id, Appropriation.use_by, today)
    return is_real(Appropriation.round_id) & Appropriation.use_by.is_not(None) & coming


def _last_use(paper: Appropriation, left_fen: int) -> LastDay:
    assert paper.use_by is not None, "it was found by its day"
    words = {"document": paper.document_number, "day": paper.use_by.isoformat(), "amount": format_money(left_fen, paper.round.currency)}
    return LastDay(
        "fund_use_by",
        paper.id,
        paper.round_id,
        paper.use_by,
        N_("%(document)s 的资金须在 %(day)s 前用完", **words),
        N_("还有 %(amount)s 元没有列入付款。到期未用的，请收回或办理结转。", **words),
        f"/office/appropriations/{paper.id}",
        start=paper.dated_on,
        is_needed=left_fen > 0,
        time_zone=paper.round.time_zone,
    )


def _finance_of(round_ids: Iterable[UUID]) -> dict[UUID, Sequence[reminding.Recipient]]:
    """Who looks after the money of each of some rounds."""
    areas = db.session.execute(select(Round.id, Round.area_code).where(Round.id.in_(set(round_ids)))).all()
    by_area = {area: identity.recipients_with("appropriations.record", area) for area in {area for _id, area in areas}}
    return {round_id: by_area[area] for round_id, area in areas}


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
