"""Every change of claims and payments."""

from marketplace.settlement.service.appeals import ClaimAnswer, answer_appeal, appeal
from marketplace.settlement.service.approvals import approve_listed, look_at_checks
from marketplace.settlement.service.batches import approve as approve_batch
from marketplace.settlement.service.batches import prepare as prepare_batch
from marketplace.settlement.service.batches import reject as reject_batch
from marketplace.settlement.service.batches import submit as submit_batch
from marketplace.settlement.service.bounces import ReturnSlip, mark_bounced, record_bounce
from marketplace.settlement.service.claims import approve, confirm_account, forfeit, recount, refuse, refuse_late, send_back, submit
from marketplace.settlement.service.corrections import RightResult, correct_result
from marketplace.settlement.service.evidence_pictures import ask_for_pictures
from marketplace.settlement.service.explanations import obstacle
from marketplace.settlement.service.instalments import Receipt, receive
from marketplace.settlement.service.invoices import keep_check, look_again
from marketplace.settlement.service.level_terms import recount_level_term
from marketplace.settlement.service.levels import SaidOfClaim, give_opinion
from marketplace.settlement.service.pay_terms import recount_pay_term
from marketplace.settlement.service.recoveries import (
    RecoveryFinding,
    confirm_recovery,
    drop_recovery,
    open_recovery,
    recount_recovery,
    redirect_recovery,
    refer_recovery,
)
from marketplace.settlement.service.results import Slip, mark_paid, record_batch_paid, record_failed, record_paid, record_slip
from marketplace.settlement.service.spot_checks import record_spot_check
from marketplace.settlement.service.statements import (
    add_statement,
    add_statement_rows,
    confirm_explanation,
    explain_difference,
    note_statement,
)
from marketplace.settlement.service.subsidies import ask, ask_again

__all__ = [
    "ClaimAnswer",
    "Receipt",
    "RecoveryFinding",
    "ReturnSlip",
    "RightResult",
    "SaidOfClaim",
    "Slip",
    "add_statement",
    "add_statement_rows",
    "answer_appeal",
    "appeal",
    "approve",
    "approve_batch",
    "approve_listed",
    "ask",
    "ask_again",
    "ask_for_pictures",
    "confirm_account",
    "confirm_explanation",
    "confirm_recovery",
    "correct_result",
    "drop_recovery",
    "explain_difference",
    "forfeit",
    "give_opinion",
    "keep_check",
    "look_again",
    "look_at_checks",
    "mark_bounced",
    "mark_paid",
    "note_statement",
    "obstacle",
    "open_recovery",
    "prepare_batch",
    "receive",
    "record_batch_paid",
    "record_bounce",
    "record_failed",
    "record_paid",
    "record_slip",
    "record_spot_check",
    "recount",
    "recount_level_term",
    "recount_pay_term",
    "recount_recovery",
    "redirect_recovery",
    "refer_recovery",
    "refuse",
    "refuse_late",
    "reject_batch",
    "send_back",
    "submit",
    "submit_batch",
]
