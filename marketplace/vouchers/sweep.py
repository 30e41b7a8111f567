"""What happens by itself: windows open and close, quotas appear, vouchers expire, returned money goes to the waitlist.

Idempotent; run by the worker after requests and every night. Each round is its own transaction, so one that fails stops no other.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from uuid import UUID

from sqlalchemy import Select, exists, func, or_, select

from marketplace.enterprises.models import Enterprise
from marketplace.identity.lifecycle import OrganisationState
from marketplace.identity.models import Organisation
from marketplace.identity.queries import in_areas
from marketplace.kernel import clock, stopping, sweeping
from marketplace.kernel.db import by_id, db, in_transaction, locked
from marketplace.notices import reminding
from marketplace.policy import queries as policy
from marketplace.policy import terms
from marketplace.policy.programme_spec import ProgrammeSpec
from marketplace.policy.programme_words import AllocationMode
from marketplace.policy.terms import Changed
from marketplace.vouchers import reminders
from marketplace.vouchers.instruments import BY_CLASS
from marketplace.vouchers.models import Application, Round, Voucher
from marketplace.vouchers.queries.applications import running_over
from marketplace.vouchers.queries.facts import changed_since, facts_of_many
from marketplace.vouchers.queries.funds import LIVING, free_fen
from marketplace.vouchers.queries.spending import spec_of
from marketplace.vouchers.rules import amounts
from marketplace.vouchers.rules import rounds as round_rules
from marketplace.vouchers.rules.rights import right_of
from marketplace.vouchers.rules.states import WITHOUT_APPLICATION, ApplicationState, RoundState
from marketplace.vouchers.service import allotting, appeal_terms, holdings, issuing, rounds

CREDIT, LIFT, BACK_FILL = "vouchers.credit_round", "vouchers.lift_round", "vouchers.back_fill"
MOST_STEPS = len(RoundState)
MOVED_BY_CLOCK = (RoundState.ANNOUNCED, RoundState.APPLYING, RoundState.CLOSED, RoundState.PUBLISHED, RoundState.IN_USE)


def sweep(*, now: datetime, today: date) -> int:
    """Let every round catch up with the clock and with what firms became; how much was done."""
    done = terms.recount("applications", now, partial(_recount, now))
    done += reminding.sweep(
        "vouchers", reminders.to_remind, partial(reminders.remind, ways=reminding.ways(), now=now), now=now, today=today
    )
    done += sweeping.batches("vouchers.expire", _expired(today), partial(holdings.expire_due, today=today), now=now)
    for _ in range(MOST_STEPS):
        moved = sweeping.each("vouchers.catch_up", _rounds(*MOVED_BY_CLOCK), partial(_catch_up, now=now, today=today), now=now)
        done += moved
        if not moved:
            break
    running = _rounds(RoundState.IN_USE)
    done += sweeping.alone(CREDIT, running, partial(_credit, now=now, today=today), now=now)
    done += sweeping.alone(LIFT, running, partial(_lift, now=now, today=today), now=now)
    done += sweeping.each("vouchers.end_waiting", _left_waiting(), partial(allotting.end_waiting, now=now), now=now)
    return done + sweeping.alone(BACK_FILL, _waiting(), partial(_back_fill, now=now, today=today), now=now)


def _recount(now: datetime, changed: Changed) -> int:
    return sweeping.each("vouchers.recount", running_over(changed), appeal_terms.recount, now=now)


def _rounds(*states: RoundState) -> list[UUID]:
    return list(db.session.scalars(select(Round.id).where(Round.state.in_(states)).order_by(Round.id)))


def _waiting() -> list[UUID]:
    wanted = select(Application.round_id).where(Application.state == ApplicationState.WAITLISTED).distinct()
    return list(db.session.scalars(wanted.order_by(Application.round_id)))


def _left_waiting() -> list[UUID]:
    """Rounds that are over and in which somebody still waits."""
    waits = Application.state.in_((ApplicationState.WAITLISTED, *allotting.UNDER_REVIEW))
    wanted = select(Round.id).where(Round.state.in_(allotting.OVER), Round.id.in_(select(Application.round_id).where(waits)))
    return list(db.session.scalars(wanted.order_by(Round.id)))


def _expired(today: date) -> list[UUID]:
    wanted = select(Voucher.id).where(Voucher.state.in_(LIVING), Voucher.valid_until < today).order_by(Voucher.id)
    return list(db.session.scalars(wanted))


def _catch_up(round_id: UUID, *, now: datetime, today: date) -> int:
    """Move a round one step, if its dates allow."""
    row = locked(Round, round_id)
    wanted = _wanted(row, now, today)
    if wanted is None:
        return 0
    if wanted is not RoundState.PUBLISHED:
        rounds.move(round_id, wanted, actor_id=None, now=now, today=today)
    elif not allotting.can_publish(row):  # applications under review: an officer's move
        return 0
    else:
        allotting.publish(round_id, actor_id=None, now=now, today=today)
    return 1


def _wanted(row: Round, now: datetime, today: date) -> RoundState | None:
    """The next state whose time has come."""
    if row.state is RoundState.ANNOUNCED and spec_of(row.version_id).allocation.mode.value in WITHOUT_APPLICATION:
        return RoundState.IN_USE if today >= row.use_from else None
    due = {
        RoundState.ANNOUNCED: (row.apply_from_at <= now < row.apply_until_at, RoundState.APPLYING),
        RoundState.APPLYING: (now >= row.apply_until_at, RoundState.CLOSED),
        RoundState.CLOSED: (_results_due(row, today), RoundState.PUBLISHED),
        RoundState.PUBLISHED: (today >= row.use_from, RoundState.IN_USE),
        RoundState.IN_USE: (today > row.use_until, RoundState.SETTLING),
    }
    is_time, wanted = due.get(row.state, (False, RoundState.FINISHED))
    return wanted if is_time else None


def _results_due(row: Round, today: date) -> bool:
    """Results are published on their last day at the latest; without a limit, at once. Reviewed rounds wait for their officers."""
    spec = spec_of(row.version_id)
    start = clock.civil_date(row.apply_until_at)
    last = round_rules.due(
        spec.allocation.results, start, policy.working_calendar(), region=row.area_code, round_day=row.results_on or start
    )
    return last is None or today >= last.on


def _credit(round_id: UUID, *, now: datetime, today: date) -> int:
    """Quotas appear by themselves for verified firms that have none: for all once a day and when money has come, else for those that have
    changed. Once the money did not reach somebody, whoever changed is behind him.
    """
    row = by_id(Round, round_id)
    spec = spec_of(row.version_id)
    if spec.allocation.mode.value is not AllocationMode.AUTO_CREDIT:
        return 0
    mark = sweeping.mark_of(CREDIT, round_id)
    since, is_short = sweeping.changes_from(mark, now), mark is not None and mark.seen != ""
    if since is None or (mark is not None and is_short and free_fen(row) > int(mark.seen)):
        since, is_short = None, False
    wanted = _without_voucher(row, spec)
    if since is not None:
        again = sweeping.set_aside("vouchers.credit")
        wanted = wanted.where(or_(Enterprise.id.in_(changed_since(since)), Enterprise.id.in_(again)))
    queue = _Queue(round_id, today, is_open=not is_short)
    done = sweeping.batches("vouchers.credit", list(db.session.scalars(wanted)), queue.give, now=now)
    left = "" if queue.is_open else str(free_fen(by_id(Round, round_id)))
    if stopping.goes_on():  # who was not reached is looked at again
        in_transaction(partial(sweeping.keep_mark, CREDIT, round_id, now=now, seen=left))
    return done


def _without_voucher(row: Round, spec: ProgrammeSpec) -> Select[UUID]:
    """Verified firms of a round's area and sizes that have no voucher of it, in their order."""
    sizes = [size.value for size in spec.beneficiaries.size_classes.value]
    have = exists().where(Voucher.round_id == row.id, Voucher.enterprise_id == Enterprise.id)
    wanted = select(Enterprise.id).join(Organisation, Organisation.id == Enterprise.id)
    wanted = wanted.where(Organisation.state == OrganisationState.VERIFIED, in_areas([row.area_code]), Enterprise.size_class.in_(sizes))
    return wanted.where(~have).order_by(Enterprise.id)


