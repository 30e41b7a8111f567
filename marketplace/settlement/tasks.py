"""Claims and batches that wait for an office, and what a provider has to do for its money."""

from marketplace.kernel.errors import N_
from marketplace.kernel.tasks import FirmTask, Line, Task
from marketplace.orders import tasks as orders
from marketplace.settlement import queries
from marketplace.settlement.lifecycle import BatchState, ClaimState
from marketplace.settlement.models import Claim
from marketplace.settlement.queries.payable import to_pay

OFFICE = (
    Task(N_("审核兑付申请"), "settlement.review_queue",
         lambda _asker, areas: queries.queue(areas, queries.ClaimFilters(states=(ClaimState.SUBMITTED,))), {"state": "submitted"},
         door="settlement.approve", due="due_on"),
    Task(N_("抽查被抽中的兑付申请"), "settlement.review_queue",
         lambda _asker, areas: queries.waiting_for_spot_check(areas), {"state": "all", "drawn": "waiting"},
         door="settlement.spot_check", due="due_on"),
    Task(N_("制作拨付批次（项目）"), "settlement.batches",
         lambda _asker, areas: to_pay(areas), {"_anchor": "to-pay"}, door="settlement.new_batch"),
    Task(N_("提交已制单的拨付批次"), "settlement.batches",
         lambda _asker, areas: queries.batches(areas, BatchState.DRAFT), {"state": "draft"}, door="settlement.submit_batch"),
    Task(N_("复核拨付批次"), "settlement.batches",
         lambda asker, areas: queries.batches(areas, BatchState.SUBMITTED, not_by=asker.id), {"state": "submitted", "by": "others"},
         door="settlement.approve_batch"),
    Task(N_("登记银行付款结果（批次）"), "settlement.batches",
         lambda _asker, areas: queries.batches(areas, BatchState.APPROVED), {"state": "approved"}, door="settlement.batch_result"),
)  # fmt: skip


def _returned(row: Claim) -> Line:
    return Line(N_("补正兑付申请：%(number)s"), {"number": row.number}, "settlement.claim", {"claim_id": row.id}, due_on=row.due_on,
                provisional=row.due_provisional, round_id=row.order.round_id)  # fmt: skip


FIRM = (
    FirmTask("settlement.of_order", lambda own, _today: queries.claimable(own),
             orders.line(N_("申请兑付"), other="enterprise"), N_("待申请兑付"), "settlement.my_claims"),
    FirmTask("settlement.my_claims", lambda own, _today: queries.of_provider(own, (ClaimState.RETURNED,)), _returned,
             N_("待补正的兑付申请"), "settlement.my_claims", {"view": "returned"}),
)  # fmt: skip
