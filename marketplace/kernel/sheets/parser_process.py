"""Runs as a program of its own: parses one workbook from stdin and writes its cells to stdout as JSON.

A parser fed by strangers may abort, loop, or lay out a sheet with one cell in the last corner as a table of billions. Here that
ends this process, at a limit of memory and time, and not the server. Imports nothing of ours, so it starts in 20 ms.
"""

import datetime
import io
import json
import resource
import sys
from typing import Any

import python_calamine

MEMORY_BYTES = 1536 * 1024 * 1024
CPU_SECONDS = 20


def main() -> None:
    limits = json.loads(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(sys.stdin.buffer.read()))
    pages = [meta for meta in book.sheets_metadata if meta.typ == python_calamine.SheetTypeEnum.WorkSheet]
    found: dict[str, Any] = {"count": len(pages), "sheets": []}
    cells_left = limits["cells"]
    for meta in pages[: limits["sheets"]]:
        sheet = _sheet(book, meta, limits, cells_left)
        cells_left -= sum(map(len, sheet["rows"]))
        found["sheets"].append(sheet)
    sys.stdout.write(json.dumps(found))


def _sheet(
    book: python_calamine.CalamineWorkbook, meta: python_calamine.SheetMetadata, limits: dict[str, int], cells_left: int
) -> dict[str, Any]:
    sheet = book.get_sheet_by_name(meta.name)
    last_row, last_column = sheet.end or (-1, -1)
    height, width = last_row + 1, last_column + 1
    fits = height <= limits["rows"] and width <= limits["columns"] and height * width <= cells_left
    return {
        "name": meta.name,
        "visible": meta.visible == python_calamine.SheetVisibleEnum.Visible,
        "height": height,
        "width": width,
        "fits": fits,
        "rows": [[_plain(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False)] if fits else [],
        "merged": (sheet.merged_cell_ranges or [])[: limits["rows"]] if fits else [],
    }


def _plain(cell: object) -> object:
    if isinstance(cell, datetime.datetime):
        return {"at": cell.isoformat()}
    if isinstance(cell, datetime.date):
        return {"on": cell.isoformat()}
    if isinstance(cell, str | int | float):  # bool is an int
        return cell
    return str(cell)


if __name__ == "__main__":
    main()
