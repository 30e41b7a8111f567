"""What the tests of orders look at."""

from marketplace.kernel import clock
from marketplace.ledger import queries as ledger


def left_of(voucher) -> int:
    return ledger.balance_fen(voucher.programme.book_id, f"limit:voucher:{voucher.id}")


def stands(order) -> bool:
    return ledger.standing(order.book_id).difference() == 0


def now():
    return clock.now()


def today():
    return clock.today()
