"""The life of an arrear: registered, confirmed by another person, cleared."""

from marketplace.kernel.errors import N_
from marketplace.kernel.lifecycle import Life, Move, State, Word


class Side(Word):
    OFFICER = "officer", N_("主管部门")
    SECOND = "second", N_("复核人")  # another person of the bureau


class ArrearState(State):
    REGISTERED = "registered", N_("待核实"), "amber", Side.SECOND
    OPEN = "open", N_("清偿中"), "blue", Side.OFFICER
    CLEARED = "cleared", N_("已清偿"), "green"
    DROPPED = "dropped", N_("不予列入"), "red"


class DebtorKind(Word):
    """Who owes."""

    BUREAU = "bureau", N_("机关")
    INSTITUTION = "institution", N_("事业单位")
    STATE_FIRM = "state_firm", N_("国有企业")
    LARGE_FIRM = "large_firm", N_("大型企业")


_S, _MANAGE = ArrearState, "arrears.manage"

ARREAR = Life(
    noun=N_("欠款"),
    subject="arrear",
    address="/arrears/%s",
    sides=Side,
    page="arrears.step",
    moves=(
        Move(
            verb="register",
            event="arrear.registered",
            to=(_S.REGISTERED,),
            past=N_("登记欠款"),
            tone="amber",
            message=N_("欠款 %(number)s 待核实"),
        ),
        Move(
            verb="confirm",
            event="arrear.confirmed",
            by={Side.SECOND: (_S.REGISTERED,)},
            to=(_S.OPEN,),
            permission=_MANAGE,
            label=N_("核实列入"),
            past=N_("核实并列入清欠台账"),
            tone="blue",
        ),
        Move(
            verb="drop",
            event="arrear.dropped",
            by={Side.SECOND: (_S.REGISTERED,)},
            to=(_S.DROPPED,),
            permission=_MANAGE,
            label=N_("不予列入"),
            past=N_("不予列入清欠台账"),
            tone="red",
        ),
        Move(
            verb="plan",
            event="arrear.planned",
            by={Side.OFFICER: (_S.OPEN,)},
            permission=_MANAGE,
            label=N_("月清偿计划"),
            past=N_("定月清偿计划"),
            tone="blue",
        ),
        Move(
            verb="report",
            event="arrear.reported",
            by={Side.OFFICER: (_S.OPEN,)},
            to=(_S.OPEN, _S.CLEARED),
            permission=_MANAGE,
            label=N_("周调度"),
            past=N_("登记周调度"),
            tone="blue",
        ),
        Move(
            verb="reverse",
            event="arrear.reversed",
            by={Side.OFFICER: (_S.OPEN, _S.CLEARED)},
            to=(_S.OPEN,),
            permission=_MANAGE,
            label=N_("更正进展"),
            past=N_("更正登记的进展"),
            tone="amber",
        ),
    ),
)
