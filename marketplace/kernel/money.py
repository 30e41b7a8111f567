"""Money is an integer number of fen. Decimal appears only where yuan are read or shown."""

import re
from decimal import Decimal
from typing import NewType

from marketplace.kernel.errors import N_
from marketplace.kernel.typed import half_width

Fen = NewType("Fen", int)

YUAN = 100  # fen in a yuan
MAX_AMOUNT_FEN = 10**15  # one amount; SQLite turns an overflowing integer sum into a float

_YUAN_PATTERN = re.compile(r"-?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,20})(?:\.[0-9]{1,2})?")
_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")
_GROUPS = ("", "万", "亿", "万亿")


def parse_yuan(text: str, *, allow_negative: bool = False) -> Fen:
    """Read an amount typed in yuan, exactly: nothing is ever rounded.

    Raises: ValueError with a Chinese sentence.
    """
    cleaned = half_width(text).strip().replace("¥", "").replace("￥", "").removesuffix("元").strip()
    if not _YUAN_PATTERN.fullmatch(cleaned):
        raise ValueError(N_("请输入金额，单位元，最多两位小数，例如 1234.50。"))
    fen = int((Decimal(cleaned.replace(",", "")) * YUAN).to_integral_exact())
    if fen < 0 and not allow_negative:
        raise ValueError(N_("金额不能是负数，请核对。"))
    if abs(fen) > MAX_AMOUNT_FEN:
        raise ValueError(N_("金额过大，请核对单位是不是元。"))
    return Fen(fen)


def format_yuan(amount_fen: int) -> str:
    """12345.6 yuan → "12,345.60"."""
    sign = "-" if amount_fen < 0 else ""
    yuan, fen = divmod(abs(amount_fen), YUAN)
    return f"{sign}{yuan:,}.{fen:02d}"


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


def upper_amount(amount_fen: int) -> str:
    """大写金额: 100001000 yuan → 壹亿零壹仟元整. Source: 支付结算办法 附一 正确填写票据和结算凭证的基本规定."""
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
