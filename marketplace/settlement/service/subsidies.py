"""A firm asks for money without an order, and asks again after mending what was returned. Decided and paid like any claim."""

from datetime import datetime
from uuid import UUID, uuid5

from marketplace.kernel.commands import Command, begin
from marketplace.kernel.db import by_id, db, locked
from marketplace.kernel.errors import NotFound
from marketplace.kernel.ids import printed_number
from marketplace.moves import service as moves
from marketplace.moves.service import By
from marketplace.settlement.lifecycle import CLAIM, ClaimState, Side
from marketplace.settlement.models import Claim
from marketplace.settlement.service import spot_checks
from marketplace.settlement.service.claims import submitted
from marketplace.subsidies import service as subsidies
from marketplace.subsidies.models import Subsidy
from marketplace.subsidies.service import Asked
from marketplace.vouchers.models import Round
from marketplace.vouchers.queries.spending import phase_of
from marketplace.vouchers.rules import rounds


def ask(round_id: UUID, asked: Asked, *, enterprise_id: UUID, actor_id: UUID, request_key: UUID, now: datetime) -> Claim:
    """A firm asks for an award on a title, or for a subsidy of a cost. The order of arrival is that of the round's lock.

    Raises: RuleViolation: not in the window, not eligible, no such title, a field of the evidence, used before, or no money is left.
    """
    round_ = locked(Round, round_id)
    content = {"firm": enterprise_id, **asked.content()}
    if not begin(Command(request_key, "claim.submitted", actor_id, request_key, content), now=now):
        return by_id(Claim, request_key)
    subsidy_id = uuid5(request_key, "subsidy")
    subsidy = subsidies.begin(round_, enterprise_id, asked, subsidy_id=subsidy_id, actor_id=actor_id, now=now)
    claim = _claim(request_key, subsidy, round_, now)
    return submitted(moves.begun(CLAIM, "of_subsidy", claim, Side.PROVIDER, By(actor_id, now)))


def _claim(claim_id: UUID, subsidy: Subsidy, round_: Round, now: datetime) -> Claim:
    claim = Claim(
        id=claim_id,
        number=printed_number("DF"),
        subsidy_id=subsidy.id,
        enterprise_id=subsidy.enterprise_id,
        programme_id=subsidy.programme_id,
        round_id=round_.id,
        payee_id=subsidy.paid_to,
        book_id=subsidy.book_id,
        currency=subsidy.currency,
        requested_fen=subsidy.amount_fen,
        created_at=now,
        state=ClaimState.DRAFT,
    )
    claim.subsidy, claim.round = subsidy, round_
    db.session.add(claim)
    return claim


def ask_again(claim_id: UUID, asked: Asked, *, enterprise_id: UUID, actor_id: UUID, request_key: UUID, now: datetime) -> Claim:
    """A firm hands in again what was returned, on what it stands on now.

    Raises: NotFound: not this firm's; RuleViolation: it was not returned, no longer eligible, a field of the evidence, or used before.
    """
    claim = by_id(Claim, claim_id)
    if claim.subsidy is None or claim.enterprise_id != enterprise_id:
        raise NotFound
    round_ = locked(Round, claim.round_id)
    claim, content = spot_checks.locked_claim(claim_id), asked.content()
    act = moves.begun(CLAIM, "of_subsidy", claim, Side.PROVIDER, By(actor_id, now, request_key, content))
    if act.is_repeat:
        return claim
    rounds.check_takes_direct_claims(phase_of(round_, today=act.today, now=now))
    assert claim.subsidy is not None, "asked for above"
    subsidies.mend(claim.subsidy, round_, asked, now=now)
    claim.payee_id = claim.subsidy.paid_to
    return submitted(act)
