"""The lives of a claim and of a payment batch, and the states of a batch's lines."""

from marketplace.kernel.errors import N_
from marketplace.kernel.lifecycle import Life, Move, State, Word


class Side(Word):
    """From where somebody acts on claims and payments."""

    PROVIDER = "provider", N_("申请单位")
    OFFICER = "officer", N_("主管部门")
    MAKER = "maker", N_("制单人")
    CHECKER = "checker", N_("复核人")
    BANK = "bank", N_("财政人员")
    PLATFORM = "platform", N_("系统")  # time does it, or another command


_PROVIDER, _OFFICER, _MAKER, _CHECKER, _BANK, _PLATFORM = Side


class ClaimState(State):
    DRAFT = "draft", N_("草稿")  # never stored
    SUBMITTED = "submitted", N_("待审核"), "amber", _OFFICER, "review"
    RETURNED = "returned", N_("退回补正"), "amber", _PROVIDER, "review"
    APPROVED = "approved", N_("已核准，待拨付"), "blue", _MAKER
    REFUSED = "refused", N_("不予兑付"), "red"
    BATCHED = "batched", N_("拨付办理中"), "blue", _BANK
    SETTLED = "settled", N_("已兑付"), "green"  # money that has left comes back by recovery only


TO_PAY = (ClaimState.APPROVED, ClaimState.BATCHED)  # finance's term runs


class BatchState(State):
    DRAFT = "draft", N_("草稿"), "neutral", _MAKER
    SUBMITTED = "submitted", N_("待复核"), "amber", _CHECKER
    APPROVED = "approved", N_("待登记银行结果"), "blue", _BANK
    REJECTED = "rejected", N_("已退回"), "red"
    CLOSED = "closed", N_("已办结"), "green"  # every line has its bank result


class LineState(State):
    WAITING = "waiting", N_("待付款"), "amber"
    PAID = "paid", N_("已付款"), "green"
    FAILED = "failed", N_("付款失败"), "red"
    BOUNCED = "bounced", N_("已退汇"), "red"  # all of it came back; what came back in part stays paid
    DROPPED = "dropped", N_("已撤出")  # the batch was rejected


class ShortKind(Word):
    """Why a line was not paid whole. What was not paid stays payable."""

    PARTIAL = "partial", N_("部分支付")
    DEDUCTED = "deducted", N_("扣款")


class CorrectionKind(Word):
    """What of a recorded bank result was wrong."""

    NOT_PAID = "not_paid", N_("误登为已付款，银行没有付成")
    PAID = "paid", N_("误登为付款失败，银行已经付款")
    SLIP = "slip", N_("流水号或付款日期填错")


class RecoveryState(State):
    PROPOSED = "proposed", N_("待确认"), "amber", _OFFICER
    DEMANDED = "demanded", N_("待缴回"), "amber", _BANK
    REFERRED = "referred", N_("已移送追缴"), "red"  # what comes in is recorded all the same
    REPAID = "repaid", N_("已结清"), "green"
    DROPPED = "dropped", N_("不予追回")


_SUBMITTED, _RETURNED, _APPROVED, _BATCHED = ClaimState.SUBMITTED, ClaimState.RETURNED, ClaimState.APPROVED, ClaimState.BATCHED

