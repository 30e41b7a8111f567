"""What the books say about one voucher's money, from its issue to the bank."""

from sqlalchemy import select

from marketplace.kernel.db import db
from marketplace.ledger import queries as ledger
from marketplace.ledger.models import Entry
from marketplace.orders.models import Order
from marketplace.settlement.models import Claim, PaymentLine
from marketplace.vouchers import chart, fund_money
from marketplace.vouchers.models import Voucher


def entries_about(voucher: Voucher) -> list[Entry]:
    """Entries about a voucher's money, its orders, their claims and payments, oldest first; not which document a payment will draw on."""
    orders = db.session.scalars(select(Order.id).where(Order.voucher_id == voucher.id)).all()
    claims = db.session.scalars(select(Claim.id).where(Claim.order_id.in_(orders))).all()
    lines = db.session.scalars(select(PaymentLine.id).where(PaymentLine.claim_id.in_(claims))).all()
    subjects = [voucher.id, *orders, *claims, *lines]
    return ledger.entries_of(voucher.programme.book_id, subjects, but=fund_money.SETS_ASIDE)


def own_accounts(voucher: Voucher) -> list[str]:
    """The accounts that are this voucher's alone: what it holds or still allows, and what its orders hold."""
    orders = db.session.scalars(select(Order.id).where(Order.voucher_id == voucher.id)).all()
    limit = chart.VOUCHER_LIMIT.of(voucher.id)
    of_orders = [code for order_id in orders for code in (chart.RESERVED.of(order_id), chart.REDEEMED.of(order_id))]
    return [chart.VOUCHER.of(voucher.id), limit, chart.used(limit), *of_orders]
