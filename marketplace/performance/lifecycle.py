"""The life of a programme's targets for a year: entered, confirmed, watched, scored and signed."""

from marketplace.kernel.errors import N_
from marketplace.kernel.lifecycle import Life, Move, State, Word


class Side(Word):
    OFFICER = "officer", N_("主管部门")
    SECOND = "second", N_("复核人")  # another person of the bureau


class PlanState(State):
    ENTERED = "entered", N_("待复核"), "amber", Side.SECOND
    CONFIRMED = "confirmed", N_("执行中"), "blue", Side.OFFICER
    ASSESSED = "assessed", N_("评价待复核"), "amber", Side.SECOND
    SIGNED = "signed", N_("已评价"), "green"
    RETURNED = "returned", N_("已退回"), "red"


class ReadingKind(Word):
    """When the values were read."""

    MIDTERM = "midterm", N_("中期监控")
    YEARLY = "yearly", N_("年度评价")
    CORRECTION = "correction", N_("评价更正")


_S, _MANAGE = PlanState, "performance.manage"

PLAN = Life(
    noun=N_("绩效目标"),
    subject="performance_plan",
    address="/performance/%s",
    sides=Side,
    page="performance.step",
    moves=(
        Move(
            verb="enter",
            event="performance.entered",
            to=(_S.ENTERED,),
            past=N_("填报绩效目标"),
            tone="amber",
            message=N_("绩效目标 %(number)s 待复核"),
        ),
        Move(
            verb="confirm",
            event="performance.confirmed",
            by={Side.SECOND: (_S.ENTERED,)},
            to=(_S.CONFIRMED,),
            permission=_MANAGE,
            label=N_("确认目标"),
            past=N_("确认绩效目标"),
            tone="blue",
            stamps="confirmed_at",
            message=N_("绩效目标 %(number)s 已确认"),
        ),
        Move(
            verb="send_back",
            event="performance.returned",
            by={Side.SECOND: (_S.ENTERED,)},
            to=(_S.RETURNED,),
            permission=_MANAGE,
            label=N_("退回目标"),
            past=N_("退回绩效目标"),
            tone="red",
            message=N_("绩效目标 %(number)s 已退回"),
        ),
        Move(
            verb="monitor",
            event="performance.monitored",
            by={Side.OFFICER: (_S.CONFIRMED,)},
            permission=_MANAGE,
            label=N_("中期监控"),
            past=N_("作中期监控"),
            tone="blue",
        ),
        Move(
            verb="assess",
            event="performance.assessed",
            by={Side.OFFICER: (_S.CONFIRMED,)},
            to=(_S.ASSESSED,),
            permission=_MANAGE,
            label=N_("年度评价"),
            past=N_("作年度评价"),
            tone="amber",
            message=N_("年度评价 %(number)s 待复核"),
        ),
        Move(
            verb="correct",
            event="performance.corrected",
            by={Side.OFFICER: (_S.SIGNED,)},
            to=(_S.ASSESSED,),
            permission=_MANAGE,
            label=N_("更正评价"),
            past=N_("更正年度评价"),
            tone="amber",
            message=N_("年度评价 %(number)s 的更正待复核"),
        ),
        Move(
            verb="sign",
            event="performance.signed",
            by={Side.SECOND: (_S.ASSESSED,)},
            to=(_S.SIGNED,),
            permission=_MANAGE,
            label=N_("签署评价"),
            past=N_("签署年度评价"),
            tone="green",
            message=N_("年度评价 %(number)s 已签署"),
        ),
        Move(
            verb="reject",
            event="performance.rejected",
            by={Side.SECOND: (_S.ASSESSED,)},
            to=(_S.CONFIRMED, _S.SIGNED),
            permission=_MANAGE,
            label=N_("退回评价"),
            past=N_("退回年度评价"),
            tone="red",
            message=N_("年度评价 %(number)s 已退回"),
        ),
    ),
)
