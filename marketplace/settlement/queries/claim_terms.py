"""Claims by a day until which an office does its part: a level of review its word, finance the payment."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute

from marketplace.identity import queries as identity
from marketplace.identity.models import Organisation
from marketplace.kernel.db import db
from marketplace.kernel.errors import N_
from marketplace.kernel.sentences import Sentence
from marketplace.notices import reminding
from marketplace.notices.reminding import LastDay, Recipient
from marketplace.policy.terms import Changed
from marketplace.settlement.lifecycle import TO_PAY, ClaimState
from marketplace.settlement.models import Claim
from marketplace.vouchers.models import Programme
from marketplace.vouchers.queries.reruns import is_real

Moment = InstrumentedAttribute[date | None]
People = Callable[[Iterable[UUID]], dict[UUID, Sequence[Recipient]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimTerm:
    """A term of claims: in which columns it runs, of which claims, who is told of its day, and what."""

    kind: str
    since: Moment
    until: Moment
    states: tuple[ClaimState, ...]
    title: str  # with `n` and `day`
    body: str
    page: str
    people: People

    def over(self, changed: Changed) -> list[UUID]:
        """Claims whose term runs over days of the calendar that changed."""
        runs = (self.since < changed.last, self.until >= changed.first)
        return list(db.session.scalars(select(Claim.id).where(Claim.state.in_(self.states), *runs).order_by(Claim.id)))

    def _is_coming(self, today: date) -> ColumnElement[bool]:
        waits = Claim.state.in_(self.states) & is_real(Claim.round_id)
        return waits & reminding.coming(self.kind, Claim.programme_id, self.until, today)

    def programmes(self, today: date) -> list[UUID]:
        """Programmes with claims whose day comes near."""
        wanted = select(Claim.programme_id).where(self._is_coming(today)).group_by(Claim.programme_id).order_by(Claim.programme_id)
        return list(db.session.scalars(wanted.limit(reminding.MOST)))

    def last_days(self, programme_ids: Sequence[UUID], today: date) -> list[LastDay]:
        """What people are told, once for each programme and day; of one programme the most urgent day last."""
        wanted = select(Claim.programme_id, self.until, func.min(self.since), func.count())
        waits = Claim.programme_id.in_(programme_ids) & is_real(Claim.round_id) & self._is_coming(today)
        wanted = wanted.where(waits).group_by(Claim.programme_id, self.until)
        rows = db.session.execute(wanted.order_by(self.until.desc(), Claim.programme_id))
        return [self._last_day(programme_id, day, start, count) for programme_id, day, start, count in rows if day is not None]

    def _last_day(self, programme_id: UUID, day: date, start: date | None, count: int) -> LastDay:
        title = Sentence(self.title, {"n": count, "day": day.isoformat()})
        return LastDay(self.kind, programme_id, programme_id, day, title, self.body, self.page, start=start)


def _reviewers(programme_ids: Iterable[UUID]) -> dict[UUID, Sequence[Recipient]]:
    """Who reviews what waits at a level in each of some programmes: the officers of the places of its firms."""
    wanted = select(Claim.programme_id, Organisation.region_code).join(Organisation, Organisation.id == Claim.enterprise_id)
    wanted = wanted.where(Claim.programme_id.in_(set(programme_ids)), Claim.state == ClaimState.SUBMITTED, Claim.level_by.is_not(None))
    return _at_places("claims.review", [(one, place) for one, place in db.session.execute(wanted.distinct())])


def _finance(programme_ids: Iterable[UUID]) -> dict[UUID, Sequence[Recipient]]:
    """Who makes the batches of each of some programmes."""
    wanted = select(Programme.id, Programme.area_code).where(Programme.id.in_(set(programme_ids)))
    return _at_places("payments.prepare", [(one, place) for one, place in db.session.execute(wanted)])


def _at_places(permission: str, places: Sequence[tuple[UUID, str]]) -> dict[UUID, Sequence[Recipient]]:
    """Who may do something at the places of each programme, each person once."""
    by_place = {place: identity.recipients_with(permission, place) for place in sorted({place for _id, place in places})}
    found: dict[UUID, dict[UUID, Recipient]] = {}
    for programme_id, place in sorted(places):
        found.setdefault(programme_id, {}).update({one.user_id: one for one in by_place[place]})
    return {programme_id: list(people.values()) for programme_id, people in found.items()}


LEVEL = ClaimTerm(
    kind="claim_level",
    since=Claim.level_from,
    until=Claim.level_by,
    states=(ClaimState.SUBMITTED,),
    title=N_("%(n)s 件兑付申请须在 %(day)s 前完成本级审核"),
    body=N_("请出具本级意见或作出决定；逾期不会自动处理，列在首页和审核列表。"),
    page="/claims",
    people=_reviewers,
)
PAYMENT = ClaimTerm(
    kind="pay_due",
    since=Claim.pay_from,
    until=Claim.pay_by,
    states=tuple(TO_PAY),
    title=N_("%(n)s 笔已核准的款项须在 %(day)s 前拨付"),
    body=N_("请制作拨付批次，或登记银行结果；逾期的列在首页。"),
    page="/payments",
    people=_finance,
)
