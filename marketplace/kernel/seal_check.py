"""Whether sealed blocks still say what they said: members, roots, chain, signatures, and what was published outside the database."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Connection, and_, or_, select

from marketplace.kernel import merkle, seals
from marketplace.kernel.errors import N_
from marketplace.kernel.seal_keys import is_signed, public_keys
from marketplace.kernel.seals import BLOCKS, MEMBERS, Stream
from marketplace.kernel.stored import Fault, Reader, key_text, raw, streamed

PUBLISHED_WITHIN = timedelta(minutes=10)

Block = dict[str, Any]


@dataclass
class _Chain:
    """What the next block of a stream must stand on."""

    number: int = 0
    total: int = 0
    head: str = seals.NO_HEAD


def stream_faults(connection: Connection, stream: Stream, folder: Path, *, now: datetime) -> Iterator[Fault]:
    """Everything wrong with one stream. The rows themselves are checked by whoever owns them; here, that they are those sealed."""
    keys, heads = public_keys(folder), {head.get("number"): head for head in seals.published_heads(folder, stream.name)}
    chain, reader = _Chain(), Reader(BLOCKS.columns, connection.dialect)
    members = _Members(connection, stream.name)
    wanted = select(*reader.selected).where(BLOCKS.c.stream == stream.name).order_by(raw(BLOCKS.c.number))
    for row in streamed(connection, wanted):
        stored = reader.read(row)
        block, name = stored.values, f"{stream.name}#{stored.values.get('number')}"
        if stored.unreadable:
            yield Fault("block", "seal_blocks", name, N_("区块中 %(columns)s 的值不合格式。"), {"columns": "、".join(stored.unreadable)})
            continue
        yield from (Fault("block", "seal_blocks", name, message) for message in _wrong(block, chain, keys))
        yield from members.faults(block)
        yield from (Fault("head", "seal_blocks", name, message) for message in _unlike(block, heads.pop(block["number"], None), now))
        chain = _Chain(block["number"], block["total"], block["head"])
    yield from members.rest()
    for number in sorted(key for key in heads if isinstance(key, int)):
        yield Fault("head", "seal_blocks", f"{stream.name}#{number}", N_("区块已对外公布，数据库中却没有。"))
    if None in heads:
        yield Fault("head", "seal_blocks", stream.name, N_("对外公布的封存记录中有不能识读的行。"))
    yield from _changed_rows(connection, stream)


def _wrong(block: Block, chain: _Chain, keys: Mapping[str, Ed25519PublicKey]) -> Iterator[str]:
    """What a block says that does not fit the chain before it or its own columns."""
    if block["number"] != chain.number + 1:
        yield N_("区块编号不连续，前面的区块缺失。")
    if block["previous_head"] != chain.head:
        yield N_("区块没有接在前一区块之后。")
    if block["total"] != chain.total + block["size"]:
        yield N_("区块的累计行数不对。")
    try:
        head = seals.head_of(block)
    except (KeyError, TypeError, ValueError):
        head = b""
    if head.hex() != block["head"]:
        yield N_("区块内容被改动过，与区块摘要不符。")
    key = keys.get(block["key_id"])
    if key is None:
        yield N_("没有找到签署区块的公钥。")
    elif not is_signed(key, head, block["signature"]):
        yield N_("区块签名不成立。")


def _unlike(block: Block, published: Mapping[str, Any] | None, now: datetime) -> Iterator[str]:
    """How a block differs from what was published."""
    if published is None:
        if now - block["sealed_at"] > PUBLISHED_WITHIN:
            yield N_("区块没有对外公布。")
    elif (published.get("head"), published.get("root"), published.get("signature")) != (block["head"], block["root"], block["signature"]):
        yield N_("区块与对外公布的封存记录不一致。")


class _Members:
    """The members of a stream, read beside its blocks: both in order, one time through."""

    def __init__(self, connection: Connection, stream: str) -> None:
        self._stream = stream
        self._reader = Reader(MEMBERS.columns, connection.dialect)
        wanted = select(*self._reader.selected).where(MEMBERS.c.stream == stream)
        rows = streamed(connection, wanted.order_by(raw(MEMBERS.c.block_number), raw(MEMBERS.c.position)))
        stored = (self._reader.read(row) for row in rows)
        self._groups = groupby(stored, key=lambda one: one.values.get("block_number"))
        self._next = next(self._groups, None)

    def faults(self, block: Block) -> Iterator[Fault]:
        """What is wrong with the members of this block."""
        while self._next and self._comes_before(block["number"]):
            yield from self._stray()
        tree, misplaced = merkle.RootBuilder(block["algorithm"] if block["algorithm"] in merkle.HASHES else "sha256"), 0
        if self._next and self._next[0] == block["number"]:
            for position, member in enumerate(self._next[1]):
                if member.unreadable:
                    yield self._fault(member.values, N_("封存名册中 %(columns)s 的值不合格式。"), columns="、".join(member.unreadable))
                misplaced += member.values.get("position") != position
                tree.add(seals.leaf_bytes(str(member.values.get("leaf_hash"))))
            self._next = next(self._groups, None)
        if misplaced or tree.size != block["size"] or tree.root().hex() != block["root"]:
            yield Fault("block", "seal_blocks", f"{self._stream}#{block['number']}", N_("区块的名册被改动过，算出的树根与区块不符。"))

    def rest(self) -> Iterator[Fault]:
        """Members of blocks that are not there."""
        while self._next:
            yield from self._stray()

    def _comes_before(self, number: int) -> bool:
        found = self._next[0] if self._next else None
        return not isinstance(found, int) or found < number

    def _stray(self) -> Iterator[Fault]:
        assert self._next
        for member in self._next[1]:
            yield self._fault(member.values, N_("封存名册中的这一行不属于任何区块。"))
        self._next = next(self._groups, None)

    def _fault(self, member: Mapping[str, Any], message: str, **params: Any) -> Fault:
        return Fault("block", "seal_members", f"{self._stream}#{member.get('block_number')}:{member.get('row_id')}", message, params)


def _changed_rows(connection: Connection, stream: Stream) -> Iterator[Fault]:
    """Rows that are gone, or whose leaf is another than when they were sealed."""
    for source in stream.sources:
        statement = (
            select(raw(MEMBERS.c.row_id), raw(source.key))
            .select_from(MEMBERS)
            .join(source.key.table, and_(source.key == MEMBERS.c.row_id, source.within), isouter=True)
            .where(MEMBERS.c.stream == stream.name, MEMBERS.c.kind == source.kind)
            .where(or_(source.key.is_(None), source.leaf_hash != MEMBERS.c.leaf_hash))
        )
        for sealed_id, found in streamed(connection, statement):
            message = N_("封存过的这一行已不在。") if found is None else N_("这一行封存之后被改动过。")
            yield Fault("sealed", source.key.table.name, key_text(sealed_id), message)
    kinds = [source.kind for source in stream.sources]
    odd = select(raw(MEMBERS.c.row_id)).where(MEMBERS.c.stream == stream.name, MEMBERS.c.kind.not_in(kinds))
    for row in streamed(connection, odd):
        yield Fault("block", "seal_members", f"{stream.name}:{key_text(row[0])}", N_("封存名册中的类别不存在。"))
