"""L11 and L19: lists as firms send them go in, and what reading them took to decide is told."""

from io import BytesIO

import pytest
from click.testing import CliRunner
from openpyxl import Workbook, load_workbook

from marketplace.cli.match import match
from marketplace.kernel.sheets import with_errors
from marketplace.matching import as_typed, lists

TITLES = ["序号", "物料名称", "规格型号/材质", "年用量", "单位", "控制价(元)", "交货期", "资质要求", "备注"]
FIRM = ["91540104MA0000078C", "达孜纸箱厂"]


def as_sent(*sheets):
    """A book whose sheets have a title and headings in two rows, and a total and a note below."""
    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets:
        page = book.create_sheet(name)
        page.append(["某集团 2026 年度采购需求表"])
        page.append(["序号", "物资信息", None, "需求信息"])
        page.append([None, *TITLES[1:]])
        page.merge_cells("A2:A3")
        page.merge_cells("D2:F2")
        for row in rows:
            page.append(row)
        page.append(["合计", None, None, "/"])
        page.append(["注：数量为预估。"])
    return written(book)


def written(book):
    target = BytesIO()
    book.save(target)
    return target.getvalue()


def told(result):
    return "\n".join(one.text() for one in result.unread)


BOX = [1, "纸箱", "三层", "800吨/年", "吨", "1714.04元/吨", "2027年3月", "无", "就近"]
FILM = [2, "缠绕膜", "500mm", "约300-600", "", "2041.52元/卷", "合同签订后30天", "", ""]
BEADS = [3, "滤珠", "〃", "按需", "", "面议", "随时", "", ""]


def test_L11_a_needs_list_of_two_sheets_goes_in_whole():
    result = lists.read_list(lists.NEEDS, as_sent(("辅材", [BOX, FILM, FILM]), ("外协", [[*BEADS[:2], "", *BEADS[3:]], BOX])))

    assert result.errors == ()
    box, film, beads, again = (row.values for row in result.rows)
    assert (box["quantity"], box["unit"], box["target_price_fen"], str(box["needed_by"])) == (800, "吨", 171_404, "2027-03-31")
    assert (film["quantity"], film["unit"], film["needed_by"]) == (600, "卷", None)
    assert film["note"] == "数量原填“约300-600”；交货原填“合同签订后30天”"
    assert (beads["quantity"], beads["target_price_fen"]) == (None, None)
    assert again["product"] == "纸箱"


def test_L19_every_choice_is_told_once_for_all_its_rows():
    said = told(lists.read_list(lists.NEEDS, as_sent(("辅材", [BOX, FILM, FILM]), ("外协", [BOX, BEADS]))))

    assert said.count("按那段时间的最后一天") == 1
    for part in (
        "2 个工作表合并读成一张清单",
        "完全相同的有 1 行，只读了一次：第 6 行",
        "“同上”的有 1 行",
        "范围的有 1 行",
        "面议",
        "合计行",
    ):
        assert part in said
    assert "外协!5" in said


@pytest.mark.parametrize(
    ("cell", "unit", "amount", "into"),
    [
        ("120万个", "万个", 1_200_000, "个"),
        ("120万", "万个", 1_200_000, "个"),
        ("0.5万个", "", 5_000, "个"),
        ("2.5吨", "", 2_500, "公斤"),
        ("500千克", "吨", 500, "千克"),
        ("约 20 台", "台", 20, "台"),
        ("3万-6万只", "", 60_000, "只"),
        ("300m2", "", 300, "m2"),
        ("50公斤", "台", "50公斤", "台"),
        ("见附件", "台", "见附件", "台"),
    ],
)
def test_L11_a_unit_inside_a_number_is_taken_out_and_what_cannot_be_read_is_left(cell, unit, amount, into):
    cells = {"quantity": cell, "unit": unit, "target_price_fen": "", "needed_by": "", "note": ""}
    as_typed.need(cells)
    assert (cells["quantity"], cells["unit"]) == (amount, into)


@pytest.mark.parametrize(
    ("written_day", "day"),
    [
        ("2027年一季度", "2027-03-31"),
        ("2027年底前", "2027-12-31"),
        ("2028年2月", "2028-02-29"),
        ("2027年5月上旬", "2027-05-10"),
        ("随时", ""),
        ("2027年13月", "2027年13月"),
    ],
)
def test_L11_days_in_words_are_the_last_of_their_time(written_day, day):
    cells = {"quantity": "", "unit": "", "target_price_fen": "", "needed_by": written_day, "note": ""}
    as_typed.need(cells)
    assert cells["needed_by"] == day


