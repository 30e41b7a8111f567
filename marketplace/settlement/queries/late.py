"""Claims that are past a day."""

from datetime import date

from sqlalchemy import Select

from marketplace.settlement.lifecycle import TO_PAY, ClaimState
from marketplace.settlement.models import Claim


def late(statement: Select[Claim], *, pay_on: date | None, level_on: date | None) -> Select[Claim]:
    """Those whose payment, or else whose level of the review, was due before a day; the longest first."""
    if pay_on is not None:
        return statement.where(Claim.state.in_(TO_PAY), Claim.pay_by < pay_on).order_by(Claim.pay_by, Claim.id)
    return statement.where(Claim.state == ClaimState.SUBMITTED, Claim.level_by < level_on).order_by(Claim.level_by, Claim.id)
