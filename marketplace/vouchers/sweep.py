"""What happens by itself: windows open and close, quotas appear, vouchers expire, returned money goes to the waitlist.

Idempotent; run by the worker after requests and every night. Each round is its own transaction, so one that fails stops no other.
"""

import logging
from collections.abc import Callable, Iterable
from datetime import date, datetime
from functools import partial
from uuid import UUID

from sqlalchemy import exists, select

from marketplace.enterprises.models import Enterprise
from marketplace.identity.models import Organisation, OrganisationState
from marketplace.identity.queries import in_areas
from marketplace.kernel import clock
from marketplace.kernel.db import db, in_transaction
from marketplace.kernel.errors import DomainError, RuleViolation
from marketplace.policy import queries as policy
from marketplace.policy.vocabulary import AllocationMode
from marketplace.vouchers.models import Application, Round, Voucher
from marketplace.vouchers.queries.facts import facts_of_many
from marketplace.vouchers.queries.funds import LIVING
from marketplace.vouchers.rules import amounts
from marketplace.vouchers.rules import rounds as round_rules
from marketplace.vouchers.rules.rights import right_of
from marketplace.vouchers.rules.states import WITHOUT_APPLICATION, ApplicationState, RoundState
from marketplace.vouchers.service import allotting, holdings, issuing, rounds
from marketplace.vouchers.spending import spec_of

log = logging.getLogger(__name__)

BATCH = 100  # firms or vouchers in one transaction: short locks


def sweep(*, now: datetime, today: date) -> int:
    """Let every round catch up with the clock and with what firms became; how much was done."""
    done = _one_by_one(lambda: _expire(today))
    for round_id in _rounds(RoundState.ANNOUNCED, RoundState.CLAIMING, RoundState.CLOSED, RoundState.PUBLISHED, RoundState.IN_USE):
        done += _one_by_one(partial(_catch_up, round_id, now, today))
    for round_id in _rounds(RoundState.IN_USE):
        done += _one_by_one(partial(_credit, round_id, today))
        done += _one_by_one(partial(_lift, round_id, today))
    for round_id in _waiting():
        done += _one_by_one(partial(in_transaction, partial(allotting.back_fill, round_id, now=now, today=today)))
    return done


def _one_by_one(work: Callable[[], int]) -> int:
    """What a round refuses is written down and looked at by a person; the others go on."""
    try:
        return work()
    except DomainError as refusal:
        log.warning("a round could not catch up: %s", refusal.text())
        return 0


def _rounds(*states: RoundState) -> list[UUID]:
    return list(db.session.scalars(select(Round.id).where(Round.state.in_(states)).order_by(Round.id)))


def _waiting() -> list[UUID]:
    wanted = select(Application.round_id).where(Application.state == ApplicationState.WAITLISTED).distinct()
    return list(db.session.scalars(wanted.order_by(Application.round_id)))


def _expire(today: date) -> int:
    wanted = select(Voucher.id).where(Voucher.state.in_(LIVING), Voucher.valid_until < today).order_by(Voucher.id)
    return _batched(list(db.session.scalars(wanted)), lambda part: holdings.expire_due(part, today=today))


def _batched(ids: list[UUID], work: Callable[[list[UUID]], int]) -> int:
    done = 0
    for start in range(0, len(ids), BATCH):
        part = ids[start : start + BATCH]
        done += in_transaction(lambda part=part: work(part))  # type: ignore[misc]
    return done


def _catch_up(round_id: UUID, now: datetime, today: date) -> int:
    """Move a round as far as its dates allow."""
    done = 0
    for _ in range(len(RoundState)):
        row = db.session.get(Round, round_id)
        step = _next_step(row, now, today) if row else None
        if step is None:
            break
        try:
            in_transaction(step)
        except RuleViolation:  # applications under review: an officer's move
            break
        done += 1
    return done


