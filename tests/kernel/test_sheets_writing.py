import io
import re
import zipfile
from datetime import UTC, date, datetime

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.kernel.errors import RuleViolation
from marketplace.kernel.money import format_yuan
from marketplace.kernel.sheets import CellKind, Column, SheetSpec, exporting, read, template, with_errors
from tests.kernel.books import a_book, an_xls, part
from tests.kernel.test_sheets_reading import HEADINGS, SPEC, USCC

AT = datetime(2026, 11, 20, 1, 30, tzinfo=UTC)
COLUMNS = (
    Column("number", "券号", CellKind.CODE),
    Column("note", "备注"),
    Column("face_fen", "面额", CellKind.YUAN),
    Column("until", "有效期至", CellKind.DATE),
    Column("at", "发放时间"),
    Column("count", "次数", CellKind.INTEGER),
    Column("rate_bp", "比例", CellKind.PERCENT),
)


def opened(content):
    return openpyxl.load_workbook(io.BytesIO(content))


def exported(rows, **more):
    return exporting.export("服务券", COLUMNS, rows, **({"filters": "地区：拉萨市", "at": AT} | more))


def test_a_template_types_its_columns_offers_choices_and_has_no_macros():
    content = template(SPEC)
    book = opened(content)
    page = book["企业"]
    assert page["B3"].value == "企业名称 *"
    assert page.column_dimensions["C"].width >= 18
    assert 'numFmtId="49"' in part(content, "xl/styles.xml").decode()  # 49 is text
    assert page["A4"].value == "示例"
    lists = {str(rule.sqref): rule.formula1 for rule in page.data_validations.dataValidation}
    assert any(place.startswith("F4:") and "选项" in source for place, source in lists.items())
    assert book["选项"].sheet_state == "hidden"
    notes = [cell.value for row in book["填写说明"].iter_rows() for cell in row if cell.value]
    assert "一行一家企业。" in notes
    assert not [name for name in zipfile.ZipFile(io.BytesIO(content)).namelist() if "vba" in name.lower()]


def test_a_template_filled_in_is_read():
    book = opened(template(SPEC))
    page = book["企业"]
    page["A5"], page["B5"], page["C5"], page["D5"], page["I5"] = 1, "甲公司", USCC, 8000, "30%"
    target = io.BytesIO()
    book.save(target)
    result = read(SheetSpec("x", "企业", SPEC.columns, sample=SPEC.sample), target.getvalue())
    assert not result.errors
    assert result.rows[0].values["amount_fen"] == 800_000
    assert result.rows[0].values["rate_bp"] == 3000


def test_a_book_with_errors_comes_back_whole_with_its_reasons_beside_them():
    source = a_book([[*HEADINGS[:3], "备注"], ["甲", "123", 5, "=1+1"], ["乙", USCC, 6, "留着"]], more=["别的"])
    errors = read(SPEC, source).errors
    content = with_errors(SPEC, source, errors)
    page = opened(content)["企业"]
    assert page["E1"].value == "错误说明"
    assert "统一社会信用代码应为 18 位" in page["E2"].value
    assert page["B2"].fill.fgColor.rgb.endswith("FFC7CE")
    assert page["E3"].value is None
    assert page["D2"].value == "=1+1"
    assert opened(content)["别的"]["A1"].value == "别的内容"


def test_a_book_that_was_mended_and_failed_again_keeps_one_reason_column():
    source = a_book([["企业名称", "统一社会信用代码"], ["甲", "123"], ["乙", "456"]])
    once = with_errors(SPEC, source, read(SPEC, source).errors)
    book = opened(once)
    book["企业"]["B2"] = USCC
    target = io.BytesIO()
    book.save(target)
    result = read(SPEC, target.getvalue())
    assert result.unread == ()
    twice = opened(with_errors(SPEC, target.getvalue(), result.errors))["企业"]
    assert twice.max_column == 3
    assert twice["C2"].value is None
    assert twice["C3"].value


def test_an_old_book_comes_back_as_a_new_one():
    source = an_xls([["企业名称", "统一社会信用代码"], ["=甲", "123"]])
    page = opened(with_errors(SPEC, source, read(SPEC, source).errors))["企业"]
    assert (page["A2"].value, page["A2"].data_type) == ("=甲", "s")
    assert page["C1"].value == "错误说明"


def test_an_export_says_what_it_shows_and_when():
    page = opened(exported([]))["服务券"]
    assert page["A1"].value == "服务券"
    assert page["A2"].value == "筛选：地区：拉萨市    导出时间：2026-11-20 09:30（北京时间）"
    assert page["C4"].value == "面额（元）"
    assert opened(exported([], filters=""))["服务券"]["A2"].value.startswith("筛选：全部")


def test_export_keeps_codes_as_text_dates_as_dates_and_money_as_exact_numbers():
    content = exported([("007", "x", 900_719_925_474_099, date(2026, 12, 31), AT, 3, 1250)])
    page = opened(content)["服务券"]
    assert (page["A5"].value, page["A5"].data_type) == ("007", "s")
    assert page["D5"].value == datetime(2026, 12, 31)
    assert page["E5"].value == datetime(2026, 11, 20, 9, 30)
    assert page["F5"].value == 3
    assert page["G5"].value == 0.125
    assert page["C5"].number_format == "#,##0.00"
    assert "<v>9007199254740.99</v>" in part(content, "xl/worksheets/sheet1.xml").decode()


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(-(10**15), 10**15), min_size=1, max_size=20))
def test_no_binary_rounding_is_ever_written(amounts):
    content = exported([("x", "", fen, None, None, None, None) for fen in amounts])
    written = re.findall(r'r="C\d+"[^>]*><v>([^<]*)</v>', part(content, "xl/worksheets/sheet1.xml").decode())
    shown = re.findall(r'r="C\d+"[^>]*t="inlineStr"><is><t>(-?[\d.]+)</t>', part(content, "xl/worksheets/sheet1.xml").decode())
    assert sorted(f"{float(text):.2f}" for text in written + shown) == sorted(format_yuan(fen).replace(",", "") for fen in amounts)
    assert all(len(text.replace("-", "").replace(".", "")) <= 15 for text in written)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://x")', "http://example.org"])
def test_no_cell_of_an_export_is_a_formula_or_a_link(text):
    content = exported([(text, text, None, None, text, text, text)])
    sheet = part(content, "xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert "hyperlink" not in sheet
    assert all(cell.data_type in ("s", "n") for row in opened(content)["服务券"].iter_rows() for cell in row)


def test_control_characters_and_surrogates_do_not_break_an_export():
    content = exported([("a\x00b\ud800c\x1b", "长" * 40_000, None, None, None, None, None)], filters="\x00")
    page = opened(content)["服务券"]
    assert page["A5"].value == "abc"
    assert len(page["B5"].value) == 32_767


def test_more_rows_than_excel_holds_are_refused(monkeypatch):
    monkeypatch.setattr(exporting, "EXCEL_ROWS", 6)
    with pytest.raises(RuleViolation, match="分次导出"):
        exported([("x", "", None, None, None, None, None)] * 3)


def test_an_export_can_be_read_back():
    content = exporting.export(
        "企业", SPEC.columns, [("甲", USCC, 123_45, date(2026, 1, 2), "innovative", True, "540102", None, 3, None, "00")], filters="", at=AT
    )
    result = read(SPEC, content)
    assert not result.errors
    values = result.rows[0].values
    assert values["amount_fen"] == 12_345
    assert values["tier"] == "innovative"
    assert values["permit"] == "00"
