import io
from datetime import date, datetime
from decimal import Decimal

import openpyxl
import pytest
import xlsxwriter

from marketplace.kernel.errors import RuleViolation
from marketplace.kernel.sheets import CellKind, Column, Limits, SheetSpec, read, template
from tests.kernel.books import a_book, an_xls, saved

USCC = "91350100M000100Y43"
SPEC = SheetSpec(
    name="enterprises",
    title="企业",
    columns=(
        Column("name", "企业名称", required=True, max_length=20, aliases=("单位名称",)),
        Column("uscc", "统一社会信用代码", CellKind.USCC, required=True),
        Column("amount_fen", "金额", CellKind.YUAN),
        Column("on", "成立日期", CellKind.DATE),
        Column("tier", "梯度", CellKind.CHOICE, choices={"innovative": "创新型中小企业", "specialised": "专精特新中小企业"}),
        Column("listed", "是否上市", CellKind.YES_NO),
        Column("region", "行政区划", CellKind.REGION),
        Column("rate_bp", "比例", CellKind.PERCENT),
        Column("staff", "从业人数", CellKind.INTEGER),
        Column("score", "得分", CellKind.DECIMAL, negative=True),
        Column("permit", "许可证号", CellKind.CODE),
    ),
    sample=({"name": "高原示例有限公司", "uscc": USCC, "amount_fen": "12000.50", "on": "2020-01-02", "tier": "创新型中小企业"},),
    notes=("一行一家企业。",),
    unique=("uscc",),
)
HEADINGS = ["企业名称", "统一社会信用代码", "金额", "成立日期", "梯度", "是否上市", "行政区划", "比例", "从业人数", "得分", "许可证号"]
KEYS = [column.key for column in SPEC.columns]


def one(key, cell):
    """What a single cell of a column reads as."""
    return only_row(key, cell).rows[0].values[key]


def refused(key, cell):
    result = only_row(key, cell)
    assert not result.rows
    assert len(result.errors) == 1, result.errors
    return result.errors[0]


def only_row(key, cell):
    row = dict.fromkeys(KEYS) | {"name": "某某公司", "uscc": USCC} | {key: cell}
    return read(SPEC, a_book([HEADINGS, [row[k] for k in KEYS]]))


def test_a_plain_sheet_is_read():
    result = read(
        SPEC,
        a_book(
            [
                HEADINGS,
                [
                    "  拉萨某某（集团）有限公司 ",
                    USCC,
                    1234.5,
                    date(2026, 11, 20),
                    "专精特新中小企业",
                    "是",
                    "540102",
                    "50%",
                    12,
                    -1.5,
                    "00123",
                ],
            ]
        ),
    )
    assert not result.errors
    assert result.rows[0].number == 2
    assert result.rows[0].values == {
        "name": "拉萨某某（集团）有限公司",
        "uscc": USCC,
        "amount_fen": 123_450,
        "on": date(2026, 11, 20),
        "tier": "specialised",
        "listed": True,
        "region": "540102",
        "rate_bp": 5000,
        "staff": 12,
        "score": Decimal("-1.5"),
        "permit": "00123",
    }
    assert len(result.checksum) == 64


def test_headings_are_found_below_a_title_in_any_order_with_stars_spaces_and_aliases():
    rows = [["某某地区企业汇总表"], [], ["", "统一社会\n信用代码 *", "备注", "单位名称（必填）"], ["", USCC, "无", "某某公司"]]
    result = read(SPEC, a_book(rows, merged=["A1:D1"]))
    assert result.heading_row == 3
    assert result.rows[0].values["name"] == "某某公司"
    assert result.rows[0].number == 4
    assert [one.text() for one in result.unread] == ["有 1 列不认识，内容没有读入：C 列“备注”。"]
    assert result.letters["uscc"] == "B"


def test_headings_merged_over_two_rows_are_one_heading_row():
    rows = [["企业名称", "统一社会信用代码", "联系"], [None, None, "电话"], ["某某公司", USCC, "1"]]
    result = read(SPEC, a_book(rows, merged=["A1:A2", "B1:B2"]))
    assert [row.number for row in result.rows] == [3]


def test_a_name_merged_over_rows_belongs_to_each_of_them_but_an_amount_is_refused():
    other = "91110000100000250X"
    rows = [["企业名称", "统一社会信用代码", "金额"], ["同一公司", USCC, 5], [None, other, None]]
    result = read(SheetSpec("x", "企业", SPEC.columns), a_book(rows, merged=["A2:A3", "C2:C3"]))
    assert {error.row for error in result.errors if error.title == "金额"} == {2, 3}
    assert not [error for error in result.errors if error.title == "企业名称"]


