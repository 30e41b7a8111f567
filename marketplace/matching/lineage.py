"""Which line of a new version is which of the earlier ones. Pure.

The sender's line number says it, where there is one; else the normal form of name, specification and unit. Where two earlier lines fit, or
two new lines fit one, nobody guesses: the sender is asked.
"""

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

NEW = "new"  # the sender's word that a line continues none


@dataclass(frozen=True, slots=True)
class LineText:
    """A line as somebody wrote it."""

    id: str
    number: str
    product: str
    specification: str
    unit: str

    @property
    def form(self) -> tuple[str, str, str]:
        return plain(self.product), plain(self.specification), plain(self.unit)


@dataclass(frozen=True, slots=True)
class Resolved:
    """The earlier line each new one continues, or None; and those for which the sender has to say it, with the lines that fit."""

    continues: Mapping[str, str | None]
    asked: Mapping[str, tuple[str, ...]]


def plain(text: str) -> str:
    """One spelling for what reads the same: width and case of signs, no spaces."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def resolve(new: Sequence[LineText], old: Sequence[LineText], choices: Mapping[str, str]) -> Resolved:
    """Join the lines of a new version with the earlier ones.

    Args:
        old: the newest line of each identity.
        choices: what the sender said already: id of a new line → id of an old one, or NEW.
    """
    by_number, by_form = defaultdict(list), defaultdict(list)
    for line in old:
        by_form[line.form].append(line.id)
        if line.number:
            by_number[plain(line.number)].append(line.id)
    known = {line.id for line in old}
    said = {line.id: choices[line.id] for line in new if choices.get(line.id) == NEW or choices.get(line.id) in known}
    taken = Counter(choice for choice in said.values() if choice != NEW)
    twice = {old_id for old_id, many in taken.items() if many > 1}
    fits = {line.id: _fits(line, by_number, by_form) for line in new}
    open_ = {
        line.id: tuple(one for one in fits[line.id] if not taken[one]) if line.id not in said else (said[line.id],)
        for line in new
        if line.id not in said or said[line.id] in twice
    }
    chosen_by = Counter(one for candidates in open_.values() if len(candidates) == 1 for one in candidates)
    asked = {
        line_id: fits[line_id] or candidates
        for line_id, candidates in open_.items()
        if len(candidates) > 1 or any(chosen_by[one] > 1 or one in twice for one in candidates)
    }
    settled = {line_id: candidates[0] if candidates else None for line_id, candidates in open_.items() if line_id not in asked}
    settled |= {line_id: None if choice == NEW else choice for line_id, choice in said.items() if line_id not in asked}
    return Resolved(settled, asked)


def _fits(line: LineText, by_number: Mapping[str, list[str]], by_form: Mapping[tuple[str, str, str], list[str]]) -> tuple[str, ...]:
    """The earlier lines that it may be: by number alone where form does not speak for another, else all that number or form name."""
    numbered = by_number.get(plain(line.number), []) if line.number else []
    alike = by_form.get(line.form, [])
    both = [one for one in numbered if one in alike]
    if len(both) == 1:
        return (both[0],)
    if numbered and not alike:
        return tuple(numbered)
    return tuple(dict.fromkeys([*numbered, *alike]))
