"""What a voucher's receipt holds, for its holder in words and for a stranger in hashes."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from marketplace.kernel import inclusion_proofs
from marketplace.kernel.db import db
from marketplace.kernel.errors import N_, NotFound
from marketplace.ledger import queries as ledger
from marketplace.ledger import receipts
from marketplace.ledger.queries import TransferRow
from marketplace.ledger.sealing import stream_of
from marketplace.settlement.lifecycle import BatchState, LineState
from marketplace.settlement.models import PaymentBatch
from marketplace.settlement.queries import lines_of
from marketplace.settlement.queries.treasury import paper_of
from marketplace.settlement.queries.voucher_story import entries_about, own_accounts
from marketplace.vouchers.models import Voucher

BATCHES_WITH_PAPERS = (BatchState.SUBMITTED, BatchState.APPROVED, BatchState.CLOSED)


@dataclass(frozen=True, slots=True)
class Seal:
    """The block that a transfer stands in."""

    block: int
    sealed_at: datetime
    head: str


@dataclass(frozen=True, slots=True)
class ProvedRow:
    """A transfer with its seal; None while it waits for one."""

    moved: TransferRow
    seal: Seal | None

    @property
    def leaf(self) -> str:
        return self.moved.transfer.leaf_hash


def numbered(number: str) -> Voucher:
    """Raises: NotFound: no such voucher."""
    row = db.session.scalars(select(Voucher).where(Voucher.number == number)).unique().one_or_none()
    if row is None:
        raise NotFound(N_("没有编号为 %(number)s 的服务券，请核对凭证上的编号。"), number=number)
    return row


def batch_numbered(number: str) -> PaymentBatch:
    """A batch that was handed in, by the number on its papers; one of simulated rounds has none. Raises: NotFound."""
    wanted = select(PaymentBatch).where(PaymentBatch.number == number, PaymentBatch.state.in_(BATCHES_WITH_PAPERS))
    row = db.session.scalars(wanted.where(PaymentBatch.simulated.is_(False))).one_or_none()
    if row is None:
        raise NotFound(N_("没有编号为 %(number)s 的拨付批次，请核对单据上的编号。"), number=number)
    return row


def fingerprint_of(batch: PaymentBatch) -> tuple[int, str]:
    """How many lines a batch has, and the SHA-256 that stands on its papers."""
    lines = [line for line in lines_of(batch.id) if line.state is not LineState.DROPPED]
    return len(lines), paper_of(batch, lines).fingerprint()


@dataclass(frozen=True, slots=True)
class Listing:
    """How much of a voucher's story a receipt tells."""

    number: str
    listed: int
    unlisted: int


def listing_of(voucher_id: UUID, entry_ids: Collection[UUID]) -> Listing | None:
    """How many entries about a voucher are among some, and how many are not; None: no such voucher here."""
    voucher = db.session.get(Voucher, voucher_id)
    if voucher is None:
        return None
    there = {entry.id for entry in entries_about(voucher)}
    return Listing(voucher.number, len(there & set(entry_ids)), len(there - set(entry_ids)))


def rows_of(voucher: Voucher) -> list[ProvedRow]:
    """Every transfer about a voucher's money, oldest first."""
    book_id = voucher.programme.book_id
    moved = ledger.transfers_of(book_id, [entry.id for entry in entries_about(voucher)])
    seals = _seals(book_id, [row.transfer.id for row in moved])
    return [ProvedRow(row, seals.get(row.transfer.id)) for row in moved]


def _seals(book_id: UUID, transfer_ids: Sequence[UUID]) -> dict[UUID, Seal]:
    stream = stream_of(book_id)
    placed = inclusion_proofs.blocks_of(stream, "transfer", transfer_ids)
    blocks = {
        block.number: Seal(block.number, block.sealed_at, block.head) for block in inclusion_proofs.blocks(stream, set(placed.values()))
    }
    return {row_id: blocks[number] for row_id, number in placed.items()}


def receipt_of(voucher: Voucher) -> dict[str, Any]:
    """The receipt to take away. `stated` is what we say besides: it is not under the seal."""
    receipt = receipts.receipt_of(voucher.programme.book_id, entries_about(voucher), own_accounts(voucher))
    stated = {"voucher": voucher.number, "programme": voucher.programme.name, "enterprise": str(voucher.enterprise_id)}
    return {**receipt, "stated": stated}
