"""From what Excel stored to what the column means. Nothing is guessed: what is in doubt is refused with its remedy."""

import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal

from stdnum.cn import uscc

from marketplace.kernel.errors import N_
from marketplace.kernel.money import MAX_AMOUNT_FEN, YUAN
from marketplace.kernel.sheets.loading import Cell
from marketplace.kernel.sheets.markup import FormulaError, Share
from marketplace.kernel.sheets.schema import CellKind, Column

Value = str | int | bool | Decimal | date

EXCEL_DIGITS = 15  # Excel keeps no more of a number
_EPOCH = date(1899, 12, 30)  # Excel's day 0; right for every day after its invented 1900-02-29
_LATER_EPOCH = 1_462  # days from Excel's day 0 to 1904-01-01, from which some books count
_SERIALS = range(18_264, 73_051)  # 1950-01-01 .. 2100-01-01: a number outside was not meant as a day
_DATES = re.compile(r"(\d{4})(?:[-/.年](\d{1,2})[-/.月](\d{1,2})日?|(\d{2})(\d{2}))(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?", re.ASCII)
_NUMBER = re.compile(r"[-+]?(?:\d{1,3}(?:,\d{3})+|\d{1,30})(?:\.\d{0,30})?", re.ASCII)
_REGION = re.compile(r"[1-8]\d{5}", re.ASCII)
_INVISIBLE = re.compile("[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u2028-\u202e\u2060\ufeff\ud800-\udfff\ufffe\uffff]")
_DITTO = frozenset({"同上", "同左", "〃", "″", '"', "''", "〞", "ditto", "Ditto", "DITTO"})
_YES = frozenset({"是", "√", "✓", "✔", "对", "Y", "YES", "TRUE", "1"})
_NO = frozenset({"否", "×", "✗", "N", "NO", "FALSE", "0"})


class Unreadable(Exception):
    """A cell that does not fit its column: what is wrong, and what to do."""

    def __init__(self, message: str, remedy: str, **params: object) -> None:
        super().__init__(message)
        self.message = message % params if params else message
        self.remedy = remedy % params if params else remedy


def is_blank(cell: Cell) -> bool:
    return isinstance(cell, str) and not tidy(cell)


def is_ditto(cell: Cell) -> bool:
    """Whether a cell says: as above."""
    return isinstance(cell, str) and "".join(tidy(cell).split()) in _DITTO


def tidy(text: str) -> str:
    """Without control and invisible characters and outer spaces; full-width punctuation stays, it belongs to registered names."""
    return visible(unicodedata.normalize("NFC", text.replace("\r\n", "\n"))).strip()


def visible(text: str) -> str:
    """Without characters no sheet can hold or no eye can see."""
    return _INVISIBLE.sub("", text)


def narrow(text: str) -> str:
    """Full-width letters and digits as plain ones, without any space: for codes, numbers and headings."""
    return "".join(tidy(unicodedata.normalize("NFKC", text)).split())


def convert(column: Column, cell: Cell, *, from_1904: bool = False) -> Value | None:
    """The value of a cell; None when it is blank.

    Raises: Unreadable.
    """
    if is_blank(cell):
        if column.required:
            raise Unreadable(N_("没有填写。"), N_("这一列必填，请补上。"))
        return None
    if isinstance(cell, FormulaError):
        raise Unreadable(N_("公式没有算出结果（%(text)s）。"), N_("请改正公式，或直接填写内容。"), text=cell)
    if is_ditto(cell):
        raise Unreadable(N_("“%(text)s”没有写明内容。"), N_("请把上一行的内容照写在这一行。"), text=_shown(cell))
    if from_1904 and column.kind is CellKind.DATE and isinstance(cell, int | float) and int(cell) + _LATER_EPOCH in _SERIALS:
        cell += _LATER_EPOCH
    return _READERS[column.kind](column, cell)


def _text(column: Column, cell: Cell) -> str:
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, datetime):
        return cell.isoformat(" ", "minutes") if cell.time() != datetime.min.time() else cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, int | float):
        return _digits_of(cell)
    return _within(column, tidy(cell))


