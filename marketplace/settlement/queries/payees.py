"""What a round pays to a fee office or an operator: its own statement (对账单)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import BigInteger, Select, cast, func, select

from marketplace.kernel.db import db
from marketplace.kernel.money import Fen
from marketplace.settlement.lifecycle import ClaimState, LineState
from marketplace.settlement.models import Claim, PaymentLine
from marketplace.settlement.queries.paid import paid_of_claim
from marketplace.vouchers.payee_models import RoundPayee

GRANTED = (ClaimState.APPROVED, ClaimState.BATCHED, ClaimState.SETTLED)


@dataclass(frozen=True, slots=True)
class PaidSums:
    """What was granted to a payee, and what the bank has paid of it."""

    count: int
    granted_fen: Fen
    paid_fen: Fen


def claims_to(payee: RoundPayee) -> Select[Claim]:
    """The claims of the round that are granted to a payee, as they were decided."""
    wanted = select(Claim).where(Claim.round_id == payee.round_id, Claim.payee_id == payee.organisation_id, Claim.state.in_(GRANTED))
    return wanted.order_by(Claim.decided_at, Claim.id)


def sums_to(payee: RoundPayee) -> PaidSums:
    """The same, added up."""
    paid = func.sum(paid_of_claim())
    mine = claims_to(payee).order_by(None)
    wanted = mine.with_only_columns(func.count(Claim.id), cast(func.sum(Claim.approved_fen), BigInteger), cast(paid, BigInteger))
    count, granted_fen, paid_fen = db.session.execute(wanted).one()
    return PaidSums(count, Fen(granted_fen or 0), Fen(paid_fen or 0))


def slips_of(claims: Sequence[Claim]) -> Mapping[UUID, Sequence[PaymentLine]]:
    """By claim, the lines by which the bank paid it, in the order in which it did: several where some of one came back or was missing."""
    wanted = select(PaymentLine).where(PaymentLine.claim_id.in_({one.id for one in claims}), PaymentLine.state == LineState.PAID)
    found: dict[UUID, list[PaymentLine]] = {}
    for one in db.session.scalars(wanted.order_by(PaymentLine.paid_on, PaymentLine.id)):
        found.setdefault(one.claim_id, []).append(one)
    return found
