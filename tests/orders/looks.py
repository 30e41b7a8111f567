"""What the tests of orders look at."""

from marketplace.kernel import clock
from marketplace.ledger import queries as ledger
from tests.factories import a_programme, a_round, a_voucher, with_value


def left_of(voucher) -> int:
    return ledger.balance_fen(voucher.programme.book_id, f"limit:voucher:{voucher.id}")


def stands(order) -> bool:
    return ledger.standing(order.book_id).difference() == 0


def now():
    return clock.now()


def today():
    return clock.today()


def where_silence_means(meaning):
    """A voucher of the default programme with another answer to silence."""
    return a_voucher(round_=a_round(programme=with_value(a_programme(), "acceptance.silence", meaning)))
