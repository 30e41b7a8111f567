"""Who may be a social supervisor, for how long, and what they may look at. Pure."""

from collections.abc import Collection, Set
from datetime import date, timedelta
from uuid import UUID

from marketplace.identity.roles import Role
from marketplace.kernel.errors import N_, Denied, RuleViolation

OUTSIDE = frozenset({Role.SME, Role.PROVIDER, Role.CHAIN_LEADER, Role.EXPERT})  # nobody who decides, pays, checks or runs the platform


def check_outside(roles: Set[Role]) -> None:
    """Raises: Denied: an office supervises by its own roles."""
    if not roles or not roles <= OUTSIDE:
        raise Denied(N_("社会监督员由机关、财政、审计和运营机构以外的人员担任，请另选。"), code="not_outside")


def check_term(from_on: date, until_on: date, *, today: date, most_days: int) -> None:
    """Raises: RuleViolation beside the field: a term in the past, backwards, or too long."""
    if from_on < today:
        raise RuleViolation(N_("任期不能从过去开始。"), field="since", code="past")
    if until_on < from_on:
        raise RuleViolation(N_("任期的最后一天不能早于第一天。"), field="until", code="days")
    if until_on > from_on + timedelta(days=most_days):
        last = (from_on + timedelta(days=most_days)).isoformat()
        raise RuleViolation(N_("任期最长到 %(last)s，期满可以续聘。"), field="until", code="too_long", last=last)


def check_no_party(organisation_id: UUID | None, parties: Collection[UUID]) -> None:
    """Raises: Denied: nobody watches the own firm."""
    if organisation_id in parties:
        raise Denied(N_("这名社会监督员所在单位是当事单位，请另请一位。"), code="own_firm")


def check_watched(observations: int) -> None:
    """What is checked with the public is not found before one of the public has seen it. Raises: RuleViolation."""
    if not observations:
        raise RuleViolation(N_("本次检查由社会监督员参加：请先邀请一位，待其登记所见后，再登记检查结果。"), code="not_watched")
