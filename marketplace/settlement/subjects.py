"""Columns by which people know the rows that events are about, and which of them are of simulated rounds."""

from sqlalchemy import select

from marketplace.settlement.models import Claim, PaymentBatch, PaymentLine
from marketplace.settlement.recovery_models import Recovery
from marketplace.settlement.statement_models import BankStatement
from marketplace.vouchers.queries.reruns import is_simulated

NAMES = {
    "claim": (Claim.id, Claim.number),
    "payment_batch": (PaymentBatch.id, PaymentBatch.number),
    "payment_line": (PaymentLine.id, PaymentLine.payee_name),
    "recovery": (Recovery.id, Recovery.number),
    "bank_statement": (BankStatement.id, BankStatement.number),
}
_CLAIMS = select(Claim.id).where(is_simulated(Claim.round_id))
SIMULATED = {
    "claim": _CLAIMS,
    "payment_line": select(PaymentLine.id).where(PaymentLine.claim_id.in_(_CLAIMS)),
    "recovery": select(Recovery.id).where(Recovery.claim_id.in_(_CLAIMS)),
    "payment_batch": select(PaymentBatch.id).where(PaymentBatch.simulated),
}
PARTIES = {"claim": (Claim.id, (Claim.provider_id, Claim.enterprise_id, Claim.payee_id))}  # whom a case may be about
