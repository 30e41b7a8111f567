"""By when finance pays an approved claim: counted from its approval, or from the day on which its money came back."""

from datetime import date
from uuid import UUID

from marketplace.kernel.db import locked
from marketplace.settlement.lifecycle import TO_PAY
from marketplace.settlement.models import Claim
from marketplace.settlement.settings import finance
from marketplace.vouchers.queries.spending import calendar_of


def begin_pay_term(claim: Claim, start: date) -> None:
    """The term begins; of nothing to be paid, and of simulated rounds, none does."""
    if not claim.approved_fen or claim.round.simulated:
        end_pay_term(claim)
        return
    days = finance(claim.round.area_code).payment_term.value
    last = _last_day(claim, start, days)  # asked for first: the three columns stand together or not at all
    claim.pay_from, claim.pay_days, claim.pay_by = start, days, last


def end_pay_term(claim: Claim) -> None:
    """All of it is paid."""
    claim.pay_from = claim.pay_days = claim.pay_by = None


def recount_pay_term(claim_id: UUID) -> bool:
    """Count the last day again after the calendar changed. Whether it moved."""
    claim = locked(Claim, claim_id)
    before = claim.pay_by
    if claim.state in TO_PAY and claim.pay_from is not None and claim.pay_days is not None:
        claim.pay_by = _last_day(claim, claim.pay_from, claim.pay_days)
    return claim.pay_by != before


def _last_day(claim: Claim, start: date, days: int) -> date:
    return calendar_of(claim.version_id).add_working_days(start, days, claim.region_code).on
