"""A book with money in it, and commands, for the ledger's own tests."""

from uuid import UUID, uuid4

from marketplace.kernel import clock
from marketplace.kernel.db import in_transaction
from marketplace.kernel.money import CNY
from marketplace.kernel.sentences import Sentence
from marketplace.ledger import queries, service
from marketplace.ledger.models import Entry
from marketplace.ledger.rules import EntryCommand, MoneyMove
from marketplace.vouchers import money
from marketplace.vouchers.chart import read
from marketplace.vouchers.rules.limits import LimitAccount

SUBJECT = UUID("01900000-0000-7000-8000-000000000001")
ROUND = UUID("01900000-0000-7000-8000-000000000002")  # what the money came for, before it was anybody's


def a_command(verb="test.move", *, key=None, actor_id=None, subject_id=SUBJECT, **body) -> EntryCommand:
    return EntryCommand(verb, key or uuid4().hex, actor_id, "test", subject_id, body)


def a_move(debit, credit, amount_fen) -> MoneyMove:
    """From one account to another, which are given by their codes as text."""
    return MoneyMove(read(debit), read(credit), amount_fen)


def post(book_id, *moves, command=None, opens=(), today=None) -> Entry:
    """Post in a transaction of its own. A move is (debit, credit, fen)."""
    asked, day, accounts = command or a_command(), today or clock.today(), tuple(map(read, opens))
    return in_transaction(lambda: service.post(book_id, asked, [a_move(*one) for one in moves], today=day, opens=accounts))


def a_limit(book_id, code, fen) -> None:
    cap = LimitAccount(read(code), fen, Sentence("上限"), None)
    in_transaction(lambda: money.open_limits(book_id, [cap], today=clock.today()))


def a_book(*, pool_fen=0, currency=CNY, **balances) -> UUID:
    """A book; what its accounts hold is given by code, with "_" for ":", and came through the pool `pool:p`."""
    book_id = in_transaction(lambda: service.open_book(f"book-{uuid4().hex[:12]}", "测试账本", currency=currency, now=clock.now())).id
    total = pool_fen + sum(balances.values())
    if total:
        arrival = a_command("test.arrive", subject_id=ROUND)
        post(book_id, ("appropriation:a", "pool:p", total), command=arrival, opens=("appropriation:a", "pool:p"))
    for name, amount_fen in balances.items():
        code = name.replace("_", ":")
        post(book_id, ("pool:p", code, amount_fen), opens=(code,))
    return book_id


def balance(book_id, code) -> int:
    return queries.balance_fen(book_id, code)
