"""What an address asks for: numbers, days, keys and words of the query string, each read in one way. Nonsense asks for nothing."""

from datetime import date
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from flask import Flask, abort, request

from marketplace.kernel import typed

Word = TypeVar("Word", bound=StrEnum)

MOST_TEXT = 100  # signs of a search


def asked_text(name: str, most: int = MOST_TEXT) -> str:
    """Words of the address, trimmed."""
    return request.args.get(name, "").strip()[:most]


def asked_number(name: str, least: int = 0, most: int = typed.MOST) -> int | None:
    """A whole number of the address, within its limits."""
    return typed.number(request.args.get(name), least, most)


def asked_day(name: str) -> date | None:
    """A day of the address."""
    return typed.day(request.args.get(name))


def asked_days(first: str, last: str) -> tuple[date | None, date | None]:
    """A span of days of the address; written backwards, it is turned round."""
    return typed.in_order(asked_day(first), asked_day(last))


def asked_key(name: str) -> UUID | None:
    """A row's key of the address."""
    return typed.key(request.args.get(name))


def asked_word(name: str, kind: type[Word], default: str = "") -> Word | None:
    """A word of an enumeration, of the address."""
    text = request.args.get(name, default)
    return kind(text) if text in set(kind) else None


def register_reading(app: Flask) -> None:
    """Turn away what no engine can store before any page reads it: NUL and halves of surrogate pairs, wherever they stand."""

    @app.before_request
    def refuse_unstorable() -> None:
        if request.endpoint in {"static", "bootstrap.static"}:
            return
        lists = [*request.args.items(multi=True), *request.form.items(multi=True)]
        files = [file.filename or "" for _name, file in request.files.items(multi=True)]
        texts = [request.path, *(text for pair in lists for text in pair), *files, *request.cookies.values()]
        if not all(map(typed.is_storable, texts)):
            abort(400)