@pytest.mark.parametrize(
    ("written_lead", "days"), [("7天", 7), ("下单后2周", 14), ("10个工作日", 14), ("1个月", 30), ("现货", 0), ("不定", "不定")]
)
def test_L11_lead_times_are_days(written_lead, days):
    cells = {"capacity": "", "unit": "", "price_fen": "", "lead_days": written_lead, "region_code": "", "uscc": ""}
    as_typed.supply(cells)
    assert cells["lead_days"] == days


def supplies_as_sent(*rows):
    book = Workbook()
    book.active.append(["拉萨市中小企业产品供给摸排表"])
    book.active.append(["序号", "企业名称", "统一社会信用代码", "所在县区", "主要产品", "规格", "年产能（单位）", "价格", "供货周期"])
    for row in rows:
        book.active.append(row)
    return written(book)


def test_L11_places_by_name_prices_to_be_agreed_and_T23_codes_that_fail_their_check():
    content = supplies_as_sent(
        [1, "达孜纸箱厂", "91540104MA0000071X", "城关区", "纸箱", "三层", "约5万只", "面议", "7天"],
        [2, "某厂", "91540104MA0000071Y", "达孜区", "托盘", "", 20, "12.5元", "1个月"],
    )
    result = lists.read_list(lists.SUPPLIES_OF_ANYBODY, content)

    assert result.errors == ()
    box, pallet = (row.values for row in result.rows)
    assert (box["region_code"], box["capacity"], box["unit"], box["price_fen"], box["lead_days"]) == ("540102", 50_000, "只", None, 7)
    assert (pallet["region_code"], pallet["price_fen"], pallet["lead_days"]) == ("540104", 1250, 30)
    assert "校验不通过" in told(result)
    assert len(lists.read_list(lists.SUPPLIES, content).errors) >= 1


def test_L11_a_csv_as_Chinese_Excel_saves_it_is_read():
    content = "物料名称,年用量,单位\n纸箱,300,只\n".encode("gb18030")
    assert [row.values["quantity"] for row in lists.read_list(lists.NEEDS, content).rows] == [300]


def test_L11_the_command_takes_the_good_rows_and_writes_the_book_with_the_errors_of_each_sheet(tmp_path):
    needs, supplies, out = tmp_path / "needs.xlsx", tmp_path / "supplies.xlsx", tmp_path / "plan.xlsx"
    needs.write_bytes(as_sent(("辅材", [BOX]), ("外协", [[1, "托盘", "", "见附件", "个"]])))
    supplies.write_bytes(supplies_as_sent([1, "达孜纸箱厂", "91540104MA0000071X", "达孜区", "纸箱", "三层", "500吨", "", "7天"]))
    command = ["run", "--needs", str(needs), "--supplies", str(supplies), "--out", str(out), "--yes"]

    refused = CliRunner().invoke(match, command)
    assert (refused.exit_code, out.exists()) == (1, False)
    assert "第 表2-4 行" in refused.output

    done = CliRunner().invoke(match, [*command, "--good-rows"])
    assert done.exit_code == 0, done.output
    rows = list(load_workbook(out)["对接计划"].iter_rows(min_row=5, values_only=True))
    assert [(row[3], row[7]) for row in rows] == [("达孜纸箱厂", 500)]
    marked = load_workbook(tmp_path / "needs（错误说明）.xlsx")
    assert "见附件" in marked["外协"].cell(4, marked["外协"].max_column).value
    assert [cell.value for cell in marked["辅材"][4]][-1] is None


def test_L19_two_lines_of_our_own_template_stay_on_one_sheet():
    book = load_workbook(BytesIO(as_sent(("辅材", [BOX]), (lists.NEEDS.title, [BOX]))))
    result = lists.read_list(lists.NEEDS, written(book))

    assert (result.page, len(result.rows)) == (lists.NEEDS.title, 1)
    assert "另有 1 个没有读：“辅材”" in told(result)
    assert with_errors(lists.NEEDS, written(book), [result.refuse(4, "product", "不行。", "")])
