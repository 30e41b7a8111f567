"""Claims by the day until which the level whose turn it is says its word."""

from collections.abc import Iterable, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, func, select

from marketplace.identity import queries as identity
from marketplace.identity.models import Organisation
from marketplace.kernel.db import db
from marketplace.kernel.errors import N_
from marketplace.notices import reminding
from marketplace.notices.reminding import LastDay, Recipient
from marketplace.policy.terms import Changed
from marketplace.settlement.lifecycle import ClaimState
from marketplace.settlement.models import Claim
from marketplace.vouchers.queries.reruns import is_real


def level_terms_over(changed: Changed) -> list[UUID]:
    """Claims whose level's term runs over days of the calendar that changed."""
    over = (Claim.level_from < changed.last, Claim.level_by >= changed.first)
    return list(db.session.scalars(select(Claim.id).where(Claim.state == ClaimState.SUBMITTED, *over).order_by(Claim.id)))


def _is_coming(today: date) -> ColumnElement[bool]:
    waits = (Claim.state == ClaimState.SUBMITTED) & is_real(Claim.round_id)
    return waits & reminding.coming("claim_level", Claim.programme_id, Claim.level_by, today)


def programmes_to_review(today: date) -> list[UUID]:
    """Programmes with claims whose level's day comes near."""
    wanted = select(Claim.programme_id).where(_is_coming(today)).group_by(Claim.programme_id).order_by(Claim.programme_id)
    return list(db.session.scalars(wanted.limit(reminding.MOST)))


def last_days(programme_ids: Sequence[UUID], today: date) -> list[LastDay]:
    """What reviewers are told, once for each programme and day."""
    wanted = select(Claim.programme_id, Claim.level_by, func.min(Claim.level_from), func.count())
    wanted = wanted.where(Claim.programme_id.in_(programme_ids), is_real(Claim.round_id), _is_coming(today)).group_by(
        Claim.programme_id, Claim.level_by
    )
    rows = db.session.execute(wanted.order_by(Claim.level_by.desc(), Claim.programme_id))  # of one programme the most urgent day is told
    return [_last_day(programme_id, day, start, count) for programme_id, day, start, count in rows if day is not None]


def _last_day(programme_id: UUID, day: date, start: date | None, count: int) -> LastDay:
    words = {"n": count, "day": day.isoformat()}
    title = N_("%(n)s 件兑付申请须在 %(day)s 前完成本级审核", **words)
    body = N_("请出具本级意见或作出决定；逾期不会自动处理，列在首页和审核列表。")
    return LastDay("claim_level", programme_id, programme_id, day, title, body, "/claims", start=start)


def reviewers_of_programmes(programme_ids: Iterable[UUID]) -> dict[UUID, Sequence[Recipient]]:
    """Who reviews what waits at a level in each of some programmes: the officers of the places of its firms."""
    wanted = select(Claim.programme_id, Organisation.region_code).join(Organisation, Organisation.id == Claim.enterprise_id)
    wanted = wanted.where(Claim.programme_id.in_(set(programme_ids)), Claim.state == ClaimState.SUBMITTED, Claim.level_by.is_not(None))
    places = db.session.execute(wanted.distinct().order_by(Claim.programme_id, Organisation.region_code)).all()
    by_region = {region: identity.recipients_with("claims.review", region) for region in {region for _id, region in places}}
    found: dict[UUID, dict[UUID, Recipient]] = {}
    for programme_id, region in places:
        found.setdefault(programme_id, {}).update({one.user_id: one for one in by_region[region]})
    return {programme_id: list(people.values()) for programme_id, people in found.items()}
