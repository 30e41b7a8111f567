"""A sentence for people with what fills it, so that it is said in the reader's language: by a rule, and where it was kept."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, overload

Params = Mapping[str, Any]

_WITH_UNIT = re.compile(r"(?:CNY )?%\((\w+)\)s(?: ?元| yuan\b)?")
_NAMES_ITS_CURRENCY = re.compile(r"[A-Z]{3} -?[0-9][0-9,.]*(?:、[A-Z]{3} [0-9][0-9,.]*)*")


def with_units(message: str, params: Params) -> str:
    """A template that says 元 behind its amounts: an amount that names its currency (GBP 12.50) takes the place of both."""
    named = {name for name, value in params.items() if isinstance(value, str) and _NAMES_ITS_CURRENCY.fullmatch(value)}
    if named:
        return _WITH_UNIT.sub(lambda found: f"%({found[1]})s" if found[1] in named else found[0], message)
    return message


def filled(message: str, params: Params) -> str:
    """A template with what fills it."""
    return with_units(message, params) % params if params else message


class Sentence(str):
    """A Chinese %-template marked with N_, and what goes into it; as text it is the filled sentence. A page says it with `| sentence`.

    Strings among what fills it are translated where they are known words, sentences among it are said whole. What somebody typed is a
    sentence that nothing fills.
    """

    message: str
    params: Params

    def __new__(cls, message: str, params: Params | None = None) -> Sentence:
        if isinstance(message, Sentence) and not params:
            return message
        given = {name: sentence_of(value) if isinstance(value, Mapping) else value for name, value in (params or {}).items()}
        self = super().__new__(cls, filled(message, given))
        self.message, self.params = str(message), given
        return self

    def text(self) -> str:
        """The sentence in Chinese, filled."""
        return str(self)

    def __composite_values__(self) -> tuple[str, dict[str, Any]]:
        """How it is kept: the template in one column, what fills it in another."""
        return self.message, {name: _kept(value) for name, value in self.params.items()}


def _kept(value: object) -> object:
    if isinstance(value, Sentence) and value.params:
        message, params = value.__composite_values__()
        return {"message": message, "params": params}
    return value if isinstance(value, (int, float, bool)) or value is None else str(value)


def sentence_of(kept: Mapping[str, Any]) -> Sentence:
    """A sentence that was kept as {message, params}."""
    return Sentence(kept["message"], kept["params"])


@overload
def N_(message: str) -> str: ...
@overload
def N_(message: str, **params: object) -> Sentence: ...
def N_(message: str, **params: object) -> str:  # noqa: N802 – the name that gettext tools look for
    """Mark a Chinese sentence for translation without translating it here; with what fills it, a sentence of its own."""
    return Sentence(message, params) if params else message


def listed(words: Iterable[str]) -> Sentence:
    """Words and sentences in a row, each said in the reader's language, with its mark between them."""
    first, *others = [*words] or [""]
    return N_("%(first)s、%(others)s", first=first, others=listed(others)) if others else Sentence(first)
