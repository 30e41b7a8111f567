"""A round played to its end by one firm and one provider: once for real money, once simulated."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from marketplace.catalogue.models import Offering
from marketplace.enterprises.models import Enterprise
from marketplace.kernel import clock
from marketplace.kernel.db import by_id, in_transaction
from marketplace.orders import service as orders
from marketplace.orders.models import Order
from marketplace.orders.service import Rating
from marketplace.settlement.models import Claim, PaymentBatch
from marketplace.settlement.queries.holds import why_not_payable
from marketplace.vouchers.models import Programme, Round, Voucher
from tests.factories import a_round, a_voucher, user_of
from tests.order_factories import a_batch, a_claim, an_order, with_account, with_papers
from tests.settlement.acts import pay


@dataclass(frozen=True)
class Played:
    """What a round left behind."""

    round: Round
    voucher: Voucher
    order: Order
    claim: Claim
    batch: PaymentBatch | None  # None: its programme publishes claims first, and the notice is not over

    @property
    def names(self) -> tuple[str, ...]:
        """What people know its rows by."""
        return self.round.name, *(row.number for row in (self.voucher, self.order, self.claim, self.batch) if row)

    @property
    def ids(self) -> dict[str, UUID]:
        """Its rows by the names that addresses use."""
        rows = {"round_id": self.round, "voucher_id": self.voucher, "order_id": self.order, "claim_id": self.claim, "batch_id": self.batch}
        return {name: row.id for name, row in rows.items() if row}


def played(programme: Programme, firm: Enterprise, offering: Offering, *, simulated: bool, contract_fen: int, **people: Any) -> Played:
    """Vouchers, an order with its record and review, a claim and its payment, in a round of its own."""
    round_ = a_round(programme=programme, simulated=simulated, name="往年重演" if simulated else "本年第一批")
    voucher = a_voucher(enterprise=firm, round_=round_)
    order = with_papers(an_order("redeemed", voucher=voucher, offering=offering, contract_fen=contract_fen))
    rating, mine = Rating(1 if simulated else 5, "好"), {"enterprise_id": firm.id, "actor_id": user_of(firm).id}
    in_transaction(lambda: orders.review(order.id, rating, **mine, request_key=uuid4(), now=clock.now()))
    claim = a_claim("approved", order=by_id(Order, order.id), officer=people["officer"])
    batch = None
    with_account(claim.payee_id)
    if why_not_payable(by_id(Claim, claim.id), clock.now()) is None:
        batch, lines = a_batch(claims=[claim], maker=people["maker"], checker=people["checker"])
        pay(lines[0], "ZF20260001")  # the same reference: a simulated payment uses up none of the bank's
    rows = by_id(Round, round_.id), by_id(Voucher, voucher.id), by_id(Order, order.id), by_id(Claim, claim.id)
    return Played(*rows, by_id(PaymentBatch, batch.id) if batch else None)
