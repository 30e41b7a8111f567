"""An invoice that is no longer good: what was paid on it comes back, what is not paid yet waits."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid5

from marketplace.kernel.db import by_id, db
from marketplace.kernel.errors import N_
from marketplace.kernel.money import Fen
from marketplace.kernel.sentences import Sentence, listed
from marketplace.risk import service as risk
from marketplace.risk.rules import Severity, cause_of
from marketplace.risk.service import Signal
from marketplace.settlement.invoice_models import InvoiceCheck
from marketplace.settlement.models import Claim
from marketplace.settlement.queries import invoices, recoveries
from marketplace.settlement.queries.paid import paid_of
from marketplace.settlement.recovery_rules import RecoveryGround, ReturnsTo
from marketplace.settlement.service import spot_checks
from marketplace.settlement.service.recoveries import RecoveryFinding, open_recovery, takes_back

_SHOWN = 20  # invoices named in one sentence


def keep_check(check: InvoiceCheck) -> None:
    """Keep how an invoice stands."""
    db.session.add(check)
    db.session.flush()


def warn_of_withdrawn(claim: Claim, *, now: datetime) -> None:
    """A claim is handed in on an invoice that is no longer good: nothing is paid before somebody has looked."""
    found = invoices.withdrawn(claim.order_id) if claim.order_id else []
    if found:
        _raise_signal(claim, found, now=now)


def _raise_signal(claim: Claim, checks: Sequence[InvoiceCheck], *, now: datetime) -> Sentence:
    """A serious signal, raised once for what is wrong with a claim's invoices: one more is a new reason. What it says."""
    said = listed(N_("%(number)s 已%(status)s（%(day)s）", **_words(one)) for one in checks[:_SHOWN])
    sentence = N_("发票经查验不再有效：%(invoices)s。", invoices=said)
    cause = cause_of(*sorted((one.invoice_key, one.status.value) for one in checks))
    signal = Signal("invoice_withdrawn", Severity.SERIOUS, "claim", claim.id, sentence, {"number": claim.number}, claim.region_code, cause)
    risk.raise_signal(signal, now=now)
    return sentence


def _words(check: InvoiceCheck) -> dict[str, str]:
    return {"number": check.invoice_key, "status": check.status.label, "day": check.checked_on.isoformat()}


def look_again(check_id: UUID, claim_id: UUID, *, now: datetime) -> bool:
    """A claim stood on an invoice that is reversed or void: a serious signal, and a case where it was paid. Whether a case was opened.

    Repeatable: the same reason is raised once, and a case is opened once for a check.
    """
    check, claim = by_id(InvoiceCheck, check_id), spot_checks.locked_claim(claim_id)
    assert claim.order is not None, "invoices are papers of orders"
    found = invoices.withdrawn(claim.order.id)
    if check not in found:  # replaced, or good again by now
        return False
    said = _raise_signal(claim, found, now=now)
    keys = {one.invoice_key for one in found}
    deserved = invoices.deserved_without(claim.order, Fen(claim.requested_fen), keys)
    left = min(recoveries.recoverable_fen(claim.id), paid_of([claim.id]).get(claim.id, 0) - deserved)
    recovery_id = uuid5(check.id, "recovery")
    is_open = any(one.live_claim_id for one in recoveries.of_claim(claim.id))
    if left <= 0 or claim.round.simulated or is_open or recoveries.is_known(recovery_id):
        return False
    to = ReturnsTo.POOL if takes_back(claim, claim.day_of(now)) else ReturnsTo.TREASURY
    finding = RecoveryFinding(left, RecoveryGround.INVOICE, said, to)
    open_recovery(recovery_id, claim.id, finding, actor_id=None, now=now)
    return True
