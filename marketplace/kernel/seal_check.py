"""Whether sealed blocks still say what they said: members, roots, chain, signatures, and what was published outside the database."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Connection, Select, and_, exists, or_, select, true

from marketplace.kernel import merkle, seals
from marketplace.kernel.errors import N_
from marketplace.kernel.raw_rows import Fault, Reader, key_text, raw, streamed
from marketplace.kernel.seal_keys import is_signed, public_keys
from marketplace.kernel.seals import BLOCKS, MEMBERS, SealedRows, Stream

PUBLISHED_WITHIN = timedelta(minutes=10)

Block = dict[str, Any]


@dataclass
class _Chain:
    """What the next block of a stream must stand on."""

    number: int = 0
    total: int = 0
    head: str = seals.NO_HEAD


@dataclass(frozen=True, slots=True)
class Doubt:
    """What a quick look left open: blocks whose members, and whether the rows that were sealed, need to be read with care."""

    blocks: frozenset[int] | None = None  # None: every block
    rows: bool = True


EVERYTHING = Doubt()


def stream_faults(
    connection: Connection, stream: Stream, folder: Path, *, now: datetime, doubt: Doubt = EVERYTHING, after: int = 0
) -> Iterator[Fault]:
    """Everything wrong with one stream. The rows themselves are checked by whoever owns them; here, that they are those sealed.

    Args:
        after: number of the block that stands for what came before; it is read, its members and those before it are not.
    """
    keys, published = public_keys(folder), Published(seals.published_heads(folder, stream.name))
    chain, reader = None if after else _Chain(), Reader(BLOCKS.columns, connection.dialect)
    wanted = select(*reader.selected).where(BLOCKS.c.stream == stream.name, BLOCKS.c.number >= after if after else true())
    for row in streamed(connection, wanted.order_by(raw(BLOCKS.c.number))):
        stored = reader.read(row)
        block, name = stored.values, f"{stream.name}#{stored.values.get('number')}"
        if stored.unreadable or None in block.values():
            odd = "、".join([*stored.unreadable, *(key for key, value in block.items() if value is None)])
            yield Fault("block", "seal_blocks", name, N_("区块中 %(columns)s 的值不合格式。"), {"columns": odd})
            continue
        yield from (Fault("block", "seal_blocks", name, message) for message in _wrong(block, chain, keys))
        if (doubt.blocks is None or block["number"] in doubt.blocks) and block["number"] != after:
            yield from _members_faults(connection, stream.name, block)
        head = published.at(block["number"])
        yield from (Fault("head", "seal_blocks", name, message) for message in _unlike(block, head, now))
        chain = _Chain(block["number"], block["total"], block["head"])
    published.at(None)
    for number in published.unmet:
        if number >= after:
            yield Fault("head", "seal_blocks", f"{stream.name}#{number}", N_("区块已对外公布，数据库中却没有。"))
    if published.spoilt:
        yield Fault("head", "seal_blocks", stream.name, N_("对外公布的封存记录中有不能识读的行。"))
    if doubt.rows:
        yield from _strays(connection, stream.name)
        yield from _changed_rows(connection, stream, after)


class Published:
    """The heads published for a stream, read line by line beside its blocks: both rise."""

    def __init__(self, lines: Iterator[Mapping[str, Any]]) -> None:
        self._lines = lines
        self._next: Mapping[str, Any] | None = None
        self._number = 0
        self.unmet: list[int] = []  # published, and no block was asked for
        self.spoilt = False
        self._step()

    def at(self, number: int | None) -> Mapping[str, Any] | None:
        """What was published of a block; None: nothing. Without a number: read to the end."""
        while self._next is not None and (number is None or self._number < number):
            self.unmet.append(self._number)
            self._step()
        if self._next is None or self._number != number:
            return None
        found = self._next
        self._step()
        return found

    def _step(self) -> None:
        for line in self._lines:
            number = line.get("number")
            if type(number) is int and number > self._number:
                self._next, self._number = line, number
                return
            self.spoilt = True
        self._next = None


def _wrong(block: Block, chain: _Chain | None, keys: Mapping[str, Ed25519PublicKey]) -> Iterator[str]:
    """What a block says that does not fit the chain before it or its own columns."""
    if chain and block["number"] != chain.number + 1:
        yield N_("区块编号不连续，前面的区块缺失。")
    if chain and block["previous_head"] != chain.head:
        yield N_("区块没有接在前一区块之后。")
    if chain and block["total"] != chain.total + block["size"]:
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


def _members_faults(connection: Connection, stream: str, block: Block) -> Iterator[Fault]:
    """What is wrong with the members of a block."""
    reader = Reader(MEMBERS.columns, connection.dialect)
    tree, misplaced = merkle.RootBuilder(block["algorithm"] if block["algorithm"] in merkle.HASHES else "sha256"), 0
    wanted = select(*reader.selected).where(MEMBERS.c.stream == stream, MEMBERS.c.block_number == block["number"])
    for position, row in enumerate(streamed(connection, wanted.order_by(raw(MEMBERS.c.position)))):
        member = reader.read(row)
        if member.unreadable:
            message = N_("封存名册中 %(columns)s 的值不合格式。")
            yield _member_fault(stream, member.raw, message, columns="、".join(member.unreadable))
        misplaced += member.values.get("position") != position
        tree.add(seals.leaf_bytes(str(member.values.get("leaf_hash"))))
    if misplaced or tree.size != block["size"] or tree.root().hex() != block["root"]:
        message = N_("区块的名册被改动过，算出的树根与区块不符。")
        yield Fault("block", "seal_blocks", f"{stream}#{block['number']}", message)


def _member_fault(stream: str, member: Mapping[str, Any], message: str, **params: Any) -> Fault:
    return Fault("block", "seal_members", f"{stream}#{member['block_number']}:{key_text(member['row_id'])}", message, params)


def stray_members(stream: str) -> Select[Any]:
    """Members of blocks that are not there."""
    block = exists().where(BLOCKS.c.stream == MEMBERS.c.stream, BLOCKS.c.number == MEMBERS.c.block_number)
    return select(raw(MEMBERS.c.row_id).label("row_id"), raw(MEMBERS.c.block_number).label("block_number")).where(
        MEMBERS.c.stream == stream, ~block
    )


def _strays(connection: Connection, stream: str) -> Iterator[Fault]:
    for row in streamed(connection, stray_members(stream)):
        yield _member_fault(stream, row._mapping, N_("封存名册中的这一行不属于任何区块。"))


def not_as_sealed(stream: str, source: SealedRows, after: int) -> Select[Any]:
    """Rows that are gone, or whose leaf is another than when they were sealed."""
    return (
        select(raw(MEMBERS.c.row_id), raw(source.key))
        .select_from(MEMBERS)
        .join(source.key.table, and_(source.key == MEMBERS.c.row_id, source.within), isouter=True)
        .where(MEMBERS.c.stream == stream, MEMBERS.c.kind == source.kind, MEMBERS.c.block_number > after if after else true())
        .where(or_(source.key.is_(None), source.leaf_hash.is_distinct_from(MEMBERS.c.leaf_hash)))
    )


def of_no_kind(stream: Stream) -> Select[Any]:
    return select(raw(MEMBERS.c.row_id)).where(MEMBERS.c.stream == stream.name, MEMBERS.c.kind.not_in([s.kind for s in stream.sources]))


def _changed_rows(connection: Connection, stream: Stream, after: int) -> Iterator[Fault]:
    for source in stream.sources:
        for sealed_id, found in streamed(connection, not_as_sealed(stream.name, source, after)):
            message = N_("封存过的这一行已不在。") if found is None else N_("这一行封存之后被改动过。")
            yield Fault("sealed", source.key.table.name, key_text(sealed_id), message)
    for row in streamed(connection, of_no_kind(stream)):
        yield Fault("block", "seal_members", f"{stream.name}:{key_text(row[0])}", N_("封存名册中的类别不存在。"))
