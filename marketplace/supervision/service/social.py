"""A bureau appoints somebody from outside for a region and a term, invites them to checks, and they say what they saw."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from marketplace.audit import service as audit
from marketplace.identity import queries as identity
from marketplace.kernel import clock
from marketplace.kernel.commands import Command, begin
from marketplace.kernel.db import by_id, db, locked
from marketplace.kernel.errors import N_, Conflict, RuleViolation
from marketplace.kernel.typed import checked_reason, fitting
from marketplace.notices import service as notices
from marketplace.supervision import rules, social_rules
from marketplace.supervision.lifecycle import DrawState
from marketplace.supervision.models import SpotItem
from marketplace.supervision.queries import parties, social
from marketplace.supervision.settings import supervision
from marketplace.supervision.social_models import SocialSupervisor, SocialVisit

ADDRESS = "/supervising"


@dataclass(frozen=True, slots=True, kw_only=True)
class Appointment:
    """Whom a bureau appoints, where, in which capacity and for how long."""

    login: str
    area_code: str
    capacity: str
    from_on: date
    until_on: date


def appoint(supervisor_id: UUID, wanted: Appointment, *, actor_id: UUID, now: datetime) -> SocialSupervisor:
    """An officer appoints a social supervisor. The id, made with the form, again is the same appointment.

    Raises: RuleViolation beside the field: nobody of this name, appointed already, or a term that cannot be. Denied: not from outside.
    """
    if not begin(Command(supervisor_id, "social_supervisor.appointed", actor_id, supervisor_id, {"wanted": wanted}), now=now):
        return by_id(SocialSupervisor, supervisor_id)
    person, today = social.user_of_login(wanted.login), clock.civil_date(now)
    if person is None or not person.is_active:
        raise RuleViolation(N_("没有这个用户名，或该用户已停用。请先为其开立账号。"), field="login", code="unknown_user")
    social_rules.check_outside(identity.roles_of(person.id))
    social_rules.check_term(wanted.from_on, wanted.until_on, today=today, most_days=supervision(wanted.area_code).social_term.value)
    known = db.session.scalars(social.running_of(person.id)).first()
    if known is not None and not end_over(known.id, now=now):
        raise RuleViolation(
            N_("%(name)s 已聘任至 %(day)s。续聘请在期满后办理，或先结束现任期。"),
            field="login",
            code="appointed",
            name=person.name,
            day=known.until_on.isoformat(),
        )
    row = SocialSupervisor(
        id=supervisor_id,
        user_id=person.id,
        area_code=wanted.area_code,
        capacity=fitting(wanted.capacity, 60, field="capacity"),
        from_on=wanted.from_on,
        until_on=wanted.until_on,
        appointed_by=actor_id,
        appointed_at=now,
    )
    db.session.add(row)
    db.session.flush()
    _record("social_supervisor.appointed", row, actor_id, area_code=row.area_code, from_on=row.from_on, until_on=row.until_on)
    body = N_("任期自 %(first)s 至 %(last)s。", first=row.from_on.isoformat(), last=row.until_on.isoformat())
    notices.tell([row.user_id], N_("您被聘为社会监督员"), body, ADDRESS)
    return row


def end(supervisor_id: UUID, reason: str, *, actor_id: UUID, now: datetime) -> SocialSupervisor:
    """An officer ends an appointment before its last day. Raises: Conflict: it has ended. RuleViolation: no reason."""
    row, today = locked(SocialSupervisor, supervisor_id), clock.civil_date(now)
    if row.ended_on is not None:
        raise Conflict(N_("聘任已于 %(day)s 结束，没有改动。"), code="ended", day=row.ended_on.isoformat())
    row.end_reason = fitting(checked_reason(reason, N_("请写明结束聘任的原因。")), 300)
    row.ended_on, row.ended_by = today, actor_id
    _record("social_supervisor.ended", row, actor_id, reason=row.end_reason)
    notices.tell([row.user_id], N_("社会监督员聘任已结束"), row.end_reason, ADDRESS)
    return row


def end_over(supervisor_id: UUID, *, now: datetime) -> bool:
    """The last day has passed. Whether it ended now."""
    row, today = locked(SocialSupervisor, supervisor_id), clock.civil_date(now)
    if row.ended_on is not None or row.until_on >= today:
        return False
    row.ended_on, row.end_reason = row.until_on + timedelta(days=1), N_("任期届满。")
    _record("social_supervisor.ended", row, None, reason=row.end_reason)
    notices.tell([row.user_id], N_("社会监督员聘任已结束"), row.end_reason, ADDRESS)
    return True


def invite(item_id: UUID, supervisor_id: UUID, *, actor_id: UUID, now: datetime) -> SocialVisit:
    """An officer invites a social supervisor to the check of one thing that was drawn. Twice is the same invitation.

    Raises: RuleViolation: checked already, or no supervisor of this area today. Denied: a party's.
    """
    item, row = locked(SpotItem, item_id), by_id(SocialSupervisor, supervisor_id)
    known = next((one for one in social.visits_to(item_id) if one.supervisor_id == supervisor_id), None)
    if known is not None:
        return known
    if item.checked_by is not None or item.draw.state is not DrawState.DRAWN:
        raise RuleViolation(N_("这件事项已登记检查结果，不再邀请。"), code="checked")
    if not row.runs_on(clock.civil_date(now)):
        raise RuleViolation(N_("这名社会监督员不在任期内，请另选。"), field="supervisor", code="not_running")
    social_rules.check_no_party(row.user.organisation_id, parties.concerned_by(item.entry))
    visit = SocialVisit(item_id=item_id, supervisor_id=supervisor_id, invited_by=actor_id, invited_at=now)
    db.session.add(visit)
    db.session.flush()
    _record("social_supervisor.invited", row, actor_id, number=item.entry.name)
    notices.tell(
        [row.user_id], N_("请您参加检查：%(name)s", name=item.entry.name), N_("检查后请登记您看到的情况。"), f"{ADDRESS}/{visit.id}"
    )
    return visit


def observe(visit_id: UUID, observation: str, *, actor_id: UUID, now: datetime) -> SocialVisit:
    """A social supervisor says, once and under the own name, what they saw.

    Raises: NotFound: not invited. Conflict: said already. RuleViolation: too few words, or the term is over.
    """
    visit = social.own_visit(visit_id, actor_id)
    visit = locked(SocialVisit, visit.id)
    if visit.observed_at is not None:
        raise Conflict(N_("您的所见已登记，不能再改。有补充的，请另写举报线索。"), code="observed")
    if not visit.supervisor.runs_on(clock.civil_date(now)):
        raise RuleViolation(N_("您的任期已结束，不能再登记。"), code="not_running")
    visit.observation = fitting(rules.check_words(observation, "observation"), 2000, field="observation")
    visit.observed_at = now
    _record("social_supervisor.observed", visit.supervisor, actor_id, number=visit.item.entry.name, reason=visit.observation)
    notices.tell([visit.invited_by], N_("社会监督员登记了所见：%(name)s", name=visit.item.entry.name), "", f"/check-items/{visit.item_id}")
    return visit


def _record(action: str, row: SocialSupervisor, actor_id: UUID | None, **details: Any) -> None:
    audit.record(action, actor_id=actor_id, subject_type="social_supervisor", subject_id=row.id, **details)
