"""States of rounds, applications and vouchers, and the moves between them."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from marketplace.kernel.errors import N_, RuleViolation
from marketplace.policy.vocabulary import AllocationMode


class Decision(StrEnum):
    PASS = "pass"  # noqa: S105 – no password
    RETURN = "return"
    REFUSE = "refuse"


DECISION_LABELS: dict[Decision, str] = {Decision.PASS: N_("通过"), Decision.RETURN: N_("退回补正"), Decision.REFUSE: N_("不予发放")}


class RoundState(StrEnum):
    DRAFT = "draft"
    ANNOUNCED = "announced"
    CLAIMING = "claiming"  # firms may apply
    CLOSED = "closed"
    PUBLISHED = "published"  # results are known
    IN_USE = "in_use"  # firms may order
    SETTLING = "settling"  # no new orders; claims are paid
    FINISHED = "finished"
    SUSPENDED = "suspended"


ROUND_LABELS: dict[RoundState, str] = {
    RoundState.DRAFT: N_("草稿"),
    RoundState.ANNOUNCED: N_("已公告"),
    RoundState.CLAIMING: N_("申领中"),
    RoundState.CLOSED: N_("申领已截止"),
    RoundState.PUBLISHED: N_("结果已公布"),
    RoundState.IN_USE: N_("用券中"),
    RoundState.SETTLING: N_("兑付中"),
    RoundState.FINISHED: N_("已结项"),
    RoundState.SUSPENDED: N_("已暂停"),
}

ROUND_TRANSITIONS: dict[RoundState, frozenset[RoundState]] = {
    RoundState.DRAFT: frozenset({RoundState.ANNOUNCED}),
    RoundState.ANNOUNCED: frozenset({RoundState.CLAIMING, RoundState.IN_USE, RoundState.SUSPENDED}),
    RoundState.CLAIMING: frozenset({RoundState.CLOSED, RoundState.SUSPENDED}),
    RoundState.CLOSED: frozenset({RoundState.PUBLISHED, RoundState.SUSPENDED}),
    RoundState.PUBLISHED: frozenset({RoundState.IN_USE, RoundState.SUSPENDED}),
    RoundState.IN_USE: frozenset({RoundState.SETTLING, RoundState.SUSPENDED}),
    RoundState.SETTLING: frozenset({RoundState.FINISHED, RoundState.SUSPENDED}),
    RoundState.FINISHED: frozenset(),
    RoundState.SUSPENDED: frozenset(),  # only back to where it was: see check_round_transition
}

RESULTS_KNOWN = frozenset({RoundState.PUBLISHED, RoundState.IN_USE, RoundState.SETTLING, RoundState.FINISHED, RoundState.SUSPENDED})

# Nobody applies for these: the round goes from its announcement straight to use.
WITHOUT_APPLICATION = frozenset({AllocationMode.AUTO_CREDIT, AllocationMode.ADMIN_PUSH})


class ApplicationState(StrEnum):
    SUBMITTED = "submitted"
    REVIEWING = "reviewing"
    GRANTED = "granted"
    WAITLISTED = "waitlisted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    RETURNED = "returned"  # to be corrected and sent in again


APPLICATION_LABELS: dict[ApplicationState, str] = {
    ApplicationState.SUBMITTED: N_("已提交"),
    ApplicationState.REVIEWING: N_("审核中"),
    ApplicationState.GRANTED: N_("已获券"),
    ApplicationState.WAITLISTED: N_("候补中"),
    ApplicationState.REFUSED: N_("未获券"),
    ApplicationState.WITHDRAWN: N_("已撤回"),
    ApplicationState.RETURNED: N_("已退回补正"),
}

_DECIDED = frozenset({ApplicationState.GRANTED, ApplicationState.WAITLISTED, ApplicationState.REFUSED})
_STOPPED = frozenset({ApplicationState.WITHDRAWN, ApplicationState.RETURNED})

APPLICATION_TRANSITIONS: dict[ApplicationState, frozenset[ApplicationState]] = {
    ApplicationState.SUBMITTED: _DECIDED | _STOPPED | {ApplicationState.REVIEWING},
    ApplicationState.REVIEWING: _DECIDED | _STOPPED,
    ApplicationState.WAITLISTED: frozenset({ApplicationState.GRANTED, ApplicationState.REFUSED, ApplicationState.WITHDRAWN}),
    ApplicationState.RETURNED: frozenset({ApplicationState.SUBMITTED, ApplicationState.WITHDRAWN, ApplicationState.REFUSED}),
    ApplicationState.GRANTED: frozenset(),
    ApplicationState.REFUSED: frozenset({ApplicationState.REVIEWING}),  # an appeal was upheld: it is looked at again
    ApplicationState.WITHDRAWN: frozenset(),
}


class VoucherState(StrEnum):
    AVAILABLE = "available"
    PARTLY_USED = "partly_used"  # something is reserved or spent, something is left
    USED_UP = "used_up"
    FROZEN = "frozen"
    EXPIRED = "expired"  # by the passing of time
    VOID = "void"  # by decision
    RECLAIMED = "reclaimed"  # unused and taken back, or given back by the firm


VOUCHER_LABELS: dict[VoucherState, str] = {
    VoucherState.AVAILABLE: N_("可用"),
    VoucherState.PARTLY_USED: N_("部分使用"),
    VoucherState.USED_UP: N_("已用完"),
    VoucherState.FROZEN: N_("已冻结"),
    VoucherState.EXPIRED: N_("已过期"),
    VoucherState.VOID: N_("已作废"),
    VoucherState.RECLAIMED: N_("已收回"),
}

SPENDABLE = frozenset({VoucherState.AVAILABLE, VoucherState.PARTLY_USED})
ENDS = frozenset({VoucherState.EXPIRED, VoucherState.VOID, VoucherState.RECLAIMED})
_LIVING = frozenset({VoucherState.AVAILABLE, VoucherState.PARTLY_USED, VoucherState.USED_UP, VoucherState.FROZEN})

# A cancelled order gives its amount back, so a voucher may come back from "used up"; an end is an end.
VOUCHER_TRANSITIONS: dict[VoucherState, frozenset[VoucherState]] = {
    **{state: (_LIVING | ENDS) - {state} for state in _LIVING},
    **{state: frozenset[VoucherState]() for state in ENDS},
}

S = TypeVar("S", bound=StrEnum)


def check_round_transition(
    current: RoundState, wanted: RoundState, *, mode: AllocationMode, suspended_from: RoundState | None = None
) -> None:
    """A round moves forward only; a suspended one goes back to where it stood.

    Raises: RuleViolation if a round in `current` may not become `wanted`.
    """
    if current is RoundState.SUSPENDED:
        allowed = frozenset({suspended_from}) if suspended_from else frozenset[RoundState]()
    else:
        allowed = ROUND_TRANSITIONS[current]
    if current is RoundState.ANNOUNCED:
        allowed -= {RoundState.CLAIMING if mode in WITHOUT_APPLICATION else RoundState.IN_USE}
    if wanted not in allowed:
        raise _refusal(N_("批次当前为“%(now)s”，不能变为“%(wanted)s”。"), current, wanted, ROUND_LABELS)


def check_application_transition(current: ApplicationState, wanted: ApplicationState) -> None:
    """Raises: RuleViolation if an application in `current` may not become `wanted`."""
    if wanted not in APPLICATION_TRANSITIONS[current]:
        raise _refusal(N_("申领当前为“%(now)s”，不能变为“%(wanted)s”。"), current, wanted, APPLICATION_LABELS)


def check_voucher_transition(current: VoucherState, wanted: VoucherState) -> None:
    """Raises: RuleViolation if a voucher in `current` may not become `wanted`."""
    if wanted not in VOUCHER_TRANSITIONS[current]:
        raise _refusal(N_("服务券当前为“%(now)s”，不能变为“%(wanted)s”。"), current, wanted, VOUCHER_LABELS)


def check_spendable(state: VoucherState) -> None:
    """Raises: RuleViolation if a voucher in this state cannot pay for an order."""
    if state not in SPENDABLE:
        raise RuleViolation(
            N_("服务券当前为“%(now)s”，不能用于下单。"), field="voucher_id", code="voucher_not_spendable", now=VOUCHER_LABELS[state]
        )


def state_by_balance(left_fen: int, granted_fen: int) -> VoucherState:
    """What a living voucher is called by what is left of it."""
    if left_fen <= 0:
        return VoucherState.USED_UP
    return VoucherState.AVAILABLE if left_fen >= granted_fen else VoucherState.PARTLY_USED


def _refusal(sentence: str, current: S, wanted: S, labels: Mapping[S, str]) -> RuleViolation:
    return RuleViolation(sentence, code="state", now=labels[current], wanted=labels[wanted])
