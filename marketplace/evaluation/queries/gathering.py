"""Loads what an organisation is measured by: its services by attribution, reviews, dossier, people, member bodies, opinions."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, exists, or_, select

from marketplace.catalogue.lifecycle import DossierState
from marketplace.catalogue.models import DossierItem, Expert, ProviderStaff
from marketplace.evaluation.facts import Declared, Facts, Member, Opinion, Person, Served
from marketplace.evaluation.models import Judgement
from marketplace.evaluation.rowref import RowKind, RowRef
from marketplace.kernel.clock import CST, civil_date
from marketplace.kernel.db import db
from marketplace.kernel.money import CNY
from marketplace.orders.models import Order, Review
from marketplace.records.models import ServiceRecord
from marketplace.records.platform_models import PlatformMember, RecordPlatform
from marketplace.records.queries import is_counted
from marketplace.records.rules import SME_SIZES, UNSURE_SIZES, MemberState
from marketplace.vouchers.queries.reruns import is_real

DEGREES = frozenset({"college", "bachelor", "master", "doctor"})  # 大专及以上
TITLES = frozenset({"intermediate", "senior"})  # 中级及以上


def gather(organisation_id: UUID, ruleset: str, year: int, *, attribution: str, as_of: date) -> Facts:
    """Everything an organisation is measured by for a year.

    Args:
        attribution: whose services count: "own", "members" (while they were members) or "both". The rule set's setting decides; what
            the platform says of itself is only shown beside it.
        as_of: the day of application, on which years of operation, staff and member bodies count.
    """
    members = _members(organisation_id)
    staff, staff_known = _staff(organisation_id, as_of)
    return Facts(
        year=year,
        as_of=as_of,
        services=_services(organisation_id, year, attribution),
        reviews=_reviews(organisation_id, year, members, attribution),
        dossier=_dossier(organisation_id, year),
        staff=staff,
        staff_known=staff_known,
        experts=_experts(organisation_id),
        members=members,
        opinions=opinions(organisation_id, ruleset, year),
    )


def counts_to(organisation_id: UUID, attribution: str) -> ColumnElement[bool]:
    """SQL condition: a record counts to the platform: its own, or that of a body that was its member on the day of the service."""
    own = ServiceRecord.provider_id == organisation_id
    member = exists().where(RecordPlatform.record_id == ServiceRecord.id, RecordPlatform.platform_id == organisation_id)
    return {"own": own, "members": and_(~own, member)}.get(attribution, or_(own, member))


def _services(organisation_id: UUID, year: int, attribution: str) -> dict[int, tuple[Served, ...]]:
    """Of the year and the two before it."""
    r = ServiceRecord
    in_yuan = case((r.currency == CNY, r.fee_fen), else_=0)  # shares of fees are shares of those in yuan
    statement = (
        select(
            r.id, r.enterprise_id, r.function, r.mode, r.fee_kind, in_yuan.label("fee_fen"), r.subsidised, r.person_times, r.activity,
            r.activity_kind, r.delivered_on, r.firm_size,
        )
        .where(is_counted(), counts_to(organisation_id, attribution))
        .where(r.delivered_on.between(date(year - 2, 1, 1), date(year, 12, 31)))
        .order_by(r.delivered_on, r.id)
    )  # fmt: skip
    found: dict[int, list[Served]] = defaultdict(list)
    for row in db.session.execute(statement):
        found[row.delivered_on.year].append(
            Served(
                id=row.id,
                enterprise_id=row.enterprise_id,
                is_sme=None if row.firm_size in UNSURE_SIZES else row.firm_size in SME_SIZES,
                function=row.function,
                mode=row.mode,
                fee_kind=row.fee_kind,
                fee_fen=row.fee_fen,
                subsidised=row.subsidised,
                person_times=row.person_times,
                activity=row.activity,
                activity_kind=row.activity_kind,
                delivered_on=row.delivered_on,
            )
        )
    return {one: tuple(rows) for one, rows in found.items()}


def _reviews(organisation_id: UUID, year: int, members: Sequence[Member], attribution: str) -> tuple[tuple[RowRef, int], ...]:
    """Scores that customers gave in the year, to whom the attribution names."""
    first, after = datetime(year, 1, 1, tzinfo=CST), datetime(year + 1, 1, 1, tzinfo=CST)
    providers = {organisation_id, *(one.provider_id for one in members)}
    columns = select(Review.id, Review.provider_id, Review.score, Review.created_at)
    statement = columns.join(Order, Order.id == Review.order_id).where(is_real(Order.round_id))
    statement = statement.where(Review.provider_id.in_(providers), Review.created_at >= first, Review.created_at < after)
    found: list[tuple[RowRef, int]] = []
    for review in db.session.execute(statement.order_by(Review.created_at, Review.id)):
        is_own = review.provider_id == organisation_id
        day = civil_date(review.created_at)
        is_members = any(one.provider_id == review.provider_id and one.counts_on(day) for one in members)
        if (is_own and attribution != "members") or (is_members and not is_own and attribution != "own"):
            found.append((RowRef.to(RowKind.REVIEW, review.id), review.score))
    return tuple(found)


def _dossier(organisation_id: UUID, year: int) -> tuple[Declared, ...]:
    statement = select(DossierItem).where(DossierItem.provider_id == organisation_id, DossierItem.year <= year)
    return tuple(
        Declared(
            id=item.id,
            year=item.year,
            kind=item.kind,
            title=item.title,
            number=item.number,
            dated_on=item.dated_on,
            is_accepted=item.state is DossierState.ACCEPTED,
            is_returned=item.state is DossierState.RETURNED,
            reason=item.state_reason,
        )
        for item in db.session.scalars(statement.order_by(DossierItem.year.desc(), DossierItem.created_at.desc(), DossierItem.id))
    )


def _staff(organisation_id: UUID, on: date) -> tuple[tuple[Person, ...], bool]:
    """Who serves on a day, and whether anybody was ever entered."""
    statement = select(ProviderStaff).where(ProviderStaff.provider_id == organisation_id, ProviderStaff.state != DossierState.RETURNED)
    rows = db.session.scalars(statement.order_by(ProviderStaff.id)).all()
    serving = [one for one in rows if one.from_on <= on and (one.until_on is None or on <= one.until_on)]
    return tuple(Person(one.id, one.degree in DEGREES, one.title_level in TITLES) for one in serving), bool(rows)


def _experts(organisation_id: UUID) -> tuple[Person, ...]:
    statement = select(Expert.id).where(Expert.provider_id == organisation_id, Expert.state != DossierState.RETURNED)
    return tuple(Person(one, None, None) for one in db.session.scalars(statement.order_by(Expert.id)))


def _members(organisation_id: UUID) -> tuple[Member, ...]:
    statement = (
        select(PlatformMember).where(PlatformMember.platform_id == organisation_id).order_by(PlatformMember.created_at, PlatformMember.id)
    )
    return tuple(
        Member(
            id=one.id,
            provider_id=one.provider_id,
            from_on=one.from_on,
            until_on=one.until_on,
            is_accepted=one.state is MemberState.ACCEPTED,
            waits=one.state is MemberState.PROPOSED,
        )
        for one in db.session.scalars(statement)
    )


def opinions(organisation_id: UUID, ruleset: str, year: int) -> dict[str, Opinion]:
    """The newest word on each criterion."""
    statement = select(Judgement).where(Judgement.organisation_id == organisation_id, Judgement.ruleset == ruleset, Judgement.year == year)
    newest_last = db.session.scalars(statement.order_by(Judgement.created_at, Judgement.id))
    return {one.criterion_id: Opinion(one.id, one.verdict, one.opinion, one.value) for one in newest_last}