CLAIM = Life(
    noun=N_("兑付申请"), subject="claim", address="/claims/%s", sides=Side,
    moves=(
        Move(verb="of_order", event="claim.submitted", by={_PROVIDER: (ClaimState.DRAFT, _RETURNED)}, to=(_SUBMITTED,),
             permission="claims.own", label=N_("补正后重新提交"), past=N_("提交兑付申请"), message=N_("兑付申请 %(number)s 待审核")),
        Move(verb="of_subsidy", event="claim.submitted", by={_PROVIDER: (ClaimState.DRAFT, _RETURNED)}, to=(_SUBMITTED,),
             permission="vouchers.apply", label=N_("补正后重新提交"), past=N_("提交兑付申请"),
             message=N_("兑付申请 %(number)s 待审核")),
        Move(verb="draw", event="claim.drawn", past=N_("抽中抽查"), tone="amber", message=N_("兑付申请 %(number)s 被抽中抽查")),
        Move(verb="give_opinion", event="claim.opinion_given", by={_OFFICER: (_SUBMITTED,)}, permission="claims.review",
             label=N_("出具意见"), past=N_("出具审核意见"), tone="blue", message=N_("兑付申请 %(number)s 待下一级审核")),
        Move(verb="approve", event="claim.approved", by={_OFFICER: (_SUBMITTED,)}, to=(_APPROVED,), permission="claims.review",
             label=N_("核准"), past=N_("核准"), tone="green", message=N_("兑付申请 %(number)s 已核准")),
        Move(verb="send_back", event="claim.returned", by={_OFFICER: (_SUBMITTED,)}, to=(_RETURNED,), permission="claims.review",
             label=N_("退回补正"), past=N_("退回补正"), tone="amber", message=N_("兑付申请 %(number)s 被退回补正")),
        Move(verb="refuse", event="claim.refused", by={_OFFICER: (_SUBMITTED,)}, to=(ClaimState.REFUSED,), permission="claims.review",
             label=N_("不予兑付"), past=N_("不予兑付"), tone="red", message=N_("兑付申请 %(number)s 不予兑付")),
        Move(verb="refuse_late", event="claim.refused", by={_PLATFORM: (_RETURNED,)}, to=(ClaimState.REFUSED,), past=N_("不予兑付"),
             tone="red", message=N_("兑付申请 %(number)s 未按期补正")),
        Move(verb="appeal", event="claim.appealed", by={_PROVIDER: (ClaimState.REFUSED, _APPROVED)}, permission="claims.appeal",
             label=N_("申诉"), past=N_("提出申诉"), tone="amber", message=N_("兑付申请 %(number)s 收到申诉")),
        Move(verb="answer_appeal", event="claim.appeal_answered", by={_OFFICER: (ClaimState.REFUSED, _APPROVED)}, to=(_APPROVED,),
             permission="claims.review", label=N_("答复申诉"), past=N_("答复申诉"), tone="blue",
             message=N_("兑付申请 %(number)s 的申诉已答复")),
        Move(verb="spot_check", event="claim.spot_checked", by={_OFFICER: (_SUBMITTED, ClaimState.REFUSED)}, permission="claims.review",
             label=N_("登记抽查结果"), past=N_("登记抽查结果"), tone="blue", message=N_("兑付申请 %(number)s 的抽查已登记")),
        Move(verb="confirm_account", event="claim.account_confirmed", by={_OFFICER: (_APPROVED, _BATCHED)}, permission="claims.review",
             label=N_("确认新账号"), past=N_("确认新的收款账号"), tone="blue"),
        Move(verb="recount", event="claim.due_moved", past=N_("工作日历有调整，期限改变"), message=N_("兑付申请 %(number)s 的期限有变动")),
        Move(verb="new_batch", event="claim.batched", by={_MAKER: (_APPROVED,)}, to=(_BATCHED,), permission="payments.prepare",
             label=N_("列入拨付批次"), past=N_("列入拨付批次"), tone="blue"),
        Move(verb="drop", event="claim.dropped", by={_CHECKER: (_BATCHED,), _MAKER: (_BATCHED,)}, to=(_APPROVED,),
             past=N_("批次退回，撤出批次"), tone="amber"),
        Move(verb="result", event="payment.settled", by={_BANK: (_BATCHED,)}, to=(ClaimState.SETTLED, _APPROVED),
             permission="payments.record", label=N_("登记银行结果"), past=N_("银行已付款，兑付完成"), tone="green",
             message=N_("兑付申请 %(number)s 已付款")),
        Move(verb="fail", event="payment.failed", by={_BANK: (_BATCHED,)}, to=(_APPROVED,), past=N_("银行付款失败"), tone="red",
             message=N_("兑付申请 %(number)s 付款未成功")),
        Move(verb="correct_result", event="payment.corrected", by={_BANK: (ClaimState.SETTLED, _APPROVED, _BATCHED)},
             to=(ClaimState.SETTLED, _APPROVED, _BATCHED), permission="payments.record", past=N_("更正银行结果"), tone="amber",
             message=N_("兑付申请 %(number)s 的银行结果有更正")),
        Move(verb="bounce", event="payment.bounced", by={_BANK: (ClaimState.SETTLED, _APPROVED, _BATCHED)}, to=(_APPROVED, _BATCHED),
             permission="payments.record", past=N_("银行退汇，待重新付款"), tone="red", message=N_("兑付申请 %(number)s 的付款被银行退回")),
    ),
)  # fmt: skip

