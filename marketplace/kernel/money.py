"""Money is an integer number of the smallest unit of its currency: fen, and names that end in _fen are meant so. Decimal appears only where
amounts are read or shown.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import NewType

from marketplace.kernel.errors import N_
from marketplace.kernel.typed import half_width

Fen = NewType("Fen", int)

YUAN = 100  # fen in a yuan
MAX_AMOUNT_FEN = 10**15  # one amount; SQLite turns an overflowing integer sum into a float

_AMOUNT = re.compile(r"(-?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,20}))(?:\.([0-9]{1,9}))?")
_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")
_GROUPS = ("", "万", "亿", "万亿")


class Currency(str):
    """A currency by its code, which knows how many decimals its smallest unit has. `currencies.currency` makes one of a code."""

    exponent: int
    label: str  # in Chinese
    symbol: str

    def __new__(cls, code: str, exponent: int, label: str, symbol: str) -> "Currency":
        made = super().__new__(cls, code)
        made.exponent, made.label, made.symbol = exponent, label, symbol
        return made

    def __reduce__(self) -> tuple[type["Currency"], tuple[str, int, str, str]]:  # so it is copied and pickled whole
        return Currency, (str(self), self.exponent, self.label, self.symbol)


CNY = Currency("CNY", 2, "人民币", "¥")


def parse_yuan(text: str, *, allow_negative: bool = False) -> Fen:
    """Read an amount typed in yuan, exactly: nothing is ever rounded.

    Raises: ValueError with a Chinese sentence.
    """
    return parse_amount(text, CNY, allow_negative=allow_negative)


def parse_amount(text: str, currency: Currency, *, allow_negative: bool = False) -> Fen:
    """The same of any currency: as many of its smallest unit. Raises: ValueError with a Chinese sentence."""
    found = _AMOUNT.fullmatch(_bare(half_width(text).strip(), currency))
    if not found or len(found[2] or "") > currency.exponent:
        raise ValueError(_unreadable(currency))
    amount = int(Decimal(found[0].replace(",", "")).scaleb(currency.exponent).to_integral_exact())
    if amount < 0 and not allow_negative:
        raise ValueError(N_("金额不能是负数，请核对。"))
    if abs(amount) > MAX_AMOUNT_FEN:
        raise ValueError(N_("金额过大，请核对单位是不是元。") if currency == CNY else N_("金额过大，请核对单位。"))
    return Fen(amount)


def _bare(text: str, currency: Currency) -> str:
    """Without the currency's sign, which people type before the number, or its name behind it."""
    if currency == CNY:
        return text.replace("¥", "").replace("￥", "").removesuffix("元").strip()
    return text.removeprefix(currency).removeprefix(currency.symbol).removesuffix(currency).removesuffix(currency.label).strip()


def _unreadable(currency: Currency) -> str:
    if currency == CNY:
        return N_("请输入金额，单位元，最多两位小数，例如 1234.50。")
    if not currency.exponent:
        return N_("请输入金额，单位 %(unit)s，不带小数。", unit=str(currency))
    return N_("请输入金额，单位 %(unit)s，最多 %(digits)s 位小数。", unit=str(currency), digits=currency.exponent)


def format_amount(amount: int, currency: Currency) -> str:
    """The number alone: 1234560 of KWD → "1,234.560"; 1234 of JPY → "1,234"."""
    whole, rest = divmod(abs(amount), 10**currency.exponent)
    return f"{'-' if amount < 0 else ''}{whole:,}" + (f".{rest:0{currency.exponent}d}" if currency.exponent else "")


def format_named(amount: int, currency: Currency) -> str:
    """As a sentence or a column takes it: "1,234.50" in yuan, of which it says 元 itself, "GBP 1,234.50" in any other currency."""
    number = format_amount(amount, currency)
    return number if currency == CNY else f"{currency} {number}"


def format_yuan(amount_fen: int) -> str:
    """12345.6 yuan → "12,345.60"."""
    return format_amount(amount_fen, CNY)


def share_floor(amount_fen: int, rate_bp: int) -> Fen:
    """A share in basis points; part of a fen is dropped, in favour of the fund."""
    return Fen(amount_fen * rate_bp // 10_000)


def _group_words(number: int) -> str:
    """Up to four digits in capital numerals, inner zeros said once."""
    words, zero = "", False
    for place in range(3, -1, -1):
        digit = number // 10**place % 10
        if digit == 0:
            zero = bool(words)
            continue
        words += ("零" if zero else "") + _DIGITS[digit] + _PLACES[place]
        zero = False
    return words


def _yuan_words(yuan: int) -> str:
    words, gap = "", False
    for group in range(len(_GROUPS) - 1, -1, -1):
        number = yuan // 10 ** (4 * group) % 10_000
        if number == 0:
            gap = bool(words)
            continue
        if words and (gap or number < 1000):
            words += "零"
        words += _group_words(number) + ("万" if group == 3 else _GROUPS[group])
        if group == 3 and yuan // 10**8 % 10_000 == 0:
            words += "亿"
        gap = False
    return words


def upper_amount(amount_fen: int, currency: str = CNY) -> str:
    """大写金额: 100001000 yuan → 壹亿零壹仟元整. Source: 支付结算办法 附一 正确填写票据和结算凭证的基本规定.

    Raises: ValueError: the rules are those of yuan, jiao and fen; no other currency has them.
    """
    if currency != CNY:
        raise ValueError(f"{currency} is not written in capital numerals")
    if amount_fen < 0:
        return "负" + upper_amount(-amount_fen)
    yuan, fen = divmod(amount_fen, YUAN)
    jiao, rest = divmod(fen, 10)
    words = _yuan_words(yuan) + "元" if yuan else ""
    if not fen:
        return (words or "零元") + "整"
    if jiao:
        words += _DIGITS[jiao] + "角"
    elif yuan:
        words += "零"
    return words + (_DIGITS[rest] + "分" if rest else "整")


def percent(rate_bp: int) -> str:
    """Basis points as a share: 3000 → 30%; 1250 → 12.5%."""
    return f"{rate_bp / 100:.10g}%"


def split_pro_rata(amount_fen: int, sources: Mapping[str, int]) -> dict[str, int]:
    """What of an amount each source bears, pro rata to what it has left, adding up to the fen.

    So no source ever pays more than it gave, and all are used up together. Parts of a fen go by largest remainder; sources that are
    equal in it take them by name, so the same question has one answer.
    """
    total = sum(sources.values())
    assert 0 <= amount_fen <= total and total > 0, "what has no source is not paid"
    shares = {name: amount_fen * received // total for name, received in sources.items()}
    by_remainder = sorted(sources, key=lambda name: (-(amount_fen * sources[name] % total), name))
    for name in by_remainder[: amount_fen - sum(shares.values())]:
        shares[name] += 1
    return {name: shares[name] for name in sorted(shares) if shares[name]}
