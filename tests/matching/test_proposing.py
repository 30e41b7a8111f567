"""Two lists in, a plan with reasons out."""

from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
from click.testing import CliRunner
from openpyxl import Workbook, load_workbook

from marketplace.cli.match import match
from marketplace.identity.uscc import make_uscc
from marketplace.kernel.sheets import template
from marketplace.matching import lists
from marketplace.matching.preferences import read_preferences
from marketplace.matching.proposing import propose, reasons_as_data
from marketplace.matching.rules import Obstacle

TODAY = date(2026, 3, 16)
PREFERENCES = read_preferences(Path(__file__).parents[2] / "config" / "matching.toml")


def a_need(product, line_id="n1", **values):
    return lists.need_item({"product": product, **values}, line_id=line_id, owner_id="leader", region_code="540122")


def a_supply(product, line_id="s1", owner_id="firm", **values):
    return lists.supply_item({"product": product, **values}, line_id=line_id, owner_id=owner_id, today=TODAY)


def run(needs, supplies):
    return propose(needs, supplies, today=TODAY, preferences=PREFERENCES)


def test_the_right_product_is_proposed_first_and_says_why():
    outcome = run([a_need("纸箱")], [a_supply("瓦楞纸箱"), a_supply("商品混凝土", "s2", "other")])

    best = outcome.proposals[0]
    assert (best.supply_id, best.rank, best.planned) == ("s1", 1, True)
    pieces = reasons_as_data(best)[-1]
    assert [text for text, shared in pieces["supply"] if shared] == ["纸箱"]


def test_a_downstream_need_meets_buyers_and_never_sellers():
    cement = a_need("散装水泥", direction="downstream")
    buyer, seller = a_supply("散装水泥", "s1", "mixer", side="buys"), a_supply("散装水泥", "s2", "rival")

    assert {p.supply_id for p in run([cement], [buyer, seller]).proposals} == {"s1"}


def test_quantities_are_divided_by_capacity_and_share_and_what_is_left_is_said():
    need = a_need("机制砂", quantity=1000, unit="吨", share_cap_bp=6000, max_suppliers=3)
    first, second = a_supply("机制砂", "s1", "a", capacity=900, unit="吨"), a_supply("机制砂", "s2", "b", capacity=300_000, unit="千克")

    outcome = run([need], [first, second])

    assert {p.supply_id: p.planned_quantity for p in outcome.proposals} == {"s1": 600, "s2": 300}
    assert [(u.need_id, u.quantity) for u in outcome.unmet] == [("n1", 100)]
    assert outcome.plan.gap == pytest.approx(0)


def test_a_missing_certificate_removes_a_pair_and_is_told():
    outcome = run([a_need("瓶坯", certificates="食品生产许可证")], [a_supply("瓶坯")])

    assert not outcome.proposals
    assert [o.code for o in outcome.excluded[0].obstacles] == [Obstacle.CERTIFICATE_MISSING]


def test_a_product_that_only_sounds_alike_is_shown_but_not_counted_on():
    outcome = run([a_need("瓶坯")], [a_supply("瓶盖")])

    assert all(not p.planned for p in outcome.proposals)
    assert outcome.unmet


def test_an_equal_class_alone_does_not_put_another_product_into_a_plan():
    need = a_need("PET瓶坯", industry_code="2926", quantity=100, unit="个")
    bag = a_supply("食品复合包装袋", "s1", "bags", industry_code="2926", capacity=100, unit="个")
    cap = a_supply("注塑瓶盖", "s2", "caps", industry_code="2926", capacity=100, unit="个")

    others = [a_supply(name, f"o{name}", name) for name in ("瓦楞纸箱", "玻璃瓶", "PE热收缩膜", "瓶身标签", "商品混凝土", "机制砂")]

    assert [p.supply_id for p in run([need], [bag, cap, *others]).proposals if p.planned] == []


def test_no_supplies_leave_every_need_unmet():
    assert [u.need_id for u in run([a_need("纸箱")], []).unmet] == ["n1"]


def a_book(spec, *rows):
    book = Workbook()
    page = book.active
    page.title = spec.title
    page.append([column.title for column in spec.columns])
    titles = {column.key: column.title for column in spec.columns}
    headings = [cell.value for cell in page[1]]
    for row in rows:
        page.append([{titles[key]: value for key, value in row.items()}.get(heading) for heading in headings])
    target = BytesIO()
    book.save(target)
    return target.getvalue()


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"industry_code": "9999"}, "没有小类"),
        ({"quantity": -5}, "0"),
        ({"region_code": "549999"}, "549999"),
        ({"share_cap_bp": "150%"}, "100%"),
    ],
)
def test_a_bad_cell_is_named_with_its_row_and_column(values, message):
    result = lists.read_list(lists.NEEDS, a_book(lists.NEEDS, {"product": "纸箱"}, {"product": "瓶坯", **values}))

    assert [row.values["product"] for row in result.rows] == ["纸箱"]
    assert (result.errors[0].row, message in result.errors[0].text()) == (3, True)


@pytest.mark.parametrize("spec", [lists.NEEDS, lists.SUPPLIES], ids=["needs", "supplies"])
def test_a_template_that_nobody_filled_in_has_no_rows(spec):
    result = lists.read_list(spec, template(spec))

    assert (result.rows, result.errors) == ((), ())


def test_the_command_writes_a_plan_from_two_files(tmp_path):
    needs, supplies, out = tmp_path / "needs.xlsx", tmp_path / "supplies.xlsx", tmp_path / "plan.xlsx"
    needs.write_bytes(a_book(lists.NEEDS, {"product": "纸箱", "quantity": 100, "unit": "只"}))
    supplies.write_bytes(
        a_book(lists.SUPPLIES, {"uscc": make_uscc("540104", 7), "name": "达孜纸箱厂", "product": "瓦楞纸箱", "capacity": 80, "unit": "只"})
    )

    result = CliRunner().invoke(match, ["run", "--needs", str(needs), "--supplies", str(supplies), "--out", str(out)])

    assert result.exit_code == 0, result.output
    rows = list(load_workbook(out)["对接计划"].iter_rows(min_row=5, values_only=True))
    assert (rows[0][3], rows[0][7]) == ("达孜纸箱厂", 80)
    assert next(load_workbook(out)["未满足的需求"].iter_rows(min_row=5, values_only=True))[1] == 20


def test_the_command_names_what_is_wrong_and_writes_nothing(tmp_path):
    needs, supplies, out = tmp_path / "needs.xlsx", tmp_path / "supplies.xlsx", tmp_path / "plan.xlsx"
    needs.write_bytes(b"not a book")
    supplies.write_bytes(template(lists.SUPPLIES))

    result = CliRunner().invoke(match, ["run", "--needs", str(needs), "--supplies", str(supplies), "--out", str(out)])

    assert result.exit_code == 1
    assert "needs.xlsx" in result.output
    assert not out.exists()


def test_the_command_writes_templates(tmp_path):
    out = tmp_path / "needs.xlsx"

    assert CliRunner().invoke(match, ["template", "needs", "--out", str(out)]).exit_code == 0
    assert load_workbook(out).sheetnames[0] == lists.NEEDS.title