def test_empty_rows_are_skipped_and_numbers_stay_those_of_excel():
    rows = [["企业名称", "统一社会信用代码"], [None, None], [" ", "\u3000"], ["某某公司", USCC]]
    assert [row.number for row in read(SPEC, a_book(rows)).rows] == [4]


def test_full_width_code_is_read_as_plain():
    assert one("uscc", "９１３５０１００Ｍ０００１００Ｙ４３ ") == USCC


def test_a_code_that_became_a_number_is_refused_with_place_and_remedy():
    error = refused("uscc", 911101080000000123)
    assert (error.row, error.column, error.title) == (2, "B", "统一社会信用代码")
    assert error.message == "Excel 把 18 位代码存成了数字，末几位已丢失。"
    assert error.remedy == "请把该列设为文本后重新填写。"
    assert error.text().startswith("第 2 行 B 列“统一社会信用代码”：")


def test_a_short_code_that_became_a_number_is_refused_for_its_lost_zeros():
    assert "开头的 0" in refused("permit", 123).message


def test_a_wrong_check_character_is_refused():
    assert "校验不通过" in refused("uscc", USCC[:-1] + "4").message
    assert "18 位" in refused("uscc", USCC[:-1]).message


@pytest.mark.parametrize(
    "typed",
    [
        "2026-11-20",
        "2026/11/20",
        "2026.11.20",
        "2026年11月20日",
        "２０２６年１１月２０日",
        "20261120",
        20261120,
        46346,
        date(2026, 11, 20),
        datetime(2026, 11, 20, 9, 30),
        "2026-11-20 00:00:00",
    ],
)
def test_dates_in_every_common_spelling(typed):
    assert one("on", typed) == date(2026, 11, 20)


@pytest.mark.parametrize("typed", ["2026-02-30", "11/20/2026", "昨天", 12, 46346123, "2026年", "20261301"])
def test_what_is_not_surely_a_date_is_refused(typed):
    assert "2026-11-20" in refused("on", typed).remedy


@pytest.mark.parametrize(
    ("typed", "fen"),
    [
        (1234.5, 123_450),
        (0.1 + 0.2, 30),
        ("1,234.50", 123_450),
        ("￥１，２３４．５０元", 123_450),
        ("12.5万", 12_500_000),
        ("12.5万元", 12_500_000),
        (0, 0),
        (9_007_199_254_740.99, 900_719_925_474_099),
        ("1.50", 150),
    ],
)
def test_amounts_in_yuan_become_exact_fen(typed, fen):
    assert one("amount_fen", typed) == fen


@pytest.mark.parametrize("typed", [1.234, "1.234", -1, "NaN", "1e5", "约100", "1,23", 10**14, "12.3456789万", True, "inf"])
def test_an_amount_in_doubt_is_refused(typed):
    refused("amount_fen", typed)


@pytest.mark.parametrize(("typed", "basis_points"), [("50%", 5000), ("12.5％", 1250), (50, 5000), ("0.5%", 50), (0, 0)])
def test_percents_become_basis_points(typed, basis_points):
    assert one("rate_bp", typed) == basis_points


@pytest.mark.parametrize("typed", [0.5, 1, "0.5", "12.345%"])
def test_a_percent_that_may_mean_two_things_is_refused(typed):
    refused("rate_bp", typed)


@pytest.mark.parametrize(("typed", "meant"), [("是", True), ("否", False), ("√", True), (True, True), ("y", True), (0, False)])
def test_yes_and_no(typed, meant):
    assert one("listed", typed) is meant


def test_other_cells_out_of_range_are_refused():
    assert "创新型中小企业" in refused("tier", "巨无霸").remedy
    assert "是" in refused("listed", "也许").remedy
    assert "6 位" in refused("region", "拉萨").message
    assert one("region", 540102) == "540102"
    assert "整数" in refused("staff", 1.5).message
    assert one("staff", "１２") == 12
    assert "负数" in refused("staff", -3).message
    assert "最多 20 个" in refused("name", "长" * 21).message
    assert "必填" in refused("name", None).remedy


def test_a_telephone_number_in_a_text_column_is_kept():
    assert one("name", 13800138000) == "13800138000"
    assert "末几位已丢失" in refused("name", 911101080000000123).message


