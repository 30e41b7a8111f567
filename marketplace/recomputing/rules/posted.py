"""What the books and the trail say of a row, as the rules read it. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class PostedMove:
    """A transfer of an entry."""

    verb: str
    at: datetime
    debit: str  # codes of the accounts
    credit: str
    fen: int
    before_fen: int  # what the debited account held until then


@dataclass(frozen=True, slots=True)
class PostedMoves:
    """The transfers about a row, in their order."""

    moves: Sequence[PostedMove] = ()

    def onto(self, code: str, *verbs: str) -> int:
        """How much came to an account, by some events."""
        return sum(one.fen for one in self.moves if one.credit == code and one.verb in verbs)

    def off(self, code: str, *verbs: str) -> int:
        """How much left an account, by some events."""
        return sum(one.fen for one in self.moves if one.debit == code and one.verb in verbs)

    def held_before(self, verb: str) -> dict[str, int]:
        """By account, what it held before an event took of it."""
        return {one.debit: one.before_fen for one in self.moves if one.verb == verb}


NOT_POSTED = PostedMoves()


@dataclass(frozen=True, slots=True)
class TrailEvent:
    """An event of the trail."""

    action: str
    at: datetime
    actor_id: UUID | None
    details: Mapping[str, Any]
    is_whole: bool  # its leaf still fits its columns


def last_told(events: Sequence[TrailEvent], actions: Collection[str]) -> TrailEvent | None:
    """The newest of some events."""
    return next((one for one in reversed(events) if one.action in actions), None)
