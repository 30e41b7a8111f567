"""What waits on a home. A capability declares it in its `tasks`; it holds neither count nor permission.

The count is over the rows, which are the select of the list that the task leads to. The permission is that of the door, the page where it
is done. A row a person may not decide is in no list of that person's, so number, list and permission agree.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import Select

SHOWN = 8  # lines of a kind on a firm's home

Rows = Select[*tuple[Any, ...]] | Sequence[Any]


class Asker(Protocol):
    """Whose tasks are asked for: the user who looks."""

    @property
    def id(self) -> UUID: ...

    @property
    def organisation_id(self) -> UUID: ...

    def can(self, permission: str) -> bool:
        """Whether a role carries the permission."""

    def areas_for(self, permission: str) -> tuple[str, ...]:
        """Where the permission is held."""


@dataclass(frozen=True, slots=True)
class Task:
    """A kind of work of an office: what it is, where its list is, and the list's own select within the areas of the door.

    Attributes:
        sentence: marked with N_.
        door: the page where it is done, if more people read the list than may do it.
        due: the column of the rows that says by when; they are in its order.
        unless: another door: who may open it has a task of their own about the same rows.
    """

    sentence: str
    endpoint: str
    rows: Callable[[Asker, tuple[str, ...]], Rows]
    arguments: Mapping[str, Any] = field(default_factory=dict)
    door: str = ""
    due: str = ""
    unless: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing to do: a sentence with its parameters, where it is done, by when."""

    sentence: str  # marked with N_
    params: Mapping[str, Any]
    endpoint: str
    arguments: Mapping[str, Any]
    who: str = ""
    due_on: date | None = None
    provisional: bool = False  # 暂定: the day may move
    round_id: UUID | None = None  # under which it came about: a simulated one is marked
    kind: str = ""  # marked with N_: how many of a kind there are in all; then the sentence is about the kind


@dataclass(frozen=True, slots=True)
class FirmTask:
    """A kind of work of a firm: where it is done, its rows with the most urgent first, what is said of one, where all are.

    Attributes:
        kind: what they are called, marked with N_; empty: there is no list of them.
        endpoint, arguments: that list.
    """

    door: str
    rows: Callable[[UUID, date], Rows]
    line: Callable[[Any], Line]
    kind: str = ""
    endpoint: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict)
