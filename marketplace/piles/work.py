"""What a list says so that its rows may be decided on together.

    VERIFY = PileWork(kind="enterprises.verify", permission="enterprises.verify", title=N_("批量核实企业"), …)
    pages.add_pages(bp, "/enterprises/together", VERIFY)

The pages list the rows, with those that would be left out and why; a job decides on the others one by one. A row that something happened
to since it was listed is left out and named, and so is one that the rules of a single decision refuse.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import Select

from marketplace.kernel.sentences import Sentence


@dataclass(frozen=True, slots=True)
class PileRow:
    """A row as the list shows it: what it is called, where its page is, and its cells in the order of the columns."""

    name: str
    url: str
    cells: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PileAsk:
    """Who asks for what."""

    run_id: UUID
    actor_id: UUID
    areas: tuple[str, ...]  # in which the person may decide on the day
    decision: str
    reason: str
    now: datetime

    def key(self, row_id: UUID) -> UUID:
        """The command's key for one row: a job that runs again asks for nothing twice."""
        return uuid5(self.run_id, str(row_id))


@dataclass(frozen=True, slots=True)
class PileDecision:
    """One thing that may be done with all of them."""

    label: str  # of the button: Chinese, marked with N_
    done: str  # what became of a row
    effects: tuple[str, ...] = ()  # sentences to be read before
    needs_reason: bool | None = True  # None: none is asked for


@dataclass(frozen=True, slots=True, kw_only=True)
class PileWork:
    """A list whose rows may be decided on together."""

    kind: str  # as it is stored
    permission: str
    title: str
    columns: tuple[str, ...]
    decisions: Mapping[str, PileDecision]
    back: str  # endpoint of the list
    key: Any  # column of the row's id
    matching: Callable[[Sequence[UUID] | None], Select[Any]]  # of one's areas: all that match the address, or those that are ticked
    rows: Callable[[Sequence[UUID], str], Mapping[UUID, PileRow]]  # and what is decided
    decide: Callable[[UUID, str, PileAsk], object]  # by the service of one; it is told the mark of what was listed
    money: tuple[Any, Any] | None = None  # columns of amount and currency
    why_not: Callable[[Sequence[UUID], PileAsk], Mapping[UUID, Sentence]] = field(default=lambda _ids, _ask: {})  # known beforehand
    refusal: Callable[[Sentence, str], Sentence] = field(default=lambda said, _code: said)  # in the words of a list
    left_out: Callable[[UUID, datetime], None] = field(default=lambda _id, _now: None)  # what is kept of one that was left out
    reason_help: str = ""


PILES: dict[str, PileWork] = {}
