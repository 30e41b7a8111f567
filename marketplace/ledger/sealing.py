"""What of the ledger is sealed: the opening of a book and of its accounts, and every transfer with its entry. One chain per book."""

from uuid import UUID

from sqlalchemy import select

from marketplace.kernel.db import db, table_of
from marketplace.kernel.seals import SealedRows, Stream
from marketplace.ledger.models import Account, Book, Transfer

_BOOKS, _ACCOUNTS, _TRANSFERS = table_of(Book).c, table_of(Account).c, table_of(Transfer).c


def stream_of(book_id: UUID) -> Stream:
    """The chain of a book."""
    return Stream(
        f"book:{book_id}",
        (
            SealedRows("book", _BOOKS.id, _BOOKS.leaf_hash, _BOOKS.id, _BOOKS.id == book_id),
            SealedRows("account", _ACCOUNTS.id, _ACCOUNTS.leaf_hash, _ACCOUNTS.opened_at, _ACCOUNTS.book_id == book_id),
            SealedRows("transfer", _TRANSFERS.id, _TRANSFERS.leaf_hash, _TRANSFERS.id, _TRANSFERS.book_id == book_id),
        ),
    )


def streams() -> list[Stream]:
    """The chains of all books."""
    return [stream_of(book_id) for book_id in db.session.scalars(select(Book.id).order_by(Book.id))]
