"""Cells of the two lists as firms type them: what can only mean one thing is read so, and what took a choice is told. Pure.

Each function changes the cells of a row (by column key) and answers the sentences that are to be told of it, once for all rows of a kind.
"""

import calendar
import math
import re
from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache

from marketplace.identity import regions
from marketplace.identity.uscc import check_uscc
from marketplace.kernel import typed
from marketplace.kernel.errors import N_, DomainError
from marketplace.kernel.sheets import Cell, narrow
from marketplace.matching import units

Cells = dict[str, Cell]

RANGE = N_("写成范围的有 %(n)s 行（需求数量、价格和天数按上限，产能按下限）：第 %(rows)s 行。")
ABOUT = N_("写“约”“左右”“以上”的数字有 %(n)s 行，按所写数字读入：第 %(rows)s 行。")
OPEN = N_("数量或产能没有定的（按需、待定等）有 %(n)s 行，按没有填写：第 %(rows)s 行。")
NO_UNIT = N_("写了数量却没有计量单位的有 %(n)s 行，匹配时标为待核：第 %(rows)s 行。")
OTHER_UNIT = N_("数字里的单位与单位栏不同的有 %(n)s 行，按数字里的单位：第 %(rows)s 行。")
TWICE = N_("数字和单位栏都写了“万”“千”的有 %(n)s 行，只算一次：第 %(rows)s 行。")
UNIT_OF_PRICE = N_("没有填计量单位、按单价里写的单位读入的有 %(n)s 行：第 %(rows)s 行。")
NO_PRICE = N_("面议或单价的单位换算不了的有 %(n)s 行，单价按没有填写：第 %(rows)s 行。")
LAST_DAY = N_("日期只写到月、季度或年底的有 %(n)s 行，按那段时间的最后一天：第 %(rows)s 行。")
NO_DAY = N_("交货日期写成天数或“随时”的有 %(n)s 行，按没有填写，原文记入备注：第 %(rows)s 行。")
LEAD = N_("交货周期写成月、周、工作日或现货的有 %(n)s 行，已换算成天：第 %(rows)s 行。")
PLACE = N_("地区名称不止一处的有 %(n)s 行，按信用代码所在的省市；仍分不清的按没有填写：第 %(rows)s 行。")
EMPTY = N_("写“无”“/”“—”的格子有 %(n)s 行，按没有填写：第 %(rows)s 行。")
CODE = N_("统一社会信用代码校验不通过的有 %(n)s 行，可能有一位抄错，仍按所写读入：第 %(rows)s 行。")

_NOTHING = frozenset({"/", "\\", "-", "--", "—", "——", "无", "暂无", "没有"})
_DEALS = ("quantity", "capacity", "unit", "target_price_fen", "price_fen", "needed_by", "lead_days", "minimum_lot")
_TERMS = ("certificates", "region_code", "specification", "max_suppliers", "max_customers", "share_cap_bp", "excluded", "industry_code")
_MAY_BE_EMPTY = (*_DEALS, *_TERMS)
_UNDECIDED = re.compile(r"(按|视|根据|以)(需|实际|订单|计划|项目|客户).*|待定|待议|若干|不限|不定|面议|随行就市|未定")
_TO_BE_AGREED = re.compile(r"(价格|单价)?(面|电|另|待|协|可)议(价)?|待定|询价|随行就市|市场价|按?(合同|订单|实际).*")
_ROUGH = r"(?P<about>约|大约|大概|近|不少于|不低于|至少|≥|>=|≈|~)?"
_NUMBERS = r"(?P<low>\d[\d,]*(?:\.\d+)?)(?P<first>千(?![克瓦米升])|[万亿])?(?:[-~—–至到](?P<high>\d[\d,]*(?:\.\d+)?))?"
_UNIT = r"(?P<times>千(?![克瓦米升])|[万亿])?(?P<unit>[^\d]*?[23]?)"
_QUANTITY = re.compile(_ROUGH + _NUMBERS + _UNIT + r"(?P<more>左右|上下|以上|余|\+)?", re.ASCII)
_PRICE = re.compile(_ROUGH + r"¥?" + _NUMBERS + r"(?P<times>[万])?元?(?:[/每](?P<unit>[^\d]+?))?(?P<more>左右|上下)?", re.ASCII)
_SPAN = r"个?(?P<unit>天|日|日历天|自然日|工作日|周|星期|礼拜|月)(?P<more>左右|内|以内)?"
_LEAD = re.compile(r"[^\d]*?" + _ROUGH + _NUMBERS + _SPAN, re.ASCII)
_AT_ONCE = frozenset({"随时", "现货", "即时", "有货", "当天"})
_TIMES = {None: 1, "千": 1_000, "万": 10_000, "亿": 100_000_000}
_DAYS = {"周": 7, "星期": 7, "礼拜": 7, "月": 30}
_MONTH = r"[-/.年](?P<month>\d{1,2})月?份?(?P<part>上旬|中旬|下旬|底|末)?"
_QUARTER = r"年?第?(?P<quarter>[一二三四1-4])季度"
_PERIOD = re.compile(rf"(?P<year>\d{{4}})(?:{_MONTH}|{_QUARTER}|年(?:底|末|内)?)(?:之?前|以前)?", re.ASCII)
_WITHIN = re.compile(
    r"(?:合同|订单|签订|签约|下单|收款|接到).*|\d+(?:个)?(?:工作日|天|日|周|个?月)(?:内|以内)?|.*随时.*|现货|即时|尽快|待定|面议|按.*"
)
_YEARLY = re.compile(r"[/每](年|a)$|每年$")


