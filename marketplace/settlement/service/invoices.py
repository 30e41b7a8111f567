"""An invoice that is no longer good: what was paid on it comes back, what is not paid yet waits."""

from datetime import datetime
from uuid import UUID, uuid5

from marketplace.kernel.db import by_id, db, locked
from marketplace.kernel.errors import N_
from marketplace.kernel.money import Fen
from marketplace.risk import service as risk
from marketplace.risk.rules import Severity
from marketplace.risk.service import Signal
from marketplace.settlement.invoice_models import InvoiceCheck
from marketplace.settlement.models import Claim
from marketplace.settlement.queries import invoices, recoveries
from marketplace.settlement.queries.paid import paid_of
from marketplace.settlement.recovery_rules import RecoveryGround, ReturnsTo
from marketplace.settlement.service.recoveries import RecoveryFinding, is_finished, open_recovery


def keep_check(check: InvoiceCheck) -> None:
    """Keep how an invoice stands."""
    db.session.add(check)
    db.session.flush()


def look_again(check_id: UUID, claim_id: UUID, *, now: datetime) -> bool:
    """A claim stood on an invoice that is reversed or void: a serious signal, and a case where it was paid. Whether a case was opened.

    Repeatable: a signal is raised once, and a case is opened once for a check.
    """
    check, claim = by_id(InvoiceCheck, check_id), locked(Claim, claim_id)
    words = {"number": check.invoice_key, "status": check.status.label, "day": check.checked_on.isoformat()}
    said = N_("发票 %(number)s 经查验已%(status)s（%(day)s）。", **words)
    signal = Signal("invoice_withdrawn", Severity.SERIOUS, "claim", claim.id, said, {"number": claim.number}, claim.region_code)
    risk.raise_signal(signal, now=now)
    recovery_id, left = uuid5(check.id, "recovery"), recoveries.recoverable_fen(claim.id)
    if claim.order is not None:
        left = min(
            left, paid_of([claim.id]).get(claim.id, 0) - invoices.deserved_without(claim.order, Fen(claim.requested_fen), check.invoice_key)
        )
    if left <= 0 or recoveries.is_known(recovery_id) or any(one.live_claim_id for one in recoveries.of_claim(claim.id)):
        return False
    to = ReturnsTo.TREASURY if is_finished(claim) else ReturnsTo.POOL
    finding = RecoveryFinding(left, RecoveryGround.INVOICE, said, to)
    open_recovery(recovery_id, claim.id, finding, actor_id=None, now=now)
    return True
