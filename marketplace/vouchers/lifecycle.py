"""The lives of a round, an application and a voucher."""

from marketplace.kernel.errors import N_
from marketplace.kernel.lifecycle import Life, Move, State
from marketplace.vouchers.rules.states import ApplicationState, BidSide, BidState, RoundState, Side, VoucherState

_FIRM, _OFFICER, _PLATFORM = Side


def _forward(verb: str, at: tuple[State, ...], to: State, label: str, past: str) -> Move:
    """A step of a round: its officer makes it, or the platform by its dates."""
    by: dict[str, tuple[State, ...]] = {_OFFICER: at, _PLATFORM: at}
    return Move(verb=verb, event=f"round.{verb}", by=by, to=(to,), permission="rounds.manage", label=label, past=past)


_UNDER_WAY = tuple(state for state in RoundState if state not in {RoundState.DRAFT, RoundState.FINISHED, RoundState.SUSPENDED})

ROUND = Life(
    noun=N_("批次"), subject="round", address="/office/rounds/%s", page="vouchers.move_round", sides=Side,
    moves=(
        Move(verb="created", event="round.created", to=(RoundState.DRAFT,), past=N_("建立批次")),
        Move(verb="changed", event="round.changed", by={_OFFICER: (RoundState.DRAFT,)}, past=N_("修改批次")),
        Move(verb="announced", event="round.announced", by={_OFFICER: (RoundState.DRAFT,)}, to=(RoundState.ANNOUNCED,),
             permission="rounds.manage", label=N_("公告"), past=N_("公告")),
        _forward("claiming", (RoundState.ANNOUNCED,), RoundState.APPLYING, N_("开始申领"), N_("开始申领")),
        _forward("closed", (RoundState.APPLYING,), RoundState.CLOSED, N_("截止申领"), N_("申领截止")),
        _forward("published", (RoundState.CLOSED,), RoundState.PUBLISHED, N_("公布结果"), N_("公布结果")),
        _forward("in_use", (RoundState.ANNOUNCED, RoundState.PUBLISHED), RoundState.IN_USE, N_("开始用券"), N_("开始用券")),
        _forward("settling", (RoundState.IN_USE, RoundState.APPLYING), RoundState.SETTLING, N_("停止受理"), N_("停止受理，进入兑付")),
        _forward("finished", (RoundState.SETTLING,), RoundState.FINISHED, N_("结项"), N_("结项")),
        Move(verb="resumed", event="round.resumed", by={_OFFICER: (RoundState.SUSPENDED,)}, to=_UNDER_WAY,
             permission="rounds.manage", label=N_("恢复"), past=N_("恢复")),
        Move(verb="suspended", event="round.suspended", by={_OFFICER: _UNDER_WAY}, to=(RoundState.SUSPENDED,),
             permission="rounds.manage", label=N_("暂停"), past=N_("暂停"), tone="red"),
        Move(verb="budget_reached", event="round.budget_reached", by={_PLATFORM: _UNDER_WAY},
             past=N_("资金用到规定的比例，暂停受理"), tone="amber"),
        Move(verb="budget_freed", event="round.budget_freed", by={_PLATFORM: _UNDER_WAY}, past=N_("资金又有余额，恢复受理"), tone="green"),
        Move(verb="recalled", event="pool.recalled", past=N_("收回未发放资金")),
        Move(verb="shifted", event="part.shifted", past=N_("调剂配额")),
        Move(verb="called_in", event="round.called_in", past=N_("确定统一收回日")),
    ),
)  # fmt: skip

_SUBMITTED, _REVIEWING, _RETURNED = ApplicationState.SUBMITTED, ApplicationState.REVIEWING, ApplicationState.RETURNED
_GRANTED, _WAITLISTED, _REFUSED = ApplicationState.GRANTED, ApplicationState.WAITLISTED, ApplicationState.REFUSED
_OPEN = (_SUBMITTED, _REVIEWING)

APPLICATION = Life(
    noun=N_("申领"), subject="application", address="/my/applications/%s", sides=Side,
    moves=(
        Move(verb="apply", event="application.submitted", by={_FIRM: (_RETURNED,)}, to=(_SUBMITTED,), permission="vouchers.apply",
             label=N_("补正后重新提交"), past=N_("提交申领")),
        Move(verb="decide", event="application.reviewed", by={_OFFICER: _OPEN}, to=(_REVIEWING, _RETURNED, _REFUSED),
             permission="vouchers.review", label=N_("审核"), past=N_("审核意见")),
        Move(verb="score", event="application.scored", by={_OFFICER: (_SUBMITTED,)}, permission="vouchers.review", label=N_("评分"),
             past=N_("交出评分")),
        Move(verb="granted", event="application.granted", by={_PLATFORM: (*_OPEN, _WAITLISTED)}, to=(_GRANTED,), past=N_("获得服务券"),
             tone="green"),
        Move(verb="waitlisted", event="application.waitlisted", by={_PLATFORM: _OPEN}, to=(_WAITLISTED,), past=N_("列入候补"),
             tone="amber"),
        Move(verb="refused", event="application.refused", by={_PLATFORM: (*_OPEN, _WAITLISTED, _RETURNED)}, to=(_REFUSED,),
             past=N_("未获券"), tone="red"),
        Move(verb="withdraw", event="application.withdrawn", by={_FIRM: (*_OPEN, _WAITLISTED, _RETURNED)},
             to=(ApplicationState.WITHDRAWN,), permission="vouchers.apply", label=N_("撤回申领"), past=N_("企业撤回")),
        Move(verb="appeal", event="application.appealed", by={_FIRM: (_REFUSED,)}, permission="vouchers.apply", label=N_("申诉"),
             past=N_("企业申诉"), tone="amber"),
        Move(verb="answer_appeal", event="application.appeal_answered", by={_OFFICER: (_REFUSED,)}, to=(_REVIEWING, _SUBMITTED, _REFUSED),
             permission="vouchers.review", label=N_("答复申诉"), past=N_("答复申诉"), tone="blue"),
        Move(verb="recount", event="application.due_moved", past=N_("工作日历有调整，期限改变")),
    ),
)  # fmt: skip

