"""Claims and batches that wait for an office, and what a provider has to do for its money."""

from marketplace.kernel import clock
from marketplace.kernel.errors import N_
from marketplace.kernel.tasks import FirmTask, Line, Task
from marketplace.orders import tasks as orders
from marketplace.settlement import queries
from marketplace.settlement.lifecycle import BatchState, ClaimState, RecoveryState
from marketplace.settlement.models import Claim
from marketplace.settlement.queries import causes, recoveries, statements
from marketplace.settlement.queries.payable import to_pay
from marketplace.settlement.queries.recoveries import RecoveryFilters
from marketplace.settlement.recovery_models import Recovery

OFFICE = (
    Task(N_("审核兑付申请"), "settlement.review_queue",
         lambda _asker, areas: queries.queue(areas, queries.ClaimFilters(states=(ClaimState.SUBMITTED,), kind="orders")),
         {"state": "submitted", "kind": "orders"}, door="settlement.approve", due="due_on"),
    Task(N_("审核奖励和补助申请"), "settlement.office_subsidies",
         lambda _asker, areas: queries.queue(areas, queries.ClaimFilters(states=(ClaimState.SUBMITTED,), kind="direct")),
         {"state": "submitted"}, door="settlement.approve", due="due_on"),
    Task(N_("本级审核逾期的兑付申请"), "settlement.review_queue",
         lambda _asker, areas: queries.queue(areas, queries.ClaimFilters(states=(ClaimState.SUBMITTED,), level_late_on=clock.today())),
         {"state": "submitted", "level": "overdue"}, door="settlement.give_opinion", due="level_by"),
    Task(N_("答复兑付申诉"), "settlement.review_queue",
         lambda _asker, areas: queries.queue(areas, queries.ClaimFilters(appeal=True)), {"state": "all", "appeal": "waiting"},
         door="settlement.answer_appeal"),
    Task(N_("抽查被抽中的兑付申请"), "settlement.review_queue",
         lambda _asker, areas: queries.waiting_for_spot_check(areas), {"state": "all", "drawn": "waiting"},
         door="settlement.spot_check", due="due_on"),
    Task(N_("确认退汇后的收款账号（申请）"), "settlement.review_queue",
         lambda _asker, areas: queries.queue(areas, queries.ClaimFilters(is_doubted=True)), {"state": "all", "account": "doubted"},
         door="settlement.confirm_account"),
    Task(N_("制作拨付批次（项目）"), "settlement.batches",
         lambda _asker, areas: to_pay(areas), {"_anchor": "to-pay"}, door="settlement.new_batch"),
    Task(N_("逾期未拨付的兑付申请"), "settlement.review_queue",
         lambda _asker, areas: queries.queue(areas, queries.ClaimFilters(pay_late_on=clock.today())), {"state": "all", "pay": "overdue"},
         door="settlement.new_batch", due="pay_by"),
    Task(N_("提交已制单的拨付批次"), "settlement.batches",
         lambda _asker, areas: queries.batches(areas, BatchState.DRAFT), {"state": "draft"}, door="settlement.submit_batch"),
    Task(N_("复核拨付批次"), "settlement.batches",
         lambda asker, areas: queries.batches(areas, BatchState.SUBMITTED, not_by=asker.id), {"state": "submitted", "by": "others"},
         door="settlement.approve_batch"),
    Task(N_("登记银行付款结果（批次）"), "settlement.batches",
         lambda _asker, areas: queries.batches(areas, BatchState.APPROVED), {"state": "approved"}, door="settlement.batch_result"),
    Task(N_("确认对账差异的说明（对账单）"), "settlement.bank_statements",
         lambda asker, areas: statements.with_unconfirmed(areas, not_by=asker.id), {"state": "unconfirmed", "by": "others"},
         door="settlement.confirm_explanation"),
    Task(N_("确认追回（案件）"), "settlement.recoveries",
         lambda asker, areas: recoveries.of_area(areas, RecoveryFilters(RecoveryState.PROPOSED, not_by=asker.id)),
         {"state": "proposed", "by": "others"}, door="settlement.confirm_recovery"),
    Task(N_("登记缴回的追回款（案件）"), "settlement.recoveries",
         lambda _asker, areas: recoveries.of_area(areas, RecoveryFilters(RecoveryState.DEMANDED)), {"state": "demanded"},
         door="settlement.receive", due="due_on"),
    Task(N_("逾期未缴清的追回（案件）"), "settlement.recoveries",
         lambda _asker, areas: recoveries.of_area(areas, RecoveryFilters(overdue_on=clock.today())), {"state": "all", "overdue": "yes"},
         door="settlement.refer_recovery", due="due_on"),
)  # fmt: skip


def _returned(row: Claim) -> Line:
    return Line(N_("补正兑付申请：%(number)s"), {"number": row.number}, "settlement.claim", {"claim_id": row.id}, due_on=row.due_on,
                provisional=row.due_provisional, round_id=row.round_id)  # fmt: skip


def _to_pay_back(row: Recovery) -> Line:
    return Line(
        N_("缴回资金：追回 %(number)s"),
        {"number": row.number},
        "settlement.recovery",
        {"recovery_id": row.id},
        due_on=row.due_on,
        provisional=row.due_provisional,
        round_id=row.claim.round_id,
    )


FIRM = (
    FirmTask("settlement.of_order", lambda own, _today: queries.claimable(own),
             orders.line(N_("申请兑付"), other="enterprise"), N_("待申请兑付"), "settlement.my_claims"),
    FirmTask("settlement.my_claims", lambda own, _today: queries.of_provider(own, (ClaimState.RETURNED,)), _returned,
             N_("待补正的兑付申请"), "settlement.my_claims", {"view": "returned"}),
    FirmTask("settlement.my_recoveries", lambda own, _today: recoveries.of_debtor(own, (RecoveryState.DEMANDED,)), _to_pay_back,
             N_("须缴回的资金"), "settlement.my_recoveries"),
    FirmTask("settlement.my_subsidies", lambda own, _today: causes.firm_to_mend(own), _returned,
             N_("待补正的奖励和补助申请"), "settlement.my_subsidies"),
)  # fmt: skip
