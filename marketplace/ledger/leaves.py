"""Which columns a leaf covers: every one but the leaf itself, in a fixed order, under a format version."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from marketplace.kernel.merkle import Plain, canonical, leaf_hash, leaf_of

FORMAT = 1
BOOK_KIND, ACCOUNT_KIND, TRANSFER_KIND = "ledger_book", "ledger_account", "ledger_transfer"

# Format 1 for ever: a column that comes later belongs to a new format.
BOOK = ("id", "code", "name", "opened_at")
ACCOUNT = ("book_id", "id", "code", "kind", "shared", "may_go_negative", "opened_at")  # the totals are covered by the transfers
ENTRY = (
    "book_id", "id", "verb", "actor_id", "subject_type", "subject_id", "idempotency_key", "request_hash", "effective_on", "recorded_at",
    "reverses_id", "transfer_count",
)  # fmt: skip
TRANSFER = (
    "book_id", "id", "entry_id", "position", "debit_account_id", "credit_account_id", "amount_fen", "debit_version", "debit_balance_fen",
    "credit_version", "credit_balance_fen",
)  # fmt: skip

_LEAF = b"\x00"  # what RFC 6962 puts before a leaf

Columns = Mapping[str, Plain]


def book_leaf(book: Columns) -> str:
    """Hex leaf of a book's opening."""
    return leaf_hash(BOOK_KIND, _format(book), [book[name] for name in BOOK]).hex()


def account_leaf(account: Columns) -> str:
    """Hex leaf of an account's opening."""
    return leaf_hash(ACCOUNT_KIND, _format(account), [account[name] for name in ACCOUNT]).hex()


def transfer_leaf(entry: Columns, transfer: Columns) -> str:
    """Hex leaf of a transfer with its entry."""
    fields = [entry[name] for name in ENTRY] + [transfer[name] for name in TRANSFER]
    return leaf_hash(TRANSFER_KIND, _format(transfer), fields).hex()


# The same leaf in pieces, for posting: an entry's part is encoded once for all its transfers, and a database may finish the hash.


def entry_bytes(entry: Columns) -> bytes:
    """What the leaves of an entry's transfers begin with."""
    return canonical([TRANSFER_KIND, FORMAT, *(entry[name] for name in ENTRY)])


def leaf_after(covered: bytes, transfer: Columns) -> str:
    """Hex leaf of a transfer; `covered`: entry_bytes of its entry."""
    return leaf_of(covered + canonical([transfer[name] for name in TRANSFER])).hex()


def bytes_before_balances(covered: bytes, entry: Mapping[str, Any], ids: Sequence[UUID], position: int, amount_fen: int) -> bytes:
    """Everything that is hashed for a transfer up to its versions and balances. `ids`: its own, the debited and the credited account's."""
    own, debit, credit = ids
    return _LEAF + covered + canonical([entry["book_id"], own, entry["id"], position, debit, credit, amount_fen])


def _format(row: Columns) -> int:
    number = row["leaf_format"]
    if not isinstance(number, int):
        raise TypeError("a leaf's format is a number")
    return number
