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
from marketplace.kernel.db import by_id, db, in_transaction
from marketplace.kernel.zones import over_there
from marketplace.notices import reminding
from marketplace.policy import terms
from marketplace.policy.programme_spec import ProgrammeSpec
from marketplace.policy.programme_words import AllocationMode
from marketplace.policy.terms import Changed
from marketplace.vouchers import reminders
from marketplace.vouchers.instruments import BY_CLASS
from marketplace.vouchers.models import Application, Round, Voucher
from marketplace.vouchers.queries.applications import running_over
from marketplace.vouchers.queries.facts import changed_since, facts_of_many
from marketplace.vouchers.queries.funds import LIVING
from marketplace.vouchers.queries.parts import budgets, to_pool
from marketplace.vouchers.queries.spending import calendar_of, spec_of, way_of
from marketplace.vouchers.rules import amounts
from marketplace.vouchers.rules import rounds as round_rules
from marketplace.vouchers.rules.rights import right_of
from marketplace.vouchers.rules.states import RUNNING, ApplicationState, RoundState, Way
from marketplace.vouchers.service import allotting, appeal_terms, holdings, issuing, parts, rounds
from marketplace.vouchers.service.budget import look

CREDIT, LIFT, BACK_FILL = "vouchers.credit_round", "vouchers.lift_round", "vouchers.back_fill"
MOST_STEPS = len(RoundState)


def sweep(*, now: datetime) -> int:
    """Let every round catch up with the clock and with what firms became; how much was done."""
    done = terms.recount("applications", now, partial(_recount, now))
    done += reminding.sweep("vouchers", reminders.to_remind, partial(reminders.remind, ways=reminding.ways(), now=now), now=now)
    done += sweeping.batches("vouchers.call_in", _called_in(), holdings.call_in, now=now)
    done += sweeping.batches("vouchers.expire", _expired(now), partial(holdings.expire_due, now=now), now=now)
    for _ in range(MOST_STEPS):
        moved = sweeping.each("vouchers.catch_up", _moving(now), partial(_catch_up, now=now), now=now)
        done += moved
        if not moved:
            break
    done += sweeping.each("vouchers.pool_parts", to_pool(now), partial(parts.pool, now=now), now=now)
    running = _rounds(RoundState.IN_USE)
    done += sweeping.alone(CREDIT, running, partial(_credit, now=now), now=now)
    done += sweeping.alone(LIFT, running, partial(_lift, now=now), now=now)
    done += sweeping.each("vouchers.budget", _stoppable(), partial(_look_at_money, now=now), now=now)
    done += sweeping.each("vouchers.end_waiting", _left_waiting(), partial(allotting.end_waiting, now=now), now=now)
    return done + sweeping.alone(BACK_FILL, _waiting(), partial(_back_fill, now=now), now=now)


def _recount(now: datetime, changed: Changed) -> int:
    return sweeping.each("vouchers.recount", running_over(changed), appeal_terms.recount, now=now)


def _rounds(*states: RoundState) -> list[UUID]:
    return list(db.session.scalars(select(Round.id).where(Round.state.in_(states)).order_by(Round.id)))


def _moving(now: datetime) -> list[UUID]:
    """Rounds under way whose time has come by what stands in their rows: the others need not be locked to see that nothing is due."""
    wanted = select(Round).where(Round.state.in_(RUNNING)).order_by(Round.id).execution_options(populate_existing=True)
    return [row.id for row in db.session.scalars(wanted).unique() if _may_move(row, now)]


def _may_move(row: Round, now: datetime) -> bool:
    try:
        return _wanted(row, now) is not None
    except Exception:  # what is wrong with a round is written down where it is done
        return True


def _stoppable() -> list[UUID]:
    """Rounds under way whose rules stop something once the money is used."""
    wanted = select(Round.id, Round.version_id).where(Round.state.in_(RUNNING)).order_by(Round.id)
    return [row.id for row in db.session.execute(wanted) if spec_of(row.version_id).budget_stop is not None]


def _look_at_money(round_id: UUID, *, now: datetime) -> int:
    return look(round_id, now=now)


def _waiting() -> list[UUID]:
    wanted = select(Application.round_id).where(Application.state == ApplicationState.WAITLISTED).distinct()
    return list(db.session.scalars(wanted.order_by(Application.round_id)))


def _left_waiting() -> list[UUID]:
    """Rounds that are over and in which somebody still waits."""
    waits = Application.state.in_((ApplicationState.WAITLISTED, *allotting.UNDER_REVIEW))
    wanted = select(Round.id).where(Round.state.in_(allotting.OVER), Round.id.in_(select(Application.round_id).where(waits)))
    return list(db.session.scalars(wanted.order_by(Round.id)))


def _expired(now: datetime) -> list[UUID]:
    wanted = select(Voucher.id, Voucher.valid_until, Round.time_zone).join(Round, Round.id == Voucher.round_id)
    late = wanted.where(Voucher.state.in_(LIVING), Voucher.valid_until < clock.civil_date(now)).order_by(Voucher.id)
    return over_there(db.session.execute(late), now)


def _called_in() -> list[UUID]:
    """Vouchers of rounds that take back together what they gave out by a day, and that have a later last day of their own."""
    by_then = (Voucher.valid_from <= Round.called_in_on) & (Voucher.valid_until > Round.called_in_on)
    wanted = select(Voucher.id).join(Round, Round.id == Voucher.round_id).where(Voucher.state.in_(LIVING), by_then)
    return list(db.session.scalars(wanted.order_by(Voucher.id)))