def _digits_of(number: int | float) -> str:
    """A number typed where text was meant, e.g. a telephone number."""
    exact = _exact(number)
    if abs(exact) >= 10**EXCEL_DIGITS:
        raise Unreadable(N_("Excel 把一长串数字存成了数值，末几位已丢失。"), N_("请把该列设为文本后重新填写。"))
    return f"{exact:f}"


def _code(column: Column, cell: Cell) -> str:
    if isinstance(cell, str):
        return _within(column, narrow(cell))
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        digits = len(str(abs(int(_exact(cell)))))
        if digits == column.digits and cell == int(cell) and cell > 0:
            return str(int(cell))  # as many as the code has: none is lost
        if digits > EXCEL_DIGITS:
            raise Unreadable(N_("Excel 把 %(digits)s 位代码存成了数字，末几位已丢失。"), N_("请把该列设为文本后重新填写。"), digits=digits)
        raise Unreadable(N_("Excel 把代码存成了数字，开头的 0 可能已丢失。"), N_("请把该列设为文本后重新填写。"))
    raise Unreadable(N_("Excel 把代码存成了日期。"), N_("请把该列设为文本后重新填写。"))


def _uscc(column: Column, cell: Cell) -> str:
    code = _code(column, cell).upper()
    if len(code) != 18:
        raise Unreadable(N_("统一社会信用代码应为 18 位，这里是 %(length)s 位。"), N_("请对照营业执照核对。"), length=len(code))
    if not uscc.is_valid(code) and not column.is_unchecked:
        raise Unreadable(N_("统一社会信用代码校验不通过，可能有一位抄错。"), N_("请对照营业执照核对，注意没有字母 I、O、S、V、Z。"))
    return code


def _region(column: Column, cell: Cell) -> str:
    is_number = isinstance(cell, int | float) and not isinstance(cell, bool)
    code = _digits_of(cell) if is_number else _code(column, cell)  # type: ignore[arg-type]  # no code begins with 0: nothing is lost
    if not _REGION.fullmatch(code):
        raise Unreadable(N_("行政区划代码应为 6 位数字。"), N_("请填写 6 位代码，例如 540102。"))
    return code


def _number(column: Column, cell: Cell) -> Decimal:
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        number = _exact(cell)
    elif isinstance(cell, str) and _NUMBER.fullmatch(narrow(cell).replace("\u2212", "-")):
        number = Decimal(narrow(cell).replace("\u2212", "-").replace(",", ""))
    else:
        raise Unreadable(N_("“%(text)s”不是数字。"), N_("请只填写数字，不写单位和说明。"), text=_shown(cell))
    if number < 0 and not column.negative:
        raise Unreadable(N_("不能是负数。"), N_("请核对后填写大于或等于 0 的数字。"))
    if abs(number) > MAX_AMOUNT_FEN:
        raise Unreadable(N_("数字过大。"), N_("请核对单位和位数。"))
    return number


def _integer(column: Column, cell: Cell) -> int:
    number = _number(column, cell)
    if number != int(number):
        raise Unreadable(N_("应为整数。"), N_("请填写不带小数的数字。"))
    return int(number)


def _yuan(column: Column, cell: Cell) -> int:
    """Integer fen. Ten thousands only when the cell itself says 万."""
    factor = 1
    if isinstance(cell, str):
        cell = narrow(cell).removeprefix("¥").removesuffix("元")
        if cell.endswith("万"):
            cell, factor = cell.removesuffix("万"), 10_000
    fen = _number(column, cell) * factor * YUAN
    if fen != int(fen):
        raise Unreadable(N_("金额最多两位小数（精确到分）。"), N_("请填写如 1234.50 的金额，单位元。"))
    if abs(fen) > MAX_AMOUNT_FEN:
        raise Unreadable(N_("金额过大。"), N_("请核对单位是不是元。"))
    return int(fen)


_SAID_OF_AMOUNT = re.compile(r"^(?:[A-Z]{3}|[¥£€$])|元$")


def _amount(column: Column, cell: Cell) -> Decimal:
    """A number, with a currency's sign or code before it, or 元 behind it."""
    return _number(column, _SAID_OF_AMOUNT.sub("", narrow(cell)) if isinstance(cell, str) else cell)


