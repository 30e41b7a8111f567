"""What the log never says: password hashes, values of rows, passwords in addresses. A record is scrubbed when it is made."""

import logging
import re
import traceback
from collections.abc import Callable
from typing import Any

_SECRETS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\$argon2\w*\$[\w$=,+/.-]+"), "[hash]"),
    (re.compile(r"Failing row contains \(.*?\)(?=\.?\s*$)", re.MULTILINE), "Failing row contains […]"),  # PostgreSQL says the whole row
    (re.compile(r"Key \(([^)]*)\)=\(.*?\)(?= )"), r"Key (\1)=[…]"),
    (re.compile(r"\[parameters: .*?\](?=\s*$)", re.MULTILINE), "[parameters: …]"),
    (re.compile(r"(://[^:/@\s]*):[^@/\s]+@"), r"\1:…@"),
)


def scrub(text: str) -> str:
    """A text without the secrets that errors of drivers carry."""
    for pattern, instead in _SECRETS:
        text = pattern.sub(instead, text)
    return text


def install() -> None:
    """Scrub every record from now on. Safe to call again."""
    make = logging.getLogRecordFactory()
    if not hasattr(make, "scrubs"):
        logging.setLogRecordFactory(_scrubbing(make))


def _scrubbing(make: Callable[..., logging.LogRecord]) -> Callable[..., logging.LogRecord]:
    def record(*args: Any, **kwargs: Any) -> logging.LogRecord:
        made = make(*args, **kwargs)
        said = made.getMessage()
        clean = scrub(said)
        if clean != said:
            made.msg, made.args = clean, ()
        if made.exc_info and made.exc_info[0] is not None:  # every formatter takes this text instead of the exception's own
            made.exc_text = scrub("".join(traceback.format_exception(*made.exc_info)).rstrip())
        return made

    record.scrubs = True  # type: ignore[attr-defined]
    return record
