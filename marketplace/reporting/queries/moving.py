"""The ledger's rows that spending is made of: what was spent for orders and granted without one, and what was paid of either."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import FromClause, Select, Uuid, and_, func, literal, null, select, union_all
from sqlalchemy.orm import aliased

from marketplace.ledger.models import Account, Entry, Transfer
from marketplace.ledger.rules import AccountKind
from marketplace.orders.models import Order
from marketplace.settlement.models import Claim, PaymentLine
from marketplace.subsidies.models import Subsidy

NO_PROVIDER = UUID(int=0)  # stands for the provider where money goes to a firm without an order
KEYS = ("programme_id", "enterprise_id", "provider_id", "category", "region_code")


@dataclass(frozen=True, slots=True)
class Moved:
    """Transfers between two kinds of accounts, joined to what they were about: an order, or an application without one."""

    rows: Select[Any]
    about: type[Order] | type[Subsidy]


def _transfers(kind_from: AccountKind, kind_to: AccountKind, about: type[Order] | type[Subsidy], *, paid: bool) -> Select[Any]:
    debit, credit = aliased(Account), aliased(Account)
    provider = Order.provider_id if about is Order else literal(NO_PROVIDER, Uuid())
    keys = [(provider if name == "provider_id" else getattr(about, name)).label(name) for name in KEYS]
    came_back = -Transfer.amount_fen if kind_from is AccountKind.PAID else Transfer.amount_fen
    spent, out = (literal(0), came_back) if paid else (Transfer.amount_fen, literal(0))
    cause = null() if paid else about.id
    return (
        select(Entry.effective_on.label("day"), *keys, spent.label("redeemed_fen"), out.label("paid_fen"), cause.label("cause"))
        .select_from(Transfer)
        .join(Entry, and_(Entry.book_id == Transfer.book_id, Entry.id == Transfer.entry_id))
        .join(debit, and_(debit.book_id == Transfer.book_id, debit.id == Transfer.debit_account_id))
        .join(credit, and_(credit.book_id == Transfer.book_id, credit.id == Transfer.credit_account_id))
        .where(debit.kind == kind_from, credit.kind == kind_to)
    )


def _ways() -> tuple[Moved, ...]:
    kind = AccountKind
    redeemed = _transfers(kind.RESERVED, kind.REDEEMED, Order, paid=False).join(Order, Order.id == Entry.subject_id)
    granted = _transfers(kind.RESERVED, kind.PAYABLE, Subsidy, paid=False).join(Claim, Claim.id == Entry.subject_id)
    out = {
        (about, way): _transfers(*way, about, paid=True)
        .join(PaymentLine, PaymentLine.id == Entry.subject_id)
        .join(Claim, Claim.id == PaymentLine.claim_id)
        .join(about, about.id == (Claim.order_id if about is Order else Claim.subsidy_id))
        for about in (Order, Subsidy)
        for way in ((kind.PAYABLE, kind.PAID), (kind.PAID, kind.PAYABLE))  # paid, and sent back by the bank
    }
    return (
        Moved(redeemed, Order),
        Moved(granted.join(Subsidy, Subsidy.id == Claim.subsidy_id), Subsidy),
        *(Moved(rows, about) for (about, _way), rows in out.items()),
    )


def moved(narrowed: Callable[[Moved], Select[Any]]) -> FromClause:
    """A row a transfer: its day, what it was about, what it spent, what it paid; `narrowed` says which of each way."""
    return union_all(*(narrowed(one) for one in _ways())).subquery()


def sums_of(rows: FromClause) -> list[Any]:
    """What the rows come to: redeemed or granted, paid, and for how many orders and applications."""
    totals = [func.sum(rows.c[name]).label(name) for name in ("redeemed_fen", "paid_fen")]
    return [*totals, func.count(func.distinct(rows.c.cause)).label("orders")]