def need(cells: Cells) -> list[str]:
    """A row of a needs list. What was typed where a choice was made stays in its note."""
    before, emptied = dict(cells), _emptied(cells)
    quantity, price, day = _quantity(cells, "quantity", max), _price(cells, "target_price_fen"), _day(cells)
    chosen = (("quantity", "数量", quantity), ("target_price_fen", "单价", price), ("needed_by", "交货", day))
    told_of = [(title, _words(before[key])) for key, title, told in chosen if set(told) - {NO_UNIT, UNIT_OF_PRICE}]
    kept = [f"{title}原填“{words}”" for title, words in told_of if words]
    if kept:
        cells["note"] = "；".join(filter(None, [str(cells["note"]).strip(), *kept]))
    return [*emptied, *_said(quantity, price), *day]


def _words(cell: Cell) -> str:
    """What somebody wrote in words; "" for a number, a day or nothing."""
    text = cell.strip() if isinstance(cell, str) else ""
    return "" if narrow(text) in _NOTHING else text


def supply(cells: Cells) -> list[str]:
    """A row of a supply list."""
    return [*_emptied(cells), *_said(_quantity(cells, "capacity", min), _price(cells, "price_fen")), *_lead(cells), *_place(cells)]


def supply_of_anybody(cells: Cells) -> list[str]:
    """A row of a supply list whose firms need not be registered: a code that fails its check is taken and told."""
    return [*supply(cells), *([] if _is_code(str(cells.get("uscc", ""))) else [CODE])]


def _is_code(text: str) -> bool:
    try:
        check_uscc(text)
    except DomainError:
        return False
    return True


def _said(quantity: list[str], price: list[str]) -> list[str]:
    """What is told of both: a unit that the price gives is not missing."""
    return [*(one for one in quantity if one != NO_UNIT or UNIT_OF_PRICE not in price), *price]


def _emptied(cells: Cells) -> list[str]:
    found = [key for key in _MAY_BE_EMPTY if isinstance(cells.get(key), str) and narrow(str(cells[key])) in _NOTHING]
    for key in found:
        cells[key] = ""
    return [EMPTY] if found else []


def _number(text: str) -> Fraction:
    return Fraction(text.replace(",", ""))


def _amount(found: re.Match[str], chosen: Callable[..., Fraction]) -> tuple[Fraction, list[str]]:
    """The number somebody wrote, and what it took to read it."""
    after = _TIMES[found.groupdict().get("times")]
    low = _number(found["low"]) * (_TIMES[found["first"]] if found["first"] else after)
    told = [ABOUT] if found["about"] or found["more"] in {"左右", "上下", "以上", "余", "+"} else []
    if found["high"] is None:
        return low, told
    return chosen(low, _number(found["high"]) * after), [*told, RANGE]


