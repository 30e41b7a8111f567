"""How values are written on pages. Templates format; they never compute."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, tzinfo
from typing import Any

from flask import Flask
from jinja2 import pass_context
from markupsafe import Markup

from marketplace.kernel import clock
from marketplace.kernel.currencies import format_money
from marketplace.kernel.errors import N_
from marketplace.kernel.locales import called, said, spoken, unit_of
from marketplace.kernel.money import CNY, format_yuan, percent, upper_amount
from marketplace.kernel.sentences import with_units
from marketplace.web.access import may_open

_UNIT_OF_HEAD = re.compile(r"（元）| \(yuan\)")


def yuan(amount_fen: int | None) -> str:
    """Fen as "12,345.60"; nothing as a dash."""
    return "—" if amount_fen is None else format_yuan(amount_fen)


def money(amount: int | None, currency: str) -> str:
    """An amount of a book: the number in yuan, whose unit stands beside it; any other names its currency. Nothing as a dash."""
    return "—" if amount is None else format_money(amount, currency)


def amount(value: int | None, currency: str) -> str:
    """The same with its unit: 12,345.60 元, or GBP 12,345.60."""
    return "—" if value is None else said(N_("%(amount)s 元", amount=format_money(value, currency)))


def in_words(value: int, currency: str) -> str:
    """大写 of an amount in yuan; other currencies have none, and their name stands in its place."""
    return upper_amount(value, currency) if currency == CNY else called(currency)


def head(title: str, currency: str) -> str:
    """A column's head, without its 元 where the amounts below name another currency."""
    return title if currency == CNY else _UNIT_OF_HEAD.sub("", title)


def column_unit(currency: str) -> str:
    """The unit in a column's head; none where its amounts name their currency, or are in several."""
    return unit_of(currency) if currency == CNY else ""


def unit_beside(shown: object, unit: str) -> str:
    """The unit behind a figure, unless it names its currency itself."""
    return "" if str(shown)[:3].isascii() and str(shown)[:3].isalpha() else unit


def one_currency(rows: Iterable[Any]) -> str:
    """In which currency the amounts of all rows are; empty where they are in several."""
    named = {str(row.get("currency") if isinstance(row, Mapping) else getattr(row, "currency", None)) for row in rows}
    found = {CNY if one == "None" else one for one in named} or {CNY}
    return found.pop() if len(found) == 1 else ""


def in_units_of(columns: Sequence[Mapping[str, Any]], rows: Iterable[Any], currency: str = "") -> Sequence[Mapping[str, Any]]:
    """The columns of a table, without a unit over amounts that name their currency."""
    if (currency or one_currency(rows)) == CNY:
        return columns
    return [{**one, "unit": ""} if one.get("kind") == "money" else one for one in columns]


@pass_context
def say(context: Any, message: str, /, **values: Any) -> str:
    """A sentence of a template in the reader's language; an amount that names its currency takes the place of the sentence's 元."""
    found = spoken(message)
    if context.eval_ctx.autoescape:
        found = Markup(found)  # noqa: S704 – our own sentences; what fills them is escaped
    return type(found)(with_units(found, values)) % values


def civil(value: date | datetime | None) -> str:
    """A date as 2026-11-20, in China."""
    if value is None:
        return "—"
    return (clock.civil_date(value) if isinstance(value, datetime) else value).isoformat()


def moment(value: datetime | None, zone: tzinfo = clock.CST) -> str:
    """An instant as 2026-11-20 14:05, in China; in another zone with its name."""
    if value is None:
        return "—"
    there = value.astimezone(zone)
    return there.strftime("%Y-%m-%d %H:%M") + ("" if zone == clock.CST else f" {there:%Z}")


def percent_bp(rate_bp: int | None) -> str:
    """Basis points as "12.5%"; nothing as a dash."""
    return "—" if rate_bp is None else percent(rate_bp)


def register_formats(app: Flask) -> None:
    """Give the filters to Jinja, and the question whether a door is open to the user."""
    app.jinja_env.globals.update(may_open=may_open, _=say, gettext=say)
    app.jinja_env.filters.update(date=civil, datetime=moment, percent_bp=percent_bp, label=said, sentence=said)
    app.jinja_env.filters.update(yuan=yuan, money=money, amount=amount, in_words=in_words, head=head, unit=unit_of)
    app.jinja_env.filters.update(
        column_unit=column_unit, called=called, unit_beside=unit_beside, one_currency=one_currency, in_units_of=in_units_of
    )


def dialled(phone: str) -> str:
    """A phone number as a telephone takes it; empty where there is none to dial."""
    digits = re.sub(r"[^0-9+]", "", phone)
    return digits if len(digits) >= 5 else ""
