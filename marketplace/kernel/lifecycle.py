"""The life of a thing: its states with what people read of them, and the moves between them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self

from marketplace.kernel.errors import N_, Conflict, DomainError, RuleViolation


class Word(StrEnum):
    """A stable English word, stored as it is, with the label that people read."""

    label: str

    def __new__(cls, value: str, label: str = "") -> Self:
        word = str.__new__(cls, value)
        word._value_, word.label = value, label
        return word

    @classmethod
    def labels(cls) -> dict[str, str]:
        """Value → label, for choices of forms and sheets."""
        return {word.value: word.label for word in cls}


class State(Word):
    """A state of a thing: the tone of its tag, whose turn it is, and the name of the time limit that runs.

    Where pages and rules need more than that (whether a thing has ended, say), it is said once, by a property of the enumeration.
    """

    tone: str
    waits_for: str
    limit: str

    def __new__(cls, value: str, label: str = "", tone: str = "neutral", waits_for: str = "", limit: str = "") -> Self:
        state = str.__new__(cls, value)
        state._value_, state.label, state.tone, state.waits_for, state.limit = value, label, tone, waits_for, limit
        return state


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Something that is done with a thing. Data only: what needs a function belongs to the service.

    Attributes:
        verb: last word of the page's endpoint.
        event: what the trail and the command log call it.
        by: which side may make it, and in which states; a side that nobody signs in for is the platform itself.
        to: the states that it leads to, the usual one first; none: the state stays.
        permission: what a user needs for its page.
        label: its button; none: no button.
        past, tone: what a history says of it, and how it looks there.
        step, stamps: its place in the progress, and the column that keeps when it was done.
        message: title of the message to the others.
    """

    verb: str
    event: str
    by: Mapping[str, Collection[State]] = field(default_factory=dict)
    to: tuple[State, ...] = ()
    permission: str = ""
    label: str = ""
    past: str
    tone: str = ""
    step: str = ""
    stamps: str = ""
    message: str = ""

    @property
    def undoes(self) -> bool:
        """Whether it turns down or takes back: never the main thing to do."""
        return bool(self.to) and not self.to[0].waits_for and self.to[0].tone in {"red", "neutral"}


def made_already(noun: str, state: State, last: str) -> Conflict:
    """The step was made before: by whom, and when."""
    return Conflict(N_("这一步已经办过了（%(last)s），%(noun)s现在是“%(now)s”。"), code="state", last=last, noun=noun, now=state.label)


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """All that can be done with a kind of thing: pages, services, histories and documents read it.

    Attributes:
        noun: what people call the thing.
        subject: what the trail calls it.
        address: of its page, with %s for its id.
        page: endpoint of the one page for all its moves, which takes the verb as `way`; none: each verb is an endpoint of its own.
        sides: from where somebody acts on it.
        moves: in the order of their buttons.
    """

    noun: str
    subject: str
    address: str
    sides: type[Word]
    moves: tuple[Move, ...]
    page: str = ""

    def move(self, verb: str) -> Move:
        """The move of a verb."""
        return next(move for move in self.moves if move.verb == verb)

    def offered(self, side: str, state: State) -> tuple[Move, ...]:
        """What a side may do in a state, in the order of the buttons."""
        return tuple(move for move in self.moves if move.label and state in move.by.get(side, ()))

    def check(self, verb: str, side: str, state: State) -> Move:
        """The move, if that side may make it now. Raises: RuleViolation."""
        move = self.move(verb)
        if state not in move.by.get(side, ()):
            raise self.refusal(move, state)
        return move

    def told(self) -> dict[str, Move]:
        """The moves by their events."""
        return {move.event: move for move in self.moves}

    def pasts(self) -> dict[str, str]:
        """What is said of each event."""
        return {move.event: move.past for move in self.moves}

    def refusal(self, move: Move, state: State, *, last: str = "") -> DomainError:
        """Why a move cannot be made in a state.

        Args:
            last: who made this very move and when, where it was made already.
        """
        said = {"noun": self.noun, "now": state.label, "verb": move.label or move.past}
        if last:
            return made_already(self.noun, state, last)
        turn = next(iter(self.offered(state.waits_for, state)), None)
        if turn is None:
            return RuleViolation(N_("%(noun)s现在是“%(now)s”，不能“%(verb)s”。"), code="state", **said)
        said |= {"side": self.sides(state.waits_for).label, "turn": turn.label}
        return RuleViolation(N_("%(noun)s现在是“%(now)s”，等%(side)s“%(turn)s”，不能“%(verb)s”。"), code="state", **said)
