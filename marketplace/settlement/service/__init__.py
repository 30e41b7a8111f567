"""Every change of claims and payments."""

from marketplace.settlement.service.batches import approve as approve_batch
from marketplace.settlement.service.batches import prepare as prepare_batch
from marketplace.settlement.service.batches import reject as reject_batch
from marketplace.settlement.service.batches import submit as submit_batch
from marketplace.settlement.service.claims import approve, confirm_account, forfeit, recount, refuse, refuse_late, send_back, submit
from marketplace.settlement.service.results import mark_paid, record_batch_paid, record_failed, record_paid
from marketplace.settlement.service.spot_checks import record_spot_check

__all__ = [
    "approve",
    "approve_batch",
    "confirm_account",
    "forfeit",
    "mark_paid",
    "prepare_batch",
    "record_batch_paid",
    "record_failed",
    "record_paid",
    "record_spot_check",
    "recount",
    "refuse",
    "refuse_late",
    "reject_batch",
    "send_back",
    "submit",
    "submit_batch",
]