_LIVING = (VoucherState.AVAILABLE, VoucherState.PARTLY_USED, VoucherState.USED_UP)
_NOT_ENDED = (*_LIVING, VoucherState.FROZEN)

VOUCHER = Life(
    noun=N_("服务券"), subject="voucher", address="/wallet/%s", page="vouchers.act_on_voucher", sides=Side,
    moves=(
        Move(verb="issued", event="voucher.issued", to=(VoucherState.AVAILABLE,), past=N_("发放")),
        Move(verb="lifted", event="voucher.lifted", past=N_("额度提高")),
        Move(verb="called_in", event="voucher.called_in", past=N_("列入统一收回")),
        Move(verb="freeze", event="voucher.frozen", by={_OFFICER: _LIVING}, to=(VoucherState.FROZEN,), permission="rounds.manage",
             label=N_("冻结"), past=N_("冻结"), tone="red"),
        Move(verb="thaw", event="voucher.available", by={_OFFICER: (VoucherState.FROZEN,)}, to=_LIVING, permission="rounds.manage",
             label=N_("解冻"), past=N_("解冻"), tone="green"),
        Move(verb="thawed_in_part", event="voucher.partly_used", past=N_("解冻"), tone="green"),  # the same, by what was left of it
        Move(verb="thawed_empty", event="voucher.used_up", past=N_("解冻"), tone="green"),
        Move(verb="reclaim", event="voucher.reclaimed", by={_OFFICER: _NOT_ENDED, _FIRM: _LIVING, _PLATFORM: _NOT_ENDED},
             to=(VoucherState.RECLAIMED,),
             permission="rounds.manage", label=N_("收回"), past=N_("收回")),
        Move(verb="void", event="voucher.void", by={_OFFICER: _NOT_ENDED}, to=(VoucherState.VOID,), permission="rounds.manage",
             label=N_("作废"), past=N_("作废"), tone="red"),
        Move(verb="expired", event="voucher.expired", by={_PLATFORM: _NOT_ENDED}, to=(VoucherState.EXPIRED,), past=N_("到期")),
    ),
)  # fmt: skip

BID = Life(
    noun=N_("申报"),
    subject="bid",
    address="/my/bids/%s",
    sides=BidSide,
    moves=(
        Move(
            verb="submit_bid",
            event="bid.submitted",
            by={BidSide.PROVIDER: (BidState.SUBMITTED, BidState.WITHDRAWN)},
            to=(BidState.SUBMITTED,),
            past=N_("提交申报"),
        ),
        Move(
            verb="withdraw_bid",
            event="bid.withdrawn",
            by={BidSide.PROVIDER: (BidState.SUBMITTED,)},
            to=(BidState.WITHDRAWN,),
            permission="orders.fulfil",
            label=N_("撤回申报"),
            past=N_("撤回申报"),
            tone="red",
        ),
        Move(
            verb="score_bid",
            event="bid.scored",
            by={BidSide.OFFICER: (BidState.SUBMITTED,)},
            permission="rounds.manage",
            label=N_("评分"),
            past=N_("评分"),
        ),
        Move(
            verb="choose",
            event="bid.chosen",
            by={BidSide.OFFICER: (BidState.SUBMITTED, BidState.PASSED_OVER)},
            to=(BidState.CHOSEN,),
            past=N_("选定"),
            tone="green",
            message=N_("申报 %(number)s 已选定"),
        ),
        Move(
            verb="pass_over",
            event="bid.passed_over",
            by={BidSide.OFFICER: (BidState.SUBMITTED, BidState.PASSED_OVER)},
            to=(BidState.PASSED_OVER,),
            past=N_("未选定"),
            message=N_("申报 %(number)s 未选定"),
        ),
        Move(
            verb="change_allotment",
            event="bid.allotted",
            by={BidSide.OFFICER: (BidState.CHOSEN,)},
            permission="rounds.manage",
            label=N_("调整额度"),
            past=N_("调整额度"),
            message=N_("申报 %(number)s 的额度已调整"),
        ),
        Move(
            verb="end_bid",
            event="bid.ended",
            by={BidSide.OFFICER: (BidState.CHOSEN,)},
            to=(BidState.ENDED,),
            permission="rounds.manage",
            label=N_("终止"),
            past=N_("终止"),
            tone="red",
            message=N_("申报 %(number)s 的选定已终止"),
        ),
    ),
)
