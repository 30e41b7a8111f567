"""Numbers, days and keys as they arrive in addresses, hidden fields and cells: one reader for each, and nothing odd gets past it.

`str.isdigit` is true for ² and ٢, `int` and `UUID` take Arabic digits and underscores, and `date` has days on which a day more or less
is an error. So whoever reads text asks here. What cannot be read is None; the caller says what that means.
"""

import re
import unicodedata
from collections.abc import Iterable
from datetime import date
from uuid import UUID

from marketplace.kernel.errors import N_, RuleViolation

FIRST_DAY = date(1800, 1, 1)  # nothing that concerns us is older, or later, and a year can be added or taken on either side
LAST_DAY = date(2199, 12, 31)
MOST = 10**15  # of a number without limits of its own: far below what both engines can store

_NUMBER = re.compile(r"[0-9]{1,18}", re.ASCII)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_KEY = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20, 0x2212: 0x2D}


def checked_reason(text: str, sentence: str, *, field: str | None = "reason") -> str:
    """What somebody had to write, without blanks around it. Raises: RuleViolation: nothing was written; the sentence says what for."""
    if not text.strip():
        raise RuleViolation(sentence, field=field)
    return text.strip()


def fitting(text: str, most: int, *, field: str = "reason") -> str:
    """A text without blanks around it, as long as what keeps it. Raises: RuleViolation: it is longer; nothing is cut off."""
    if len(text.strip()) > most:
        raise RuleViolation(N_("最多 %(length)d 个字。"), field=field, code="too_long", length=most)
    return text.strip()


def is_digits(text: str) -> bool:
    """Whether a text is digits 0 to 9 and nothing else, at least one."""
    return text.isascii() and text.isdigit()  # digits: the one place where this is asked


def number(text: object, least: int = 0, most: int = MOST) -> int | None:
    """A whole number of digits 0 to 9 within its limits, else None."""
    digits = str(text).strip() if text is not None else ""
    if not _NUMBER.fullmatch(digits):
        return None
    found = int(digits)
    return found if least <= found <= most else None


def day(text: object) -> date | None:
    """A day written as 2026-11-20, else None; also for days so far away that reckoning with them fails."""
    written = str(text).strip() if text is not None else ""
    if not _DAY.fullmatch(written):
        return None
    try:
        found = date.fromisoformat(written)
    except ValueError:
        return None
    return found if is_near(found) else None


def is_near(found: date) -> bool:
    """Whether a day lies where the platform reckons."""
    return FIRST_DAY <= found <= LAST_DAY


def key(text: object) -> UUID | None:
    """A row's key as we print it, else None."""
    written = str(text).strip() if text is not None else ""
    return UUID(written) if _KEY.fullmatch(written) else None


def keys(texts: Iterable[object]) -> list[UUID]:
    """Those of some texts that are keys, each once, in their order."""
    return list(dict.fromkeys(found for text in texts if (found := key(text)) is not None))


def in_order(first: date | None, last: date | None) -> tuple[date | None, date | None]:
    """A span of days to look at; typed backwards, it is turned round: only one thing can be meant."""
    return (last, first) if first is not None and last is not None and last < first else (first, last)


def half_width(text: str) -> str:
    """Full-width signs, as Chinese input methods write them, as their plain ones; ² stays ², which is no digit."""
    return unicodedata.normalize("NFC", text).translate(_WIDE)


def is_storable(text: str) -> bool:
    """Whether both engines can store and compare a text: without NUL, without half of a surrogate pair."""
    return "\x00" not in text and not any("\ud800" <= sign <= "\udfff" for sign in text)
