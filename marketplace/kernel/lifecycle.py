"""The life of a thing: its states with what people read of them."""

from enum import StrEnum
from typing import Self


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
