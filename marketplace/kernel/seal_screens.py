"""Quick looks at sealed blocks: which of them need to be read with care."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, Select, Text, bindparam, cast, func, literal_column, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from marketplace.kernel import merkle
from marketplace.kernel.parallel_reading import Driver, SentQuery, TaskResult, query
from marketplace.kernel.raw_rows import first_row, raw
from marketplace.kernel.seal_check import not_as_sealed, of_no_kind, stray_members
from marketplace.kernel.seals import BLOCKS, LEAVES_PER_BLOCK, MEMBERS, Stream

LEAVES_PER_TASK = 30_000
MOST_SUSPECTS = 500
_LAST = (1 << 63) - 1


@dataclass(frozen=True, slots=True)
class BlockTask:
    """Whether the members of some blocks, in their places, lead to the roots. Above block `low`, up to `high`."""

    blocks: SentQuery
    members: SentQuery
    low: int
    high: int

    def run(self, driver: Driver) -> TaskResult:
        blocks = {_text(block[0]): block for block in self.blocks.rows(driver, low=self.low, high=self.high)}
        suspects, rows = set[tuple[Any]](), 0
        for number, leaves, places in self.members.rows(driver, low=self.low, high=self.high):
            block = blocks.pop(_text(number), None)
            rows += len(leaves or "") // 64
            if block is not None and not _fits(block, _text(leaves), _text(places)):
                suspects.add((int(_text(number)),))
        suspects |= {(int(number),) for number in blocks}  # without members, or with more than a block has
        return TaskResult(rows, sorted(suspects) if len(suspects) <= MOST_SUSPECTS else None)


def _fits(block: Sequence[Any], leaves: str, places: str) -> bool:
    """Whether leaves, one after the other, and their places are those of a block: (number, size, root, algorithm)."""
    size, found, algorithm = (_text(value) for value in block[1:4])
    count = len(leaves) // 64
    if algorithm not in merkle.HASHES or size != str(count) or len(leaves) % 64 or places != _places(count):
        return False
    try:
        bare = bytes.fromhex(leaves)
    except ValueError:
        return False
    return len(bare) == 32 * count and _root([bare[at : at + 32] for at in range(0, len(bare), 32)], algorithm).hex() == found


@lru_cache(maxsize=8)
def _places(count: int) -> str:
    return ",".join(map(str, range(count)))


def _text(value: Any) -> str:
    return value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else str(value)


def _root(leaves: list[bytes], algorithm: str) -> bytes:
    """The root of a tree, level by level: an odd one at the end moves up as it is, which is RFC 6962's tree."""
    plain: Callable[[bytes], Any] = hashlib.sha256
    while len(leaves) > 1:
        odd = leaves[-1:] if len(leaves) % 2 else []
        pairs = zip(leaves[::2], leaves[1::2], strict=False)
        if algorithm == "sha256":
            leaves = [plain(b"\x01" + left + right).digest() for left, right in pairs] + odd
        else:
            leaves = [merkle.node_of(left, right, algorithm) for left, right in pairs] + odd
    return leaves[0] if leaves else merkle.digest(b"", algorithm)


def block_tasks(connection: Connection, stream: Stream, after: int = 0) -> Iterator[BlockTask]:
    """The blocks of a stream after one of them, some at a time."""
    dialect = connection.dialect.name
    low, high = bindparam("low", type_=BigInteger), bindparam("high", type_=BigInteger)
    b, m = BLOCKS.c, MEMBERS.c
    blocks = select(cast(b.number, Text), cast(b.size, Text), raw(b.root), raw(b.algorithm))
    chosen = query(blocks.where(b.stream == stream.name, b.number > low, b.number <= high), dialect)
    ordered = query(_in_order(dialect, m.stream == stream.name, m.block_number > low, m.block_number <= high), dialect)
    begin, end = after, after
    while end != _LAST:
        begin = end
        step = select(raw(m.block_number)).where(m.stream == stream.name, m.block_number > begin)
        found = first_row(connection, step.order_by(m.block_number, m.position).offset(LEAVES_PER_TASK).limit(1))
        end = found[0] if found and isinstance(found[0], int) else _LAST
        yield BlockTask(chosen, ordered, begin, end)


def _in_order(dialect: str, *within: ColumnElement[bool]) -> Select[Any]:
    """Per block the leaves of its members, one after the other, and their places."""
    m = MEMBERS.c
    if dialect == "postgresql":
        joined = [
            func.string_agg(text, aggregate_order_by(literal_column(f"'{mark}'"), m.position))
            for text, mark in ((m.leaf_hash, ""), (cast(m.position, Text), ","))
        ]
        listed = select(cast(m.block_number, Text), *joined).where(*within)
        return listed.group_by(m.block_number).having(func.count() <= LEAVES_PER_BLOCK)
    # SQLite joins in the order in which the rows come; if it did not, the blocks would only be read with care
    rows = select(raw(m.block_number), raw(m.position), raw(m.leaf_hash)).where(*within).order_by(m.block_number, m.position).subquery().c
    listed = select(
        cast(rows.block_number, Text), func.group_concat(rows.leaf_hash, literal_column("''")), func.group_concat(rows.position)
    )
    return listed.group_by(rows.block_number).having(func.count() <= LEAVES_PER_BLOCK)


@dataclass(frozen=True, slots=True)
class RowsTask:
    """Whether there is anything that some statements list: rows that are not as sealed, members of nothing."""

    lists: tuple[SentQuery, ...]

    def run(self, driver: Driver) -> TaskResult:
        found = any(True for one in self.lists for _ in one.rows(driver))
        return TaskResult(0, None if found else [])


def rows_task(stream: Stream, dialect: str, after: int = 0) -> RowsTask:
    """What was sealed of a stream against what lies there now."""
    statements = [stray_members(stream.name), of_no_kind(stream), *(not_as_sealed(stream.name, source, after) for source in stream.sources)]
    return RowsTask(tuple(query(statement, dialect) for statement in statements))
