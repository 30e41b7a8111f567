"""States of rounds, applications and vouchers, and what of their moves depends on more than the state."""

from collections.abc import Mapping
from enum import StrEnum

from marketplace.kernel.errors import N_, RuleViolation
from marketplace.kernel.lifecycle import State, Word
from marketplace.policy.programme_words import AllocationMode


class ApplicationDecision(Word):
    PASS = "pass", N_("通过")
    RETURN = "return", N_("退回补正")
    REFUSE = "refuse", N_("不予发放")


class Side(Word):
    """From where somebody acts on rounds, applications and vouchers."""

    FIRM = "firm", N_("企业")
    OFFICER = "officer", N_("主管部门")
    PLATFORM = "platform", N_("系统")  # time does it, or another command


class BidSide(Word):
    """From where somebody acts on a provider's bid."""

    PROVIDER = "provider", N_("服务机构")
    OFFICER = "officer", N_("主管部门")


class RoundState(State):
    DRAFT = "draft", N_("草稿"), "neutral", Side.OFFICER
    ANNOUNCED = "announced", N_("已公告"), "blue"
    APPLYING = "claiming", N_("申领中"), "blue"  # firms may apply
    CLOSED = "closed", N_("申领已截止"), "amber", Side.OFFICER
    PUBLISHED = "published", N_("结果已公布"), "blue"  # results are known
    IN_USE = "in_use", N_("用券中"), "green"  # firms may order
    SETTLING = "settling", N_("兑付中"), "amber"  # no new orders; claims are paid
    FINISHED = "finished", N_("已结项")
    SUSPENDED = "suspended", N_("已暂停"), "red", Side.OFFICER


RUNNING = frozenset(  # announced and not over: a voucher of it can be used from its own first day on, also while others still apply
    {RoundState.ANNOUNCED, RoundState.APPLYING, RoundState.CLOSED, RoundState.PUBLISHED, RoundState.IN_USE}
)
RESULTS_KNOWN = frozenset({RoundState.PUBLISHED, RoundState.IN_USE, RoundState.SETTLING, RoundState.FINISHED, RoundState.SUSPENDED})

# What a round goes through: an application for vouchers, a voucher without one, or money without an order.


class Way(StrEnum):
    QUEUE = "queue"  # firms apply, results are published, vouchers are used
    USE = "use"  # nobody applies: from the announcement straight to use
    DIRECT = "direct"  # firms apply and are paid: no vouchers, no use


# Nobody applies for these: the round goes from its announcement straight to use.
WITHOUT_APPLICATION = frozenset({AllocationMode.AUTO_CREDIT, AllocationMode.ADMIN_PUSH})


class ApplicationState(State):
    SUBMITTED = "submitted", N_("已提交"), "blue", Side.OFFICER
    REVIEWING = "reviewing", N_("审核中"), "blue", Side.OFFICER
    GRANTED = "granted", N_("已获券"), "green"
    WAITLISTED = "waitlisted", N_("候补中"), "amber"
    REFUSED = "refused", N_("未获券"), "red"
    WITHDRAWN = "withdrawn", N_("已撤回")
    RETURNED = "returned", N_("已退回补正"), "amber", Side.FIRM  # to be corrected and sent in again


class VoucherState(State):
    AVAILABLE = "available", N_("可用"), "green"
    PARTLY_USED = "partly_used", N_("部分使用"), "green"  # something is reserved or spent, something is left
    USED_UP = "used_up", N_("已用完")
    FROZEN = "frozen", N_("已冻结"), "red", Side.OFFICER
    EXPIRED = "expired", N_("已过期")  # by the passing of time
    VOID = "void", N_("已作废"), "red"  # by decision
    RECLAIMED = "reclaimed", N_("已收回")  # unused and taken back, or given back by the firm


class BidState(State):
    """Where a provider stands that wants to be one of those on which firms draw in a round."""

    SUBMITTED = "submitted", N_("待遴选"), "blue", BidSide.OFFICER
    CHOSEN = "chosen", N_("已选定"), "green"
    PASSED_OVER = "passed_over", N_("未选定")
    WITHDRAWN = "withdrawn", N_("已撤回")
    ENDED = "ended", N_("已终止"), "red"


SPENDABLE = frozenset({VoucherState.AVAILABLE, VoucherState.PARTLY_USED})
ENDS = frozenset({VoucherState.EXPIRED, VoucherState.VOID, VoucherState.RECLAIMED})


def way_of(mode: AllocationMode, has_orders: bool) -> Way:
    """Which way a round goes by its rules."""
    if not has_orders:
        return Way.DIRECT
    return Way.USE if mode in WITHOUT_APPLICATION else Way.QUEUE


_NOT_NEXT: Mapping[tuple[RoundState, Way], RoundState] = {
    (RoundState.ANNOUNCED, Way.QUEUE): RoundState.IN_USE,
    (RoundState.ANNOUNCED, Way.USE): RoundState.APPLYING,
    (RoundState.ANNOUNCED, Way.DIRECT): RoundState.IN_USE,
    (RoundState.APPLYING, Way.QUEUE): RoundState.SETTLING,
    (RoundState.APPLYING, Way.DIRECT): RoundState.CLOSED,
}


def skipped(state: RoundState, way: Way) -> RoundState | None:
    """The state that other rounds go to from here, and those of this way do not."""
    return _NOT_NEXT.get((state, way))


def check_way(state: RoundState, wanted: RoundState, way: Way) -> None:
    """From its announcement a round goes to its window, or straight to use where nobody applies; from its window to the results, or
    straight to payment where there are no vouchers.

    Raises: RuleViolation.
    """
    if wanted is skipped(state, way):
        raise _refusal(N_("批次当前为“%(now)s”，不能变为“%(wanted)s”。"), state, wanted)


def check_spendable(state: VoucherState) -> None:
    """Raises: RuleViolation if a voucher in this state cannot pay for an order."""
    if state not in SPENDABLE:
        raise RuleViolation(N_("服务券当前为“%(now)s”，不能用于下单。"), field="voucher_id", code="voucher_not_spendable", now=state.label)


def state_by_balance(left_fen: int, granted_fen: int) -> VoucherState:
    """What a living voucher is called by what is left of it."""
    if left_fen <= 0:
        return VoucherState.USED_UP
    return VoucherState.AVAILABLE if left_fen >= granted_fen else VoucherState.PARTLY_USED


def _refusal(sentence: str, current: State, wanted: State) -> RuleViolation:
    return RuleViolation(sentence, code="state", now=current.label, wanted=wanted.label)
