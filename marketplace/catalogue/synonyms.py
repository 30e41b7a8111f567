"""What else people type for an offering: pinyin, its initials, other words for the same thing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from marketplace.identity.pinyin import initials
from marketplace.kernel.policyfiles.groups import Each
from marketplace.kernel.policyfiles.kinds import texts
from marketplace.kernel.policyfiles.provenance import Decision
from marketplace.kernel.policyfiles.reading import CONFIG, Root, key, load
from marketplace.policy.service_categories import category_names

FILE = CONFIG / "reference" / "search_synonyms.toml"
LONGEST = 2_000


@dataclass(frozen=True, kw_only=True)
class SynonymTable(Decision, Root):
    FORMAT = "search_synonyms/1"

    words: Mapping[str, tuple[str, ...]] = key(Each("", texts()))


@cache
def synonym_groups(path: Path = FILE) -> tuple[tuple[str, ...], ...]:
    """Groups of words for the same thing, in lower case."""
    return tuple(tuple(word.casefold() for word in (first, *others)) for first, others in load(path, SynonymTable).words.items())


def synonyms_of(text: str) -> list[str]:
    """Other words for what a text names."""
    folded = text.casefold()
    found = [word for group in synonym_groups() if any(word in folded for word in group) for word in group if word not in folded]
    return list(dict.fromkeys(found))


def pinyin(text: str) -> str:
    """商标注册 → shangbiaozhuce; letters and digits stay."""
    from pypinyin import lazy_pinyin  # its dictionary is large: whoever writes or searches an offering loads it

    spelled = "".join(lazy_pinyin(text)).casefold()
    return "".join(sign for sign in spelled if sign.isascii() and sign.isalnum())


def search_text(title: str, summary: str, category: str) -> str:
    """What search finds an offering by, beside what is printed: a line of words."""
    name = category_names().get(category, "")
    words: Iterable[str] = (initials(title), pinyin(title), initials(name), *synonyms_of(f"{title} {summary} {name}"))
    return " ".join(dict.fromkeys(word for word in words if word))[:LONGEST]