def test_the_same_key_twice_names_both_rows():
    result = read(SPEC, a_book([["企业名称", "统一社会信用代码"], ["甲", USCC], ["乙", USCC.lower()]]))
    assert [row.number for row in result.rows] == [2]
    assert result.errors[0].row == 3
    assert result.errors[0].message == "与第 2 行的“统一社会信用代码”重复。"


def test_a_good_row_stays_when_another_is_bad():
    result = read(SPEC, a_book([["企业名称", "统一社会信用代码"], ["甲", "123"], ["乙", USCC]]))
    assert [row.number for row in result.rows] == [3]
    assert [error.row for error in result.errors] == [2]


def test_a_missing_column_or_sheet_is_named_in_one_sentence():
    with pytest.raises(RuleViolation, match="缺少必填的列：统一社会信用代码"):
        read(SPEC, a_book([["企业名称"], ["甲"]]))
    with pytest.raises(RuleViolation, match="没有找到工作表“企业”，文件中有：甲表、乙表"):
        read(SPEC, a_book([["x"]], title="甲表", more=["乙表"]))
    with pytest.raises(RuleViolation, match="出现了两次（A 列和 C 列）"):
        read(SPEC, a_book([["企业名称", "统一社会信用代码", "单位名称"], ["甲", USCC, "甲"]]))
    with pytest.raises(RuleViolation, match="没有内容"):
        read(SPEC, a_book([]))


def test_the_sheet_is_found_by_its_headings_under_another_name():
    book = openpyxl.load_workbook(io.BytesIO(a_book([["说明"]], title="说明页")))
    page = book.create_sheet("Sheet9")
    page.append(["企业名称", "统一社会信用代码"])
    page.append(["甲", USCC])
    assert read(SPEC, saved(book)).page == "Sheet9"


def test_an_old_excel_or_wps_file_is_read():
    result = read(SPEC, an_xls([["企业名称", "统一社会信用代码", "金额", "成立日期"], ["甲公司", USCC, 12.5, "2026-11-20"]]))
    assert not result.errors
    assert result.rows[0].values["name"] == "甲公司"
    assert result.rows[0].values["amount_fen"] == 1250


def test_a_template_that_comes_back_untouched_holds_no_rows():
    result = read(SPEC, template(SPEC))
    assert result.rows == ()
    assert result.errors == ()
    assert result.unread == ()


def test_a_sample_row_typed_over_is_imported_once_its_mark_is_gone():
    content = template(SPEC)
    book = openpyxl.load_workbook(io.BytesIO(content))
    book["企业"]["B4"] = "真实有限公司"
    marked = read(SPEC, saved(book))
    assert "示例" in marked.errors[0].message
    assert not marked.rows
    book["企业"]["A4"] = 1
    assert read(SPEC, saved(book)).rows[0].values["name"] == "真实有限公司"


def test_too_many_rows_columns_or_sheets_are_refused_with_their_number():
    with pytest.raises(RuleViolation, match="第 12 行"):
        read(SPEC, a_book([["企业名称", "统一社会信用代码"]] + [["甲", USCC]] * 11), Limits(rows=10))
    with pytest.raises(RuleViolation, match="L 列"):
        read(SPEC, a_book([["企业名称", "统一社会信用代码", *"abcdefghij"]]), Limits(columns=10))
    with pytest.raises(RuleViolation, match="3 个工作表"):
        read(SPEC, a_book([["企业名称"]], more=["乙", "丙"]), Limits(sheets=2))


def test_a_formula_without_a_result_is_refused_and_not_read_as_blank():
    book = openpyxl.load_workbook(io.BytesIO(a_book([["企业名称", "统一社会信用代码", "金额", "得分"], ["甲", USCC]])))
    page = book.worksheets[0]
    page["C2"] = "#N/A"
    page["D2"] = "=1+1"  # openpyxl stores no result
    assert page["C2"].data_type == "e"
    result = read(SPEC, saved(book))
    assert [(error.column, error.message) for error in result.errors] == [
        ("C", "公式没有算出结果（#N/A）。"),
        ("D", "公式没有算出结果（空）。"),
    ]


def test_a_formula_with_its_result_is_read_as_the_result():
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target)
    page = book.add_worksheet("企业")
    page.write_row(0, 0, ["企业名称", "统一社会信用代码", "金额"])
    page.write_row(1, 0, ["甲", USCC])
    page.write_formula(1, 2, "=60*2", None, 120)
    book.close()
    assert read(SPEC, target.getvalue()).rows[0].values["amount_fen"] == 12_000