def _quantity(cells: Cells, key: str, chosen: Callable[..., Fraction]) -> list[str]:
    cell, unit = cells.get(key, ""), narrow(str(cells.get("unit", "")))
    text = narrow(cell) if isinstance(cell, str) else ""
    if _UNDECIDED.fullmatch(text):
        cells[key] = ""
        return [OPEN]
    found = _QUANTITY.fullmatch(text)
    told: list[str] = []
    if found is not None:
        amount, told = _amount(found, chosen)
        inside = _YEARLY.sub("", found["unit"])
        if inside and unit and units.convertible(inside, unit) is False:
            return []  # the reader refuses it where it stands
        several = found["first"] or found["times"]
        if several and not inside and len(unit) > 1 and unit[0] in _TIMES and not units.is_known(unit):
            inside, told = unit[1:], [*told, TWICE]
        if inside and units.read(inside) != units.read(unit):
            told += [OTHER_UNIT] if unit and f"{several}{inside}" != unit else []
            unit = inside
        _put(cells, key, amount, unit)
    if isinstance(cells.get(key), str) and not cells[key]:
        return told
    return told if unit else [*told, NO_UNIT]


def _put(cells: Cells, key: str, amount: Fraction, unit: str) -> None:
    known = units.read(unit)
    if amount.denominator != 1 and known is not None:
        number, unit = units.printed(amount * known.factor, known.base, [unit])
    else:
        number = int(amount) if amount.denominator == 1 else 0
    if number:
        cells[key], cells["unit"] = number, unit


def _price(cells: Cells, key: str) -> list[str]:
    cell = cells.get(key, "")
    if not isinstance(cell, str) or not narrow(cell):
        return []
    text = narrow(cell)
    if _TO_BE_AGREED.fullmatch(text):
        cells[key] = ""
        return [NO_PRICE]
    found = _PRICE.fullmatch(text)
    if found is None:
        return []
    amount, told = _amount(found, max)
    per, unit = found["unit"] or "", narrow(str(cells.get("unit", "")))
    if per and not unit:
        cells["unit"] = per
        told = [*told, UNIT_OF_PRICE]
    elif per:
        converted = units.converted(amount, unit, per) if units.convertible(per, unit) else None
        amount = -1 if converted is None else converted  # type: ignore[assignment]
    fen = amount * 100
    if fen < 0 or Fraction(fen).denominator != 1:
        cells[key] = "" if per else cell
        return [NO_PRICE] if per else []
    cells[key] = f"{int(fen) // 100}.{int(fen) % 100:02}"
    return told


def _day(cells: Cells) -> list[str]:
    cell = cells.get("needed_by", "")
    text = narrow(cell) if isinstance(cell, str) else ""
    found = _PERIOD.fullmatch(text)
    if found is not None:
        month, day = _end(found)
        if 1 <= month <= 12:
            day = day or calendar.monthrange(int(found["year"]), month)[1]
            cells["needed_by"] = f"{found['year']}-{month:02}-{day:02}"
            return [LAST_DAY]
    elif _WITHIN.fullmatch(text):
        cells["needed_by"] = ""
        return [NO_DAY]
    return []


def _end(found: re.Match[str]) -> tuple[int, int]:
    """Month and day on which a period ends; day 0: the month's last."""
    if found["month"]:
        return int(found["month"]), {"上旬": 10, "中旬": 20}.get(found["part"], 0)
    if found["quarter"]:
        return 3 * (("一二三四".find(found["quarter"]) + 1) or int(found["quarter"])), 0
    return 12, 31


def _lead(cells: Cells) -> list[str]:
    cell = cells.get("lead_days", "")
    text = narrow(cell) if isinstance(cell, str) else ""
    if text in _AT_ONCE:
        cells["lead_days"] = 0
        return [LEAD]
    found = _LEAD.fullmatch(text)
    if found is None:
        return []
    amount, told = _amount(found, max)
    unit = found["unit"]
    days = amount * Fraction(7, 5) if unit == "工作日" else amount * _DAYS.get(unit, 1)
    cells["lead_days"] = math.ceil(days)
    return [*told, LEAD] if unit == "工作日" or unit in _DAYS else told


def _place(cells: Cells) -> list[str]:
    cell = cells.get("region_code", "")
    text = narrow(cell) if isinstance(cell, str) else ""
    if not text or typed.is_digits(text):
        return []
    found = _found(text, None)
    if found is not None:
        cells["region_code"] = found or cell
        return []
    code = narrow(str(cells.get("uscc", "")))[2:8]
    inside = (_found(text, area) for area in (f"{code[:4]}00", f"{code[:2]}0000") if typed.is_digits(code) and regions.exists(area))
    cells["region_code"] = next((one for one in inside if one), "")
    return [PLACE]


@lru_cache(maxsize=4_096)
def _found(name: str, within: str | None) -> str | None:
    """The code of a name; "" where nothing is called so, None where several are."""
    try:
        return regions.find(name, within=within).code
    except DomainError as refusal:
        return "" if refusal.code == "not_found" else None
