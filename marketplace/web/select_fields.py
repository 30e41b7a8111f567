"""Fields of a choice that take their options as the house writes them: pairs of value and label, in named groups or not."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from wtforms import RadioField as _RadioField
from wtforms import SelectField as _SelectField
from wtforms import SelectMultipleField as _SelectMultipleField
from wtforms.fields import SelectChoice
from wtforms.fields.choices import SelectField as _Base

Pair = tuple[Any, Any]  # value, label
Given = Iterable[Pair | SelectChoice] | Mapping[str, Iterable[Pair]] | Callable[..., Any] | None


def options(given: Given) -> list[SelectChoice] | Callable[..., Any] | None:
    """Options with value, label and group, from pairs or from pairs by the name of their group."""
    if given is None or callable(given):
        return given
    if isinstance(given, Mapping):
        return [SelectChoice(*pair, optgroup=group) for group, pairs in given.items() for pair in pairs]
    return [one if isinstance(one, SelectChoice) else SelectChoice(*one) for one in given]


class _OfPairs(_Base):
    def __init__(self, label: Any = None, validators: Any = None, *, choices: Given = None, **more: Any) -> None:
        super().__init__(label, validators, choices=options(choices), **more)

    @property
    def choices(self) -> Any:
        """What may be chosen, each with `value`, `label` and `optgroup`."""
        return super().choices

    @choices.setter
    def choices(self, given: Given) -> None:
        _Base.choices.fset(self, options(given))


class SelectField(_OfPairs, _SelectField):
    """One of a list."""


class RadioField(_OfPairs, _RadioField):
    """One of some that stand open."""


class SelectMultipleField(_OfPairs, _SelectMultipleField):
    """Some of a list."""
