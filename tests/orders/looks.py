"""What the tests of orders look at."""

from uuid import uuid4

from marketplace.kernel import clock
from marketplace.kernel.db import in_transaction
from marketplace.ledger import queries as ledger
from marketplace.vouchers.service import programmes
from tests.factories import a_programme, a_round, a_voucher


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
    programme = a_programme()
    in_transaction(
        lambda: programmes.replace_value(
            programme.id, "acceptance.silence", {"value": meaning}, source=None, signer="测试主管", reason="试点", actor_id=uuid4(),
            request_key=uuid4(),
        )
    )  # fmt: skip
    return a_voucher(round_=a_round(programme=programme))
