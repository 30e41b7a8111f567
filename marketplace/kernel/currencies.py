"""The currencies in which a programme may keep its book: code and exponent from the reference table, names and signs from CLDR.

An amount in yuan is written as a number, and its sentence or column says 元. Any other names its currency itself (GBP 1,234.50), in both
languages: where it stands, 元 gives way (`sentences.filled`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from babel.numbers import get_currency_name, get_currency_symbol

from marketplace.kernel.money import CNY, Currency, format_named
from marketplace.kernel.policyfiles.groups import ListedTables
from marketplace.kernel.policyfiles.kinds import ShortText, Whole
from marketplace.kernel.policyfiles.reading import CONFIG, Root, key, load

FILE = CONFIG / "reference" / "currencies.toml"


@dataclass(frozen=True, kw_only=True)
class _Listed:
    code: str = key(ShortText("", 3, pattern="[A-Z]{3}"))
    exponent: int = key(Whole("", 0, 4))


@dataclass(frozen=True, kw_only=True)
class CurrencyTable(Root):
    FORMAT = "currencies/1"

    currency: tuple[_Listed, ...] = key(ListedTables(_Listed, by="code"))


@cache
def currencies() -> Mapping[str, Currency]:
    """Those of the table, by code. Raises: PolicyFileError."""
    listed = load(FILE, CurrencyTable).currency
    return {CNY: CNY} | {
        one.code: Currency(
            one.code, one.exponent, get_currency_name(one.code, locale="zh_Hans_CN"), get_currency_symbol(one.code, locale="en")
        )
        for one in listed
        if one.code != CNY
    }


def currency(code: str) -> Currency:
    """The currency of a code that a book keeps."""
    return currencies()[code]


def in_sheet(amount: int | None, code: str) -> int | str | None:
    """An amount in a column of a sheet whose head says 元: as it is in yuan, as text that names any other currency, which no sum adds."""
    return amount if amount is None or code == CNY else format_money(amount, code)


def format_money(amount: int, code: str) -> str:
    """An amount of a book as its sentence or column takes it."""
    return format_named(amount, CNY if code == CNY else currency(code))