BATCH = Life(
    noun=N_("拨付批次"), subject="payment_batch", address="/payments/%s", sides=Side,
    moves=(
        Move(verb="prepare", event="batch.prepared", to=(BatchState.DRAFT,), past=N_("制单")),
        Move(verb="submit_batch", event="batch.submitted", by={_MAKER: (BatchState.DRAFT,)}, to=(BatchState.SUBMITTED,),
             permission="payments.prepare", label=N_("提交复核"), past=N_("提交复核"), tone="blue", stamps="submitted_at",
             message=N_("拨付批次 %(number)s 待复核")),
        Move(verb="approve_batch", event="batch.approved", by={_CHECKER: (BatchState.SUBMITTED,)}, to=(BatchState.APPROVED,),
             permission="payments.approve", label=N_("复核通过"), past=N_("复核通过"), tone="green", stamps="approved_at",
             message=N_("拨付批次 %(number)s 已复核通过")),
        Move(verb="reject_batch", event="batch.rejected", by={_CHECKER: (BatchState.SUBMITTED,), _MAKER: (BatchState.DRAFT,)},
             to=(BatchState.REJECTED,), permission="payments.approve", label=N_("退回"), past=N_("退回"), tone="red", stamps="closed_at",
             message=N_("拨付批次 %(number)s 被退回")),
        Move(verb="batch_result", event="batch.closed", by={_BANK: (BatchState.APPROVED,)}, to=(BatchState.CLOSED,),
             permission="payments.record", label=N_("登记银行结果"), past=N_("全部登记，批次办结"), tone="green", stamps="closed_at"),
    ),
)  # fmt: skip

_PROPOSED, _DEMANDED, _REFERRED = RecoveryState.PROPOSED, RecoveryState.DEMANDED, RecoveryState.REFERRED

RECOVERY = Life(
    noun=N_("追回案件"),
    subject="recovery",
    address="/recoveries/%s",
    sides=Side,
    moves=(
        Move(verb="open_recovery", event="recovery.opened", to=(_PROPOSED,), past=N_("提出追回"), message=N_("追回 %(number)s 待确认")),
        Move(
            verb="confirm_recovery",
            event="recovery.demanded",
            by={_OFFICER: (_PROPOSED,)},
            to=(_DEMANDED,),
            permission="claims.review",
            label=N_("确认追回"),
            past=N_("确认追回，通知缴回"),
            tone="amber",
            message=N_("须缴回资金：追回 %(number)s"),
        ),
        Move(
            verb="drop_recovery",
            event="recovery.dropped",
            by={_OFFICER: (_PROPOSED,)},
            to=(RecoveryState.DROPPED,),
            permission="claims.review",
            label=N_("不予追回"),
            past=N_("不予追回"),
            stamps="closed_at",
        ),
        Move(
            verb="receive",
            event="recovery.received",
            by={_BANK: (_DEMANDED, _REFERRED)},
            to=(RecoveryState.REPAID,),
            permission="payments.record",
            label=N_("登记缴回"),
            past=N_("登记缴回"),
            tone="green",
            message=N_("追回 %(number)s 收到缴回款"),
        ),
        Move(
            verb="redirect_recovery",
            event="recovery.redirected",
            by={_OFFICER: (_DEMANDED, _REFERRED)},
            permission="claims.review",
            label=N_("改为上缴国库"),
            past=N_("追回资金改为上缴国库"),
        ),
        Move(
            verb="refer_recovery",
            event="recovery.referred",
            by={_OFFICER: (_DEMANDED,)},
            to=(_REFERRED,),
            permission="claims.review",
            label=N_("移送追缴"),
            past=N_("移送有关机关追缴"),
            tone="red",
            message=N_("追回 %(number)s 已移送有关机关追缴"),
        ),
        Move(
            verb="withdraw_recovery",
            event="recovery.withdrawn",
            by={_OFFICER: (_DEMANDED, _REFERRED, RecoveryState.REPAID)},
            to=(RecoveryState.DROPPED, RecoveryState.REPAID),
            past=N_("原决定撤销，不再追回"),
            stamps="closed_at",
            message=N_("追回 %(number)s 已撤销"),
        ),
        Move(
            verb="recount_recovery",
            event="recovery.due_moved",
            past=N_("工作日历有调整，期限改变"),
            message=N_("追回 %(number)s 的期限有变动"),
        ),
        Move(
            verb="follow_slip",
            event="recovery.paid_on_moved",
            past=N_("付款日期已更正，利息随之重算"),
            message=N_("追回 %(number)s 的付款日期已更正"),
        ),
    ),
)
