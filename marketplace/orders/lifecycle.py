"""The life of an order: its states, who may do what in them, and what a history says of it."""

from marketplace.kernel.errors import N_
from marketplace.kernel.lifecycle import Life, Move, State, Word


class Side(Word):
    """From where somebody looks at an order."""

    FIRM = "firm", N_("企业")
    PROVIDER = "provider", N_("服务机构")
    STAFF = "staff", N_("主管部门")
    PLATFORM = "platform", N_("系统")  # time does it, or another command


class OrderState(State):
    PLACED = "placed", N_("待接单"), "amber", Side.PROVIDER, "accept"
    TAKEN = "taken", N_("待签合同"), "amber", Side.PROVIDER, "contract_upload"
    CONTRACTED = "contracted", N_("服务中"), "blue", Side.PROVIDER, "service"
    DELIVERED = "delivered", N_("待验收"), "amber", Side.FIRM, "acceptance"
    DISPUTED = "disputed", N_("待裁定"), "amber", Side.STAFF  # the firm disputes the delivery, or said nothing; no term runs
    REDEEMED = "redeemed", N_("已验收核销"), "green", "", "claim_window"  # the voucher is spent (核销)
    DECLINED = "declined", N_("服务机构未接单"), "red"
    CANCELLED = "cancelled", N_("已取消")  # by either side before delivery
    LAPSED = "lapsed", N_("已失效")  # a time limit passed

    @property
    def has_ended(self) -> bool:
        """Whether it ended without a service: what was held for it is given back."""
        return self in ENDED


OPEN = tuple(state for state in OrderState if state.waits_for)
ENDED = (OrderState.DECLINED, OrderState.CANCELLED, OrderState.LAPSED)

_FIRM, _PROVIDER, _STAFF, _PLATFORM = Side.FIRM, Side.PROVIDER, Side.STAFF, Side.PLATFORM
_PLACED, _TAKEN, _CONTRACTED, _DELIVERED, _DISPUTED, _REDEEMED = (*OPEN, OrderState.REDEEMED)
_AGREED_IN = (_TAKEN, _CONTRACTED, _DELIVERED)  # while the price may still be agreed on
_WITH_PAPERS = (_CONTRACTED, _DELIVERED, _DISPUTED, _REDEEMED)

