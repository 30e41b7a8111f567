"""How values are written on pages. Templates format; they never compute."""

import re
from datetime import date, datetime

from flask import Flask

from marketplace.kernel import clock
from marketplace.kernel.locales import said
from marketplace.kernel.money import format_yuan, percent, upper_amount
from marketplace.web.access import may_open


def yuan(amount_fen: int | None) -> str:
    """Fen as "12,345.60"; nothing as a dash."""
    return "—" if amount_fen is None else format_yuan(amount_fen)


def civil(value: date | datetime | None) -> str:
    """A date as 2026-11-20, in China."""
    if value is None:
        return "—"
    return (clock.civil_date(value) if isinstance(value, datetime) else value).isoformat()


def moment(value: datetime | None) -> str:
    """An instant as 2026-11-20 14:05, in China."""
    return "—" if value is None else value.astimezone(clock.CST).strftime("%Y-%m-%d %H:%M")


def percent_bp(rate_bp: int | None) -> str:
    """Basis points as "12.5%"; nothing as a dash."""
    return "—" if rate_bp is None else percent(rate_bp)


def register_formats(app: Flask) -> None:
    """Give the filters to Jinja, and the question whether a door is open to the user."""
    app.jinja_env.globals.update(may_open=may_open)
    app.jinja_env.filters.update(
        yuan=yuan, date=civil, datetime=moment, percent_bp=percent_bp, label=said, sentence=said, upper_amount=upper_amount
    )


def dialled(phone: str) -> str:
    """A phone number as a telephone takes it; empty where there is none to dial."""
    digits = re.sub(r"[^0-9+]", "", phone)
    return digits if len(digits) >= 5 else ""
