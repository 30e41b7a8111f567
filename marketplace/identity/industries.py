"""Industries of GB/T 4754-2017 and the size group each belongs to: pure look-ups over config/reference."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from marketplace.identity.size_table import size_table
from marketplace.kernel import typed
from marketplace.kernel.errors import N_, NotFound, RuleViolation

REFERENCE = Path(__file__).resolve().parents[2] / "config" / "reference"

CLASS_LEVEL = 4


@dataclass(frozen=True, slots=True)
class Industry:
    """A section (A), division (01), group (011) or class (0111)."""

    code: str
    name: str
    level: int  # 1 section, 2 division, 3 group, 4 class
    section: str  # the letter
    parent: str | None


def industry(code: str) -> Industry:
    """The section, division, group or class of a code. Raises: NotFound."""
    found = _industries().get(code.strip().upper())
    if found is None:
        raise NotFound(N_("国民经济行业分类中没有代码“%(given)s”，请重新选择行业。"), field="industry_code", given=code[:20])
    return found


def exists(code: str) -> bool:
    """Whether the classification has this code, at any level."""
    return code.strip().upper() in _industries()


def spelt(code: str) -> str:
    """A code as it is kept: a section by its capital letter, all below by digits alone. People write C13 as often as 13.

    What is no code with its own letter before it stays as it was written.
    """
    text = typed.half_width(code).strip().upper()
    known = _industries().get(text[1:])
    return text[1:] if known is not None and known.level > 1 and known.section == text[:1] else text


def check_class(code: str) -> str:
    """A four-digit class, as stored.

    Raises:
        RuleViolation: not four digits (a leading zero lost in a spreadsheet, for one), or no such class.
    """
    text = spelt(code)
    found = _industries().get(text)
    if found is not None and found.level == CLASS_LEVEL:
        return text
    padded = text.zfill(CLASS_LEVEL)
    if typed.is_digits(text) and len(text) == CLASS_LEVEL - 1 and exists(padded):
        raise _refusal(N_("行业代码“%(given)s”只有 3 位，是否应为 %(meant)s？请把该列设为文本。"), given=text, meant=padded)
    if found is not None:
        raise _refusal(N_("“%(given)s %(name)s”不是行业小类，请选择 4 位行业代码。"), given=found.code, name=found.name)
    raise _refusal(N_("国民经济行业分类（GB/T 4754-2017）中没有小类“%(given)s”，请重新选择。"), given=text[:20])


def path(code: str) -> tuple[Industry, ...]:
    """An industry with those above it, section first."""
    steps = [industry(code)]
    while (parent := steps[-1].parent) is not None:
        steps.append(industry(parent))
    return tuple(reversed(steps))


def sections() -> tuple[Industry, ...]:
    """The 20 sections, A to T."""
    return tuple(i for i in _industries().values() if i.level == 1)


def children(code: str) -> tuple[Industry, ...]:
    """What lies directly under a section, division or group."""
    return _children().get(code.strip().upper(), ())


def search(text: str, *, classes_only: bool = True, limit: int = 20) -> tuple[Industry, ...]:
    """Industries whose code begins with the text or whose name contains it; the same name first."""
    wanted = code if exists(code := spelt(text)) else text.strip().upper()
    if not wanted:
        return ()
    pool = (i for i in _industries().values() if i.level == CLASS_LEVEL or not classes_only)
    hits = [i for i in pool if i.code.startswith(wanted) or wanted in i.name.upper()]
    return tuple(sorted(hits, key=lambda i: (i.name.upper() != wanted, not i.name.upper().startswith(wanted), i.code))[:limit])


def size_group(code: str) -> str | None:
    """The id of the size group (工信部联企业〔2011〕300号) an industry falls in; None where the table has no row.

    The longest code in the table decides, so 7020 goes before 70. Raises: NotFound for an unknown code.
    """
    known = industry(code)
    wanted = known.code if known.level > 1 else known.section
    table = _size_groups()
    for length in range(len(wanted), 1, -1):
        if wanted[:length] in table:
            return table[wanted[:length]]
    return table.get(known.section)


def _refusal(message: str, **params: object) -> RuleViolation:
    return RuleViolation(message, field="industry_code", code="industry", **params)


@lru_cache(maxsize=1)
def _industries() -> dict[str, Industry]:
    with (REFERENCE / "industries.csv").open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    listed = {row["code"] for row in rows}
    return {r["code"]: Industry(r["code"], r["name"], int(r["level"]), r["section"], _parent(r["parent"], listed)) for r in rows}


def _parent(printed: str, listed: set[str]) -> str | None:
    """A group with a single class has no row of its own: its class hangs on the division."""
    if not printed:
        return None
    return printed if printed in listed else printed[:2]


@lru_cache(maxsize=1)
def _children() -> dict[str, tuple[Industry, ...]]:
    below: dict[str, list[Industry]] = {}
    for known in _industries().values():
        if known.parent is not None:
            below.setdefault(known.parent, []).append(known)
    return {parent: tuple(found) for parent, found in below.items()}


@lru_cache(maxsize=1)
def _size_groups() -> dict[str, str | None]:
    table = size_table()
    covered: dict[str, str | None] = {code: group.id for group in table.groups for code in group.codes}
    return covered | dict.fromkeys(table.not_covered.value)