@dataclass(slots=True)
class _Queue:
    """Firms of one round in their order, batch by batch: once the money did not reach somebody, nobody behind gets any."""

    round_id: UUID
    today: date
    is_open: bool = True
    was_open: dict[UUID, bool] = field(default_factory=dict)  # when a batch began: its transaction may run again

    def give(self, firms: list[UUID]) -> int:
        before = self.was_open.setdefault(firms[0], self.is_open)
        vouchers, self.is_open = issuing.credit_in_order(self.round_id, firms, actor_id=None, today=self.today, is_open=before)
        return len(vouchers)


def _lift(round_id: UUID, *, now: datetime, today: date) -> int:
    """Firms that rose to a better class get its quota: all are looked at once a day, else those that have changed."""
    row = by_id(Round, round_id)
    spec = spec_of(row.version_id)
    quotas = {one.name: amounts.quota_fen(spec, one.name) or 0 for one in spec.classes}
    if spec.allocation.mode.value is not AllocationMode.AUTO_CREDIT or len(set(quotas.values())) < 2:
        return 0
    wanted = select(Voucher.id, Voucher.enterprise_id, Voucher.face_fen).where(
        Voucher.round_id == round_id, Voucher.state.in_(LIVING), Voucher.instrument.in_(BY_CLASS), Voucher.face_fen < max(quotas.values())
    )
    since = sweeping.changes_from(sweeping.mark_of(LIFT, round_id), now)
    if since is not None:
        again = sweeping.set_aside("vouchers.lift")
        wanted = wanted.where(or_(Voucher.enterprise_id.in_(changed_since(since)), Voucher.id.in_(again)))
    risen = _risen(row, list(db.session.execute(wanted)), today)
    done = sweeping.each("vouchers.lift", risen, partial(issuing.rise, today=today), now=now)
    if stopping.goes_on():
        in_transaction(partial(sweeping.keep_mark, LIFT, round_id, now=now))
    return done


