"""From bytes to cells: the guard, then the parser in a process of its own."""

import json
import subprocess
import sys
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from marketplace.kernel.errors import N_, RuleViolation
from marketplace.kernel.sheets.guard import check_workbook
from marketplace.kernel.sheets.markup import Share, SheetMarks, marks_of, unlike

CHILD = Path(__file__).with_name("parser_process.py")
WAIT_SECONDS = 60
MORE_COLUMNS = 50  # columns past the last with a value that may hold only broken formulas

Cell = str | int | float | bool | date | datetime


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a workbook may be. Larger ones are split by the user: a person has to be able to check them."""

    bytes: int = 20 * 1024 * 1024
    sheets: int = 40
    rows: int = 50_000
    columns: int = 300
    cells: int = 2_000_000


@dataclass(frozen=True, slots=True)
class LoadedSheet:
    """One worksheet. Row and column numbers count from 0 at A1; an empty cell is ""."""

    name: str
    visible: bool
    height: int
    width: int
    fits: bool  # False: larger than the limits, so not loaded
    rows: list[list[Cell]]
    merged: list[tuple[tuple[int, int], tuple[int, int]]]
    hidden: frozenset[int] = frozenset()  # rows that are hidden or filtered out; an .xls does not tell
    from_1904: bool = False  # the book counts its days from 1904-01-01, as old Macs did


def load(content: bytes, limits: Limits | None = None) -> list[LoadedSheet]:
    """The worksheets of a workbook.

    Raises:
        RuleViolation: not Excel, locked, with macros, too large, broken; the sentence names the remedy.
    """
    limits = limits or Limits()
    kind = check_workbook(content, limits.bytes)
    found = _parsed(content, limits)
    if found["count"] > limits.sheets:
        raise RuleViolation(
            N_("文件中有 %(count)s 个工作表，最多 %(limit)s 个。请删去不需要的工作表后再上传。"),
            code="sheet.too_many_sheets",
            count=found["count"],
            limit=limits.sheets,
        )
    pages = [_page(sheet) for sheet in found["sheets"]]
    return _marked(pages, content) if kind == "xlsx" else pages


def _marked(pages: list[LoadedSheet], content: bytes) -> list[LoadedSheet]:
    """The pages with what the parser left out. Raises: RuleViolation: parser and markup differ."""
    marks, from_1904 = marks_of(content)
    if any(page.name not in marks for page in pages):
        raise unlike()
    for page in pages:
        if page.fits:
            _check_numbers(page, marks[page.name])
        _show_broken_formulas(page, marks[page.name])
    return [replace(page, hidden=marks[page.name].hidden, from_1904=from_1904) for page in pages]


def _check_numbers(page: LoadedSheet, marks: SheetMarks) -> None:
    """Each number of the markup stands where the parser saw it; a day is a number with a format. Shares are told apart from here on."""
    for (row, column), number in marks.numbers.items():
        cell = page.rows[row][column] if row < len(page.rows) and column < len(page.rows[row]) else ""
        if isinstance(cell, str) or (isinstance(cell, int | float) and not isinstance(cell, bool) and float(cell) != number):
            raise unlike()
        if (row, column) in marks.shares and isinstance(cell, int | float):
            page.rows[row][column] = Share(cell)


def _show_broken_formulas(page: LoadedSheet, marks: SheetMarks) -> None:
    for (row, column), shown in marks.broken.items():
        if row < len(page.rows):
            cells = page.rows[row]
            cells.extend([""] * (column + 1 - len(cells)) if column < page.width + MORE_COLUMNS else [])
            if column < len(cells):
                cells[column] = shown


def _parsed(content: bytes, limits: Limits) -> Any:
    wanted = json.dumps({"sheets": limits.sheets, "rows": limits.rows, "columns": limits.columns, "cells": limits.cells})
    try:
        ended = subprocess.run(  # noqa: S603 - our own script, by path, with numbers only
            [sys.executable, "-I", str(CHILD), wanted], input=content, capture_output=True, timeout=WAIT_SECONDS, check=True
        )
        return json.loads(ended.stdout)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired, ValueError) as error:
        raise RuleViolation(
            N_("表格无法读取：文件已损坏，或有内容写在很远的空白行、列上。请把有用的内容复制到新表格，另存为 .xlsx 后再上传。"),
            code="sheet.unreadable",
        ) from error


def _page(sheet: dict[str, Any]) -> LoadedSheet:
    return LoadedSheet(
        name=sheet["name"],
        visible=sheet["visible"],
        height=sheet["height"],
        width=sheet["width"],
        fits=sheet["fits"],
        rows=[[_cell(cell) for cell in row] for row in sheet["rows"]],
        merged=[((top, left), (bottom, right)) for (top, left), (bottom, right) in sheet["merged"]],
    )


def _cell(cell: Any) -> Cell:
    if isinstance(cell, dict):
        return datetime.fromisoformat(cell["at"]) if "at" in cell else date.fromisoformat(cell["on"])
    assert isinstance(cell, str | int | float)
    return cell
