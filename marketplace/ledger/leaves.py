"""Which columns a leaf covers: every one, in a fixed order, under a format version."""

from marketplace.kernel.merkle import Plain, leaf_hash
from marketplace.ledger.models import Account, Book, Entry, Transfer

FORMAT = 1


def book_leaf(book: Book) -> str:
    """Hex leaf of a book's opening."""
    fields: list[Plain] = [book.id, book.code, book.name, book.opened_at]
    return leaf_hash("ledger_book", book.leaf_format, fields).hex()


def account_leaf(account: Account) -> str:
    """Hex leaf of an account's opening; its totals are covered by the transfers."""
    fields: list[Plain] = [
        account.book_id, account.id, account.code, account.kind.value, account.shared, account.may_go_negative, account.opened_at,
    ]  # fmt: skip
    return leaf_hash("ledger_account", account.leaf_format, fields).hex()


def transfer_leaf(entry: Entry, transfer: Transfer) -> str:
    """Hex leaf of a transfer with its entry."""
    fields: list[Plain] = [
        entry.book_id, entry.id, entry.verb, entry.actor_id, entry.subject_type, entry.subject_id, entry.idempotency_key,
        entry.request_hash, entry.effective_on, entry.recorded_at, entry.reverses_id, entry.transfer_count,
        transfer.book_id, transfer.id, transfer.entry_id, transfer.position, transfer.debit_account_id, transfer.credit_account_id,
        transfer.amount_fen, transfer.debit_version, transfer.debit_balance_fen, transfer.credit_version, transfer.credit_balance_fen,
    ]  # fmt: skip
    return leaf_hash("ledger_transfer", transfer.leaf_format, fields).hex()
