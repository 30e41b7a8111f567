"""Sealing: rows that are there become leaves of Merkle blocks, chained, signed, and published outside the database.

A stream is a chain of blocks: one per book of the ledger, one for the trail. Membership decides what is sealed, never an order: a block
takes rows that are not members yet. On PostgreSQL ids commit out of order, and a row may carry an id older than the newest sealed one
(a long transaction, a story told as of another day); `id > last` would leave it out for ever. So each second the recent rows are looked
at, by index, and at the sealer's start and every few minutes all of them. A row is sealed once (primary key of its membership), a block
number is given once (primary key of the block): two sealers at the same moment cannot do harm, one of them fails and tries again.

After a restore the database may be older than what was published. Then the stream stands still until a person has looked: a second
history under the same numbers would make the published one look false.
"""

import fcntl
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Column,
    ColumnElement,
    ForeignKeyConstraint,
    PrimaryKeyConstraint,
    SmallInteger,
    String,
    UniqueConstraint,
    exists,
    insert,
    select,
    true,
)
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel import merkle
from marketplace.kernel.append_only import ROWS
from marketplace.kernel.db import Model, db, table_of
from marketplace.kernel.errors import N_, Conflict
from marketplace.kernel.seal_keys import SigningKey, key_id

FORMAT = 1
NO_HEAD = "0" * 64  # before the first block
LEAVES_PER_BLOCK = 10_000
RECENT = timedelta(minutes=10)
_LONGEST_LINE = 4096  # bytes


class SealBlock(Model):
    """So many rows, in this order, were there when the block was signed."""

    __tablename__ = "seal_blocks"
    __table_args__ = (
        PrimaryKeyConstraint("stream", "number"),
        CheckConstraint("number > 0 AND size > 0 AND total >= size", name="counts_positive"),
        {"info": {"kept": ROWS}},
    )

    stream: Mapped[str] = mapped_column(String(60))  # book:<id>, audit:<first event>
    number: Mapped[int]  # from 1
    size: Mapped[int]  # leaves in this block
    total: Mapped[int]  # leaves in the stream up to and with this block
    root: Mapped[str] = mapped_column(String(64))  # hex, RFC 6962
    previous_head: Mapped[str] = mapped_column(String(64))
    algorithm: Mapped[str] = mapped_column(String(16))  # of root and head: sha256, sm3
    key_id: Mapped[str] = mapped_column(String(16))
    sealed_at: Mapped[datetime]
    block_format: Mapped[int] = mapped_column(SmallInteger)
    head: Mapped[str] = mapped_column(String(64))  # hex, over every column above
    signature: Mapped[str] = mapped_column(String(128))  # hex, Ed25519 over the head


class SealMember(Model):
    """A row's place in a block, with its leaf as it was then: an edited row is told from an edited block."""

    __tablename__ = "seal_members"
    __table_args__ = (
        PrimaryKeyConstraint("stream", "kind", "row_id"),
        UniqueConstraint("stream", "block_number", "position"),
        ForeignKeyConstraint(["stream", "block_number"], ["seal_blocks.stream", "seal_blocks.number"]),
        CheckConstraint("position >= 0", name="position_positive"),
        {"info": {"kept": ROWS}},
    )

    stream: Mapped[str] = mapped_column(String(60))
    kind: Mapped[str] = mapped_column(String(16))  # which table: a Source's kind
    row_id: Mapped[UUID]
    block_number: Mapped[int]
    position: Mapped[int]  # from 0
    leaf_hash: Mapped[str] = mapped_column(String(64))


BLOCKS = table_of(SealBlock)
MEMBERS = table_of(SealMember)


@dataclass(frozen=True, slots=True)
class SealedRows:
    """Rows that are sealed: which table, which column is the key, and which rises with time."""

    kind: str
    key: Column[UUID]
    leaf_hash: Column[str]
    rises: Column[Any]  # a UUIDv7 or an instant, indexed
    within: ColumnElement[bool]  # e.g. of one book

    def since(self, moment: datetime) -> ColumnElement[bool]:
        """Rows made after an instant, as far as `rises` tells."""
        if self.rises.type.python_type is UUID:
            return self.rises >= UUID(int=int(moment.timestamp() * 1000) << 80)
        return self.rises >= moment


@dataclass(frozen=True, slots=True)
class Stream:
    """One chain of blocks and what goes into it."""

    name: str
    sources: tuple[SealedRows, ...]


def head_of(block: dict[str, Any]) -> bytes:
    """What is chained and signed: a hash over every column of a block but the head and its signature.

    Raises: KeyError: an unknown algorithm. TypeError, ValueError: a value without a canonical form.
    """
    fields = [
        "seal_block", block["block_format"], block["stream"], block["number"], block["size"], block["total"], block["root"],
        block["previous_head"], block["algorithm"], block["key_id"], block["sealed_at"],
    ]  # fmt: skip
    return merkle.digest(merkle.canonical(fields), block["algorithm"])


def leaf_bytes(leaf_hash: str) -> bytes:
    """A stored leaf as a leaf of the tree. One that somebody spoilt is sealed as it lies there, so it can be named, not passed over."""
    try:
        found = bytes.fromhex(leaf_hash)
    except ValueError:
        found = b""
    return found if len(found) == 32 else merkle.digest(leaf_hash.encode("utf-8", "surrogatepass"))


def _unsealed(stream: Stream, since: datetime | None, limit: int) -> Iterator[tuple[str, UUID, str]]:
    """Rows that are not members yet: (kind, key, leaf)."""
    left = limit
    for source in stream.sources:
        member = exists().where(MEMBERS.c.stream == stream.name, MEMBERS.c.kind == source.kind, MEMBERS.c.row_id == source.key)
        wanted = select(source.key, source.leaf_hash).where(source.within, ~member, source.since(since) if since else true())
        for row_id, leaf_hash in db.session.execute(wanted.order_by(source.rises, source.key).limit(left)):
            yield source.kind, row_id, leaf_hash
            left -= 1
        if not left:
            return


