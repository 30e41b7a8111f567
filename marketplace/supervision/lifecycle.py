"""The lives of a case and of a spot check: who investigates, who decides, who may appeal; who draws and who checks."""

from marketplace.kernel.errors import N_
from marketplace.kernel.lifecycle import Life, Move, State, Word


class CaseSide(Word):
    """From where somebody acts on a case."""

    OFFICER = "officer", N_("承办人")
    DECIDER = "decider", N_("决定人")  # of the bureau too: another person, as the service sees to
    PARTY = "party", N_("当事单位")
    PLATFORM = "platform", N_("系统")


_OFFICER, _DECIDER, _PARTY, _PLATFORM = CaseSide


class CaseState(State):
    INVESTIGATING = "investigating", N_("调查中"), "amber", CaseSide.OFFICER
    FOUND = "found", N_("待决定"), "amber", CaseSide.DECIDER
    DECIDED = "decided", N_("已决定，申诉期内"), "blue"
    APPEALED = "appealed", N_("申诉待处理"), "amber", CaseSide.DECIDER
    CLOSED = "closed", N_("已结案"), "green"
    DISMISSED = "dismissed", N_("不成立"), "neutral"


TOLD = (CaseState.DECIDED, CaseState.APPEALED, CaseState.CLOSED)  # states in which the party reads the decision

_INVESTIGATING, _FOUND, _DECIDED, _APPEALED, _CLOSED, _DISMISSED = CaseState

CASE = Life(
    noun=N_("监督案件"),
    subject="supervision_case",
    address="/cases/%s",
    sides=CaseSide,
    moves=(
        Move(verb="opened", event="case.opened", to=(_INVESTIGATING,), past=N_("立案"), message=N_("监督案件 %(number)s 已立案")),
        Move(
            verb="find",
            event="case.found",
            by={_OFFICER: (_INVESTIGATING,)},
            to=(_FOUND,),
            permission="cases.handle",
            label=N_("提交认定"),
            past=N_("提交认定"),
            tone="blue",
            stamps="found_at",
            message=N_("监督案件 %(number)s 待决定"),
        ),
        Move(
            verb="propose",
            event="case.proposed",
            by={_OFFICER: (_INVESTIGATING,)},
            permission="cases.handle",
            label=N_("拟定处理措施"),
            past=N_("拟定处理措施"),
        ),
        Move(verb="drop_measure", event="case.measure_dropped", by={_OFFICER: (_INVESTIGATING,)}, past=N_("撤下处理措施")),
        Move(
            verb="decide",
            event="case.decided",
            by={_DECIDER: (_FOUND,)},
            to=(_DECIDED, _DISMISSED),
            permission="cases.decide",
            label=N_("作出决定"),
            past=N_("作出处理决定"),
            tone="red",
            stamps="decided_at",
            message=N_("处理决定 %(number)s 已作出"),
        ),
        Move(
            verb="dismiss", event="case.dismissed", by={_DECIDER: (_FOUND,)}, to=(_DISMISSED,), past=N_("决定不予处理"), stamps="decided_at"
        ),
        Move(
            verb="hand_back",
            event="case.handed_back",
            by={_DECIDER: (_FOUND,)},
            to=(_INVESTIGATING,),
            permission="cases.decide",
            label=N_("退回补充调查"),
            past=N_("退回补充调查"),
            tone="amber",
            message=N_("监督案件 %(number)s 退回补充调查"),
        ),
        Move(
            verb="appeal",
            event="case.appealed",
            by={_PARTY: (_DECIDED,)},
            to=(_APPEALED,),
            permission="cases.own",
            label=N_("申诉"),
            past=N_("当事单位申诉"),
            tone="amber",
            stamps="appealed_at",
            message=N_("处理决定 %(number)s 有申诉"),
        ),
        Move(
            verb="answer_appeal",
            event="case.appeal_answered",
            by={_DECIDER: (_APPEALED,)},
            to=(_CLOSED,),
            permission="cases.decide",
            label=N_("处理申诉"),
            past=N_("答复申诉"),
            tone="blue",
            stamps="closed_at",
            message=N_("处理决定 %(number)s 的申诉已答复"),
        ),
        Move(verb="close", event="case.closed", by={_PLATFORM: (_DECIDED,)}, to=(_CLOSED,), past=N_("申诉期满，结案"), stamps="closed_at"),
        Move(verb="recount", event="case.due_moved", past=N_("工作日历有调整，申诉期改变")),
    ),
)