ORDER = Life(
    noun=N_("订单"), subject="order", address="/orders/%s", sides=Side,
    moves=(
        Move(verb="place", event="order.placed", to=(_PLACED,), past=N_("企业下单"), step=N_("下单"), stamps="placed_at",
             message=N_("新订单 %(number)s 待接单")),
        Move(verb="take", event="order.taken", by={_PROVIDER: (_PLACED,)}, to=(_TAKEN,), permission="orders.fulfil", label=N_("接单"),
             past=N_("服务机构接单"), tone="blue", step=N_("接单"), stamps="taken_at", message=N_("订单 %(number)s 已被接单")),
        Move(verb="deduct", event="order.deducted", by={_PROVIDER: (_PLACED,)}, to=(_REDEEMED,), permission="orders.fulfil",
             label=N_("开票结算"), past=N_("服务机构开票，即时抵扣核销"), tone="green", step=N_("开票结算"), stamps="redeemed_at",
             message=N_("订单 %(number)s 已即时抵扣")),
        Move(verb="decline", event="order.declined", by={_PROVIDER: (_PLACED,)}, to=(OrderState.DECLINED,), permission="orders.fulfil",
             label=N_("不接此单"), past=N_("服务机构未接单"), tone="red", stamps="closed_at", message=N_("订单 %(number)s 未被接单")),
        Move(verb="contract", event="order.contracted", by={_PROVIDER: (_TAKEN,)}, to=(_CONTRACTED,), permission="orders.fulfil",
             label=N_("上传合同"), past=N_("上传合同"), tone="blue", step=N_("签合同"), stamps="contracted_at",
             message=N_("订单 %(number)s 已上传合同")),
        Move(verb="deliver", event="order.delivered", by={_PROVIDER: (_CONTRACTED,)}, to=(_DELIVERED,), permission="orders.fulfil",
             label=N_("提交交付"), past=N_("提交交付"), tone="blue", step=N_("交付"), stamps="delivered_at",
             message=N_("订单 %(number)s 已交付，请验收")),
        Move(verb="accept", event="order.redeemed", by={_FIRM: (_DELIVERED,)}, to=(_REDEEMED,), permission="orders.buy",
             label=N_("验收并核销"), past=N_("企业验收，券已核销"), tone="green", step=N_("验收核销"), stamps="redeemed_at",
             message=N_("订单 %(number)s 已验收")),
        Move(verb="accept_by_default", event="order.redeemed_by_default", by={_PLATFORM: (_DELIVERED,)}, to=(_REDEEMED,),
             past=N_("企业逾期未验收，视为验收，券已核销"), tone="amber", stamps="redeemed_at", message=N_("订单 %(number)s 已视为验收")),
        Move(verb="send_back", event="order.returned", by={_FIRM: (_DELIVERED,)}, to=(_CONTRACTED,), permission="orders.buy",
             label=N_("退回重做"), past=N_("企业退回交付"), tone="amber", message=N_("订单 %(number)s 的交付被退回")),
        Move(verb="dispute", event="order.disputed", by={_FIRM: (_DELIVERED,)}, to=(_DISPUTED,), permission="orders.buy",
             label=N_("提出争议"), past=N_("企业提出争议"), tone="amber", message=N_("订单 %(number)s 由主管部门裁定")),
        Move(verb="ask_officer", event="order.put_to_officer", by={_PLATFORM: (_DELIVERED,)}, to=(_DISPUTED,),
             past=N_("企业逾期未验收，转主管部门裁定"), tone="amber", message=N_("订单 %(number)s 由主管部门裁定")),
        Move(verb="propose_price", event="order.price_proposed", by={_FIRM: _AGREED_IN, _PROVIDER: _AGREED_IN}, permission="orders.act",
             label=N_("议价"), past=N_("提出实际价格"), tone="blue", message=N_("订单 %(number)s 有一项议价待您确认")),
        Move(verb="propose_end", event="order.end_proposed", by={_FIRM: (_CONTRACTED,), _PROVIDER: (_CONTRACTED,)}, permission="orders.act",
             label=N_("提出终止"), past=N_("提出终止"), tone="amber", message=N_("订单 %(number)s 的终止待您确认")),
        Move(verb="agree", event="order.agreed", by={_FIRM: _AGREED_IN, _PROVIDER: _AGREED_IN}, to=(_REDEEMED, OrderState.CANCELLED),
             permission="orders.act", label=N_("同意"), past=N_("同意对方的提议"), tone="green",
             message=N_("订单 %(number)s 的提议已获同意")),
        Move(verb="refuse", event="order.refused", by={_FIRM: _AGREED_IN, _PROVIDER: _AGREED_IN}, to=(_DISPUTED,), permission="orders.act",
             label=N_("不同意"), past=N_("不同意对方的提议"), tone="red", message=N_("订单 %(number)s 的提议未获同意")),
        Move(verb="end_to_officer", event="order.end_put_to_officer", by={_PLATFORM: (_CONTRACTED,)}, to=(_DISPUTED,),
             past=N_("终止未获答复，转主管部门裁定"), tone="amber", message=N_("订单 %(number)s 由主管部门裁定")),
        Move(verb="take_back", event="order.proposal_withdrawn", by={_FIRM: _AGREED_IN, _PROVIDER: _AGREED_IN}, permission="orders.act",
             label=N_("撤回提议"), past=N_("撤回提议"), message=N_("订单 %(number)s 的提议已撤回")),
        Move(verb="decide", event="order.dispute_decided", by={_STAFF: (_DISPUTED,)}, to=(_REDEEMED, OrderState.CANCELLED),
             permission="orders.decide", label=N_("裁定"), past=N_("主管部门裁定"), tone="blue",
             message=N_("订单 %(number)s 的争议已裁定")),
        Move(verb="review", event="order.reviewed", by={_FIRM: (_REDEEMED,)}, permission="orders.buy", label=N_("评价服务"),
             past=N_("企业评价"), tone="green", message=N_("订单 %(number)s 收到评价")),
        Move(verb="answer", event="order.review_answered", by={_PROVIDER: (_REDEEMED,)}, permission="orders.fulfil", label=N_("回复评价"),
             past=N_("服务机构回复评价")),
        Move(verb="papers", event="order.paper_added", by={_FIRM: _WITH_PAPERS, _PROVIDER: _WITH_PAPERS}, permission="orders.act",
             label=N_("补充材料"), past=N_("补充材料")),
        Move(verb="cancel", event="order.cancelled", by={_FIRM: OPEN[:3], _PROVIDER: (_TAKEN, _CONTRACTED)}, to=(OrderState.CANCELLED,),
             permission="orders.act", label=N_("取消订单"), past=N_("订单取消"), stamps="closed_at", message=N_("订单 %(number)s 已取消")),
        Move(verb="lapse", event="order.lapsed", by={_PLATFORM: OPEN[:4]}, to=(OrderState.LAPSED,), past=N_("超过期限，订单失效"),
             stamps="closed_at", message=N_("订单 %(number)s 已失效")),
        Move(verb="remind_ahead", event="order.reminded", past=N_("提醒办理"), tone="amber", message=N_("订单 %(number)s 待您验收")),
        Move(verb="remind", event="order.reminded", past=N_("提醒办理"), tone="amber", message=N_("订单 %(number)s 待您验收，已超期")),
        Move(verb="recount", event="order.due_moved", past=N_("工作日历有调整，期限改变"), message=N_("订单 %(number)s 的期限有变动")),
        Move(verb="close_papers", event="order.claimed", by={_PROVIDER: (_REDEEMED,)}, past=N_("服务机构提交兑付申请"), tone="blue",
             stamps="closed_at"),
        Move(verb="reopen_papers", event="order.claim_returned", past=N_("兑付申请退回补正"), tone="amber"),
        Move(verb="forfeit", event="order.forfeited", past=N_("超过兑付申请期限，兑付失效"), tone="red", stamps="closed_at",
             message=N_("订单 %(number)s 超过兑付申请期限，兑付失效")),
    ),
)  # fmt: skip
