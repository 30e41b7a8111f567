"""Proofs over sealed rows: where each stands, the hashes that lead to its block's root, and the blocks themselves."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from marketplace.kernel import merkle, seals
from marketplace.kernel.db import db
from marketplace.kernel.seals import BLOCKS, MEMBERS, SealBlock, Stream


@dataclass(frozen=True, slots=True)
class Inclusion:
    """A row's place in a block and what shows that it is there."""

    block: int
    position: int
    proof: tuple[str, ...]  # hex, lowest first

    def plain(self) -> dict[str, Any]:
        return {"block": self.block, "position": self.position, "proof": list(self.proof)}


def blocks_of(stream: Stream, kind: str, row_ids: Collection[UUID]) -> dict[UUID, int]:
    """The block of each row that is sealed."""
    wanted = select(MEMBERS.c.row_id, MEMBERS.c.block_number).where(
        MEMBERS.c.stream == stream.name, MEMBERS.c.kind == kind, MEMBERS.c.row_id.in_(row_ids)
    )
    return {row.row_id: row.block_number for row in db.session.execute(wanted)}


def inclusions(stream: Stream, kind: str, row_ids: Collection[UUID]) -> dict[UUID, Inclusion]:
    """Proofs of some rows; those that are not sealed yet are left out. The leaves of a block are read once for all its rows."""
    placed = db.session.execute(
        select(MEMBERS.c.row_id, MEMBERS.c.block_number, MEMBERS.c.position).where(
            MEMBERS.c.stream == stream.name, MEMBERS.c.kind == kind, MEMBERS.c.row_id.in_(row_ids)
        )
    ).all()
    trees = {number: _leaves(stream.name, number) for number in {number for _, number, _ in placed}}
    algorithms = {block.number: block.algorithm for block in blocks(stream, trees)}
    return {row_id: Inclusion(number, position, _proof(trees[number], position, algorithms[number])) for row_id, number, position in placed}


def _proof(leaves: Sequence[bytes], position: int, algorithm: str) -> tuple[str, ...]:
    return tuple(step.hex() for step in merkle.inclusion_proof(leaves, position, algorithm))


def _leaves(stream: str, number: int) -> list[bytes]:
    wanted = select(MEMBERS.c.leaf_hash).where(MEMBERS.c.stream == stream, MEMBERS.c.block_number == number).order_by(MEMBERS.c.position)
    return [seals.leaf_bytes(leaf) for leaf in db.session.scalars(wanted)]


def blocks(stream: Stream, numbers: Collection[int]) -> list[SealBlock]:
    """Some blocks of a chain, in order."""
    wanted = select(SealBlock).where(SealBlock.stream == stream.name, SealBlock.number.in_(numbers)).order_by(SealBlock.number)
    return list(db.session.scalars(wanted))


def block_plain(block: SealBlock) -> dict[str, Any]:
    """A block as a receipt carries it: what was published of it."""
    values = {column.key: getattr(block, column.key) for column in BLOCKS.columns}
    return {**values, "sealed_at": block.sealed_at.astimezone(UTC).isoformat()}


def receipt(
    stream: Stream, items: list[dict[str, Any]], placed: dict[UUID, Inclusion], versions: dict[str, int] | None = None
) -> dict[str, Any]:
    """The whole receipt: items, each with its place, and the blocks they stand in.

    Args:
        versions: the last version of each account that the items are about. With them the receipt says how far it goes (format 2):
            at the chain's newest block, whether or not one of the items stands in it.
    """
    for item in items:
        found = placed.get(UUID(item["row"]["id"]))
        item["seal"] = found.plain() if found else None
    needed = {found.block for found in placed.values()}
    made: dict[str, Any] = {"format": "quanlian-receipt-1", "stream": stream.name, "items": items}
    if versions is not None:
        newest = db.session.scalar(select(func.max(BLOCKS.c.number)).where(BLOCKS.c.stream == stream.name))
        needed |= {newest} if newest else set()
        made |= {"format": "quanlian-receipt-2", "stands": {"block": newest, "accounts": versions}}
    return {**made, "blocks": [block_plain(b) for b in blocks(stream, needed)]}


def plain(row: Any, names: Sequence[str]) -> dict[str, Any]:
    """Columns of a row as JSON can carry them."""
    return {name: _plain(getattr(row, name)) for name in names}


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, int | str):
        return value
    return str(value) if isinstance(value, UUID) else value.isoformat()