def last_block(stream: str) -> SealBlock | None:
    """The newest block of a stream in the database."""
    return db.session.scalars(select(SealBlock).where(SealBlock.stream == stream).order_by(SealBlock.number.desc()).limit(1)).first()


def seal(
    stream: Stream, key: SigningKey, *, now: datetime, since: datetime | None = None, published: int = 0, algorithm: str = "sha256"
) -> SealBlock | None:
    """Make the next block of a stream out of rows that are in none; None when there are none. In the caller's transaction.

    Args:
        since: look only at rows made after it; None looks at all of them.
        published: number of the last block published.

    Raises: Conflict: the database is older than what was published.
    """
    last = last_block(stream.name)
    if published > (last.number if last else 0):
        raise Conflict(
            N_("数据库比已公布的封存记录旧，“%(stream)s”暂停封存。请先核对备份恢复情况，再运行 flask seal --after-restore。"),
            code="seal_forked",
            stream=stream.name,
        )
    rows = list(_unsealed(stream, since, LEAVES_PER_BLOCK))
    if not rows:
        return None
    root = merkle.root([leaf_bytes(leaf) for _, _, leaf in rows], algorithm)
    block: dict[str, Any] = {
        "stream": stream.name, "number": last.number + 1 if last else 1, "size": len(rows),
        "total": len(rows) + (last.total if last else 0),
        "root": root.hex(), "previous_head": last.head if last else NO_HEAD, "algorithm": algorithm, "key_id": key_id(key),
        "sealed_at": now, "block_format": FORMAT,
    }  # fmt: skip
    head = head_of(block)
    block |= {"head": head.hex(), "signature": key.sign(head).hex()}
    db.session.execute(insert(BLOCKS), block)
    db.session.execute(insert(MEMBERS), list(_members(block, rows)))
    return SealBlock(**block)


def _members(block: dict[str, Any], rows: Sequence[tuple[str, UUID, str]]) -> Iterator[dict[str, Any]]:
    for position, (kind, row_id, leaf_hash) in enumerate(rows):
        yield {
            "stream": block["stream"], "kind": kind, "row_id": row_id, "block_number": block["number"], "position": position,
            "leaf_hash": leaf_hash,
        }  # fmt: skip


# Publishing: one line of JSON per block in a file per stream, outside the database.


def heads_file(folder: Path, stream: str) -> Path:
    return folder / f"{stream.replace(':', '-')}.jsonl"


def stream_of_file(path: Path) -> str:
    """The stream whose heads a file holds."""
    return path.stem.replace("-", ":", 1)


def published_heads(folder: Path, stream: str) -> Iterator[dict[str, Any]]:
    """The lines published for a stream; a line that cannot be read is an empty one."""
    path = heads_file(folder, stream)
    if not path.exists():
        return
    with path.open(encoding="utf-8", errors="replace") as file:
        for line in file:
            yield _read(line)


def last_published(folder: Path, stream: str) -> int:
    """Number of the last block published; 0 when none was. Reads the end of the file only: it is asked every second."""
    path = heads_file(folder, stream)
    if not path.exists():
        return 0
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _LONGEST_LINE))
        lines = file.read().split()
    try:
        return int(json.loads(lines[-1])["number"]) if lines else 0
    except (ValueError, TypeError, LookupError):  # spoilt: whatever number can still be found
        numbers = [head.get("number") for head in published_heads(folder, stream)]
        return max((number for number in numbers if isinstance(number, int)), default=0)


def publish(folder: Path, stream: str) -> int:
    """Append the heads that are not in the file yet; how many. After the commit: what is published is never taken back."""
    folder.mkdir(parents=True, exist_ok=True)
    with heads_file(folder, stream).open("a", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # two sealers do not write one line twice
        after = last_published(folder, stream)
        wanted = select(SealBlock).where(SealBlock.stream == stream, SealBlock.number > after).order_by(SealBlock.number)
        lines = [_line(block) for block in db.session.scalars(wanted)]
        if lines:
            file.writelines(lines)
            file.flush()
            os.fsync(file.fileno())
    return len(lines)


def set_aside(folder: Path, stream: str, after: int, *, now: datetime) -> list[dict[str, Any]]:
    """Move the heads above a number out of a stream's file, into one beside it that is kept: after a restore those blocks are gone.

    What was published is never thrown away: whoever holds the later heads can see that they were, and when they were set aside.
    """
    path = heads_file(folder, stream)
    if not path.exists():
        return []
    with path.open("r+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        found = [(line, _read(line)) for line in file]
        gone = [(line, head) for line, head in found if head.get("number", 0) > after]
        if gone:
            with path.with_suffix(f".{now.astimezone(UTC):%Y%m%dT%H%M%SZ}.forked").open("w", encoding="utf-8") as kept:
                kept.writelines(line for line, _head in gone)
                kept.flush()
                os.fsync(kept.fileno())
            file.seek(0)
            file.writelines(line for line, head in found if head.get("number", 0) <= after)
            file.truncate()
            file.flush()
            os.fsync(file.fileno())
    return [head for _line, head in gone]


def _read(line: str) -> dict[str, Any]:
    """A published line; an empty one where it cannot be read."""
    try:
        found = json.loads(line)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _line(block: SealBlock) -> str:
    values = {column.key: getattr(block, column.key) for column in BLOCKS.columns}
    values["sealed_at"] = block.sealed_at.astimezone(UTC).isoformat()
    return json.dumps(values, sort_keys=True, separators=(",", ":")) + "\n"  # no space: a line is one word
