"""A sentence for people with its parameters, so that a page can translate what a rule says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Sentence:
    """A Chinese %-template marked with N_, and what goes into it. A page shows `_(s.message, **s.params)`."""

    message: str
    params: Mapping[str, object] = field(default_factory=dict)

    def text(self) -> str:
        """The sentence as written, untranslated."""
        return self.message % self.params if self.params else self.message

    def __str__(self) -> str:
        return self.text()
