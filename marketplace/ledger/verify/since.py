"""Verifying only what is newer than a sealed point: the last block of every chain up to an instant, or the block of a number."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Self

from sqlalchemy import Column, ColumnElement, Connection, and_, exists, func, not_, or_, select, true

from marketplace.audit import sealing as audit_sealing
from marketplace.kernel import typed
from marketplace.kernel.clock import CST, day_begins
from marketplace.kernel.seals import BLOCKS, MEMBERS, Stream
from marketplace.ledger.verify.screens import ACCOUNTS, ENTRIES, EVENTS, TRANSFERS


@dataclass(frozen=True, slots=True)
class Since:
    """What was asked for: a block number, or an instant."""

    asked: str
    number: int | None = None
    instant: datetime | None = None

    @classmethod
    def read(cls, asked: str) -> Self:
        """A block number, a China date (from its first instant), or an instant; without a zone it is China's.

        Raises: ValueError: none of them.
        """
        if typed.is_digits(asked):
            return cls(asked, number=int(asked))
        if len(asked) == len("2026-03-16"):
            return cls(asked, instant=day_begins(date.fromisoformat(asked)))
        found = datetime.fromisoformat(asked)
        return cls(asked, instant=(found if found.tzinfo else found.replace(tzinfo=CST)).astimezone(UTC))

    def points(self, connection: Connection, streams: Iterable[Stream]) -> dict[str, int]:
        """Per chain the number of its last block that is not newer; chains that have none are left out: they are read as a whole."""
        upper = BLOCKS.c.number <= self.number if self.number is not None else BLOCKS.c.sealed_at <= self.instant
        found = {s.name: connection.scalar(select(func.max(BLOCKS.c.number)).where(BLOCKS.c.stream == s.name, upper)) for s in streams}
        return {name: number for name, number in found.items() if isinstance(number, int) and number > 0}


@dataclass(frozen=True, slots=True)
class Scope:
    """Which rows are read; all of them where no chain has a point."""

    points: Mapping[str, int] = field(default_factory=dict)

    def after(self, stream: str) -> int:
        """Number of the block that stands for what came before; 0: there is none."""
        return self.points.get(stream, 0)

    def _settled(self, kind: str, key: Column[Any]) -> ColumnElement[bool]:
        """Whether a row was sealed up to its chain's point. Keys are unique over all chains."""
        below = or_(*(and_(MEMBERS.c.stream == name, MEMBERS.c.block_number <= number) for name, number in self.points.items()))
        return exists().where(MEMBERS.c.kind == kind, MEMBERS.c.row_id == key, below)

    @property
    def accounts(self) -> ColumnElement[bool]:
        return not_(self._settled("account", ACCOUNTS.c.id)) if self.points else true()

    @property
    def events(self) -> ColumnElement[bool]:
        is_named = any(name.startswith(audit_sealing.PREFIX) for name in self.points)
        return not_(self._settled("event", EVENTS.c.id)) if is_named else true()

    @property
    def entries(self) -> ColumnElement[bool]:
        """Entries with a transfer that is newer, and those without any."""
        if not self.points:
            return true()
        own = TRANSFERS.alias()
        of_entry = and_(own.c.book_id == ENTRIES.c.book_id, own.c.entry_id == ENTRIES.c.id)
        return or_(exists().where(of_entry, not_(self._settled("transfer", own.c.id))), not_(exists().where(of_entry)))

    def not_read(self, connection: Connection) -> dict[str, int]:
        """How many rows of each table stand on the points alone."""
        found: Counter[str] = Counter()
        tables = {"book": "ledger_books", "account": "ledger_accounts", "transfer": "ledger_transfers", "event": "audit_events"}
        for stream, number in self.points.items():
            found["seal_blocks"] += number
            counted = select(MEMBERS.c.kind, func.count()).where(MEMBERS.c.stream == stream, MEMBERS.c.block_number <= number)
            for kind, rows in connection.execute(counted.group_by(MEMBERS.c.kind)):
                found[tables.get(str(kind), str(kind))] += rows
        found.pop("ledger_books", None)  # every book is read
        return dict(found)