class DrawState(State):
    PLANNED = "planned", N_("种子已封存，待抽取"), "amber", CaseSide.OFFICER
    DRAWN = "drawn", N_("检查中"), "blue", CaseSide.OFFICER
    CLOSED = "closed", N_("已办结"), "green"


SPOT_DRAW = Life(
    noun=N_("抽查"),
    subject="spot_draw",
    address="/checks/%s",
    sides=CaseSide,
    moves=(
        Move(verb="planned", event="spot_draw.planned", to=(DrawState.PLANNED,), past=N_("制定抽查方案，封存种子")),
        Move(
            verb="draw_sample",
            event="spot_draw.drawn",
            by={_OFFICER: (DrawState.PLANNED,)},
            to=(DrawState.DRAWN,),
            permission="checks.plan",
            label=N_("抽取"),
            past=N_("固定名单并抽取"),
            tone="blue",
            stamps="drawn_at",
            message=N_("抽查 %(number)s 已抽取，请检查"),
        ),
        Move(
            verb="check_item",
            event="spot_draw.checked",
            by={_OFFICER: (DrawState.DRAWN,)},
            permission="checks.do",
            label=N_("登记检查结果"),
            past=N_("登记检查结果"),
        ),
        Move(
            verb="finish",
            event="spot_draw.closed",
            by={_PLATFORM: (DrawState.DRAWN,)},
            to=(DrawState.CLOSED,),
            past=N_("全部检查完毕，办结"),
            tone="green",
            stamps="closed_at",
        ),
    ),
)


class TipState(State):
    RECEIVED = "received", N_("待受理"), "amber", CaseSide.OFFICER
    TAKEN = "taken", N_("核查中"), "blue", CaseSide.OFFICER
    OPENED = "opened", N_("已立案"), "blue"
    REFUSED = "refused", N_("不予立案"), "neutral"
    REWARDED = "rewarded", N_("已奖励"), "green"


TIP = Life(
    noun=N_("举报线索"),
    subject="tip",
    address="/tips/%s",
    sides=CaseSide,
    moves=(
        Move(verb="received", event="tip.received", to=(TipState.RECEIVED,), past=N_("收到举报"), message=N_("举报线索 %(number)s 待受理")),
        Move(
            verb="take_tip",
            event="tip.taken",
            by={CaseSide.OFFICER: (TipState.RECEIVED,)},
            to=(TipState.TAKEN,),
            permission="cases.handle",
            label=N_("受理"),
            past=N_("受理举报"),
            stamps="taken_at",
        ),
        Move(
            verb="open_of_tip",
            event="tip.opened",
            by={CaseSide.OFFICER: (TipState.TAKEN,)},
            to=(TipState.OPENED,),
            permission="cases.handle",
            label=N_("立案"),
            past=N_("转为监督案件"),
            stamps="closed_at",
        ),
        Move(
            verb="refuse_tip",
            event="tip.refused",
            by={CaseSide.OFFICER: (TipState.TAKEN,)},
            to=(TipState.REFUSED,),
            permission="cases.handle",
            label=N_("不予立案"),
            past=N_("决定不予立案"),
            tone="amber",
            stamps="closed_at",
        ),
        Move(
            verb="see_sender",
            event="tip.sender_seen",
            by={CaseSide.DECIDER: (TipState.TAKEN, TipState.OPENED, TipState.REFUSED, TipState.REWARDED)},
            permission="cases.decide",
            label=N_("查看举报人"),
            past=N_("查看举报人"),
            tone="red",
        ),
        Move(
            verb="reward_tip",
            event="tip.rewarded",
            by={CaseSide.DECIDER: (TipState.OPENED,)},
            to=(TipState.REWARDED,),
            permission="cases.decide",
            label=N_("确认奖励"),
            past=N_("确认举报奖励"),
            tone="green",
            stamps="rewarded_at",
        ),
    ),
)
