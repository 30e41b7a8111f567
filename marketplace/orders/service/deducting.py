"""Deduction at once (即时抵扣): the firm agreed when it ordered; the provider's invoice redeems the order in one step."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from uuid import UUID

from marketplace.kernel.currencies import format_money
from marketplace.kernel.errors import N_
from marketplace.moves.service import By
from marketplace.orders import rules
from marketplace.orders.models import Order
from marketplace.orders.queries.terms import deducts_at_once
from marketplace.orders.service.accepting import redeem
from marketplace.orders.service.common import Bill, Paper, check_frozen, check_in_time, contents, lowered, opened, tell_parties
from marketplace.orders.service.fulfilling import check_complete
from marketplace.orders.service.papers import attach_once
from marketplace.policy.programme_words import DocumentKind, EvidenceStep
from marketplace.records.rules import AcceptedBy


def deduct(order_id: UUID, bill: Bill, *, provider_id: UUID, actor_id: UUID, request_key: UUID, now: datetime) -> Order:
    """The provider settles an order with its invoice: what the invoice deserves is redeemed, the rest of what was held goes back. All or
    nothing.

    Raises:
        NotFound: not this provider's order.
        RuleViolation: its programme deducts nothing at once, its day is over, the voucher is frozen, the invoice is above the price or was
            used before, or a paper is missing.
    """
    content = {"number": bill.number, "code": bill.code, "amount_fen": bill.amount_fen, "dated_on": bill.dated_on, "note": bill.note}
    asked = By(actor_id, now, request_key, {**content, "papers": contents(bill.papers)})
    act = opened("deduct", order_id, asked, organisation_id=provider_id)
    if act.is_repeat:
        return act.row
    order = act.row
    rules.check_way("deduct", at_once=deducts_at_once(order))
    check_in_time(order, act.today)
    check_frozen(order)
    _check_bill(bill, order, act.today)
    check_complete(order, bill.papers, EvidenceStep.DELIVERY)
    for paper in _told(bill):
        attach_once(order, paper, actor_id=actor_id, now=now)
    # The subsidy first: with the new price beside the old subsidy the order would not be one that the database accepts.
    order.subsidy_fen = lowered(order, bill.amount_fen, actor_id, act.today)
    order.contract_fen, order.contract_on = bill.amount_fen, act.today
    redeem(act, AcceptedBy.FIRM)  # the firm's order was its word
    return tell_parties(act, N_("已抵扣 %(amount)s 元。", amount=format_money(order.subsidy_fen, order.currency)))


def _check_bill(bill: Bill, order: Order, today: date) -> None:
    kind, amount_fen = DocumentKind.INVOICE, bill.amount_fen
    rules.check_paper(kind, amount_fen=amount_fen, dated_on=bill.dated_on, number=bill.number, today=today)
    rules.check_bill(amount_fen, price_fen=order.price_fen, currency=order.currency)


def _told(bill: Bill) -> Sequence[Paper]:
    """The papers, with what was said of the invoice on it."""
    invoice = partial(replace, number=bill.number, code=bill.code, amount_fen=bill.amount_fen, dated_on=bill.dated_on, note=bill.note)
    return [invoice(one) if one.kind is DocumentKind.INVOICE else one for one in bill.papers]
