"""A workbook means what its author saw: days, per cents, errors and hidden rows; and what is not read is said."""

import io
import re
import zipfile
from datetime import date

import openpyxl
import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900, to_excel

from marketplace.kernel.errors import RuleViolation
from marketplace.kernel.sheets import CellKind, Column, SheetSpec, read
from tests.kernel.books import a_book

pytestmark = pytest.mark.real_clock
SPEC = SheetSpec(
    name="needs",
    title="需求",
    columns=(
        Column("product", "产品名称", required=True),
        Column("share", "占比", CellKind.PERCENT),
        Column("on", "日期", CellKind.DATE),
        Column("code", "行业代码", CellKind.CODE, max_length=4, digits=4),
        Column("count", "数量", CellKind.INTEGER),
    ),
)
TITLES = ["产品名称", "占比", "日期", "行业代码", "数量"]
DAY = date(2026, 1, 20)


def a_sheet(*rows, epoch=CALENDAR_WINDOWS_1900, change=None):
    """A book with these rows under our headings; `change` may do more to the workbook."""
    book = openpyxl.Workbook()
    book.epoch = epoch
    page = book.active
    page.title = SPEC.title
    for row in [TITLES, *rows]:
        page.append(row)
    if change:
        change(book, page)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def edited(content, part, change):
    """The book with one part of its archive changed."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            data = old.read(name).decode()
            new.writestr(name, change(data) if re.fullmatch(part, name) else data)
    return target.getvalue()


def strict(content):
    """The same book as Excel saves it in the strict format."""
    kinds = {"spreadsheetml/2006/main": "spreadsheetml/main", "officeDocument/2006/relationships": "officeDocument/relationships"}

    def renamed(data):
        for old, new in kinds.items():
            data = data.replace(f"http://schemas.openxmlformats.org/{old}", f"http://purl.oclc.org/ooxml/{new}")
        return data

    return edited(content, r"xl/.*", renamed)


def said(content):
    return [one.text() for one in read(SPEC, content).unread]


@pytest.mark.parametrize("epoch", [CALENDAR_WINDOWS_1900, CALENDAR_MAC_1904])
@pytest.mark.parametrize("style", ["General", "yyyy-mm-dd"])
def test_a_day_is_the_day_that_was_shown(epoch, style):
    def bare(_book, page):
        page["C2"].number_format = style

    assert read(SPEC, a_sheet(["瓶盖", None, to_excel(DAY, epoch)], epoch=epoch, change=bare)).rows[0].values["on"] == DAY


@pytest.mark.parametrize(
    ("stored", "style", "points"),
    [
        *((0.6, "0%", 6000), (1, "0%", 10000), (0.125, "0.00%", 1250), (1.5, "0%", 15000), (12.5, "0.0%", 125000)),
        *((0.6, '0.0"约"%', 6000), ("60%", "@", 6000), (60, "General", 6000), (0.006, "0.00%", 60)),
    ],
)
def test_a_share_is_what_its_cell_shows(stored, style, points):
    def per_cent(_book, page):
        page["B2"].number_format = style

    assert read(SPEC, a_sheet(["瓶盖", stored], change=per_cent)).rows[0].values["share"] == points


@pytest.mark.parametrize("style", ["General", '0.0"%"'])
def test_a_bare_part_of_one_is_still_refused(style):
    def plain(_book, page):
        page["B2"].number_format = style

    assert "分不清" in read(SPEC, a_sheet(["瓶盖", 0.6], change=plain)).errors[0].message


@pytest.mark.parametrize("kept", [lambda content: content, strict], ids=["transitional", "strict"])
def test_a_formula_without_a_result_is_no_blank_in_either_format(kept):
    broken = '<c r="E2" t="e"><f>X()</f><v>#N/A</v>'
    content = a_sheet(["瓶盖", None, None, None, 4711])
    content = edited(content, r".*sheet1\.xml", lambda s: re.sub(r'<c r="E2"[^>]*><v>4711</v>', broken, s))
    result = read(SPEC, kept(content))

    assert not result.rows
    assert "#N/A" in result.errors[0].message


@pytest.mark.parametrize(("cell", "code"), [(1522, "1522"), ("0151", "0151"), (1522.0, "1522")])
def test_a_code_typed_as_a_number_is_taken_when_all_its_digits_are_there(cell, code):
    assert read(SPEC, a_sheet(["水", None, None, cell])).rows[0].values["code"] == code


@pytest.mark.parametrize("cell", [151, 15220, 1522.5, -1522])
def test_a_code_that_may_have_lost_digits_is_refused(cell):
    assert read(SPEC, a_sheet(["水", None, None, cell])).errors


def test_a_book_that_two_readers_read_differently_is_refused():
    hidden = '<!--<row r="2"><c r="E2"><v>9</v></c></row>--></sheetData>'
    content = a_sheet(["瓶盖", None, None, None, 5])
    content = edited(content, r".*sheet1\.xml", lambda s: s.replace("</sheetData>", hidden))

    with pytest.raises(RuleViolation, match="不同软件读出的内容可能不同"):
        read(SPEC, content)


def test_hidden_rows_are_taken_and_said():
    def hide(_book, page):
        page.row_dimensions[3].hidden = page.row_dimensions[4].hidden = page.row_dimensions[9].hidden = True

    content = a_sheet(*([f"瓶盖{n}"] for n in range(4)), change=hide)

    assert len(read(SPEC, content).rows) == 4
    assert said(content) == ["有 2 行被隐藏或筛选掉，也已读入：第 3、4 行。"]


def test_another_worksheet_and_an_unknown_column_are_said():
    def more(book, page):
        book.create_sheet("二季度").append(["产品名称", "瓶坯"])
        book.create_sheet("填写说明").append(["一行一种产品"])
        book.create_sheet("空表")
        page["F1"], page["G3"] = "控制价", "有用吗"

    assert said(a_sheet(["瓶盖"], ["瓶坯"], change=more)) == [
        "有 2 列不认识，内容没有读入：F 列“控制价”、G 列（没有表头）。",
        "只读了工作表“需求”，另有 1 个没有读：“二季度”。",
    ]


@pytest.mark.parametrize("total", ["合计", "合　计：", "总计", "小计", "共计3项", "合计（3项）", "Total"])
def test_a_total_is_no_row_and_is_said(total):
    content = a_sheet(["瓶盖", None, None, None, 5], [total, None, None, None, 5])

    assert [row.number for row in read(SPEC, content).rows] == [2]
    assert said(content) == ["合计行没有读入：第 3 行。"]


@pytest.mark.parametrize("note", ["说明：数量为全年", "备注", "注1：含税", "填表人：张三", "审核人", "（公章）", "填表日期：2026年3月"])
def test_a_note_below_the_table_is_no_row_and_is_said(note):
    content = a_sheet(["瓶盖"], [note])

    assert not read(SPEC, content).errors
    assert said(content) == ["说明和签章行没有读入：第 3 行。"]


@pytest.mark.parametrize("product", ["累计流量计", "总计时器", "注塑机", "说明书印刷", "备注贴纸", "合计秤", "盖章机"])
def test_a_product_with_such_a_name_is_one(product):
    content = a_sheet([product])

    assert read(SPEC, content).rows[0].values["product"] == product
    assert said(content) == []


@pytest.mark.parametrize("ditto", ["同上", "〃", " 同 上 ", "″", '"'])
def test_ditto_is_no_product(ditto):
    result = read(SPEC, a_sheet(["瓶盖"], [ditto]))

    assert [row.number for row in result.rows] == [2]
    assert result.errors[0].remedy == "请把上一行的内容照写在这一行。"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_table_of_text_is_refused_with_its_remedy(encoding):
    with pytest.raises(RuleViolation, match=r"另存为 \.xlsx"):
        read(SPEC, "产品名称,数量\n瓶盖,5\n".encode(encoding))


def test_a_plain_book_has_nothing_to_be_said():
    assert read(SPEC, a_book([TITLES, ["瓶盖", "50%", DAY, "1522", 5]])).unread == ()