def _risen(row: Round, vouchers: Iterable[tuple[UUID, UUID, int]], today: date) -> list[UUID]:
    found, spec = list(vouchers), spec_of(row.version_id)
    facts = facts_of_many([enterprise_id for _voucher, enterprise_id, _face in found], today)
    rights = {key: right_of(spec, facts[firm], (row.area_code,)) for key, firm, _face in found if firm in facts}
    return [key for key, _firm, face in found if (right := rights.get(key)) is not None and right.face_fen > face]


def _back_fill(round_id: UUID, *, now: datetime, today: date) -> int:
    """Returned money goes to the waitlist: when there is other money, or another queue, than at the last look of the day."""
    mark, seen = sweeping.mark_of(BACK_FILL, round_id), _queue_and_money(round_id)
    if mark is not None and mark.seen == seen and sweeping.changes_from(mark, now) is not None:
        return 0
    done: int = in_transaction(partial(allotting.back_fill, round_id, now=now, today=today))
    in_transaction(partial(sweeping.keep_mark, BACK_FILL, round_id, now=now, seen=_queue_and_money(round_id)))
    return done


def _queue_and_money(round_id: UUID) -> str:
    row = by_id(Round, round_id)
    waits = (Application.round_id == round_id) & (Application.state == ApplicationState.WAITLISTED)
    queue = select(func.count(), func.max(Application.sequence), func.sum(Application.sequence)).where(waits)
    return " ".join(str(one) for one in (row.state.value, free_fen(row), *db.session.execute(queue).one()))
