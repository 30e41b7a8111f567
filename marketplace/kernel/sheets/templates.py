"""An empty sheet to fill in, made so that Excel keeps what is typed."""

import io
from datetime import date
from decimal import Decimal
from typing import Any

from marketplace.kernel.errors import N_
from marketplace.kernel.sheets.cells import convert
from marketplace.kernel.sheets.reading import ORDER_TITLE, SAMPLE_MARK
from marketplace.kernel.sheets.schema import DAY_FORMAT, HEADING_STYLE, MONEY_FORMAT, TEXT_FORMAT, CellKind, Column, SheetSpec

FILLABLE_ROWS = 5_000  # how far drop-downs reach

_OPTIONS_PAGE = "选项"
_HINTS = {
    CellKind.CODE: N_("文本，照原样填写"),
    CellKind.INTEGER: N_("整数"),
    CellKind.DECIMAL: N_("数字"),
    CellKind.AMOUNT: N_("金额，按批次的币种填写"),
    CellKind.YUAN: N_("金额，单位元，最多两位小数"),
    CellKind.PERCENT: N_("百分比，例如 50%"),
    CellKind.DATE: N_("日期，例如 2026-11-20"),
    CellKind.CHOICE: N_("从下拉列表中选"),
    CellKind.YES_NO: N_("是 或 否"),
    CellKind.USCC: N_("18 位统一社会信用代码"),
    CellKind.REGION: N_("6 位行政区划代码"),
    CellKind.TEXT: N_("文字"),
}


def template(spec: SheetSpec) -> bytes:
    """An empty sheet to fill in: columns typed so that Excel keeps what is entered, drop-downs, a marked sample, notes. No macros."""
    import xlsxwriter  # loaded by whoever writes a book

    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"strings_to_formulas": False, "strings_to_urls": False})
    page = book.add_worksheet(spec.title)
    page.write_string(0, 0, spec.title, book.add_format({"bold": True, "font_size": 14}))
    page.write_string(
        1, 0, N_("带 * 的列必填；标着“示例”的行不会导入。各列的填法见“填写说明”。"), book.add_format({"font_color": "#555555"})
    )
    heading = book.add_format(HEADING_STYLE)
    page.write_string(2, 0, ORDER_TITLE, heading)
    page.set_column(0, 0, 8)
    options = _options_page(book, spec)
    for at, column in enumerate(spec.columns, start=1):
        page.write_string(2, at, column.title + (" *" if column.required else ""), heading)
        page.set_column(at, at, column.shown_width, book.add_format({"num_format": _entry_format(column)}))
        if column.key in options:
            page.data_validation(3, at, 3 + FILLABLE_ROWS, at, _drop_down(column, options[column.key]))
    _write_samples(book, page, spec)
    page.freeze_panes(3, 1)
    _notes_page(book, spec)
    book.close()
    return target.getvalue()


def _entry_format(column: Column) -> str | int:
    """Text for all that Excel would reshape; a percent stays what was typed only as text."""
    return {
        CellKind.YUAN: MONEY_FORMAT,
        CellKind.INTEGER: "0",
        CellKind.DECIMAL: "General",
        CellKind.AMOUNT: "General",
        CellKind.DATE: DAY_FORMAT,
    }.get(column.kind, TEXT_FORMAT)


def _options_page(book: Any, spec: SheetSpec) -> dict[str, str]:
    """Choices on a hidden page, since a drop-down's own text holds only 255 characters. Column key → range."""
    from xlsxwriter.utility import xl_col_to_name

    lists = {c.key: ["是", "否"] if c.kind is CellKind.YES_NO else list(c.choices.values()) for c in spec.columns}
    lists = {key: labels for key, labels in lists.items() if labels}
    if not lists:
        return {}
    page = book.add_worksheet(_OPTIONS_PAGE)
    page.hide()
    ranges = {}
    for at, (key, labels) in enumerate(lists.items()):
        page.write_column(0, at, labels)
        name = xl_col_to_name(at)
        ranges[key] = f"='{_OPTIONS_PAGE}'!${name}$1:${name}${len(labels)}"
    return ranges


def _drop_down(column: Column, source: str) -> dict[str, Any]:
    return {
        "validate": "list",
        "source": source,
        "error_title": column.title[:32],
        "error_message": N_("请从下拉列表中选择。"),
    }


def _write_samples(book: Any, page: Any, spec: SheetSpec) -> None:
    grey = {"italic": True, "font_color": "#7F7F7F", "bg_color": "#F2F2F2"}
    for row, sample in enumerate(spec.sample, start=3):
        page.write_string(row, 0, SAMPLE_MARK, book.add_format(grey))
        for at, column in enumerate(spec.columns, start=1):
            shape = book.add_format(grey | {"num_format": _entry_format(column)})
            typed = sample.get(column.key, "")
            value = convert(column, typed) if typed else None
            if column.kind is CellKind.DATE and isinstance(value, date):
                page.write_datetime(row, at, value, shape)
            elif column.kind is CellKind.YUAN and isinstance(value, int):
                page.write_number(row, at, Decimal(value).scaleb(-2), shape)
            else:
                page.write_string(row, at, typed, shape)


def _notes_page(book: Any, spec: SheetSpec) -> None:
    page = book.add_worksheet("填写说明")
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    heading = book.add_format(HEADING_STYLE)
    page.set_column(0, 0, 24)
    page.set_column(1, 1, 8)
    page.set_column(2, 3, 48)
    row = 0
    for note in spec.notes:
        page.merge_range(row, 0, row, 3, note, wrap)
        row += 1
    row += 1 if spec.notes else 0
    for at, title in enumerate((N_("列"), N_("必填"), N_("怎样填"), N_("说明"))):
        page.write_string(row, at, title, heading)
    for column in spec.columns:
        row += 1
        page.write_string(row, 0, column.title, wrap)
        page.write_string(row, 1, "是" if column.required else "否", wrap)
        page.write_string(row, 2, _HINTS[column.kind] + ("：" + "、".join(column.choices.values()) if column.choices else ""), wrap)
        page.write_string(row, 3, column.help, wrap)