def _percent(column: Column, cell: Cell) -> int:
    """Basis points. A bare 0.5 may be half a percent or a half: it is refused, unless its cell shows per cent."""
    if isinstance(cell, Share):
        number = _number(column, float(cell)) * 100
    elif isinstance(cell, str) and narrow(cell).endswith("%"):
        number = _number(column, narrow(cell).removesuffix("%"))
    else:
        number = _number(column, cell)
        if 0 < abs(number) <= 1:
            raise Unreadable(N_("分不清“%(text)s”是百分之几。"), N_("请带百分号填写，例如 50%%。"), text=_shown(cell))
    points = number * 100
    if points != int(points):
        raise Unreadable(N_("百分比最多两位小数。"), N_("请填写如 12.50%% 的百分比。"), text="")
    return int(points)


def _date(_column: Column, cell: Cell) -> date:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    found = _date_of_number(cell) if isinstance(cell, int | float) and not isinstance(cell, bool) else _date_of_text(str(cell))
    if found is None or not 1900 <= found.year <= 2199:
        raise Unreadable(N_("“%(text)s”不是日期。"), N_("请写成 2026-11-20 的样子。"), text=_shown(cell))
    return found


def _date_of_number(number: int | float) -> date | None:
    """A day that lost its cell format (46346), or eight digits typed in a row (20261120)."""
    exact = _exact(number)
    if exact != int(exact) and int(exact) not in _SERIALS:
        return None
    if int(exact) in _SERIALS:
        return _EPOCH + timedelta(days=int(exact))
    return _date_of_text(str(int(exact)))


def _date_of_text(text: str) -> date | None:
    found = _DATES.fullmatch(" ".join(tidy(unicodedata.normalize("NFKC", text)).split()))
    if not found:
        return None
    year, month, day = found[1], found[2] or found[4], found[3] or found[5]
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def _choice(column: Column, cell: Cell) -> str:
    typed = narrow(_text(column, cell))
    for key, label in column.choices.items():
        if typed in (narrow(label), narrow(key)):
            return key
    shown = "、".join(list(column.choices.values())[:12]) + ("……" if len(column.choices) > 12 else "")
    raise Unreadable(N_("“%(text)s”不在可选范围内。"), N_("请从这些中选一个：%(choices)s。"), text=_shown(cell), choices=shown)


def _yes_no(_column: Column, cell: Cell) -> bool:
    if isinstance(cell, bool):
        return cell
    typed = (_digits_of(cell) if isinstance(cell, int | float) else narrow(str(cell))).upper()
    if typed not in _YES | _NO:
        raise Unreadable(N_("“%(text)s”看不出是或否。"), N_("请填写“是”或“否”。"), text=_shown(cell))
    return typed in _YES


def _exact(number: int | float) -> Decimal:
    """What Excel shows for a stored number: 15 digits, so 0.30000000000000004 is 0.3."""
    if number in (float("inf"), float("-inf")) or number != number:  # noqa: PLR0124 - NaN is the only value that differs from itself
        raise Unreadable(N_("不是数字。"), N_("请重新填写。"))
    shown = Decimal(number if isinstance(number, int) else f"{number:.{EXCEL_DIGITS}g}")
    return shown.to_integral_value() if shown == shown.to_integral_value() else shown.normalize()


def _within(column: Column, text: str) -> str:
    if len(text) > column.max_length:
        raise Unreadable(N_("太长：%(length)s 个字，最多 %(limit)s 个。"), N_("请缩短后再填。"), length=len(text), limit=column.max_length)
    return text


def _shown(cell: Cell) -> str:
    text = tidy(str(cell))
    return text if len(text) <= 20 else text[:20] + "…"


_READERS: dict[CellKind, Callable[[Column, Cell], Value]] = {
    CellKind.TEXT: _text,
    CellKind.CODE: _code,
    CellKind.INTEGER: _integer,
    CellKind.DECIMAL: _number,
    CellKind.AMOUNT: _amount,
    CellKind.YUAN: _yuan,
    CellKind.PERCENT: _percent,
    CellKind.DATE: _date,
    CellKind.CHOICE: _choice,
    CellKind.YES_NO: _yes_no,
    CellKind.USCC: _uscc,
    CellKind.REGION: _region,
}
