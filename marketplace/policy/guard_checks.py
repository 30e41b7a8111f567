"""What guards a programme's money stops and orders only what the programme has."""

from collections.abc import Iterator

from marketplace.kernel.errors import N_
from marketplace.kernel.policyfiles.problems import Complaint
from marketplace.policy.programme_guards import ClaimLevel, Stops
from marketplace.policy.programme_spec import ProgrammeSpec
from marketplace.policy.programme_words import AllocationMode

_WITHOUT_APPLICATION = frozenset({AllocationMode.AUTO_CREDIT, AllocationMode.ADMIN_PUSH})


def guard_problems(spec: ProgrammeSpec) -> Iterator[tuple[str, Complaint]]:
    """Keys and complaints; nothing if the guards can do what they say."""
    named = spec.budget_stop.stops if spec.budget_stop else ()
    if Stops.APPLICATIONS in named and spec.has_orders and spec.allocation.mode.value in _WITHOUT_APPLICATION:
        yield "budget.stop_at.stops", Complaint(N_("这种发放方式不受理申请，无从暂停。"), N_("请从 stops 中删去 applications。"))
    orders = [one for one in named if one is not Stops.APPLICATIONS]
    if orders and not spec.has_orders:
        yield "budget.stop_at.stops", Complaint(N_("没有订单的项目，只能暂停受理申请。"), N_('请把 stops 改为 ["applications"]。'))
    if orders and spec.has_orders and spec.faces:
        complaint = Complaint(N_("面额券发放时资金已经占用，下单和签约不再增加占用。"), N_('请把 stops 改为 ["applications"]。'))
        yield "budget.stop_at.stops", complaint
    levels = spec.claim_levels
    if len(levels) == 1:
        yield "settlement.review_levels.value", Complaint(N_("只有一级审核时不必写审核级次。"), N_("请写明两级以上，或删去这一项。"))
    elif levels and [*levels] != [one for one in ClaimLevel if one in levels]:
        complaint = Complaint(N_("审核级次的顺序应为形式审查、专家评审、主管复核。"), N_("请按此顺序写，每级一次。"))
        yield "settlement.review_levels.value", complaint