def _next_step(row: Round, now: datetime, today: date) -> Callable[[], object] | None:
    key, wanted = row.id, _wanted(row, now, today)
    if wanted is None:
        return None
    if wanted is RoundState.PUBLISHED:
        return lambda: allotting.publish(key, actor_id=None, now=now, today=today)
    return lambda: rounds.move(key, wanted, actor_id=None, now=now, today=today)


def _wanted(row: Round, now: datetime, today: date) -> RoundState | None:
    """The next state whose time has come."""
    if row.state is RoundState.ANNOUNCED and spec_of(row.version_id).allocation.mode.value in WITHOUT_APPLICATION:
        return RoundState.IN_USE if today >= row.use_from else None
    due = {
        RoundState.ANNOUNCED: (row.claim_from_at <= now < row.claim_until_at, RoundState.CLAIMING),
        RoundState.CLAIMING: (now >= row.claim_until_at, RoundState.CLOSED),
        RoundState.CLOSED: (_results_due(row, today), RoundState.PUBLISHED),
        RoundState.PUBLISHED: (today >= row.use_from, RoundState.IN_USE),
        RoundState.IN_USE: (today > row.use_until, RoundState.SETTLING),
    }
    is_time, wanted = due.get(row.state, (False, RoundState.FINISHED))
    return wanted if is_time else None


def _results_due(row: Round, today: date) -> bool:
    """Results are published on their last day at the latest; without a limit, at once. Reviewed rounds wait for their officers."""
    spec = spec_of(row.version_id)
    start = clock.civil_date(row.claim_until_at)
    last = round_rules.due(
        spec.allocation.results, start, policy.working_calendar(), region=row.area_code, round_day=row.results_on or start
    )
    return last is None or today >= last.on


def _credit(round_id: UUID, today: date) -> int:
    """Quotas appear by themselves for verified firms that have none."""
    row = db.session.get(Round, round_id)
    assert row is not None
    spec = spec_of(row.version_id)
    if spec.allocation.mode.value is not AllocationMode.AUTO_CREDIT:
        return 0
    sizes = [size.value for size in spec.beneficiaries.size_classes.value]
    have = exists().where(Voucher.round_id == round_id, Voucher.enterprise_id == Enterprise.id)
    wanted = (
        select(Enterprise.id)
        .join(Organisation, Organisation.id == Enterprise.id)
        .where(Organisation.state == OrganisationState.VERIFIED, in_areas([row.area_code]), Enterprise.size_class.in_(sizes))
        .where(~have)
        .order_by(Enterprise.id)
    )
    return _batched(list(db.session.scalars(wanted)), lambda part: len(issuing.credit(round_id, part, actor_id=None, today=today)))


def _lift(round_id: UUID, today: date) -> int:
    """Firms that rose to a better class get its quota."""
    row = db.session.get(Round, round_id)
    assert row is not None
    spec = spec_of(row.version_id)
    quotas = {one.name: amounts.quota_fen(spec, one.name) or 0 for one in spec.classes}
    if spec.allocation.mode.value is not AllocationMode.AUTO_CREDIT or len(set(quotas.values())) < 2:
        return 0
    best = max(quotas.values())
    wanted = select(Voucher.id, Voucher.enterprise_id, Voucher.face_fen).where(
        Voucher.round_id == round_id, Voucher.state.in_(LIVING), Voucher.instrument == "quota", Voucher.face_fen < best
    )
    return _batched(_risen(row, list(db.session.execute(wanted)), today), lambda part: _lift_all(part, today))


def _risen(row: Round, vouchers: Iterable[tuple[UUID, UUID, int]], today: date) -> list[UUID]:
    found, spec = list(vouchers), spec_of(row.version_id)
    facts = facts_of_many([enterprise_id for _voucher, enterprise_id, _face in found], today)
    rights = {key: right_of(spec, facts[firm], (row.area_code,)) for key, firm, _face in found if firm in facts}
    return [key for key, _firm, face in found if (right := rights.get(key)) is not None and right.face_fen > face]


def _lift_all(part: list[UUID], today: date) -> int:
    return sum(issuing.rise(voucher_id, today=today) for voucher_id in part)