def _catch_up(round_id: UUID, *, now: datetime) -> int:
    """Move a round one step, if its dates allow."""
    row = rounds.held(round_id)
    wanted = _wanted(row, now)
    if wanted is None:
        return 0
    if wanted is not RoundState.PUBLISHED:
        rounds.move(round_id, wanted, actor_id=None, now=now)
    elif not allotting.can_publish(row):  # applications under review: an officer's move
        return 0
    else:
        allotting.publish(round_id, actor_id=None, now=now)
    return 1


def _wanted(row: Round, now: datetime) -> RoundState | None:
    """The next state whose time has come."""
    today = row.day_of(now)
    way = way_of(row)
    if row.state is RoundState.ANNOUNCED and way is Way.USE:
        return RoundState.IN_USE if today >= row.use_from else None
    after = RoundState.SETTLING if way is Way.DIRECT else RoundState.CLOSED
    due = {
        RoundState.ANNOUNCED: (now >= row.apply_from_at, RoundState.APPLYING),  # late, too, where nothing ran while it was open
        RoundState.APPLYING: (now >= row.apply_until_at, after),
        RoundState.CLOSED: (way is Way.QUEUE and _results_due(row, today), RoundState.PUBLISHED),
        RoundState.PUBLISHED: (today >= row.use_from, RoundState.IN_USE),
        RoundState.IN_USE: (today > row.use_until, RoundState.SETTLING),
    }
    is_time, wanted = due.get(row.state, (False, RoundState.FINISHED))
    return wanted if is_time else None


def _results_due(row: Round, today: date) -> bool:
    """Results are published on their last day at the latest; without a limit, at once. Reviewed rounds wait for their officers."""
    spec = spec_of(row.version_id)
    start = row.day_of(row.apply_until_at)
    last = round_rules.due(
        spec.allocation.results, start, calendar_of(row.version_id), region=row.area_code, round_day=row.results_on or start
    )
    return last is None or today >= last.on


def _credit(round_id: UUID, *, now: datetime) -> int:
    """Quotas appear by themselves for verified firms that have none: for all once a day and when money has come, else for those that have
    changed. Once the money did not reach somebody, whoever changed is behind him.
    """
    row = by_id(Round, round_id)
    spec = spec_of(row.version_id)
    if spec.allocation.mode.value is not AllocationMode.AUTO_CREDIT:
        return 0
    mark = sweeping.mark_of(CREDIT, round_id)
    since = sweeping.changes_from(mark, now)
    seen = _seen(mark.seen) if mark is not None else {}
    if since is None or any(fen > seen[part] for part, fen in budgets(row).items() if part in seen):
        since, seen = None, {}
    wanted = _without_voucher(row, spec)
    if since is not None:
        again = sweeping.set_aside("vouchers.credit")
        wanted = wanted.where(or_(Enterprise.id.in_(changed_since(since)), Enterprise.id.in_(again)))
    queue = _Queue(round_id, row.day_of(now), closed=frozenset(seen))
    done = sweeping.batches("vouchers.credit", list(db.session.scalars(wanted)), queue.give, now=now)
    left = {part: fen for part, fen in budgets(by_id(Round, round_id)).items() if part in queue.closed} if queue.closed else {}
    if stopping.goes_on():  # who was not reached is looked at again
        in_transaction(partial(sweeping.keep_mark, CREDIT, round_id, now=now, seen=" ".join(f"{part}={fen}" for part, fen in left.items())))
    return done


def _seen(mark: str) -> dict[str, int]:
    """What was left in the parts of a budget that did not reach everybody; marks of before parts are an amount alone."""
    pairs = (one.rpartition("=") for one in mark.split())
    return {part: int(fen) for part, _, fen in pairs}


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
    closed: frozenset[str] = frozenset()  # parts of the budget that somebody did not get any of
    were_closed: dict[UUID, frozenset[str]] = field(default_factory=dict)  # when a batch began: its transaction may run again

    def give(self, firms: list[UUID]) -> int:
        before = self.were_closed.setdefault(firms[0], self.closed)
        vouchers, self.closed = issuing.credit_in_order(self.round_id, firms, actor_id=None, today=self.today, closed=before)
        return len(vouchers)


def _lift(round_id: UUID, *, now: datetime) -> int:
    """Firms that rose to a better class get its quota: all are looked at once a day, else those that have changed."""
    row = by_id(Round, round_id)
    today = row.day_of(now)
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
    facts = facts_of_many([enterprise_id for _voucher, enterprise_id, _face in found], today, spec, simulated=row.simulated)
    rights = {key: right_of(spec, facts[firm], (row.area_code,)) for key, firm, _face in found if firm in facts}
    return [key for key, _firm, face in found if (right := rights.get(key)) is not None and right.face_fen > face]


def _back_fill(round_id: UUID, *, now: datetime) -> int:
    """Returned money goes to the waitlist: when there is other money, or another queue, than at the last look of the day."""
    mark, seen = sweeping.mark_of(BACK_FILL, round_id), _queue_and_money(round_id, now)
    if mark is not None and mark.seen == seen and sweeping.changes_from(mark, now) is not None:
        return 0
    done: int = in_transaction(partial(allotting.back_fill, round_id, now=now))
    in_transaction(partial(sweeping.keep_mark, BACK_FILL, round_id, now=now, seen=_queue_and_money(round_id, now)))
    return done


def _queue_and_money(round_id: UUID, now: datetime) -> str:
    row = by_id(Round, round_id)
    waits = (Application.round_id == round_id) & (Application.state == ApplicationState.WAITLISTED)
    queue = select(func.count(), func.max(Application.sequence), func.sum(Application.sequence)).where(waits)
    return " ".join(str(one) for one in (row.state.value, *budgets(row, now).values(), *db.session.execute(queue).one()))
