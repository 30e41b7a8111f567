"""What a holder can take away: entries in their canonical form, with the proofs that they were sealed."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from marketplace.kernel import inclusion_proofs
from marketplace.ledger import leaves, queries
from marketplace.ledger.models import Book, Entry
from marketplace.ledger.queries import TransferRow
from marketplace.ledger.sealing import stream_of


def receipt_of(book_id: UUID, entries: Sequence[Entry], own: Sequence[str]) -> dict[str, Any]:
    """The receipt of some entries; an item that waits for its seal has none.

    Args:
        own: codes of the accounts on which nobody else moves anything: of these the receipt states how far it goes.

    Raises: NotFound: no such book.
    """
    book = queries.book(book_id)
    rows = queries.transfers_of(book_id, [entry.id for entry in entries])
    stream = stream_of(book_id)
    placed = inclusion_proofs.inclusions(stream, "book", [book_id])
    placed |= inclusion_proofs.inclusions(stream, "transfer", [row.transfer.id for row in rows])
    return inclusion_proofs.receipt(stream, [_book(book), *map(_transfer, rows)], placed, queries.versions(book_id, own))


def _book(book: Book) -> dict[str, Any]:
    return {"kind": "book", "row": inclusion_proofs.plain(book, [*leaves.BOOK, "leaf_format"]), "leaf": book.leaf_hash}


def _transfer(row: TransferRow) -> dict[str, Any]:
    return {
        "kind": "transfer", "entry": inclusion_proofs.plain(row.entry, leaves.ENTRY),
        "row": inclusion_proofs.plain(row.transfer, [*leaves.TRANSFER, "leaf_format"]), "leaf": row.transfer.leaf_hash,
        "debit_code": row.debit_code, "credit_code": row.credit_code,
    }  # fmt: skip
