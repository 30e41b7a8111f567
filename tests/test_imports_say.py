"""No importer drops a column, a row or a worksheet without saying so before anything is stored."""

import io
from dataclasses import replace

import openpyxl
import pytest
from click.testing import CliRunner

from marketplace.cli.match import match
from marketplace.enterprises.imports import FIRM_SHEET
from marketplace.kernel import sheets
from marketplace.kernel.errors import RuleViolation
from marketplace.kernel.imports import Import
from marketplace.matching import lists
from marketplace.web.importing import IMPORTERS
from tests.factories import a_provider, an_officer, user_of


def with_more(spec, *, title=""):
    """The template with what people add: a column, a worksheet, a hidden row, a total and a note."""
    book = openpyxl.load_workbook(io.BytesIO(sheets.template(spec)))
    page = book[spec.title]
    heading = next(row[0].row for row in page.iter_rows() if any(str(cell.value).startswith(spec.columns[0].title) for cell in row))
    first = next(cell.column for cell in page[heading] if str(cell.value).startswith(spec.columns[0].title))
    page.cell(heading, page.max_column + 1, "领导批示")
    page.cell(heading + 8, first, title or "内容")
    page.row_dimensions[heading + 8].hidden = True
    page.cell(heading + 9, first, "合计")
    page.cell(heading + 10, first, "说明：数字为全年")
    book.create_sheet("二季度").append(["另一张表"])
    target = io.BytesIO()
    book.save(target)
    return target.getvalue(), heading + 8


WANTED = ["领导批示", "“二季度”", "被隐藏或筛选掉", "合计行没有读入", "说明和签章行没有读入"]


@pytest.mark.engines("sqlite")
def test_every_importer_says_what_it_does_not_read(app):
    specs = [*(pages.importer.spec for pages in IMPORTERS.values()), lists.NEEDS, lists.SUPPLIES]
    assert len(specs) > 10
    for spec in specs:
        content, row = with_more(spec)
        if spec.is_strict:
            with pytest.raises(RuleViolation, match="领导批示"):
                sheets.read(spec, content)
        result = sheets.read(replace(spec, is_strict=False), content)
        told = "\n".join(one.text() for one in result.unread)
        assert [word for word in WANTED if word not in told] == [], spec.name
        assert {one.row for one in result.errors} | {one.number for one in result.rows} == {row}, spec.name


def test_it_is_said_on_the_page_and_asked_before_storing(browser, db):
    provider = a_provider()
    browser.sign_in(user_of(provider))
    spec = IMPORTERS["staff"].importer.spec
    content, _row = with_more(spec, title="扎西")
    page = browser.post("/imports/staff", {"book": (io.BytesIO(content), "人员.xlsx")})
    told = page.select_one("main").text

    assert all(word in told for word in WANTED)
    assert "检查通过" not in told


def test_rows_are_stored_only_by_somebody_who_has_seen_what_was_not_read(browser, db):
    browser.sign_in(an_officer())
    book = openpyxl.Workbook()
    book.active.title = FIRM_SHEET.title
    book.active.append(["统一社会信用代码", "企业名称", "所在县区", "领导批示"])
    book.active.append(["91540102MA9999996F", "甲公司", "540102", "同意"])
    target = io.BytesIO()
    book.save(target)
    page = browser.post("/imports/enterprises", {"book": (io.BytesIO(target.getvalue()), "名单.xlsx")})
    row = db.session.query(Import).one()
    store = f"/imports/enterprises/{row.id}/store"

    assert "导入其余内容" in page.text
    token = page.select_one("[name=csrf_token]")["value"]
    browser._shown(browser.knock("POST", store, data={"csrf_token": token, "rows": "all", "request_key": str(row.id)}), 409)
    assert row.stored_at is None
    browser.fill(store, {})
    assert row.stored_count == 1


@pytest.mark.parametrize(("answer", "code"), [(["--yes"], 0), ([], 1)])
def test_the_command_asks_too(tmp_path, answer, code):
    paths = []
    for name, spec, row in (("needs", lists.NEEDS, NEED), ("supplies", lists.SUPPLIES, SUPPLY)):
        book = openpyxl.Workbook()
        book.active.title = spec.title
        titles = {column.key: column.title for column in spec.columns}
        book.active.append([*(titles[key] for key in row), "领导批示"])
        book.active.append([*row.values(), "同意"])
        paths.append(tmp_path / f"{name}.xlsx")
        book.save(paths[-1])
    asked = ["run", "--needs", str(paths[0]), "--supplies", str(paths[1]), "--out", str(tmp_path / "plan.xlsx"), *answer]
    ended = CliRunner().invoke(match, asked)

    assert "领导批示" in ended.output
    assert ended.exit_code == code
    assert (tmp_path / "plan.xlsx").exists() is (code == 0)


NEED = {"product": "瓶坯", "quantity": 100, "unit": "只"}
SUPPLY = {"uscc": "91540102MA9999996F", "name": "甲公司", "region_code": "540102", "product": "瓶坯"}
