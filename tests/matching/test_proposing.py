"""Two lists in, a plan with reasons out."""

from dataclasses import replace
from datetime import date
from fractions import Fraction
from io import BytesIO

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from marketplace.cli.match import match
from marketplace.identity.uscc import make_uscc
from marketplace.kernel.sheets import template
from marketplace.matching import lists, units
from marketplace.matching.lines import need_line, supply_line
from marketplace.matching.outcome import reasons_as_data
from marketplace.matching.proposing import SHOWN_EXCLUDED, propose
from marketplace.matching.rules import Direction, Obstacle
from marketplace.matching.settings import preferences

TODAY = date(2026, 3, 16)
PREFERENCES = preferences()


def need_of(values, line_id, **owner):
    direction = Direction(values.get("direction", "upstream"))
    return lists.need_item(need_line(values), line_id, lists.Owner(**owner), direction=direction)


def supply_of(values, line_id, owner_id):
    owner = lists.Owner(owner_id, values.get("region_code", ""))
    return lists.supply_item(supply_line(values), line_id, owner, today=TODAY)


def a_need(product, line_id="n1", **values):
    return need_of({"product": product, **values}, line_id, id="leader", region_code="540122")


def a_supply(product, line_id="s1", owner_id="firm", **values):
    return supply_of({"product": product, **values}, line_id, owner_id)


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
    outcome = run([a_need("瓶坯", certificates="食品生产许可证")], [a_supply("瓶坯", certificates="ISO9001")])

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
        ({"max_suppliers": 1001}, "不能超过 1000"),
        ({"quantity": 2 * 10**15}, "数字过大"),
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
    assert rows[0][10] == make_uscc("540104", 7)
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


def test_hard_rules_come_before_the_cut_so_the_two_with_the_certificate_are_found_among_many():
    crowd = [a_supply("PET瓶坯", f"s{at}", f"firm{at}", capacity=100, unit="个", certificates="ISO9001") for at in range(120)]
    right = [a_supply("PET瓶坯", f"r{at}", f"right{at}", capacity=100, unit="个", certificates="食品生产许可证") for at in range(2)]
    need = a_need("PET瓶坯", quantity=150, unit="个", certificates="食品生产许可证")

    outcome = run([need], crowd + right)

    assert [p.supply_id for p in outcome.proposals] == ["r0", "r1"]
    assert outcome.unmet == ()
    assert len(outcome.excluded) == SHOWN_EXCLUDED


def test_equal_scores_are_in_the_order_of_the_list_and_not_of_the_ids_text():
    supplies = [a_supply("纸箱", f"s{at}", f"firm{at}") for at in range(1, 13)]

    assert [p.supply_id for p in run([a_need("纸箱")], supplies).proposals] == [f"s{at}" for at in range(1, 13)]


@pytest.mark.parametrize(
    ("need", "supplies", "planned", "unmet"),
    [
        pytest.param((1, "吨"), [(600, "公斤"), (400, "公斤")], [(600, "公斤"), (400, "公斤")], [], id="a tonne of kilograms"),
        pytest.param((3, "吨"), [(500, "公斤")], [(500, "公斤")], [(2500, "公斤")], id="tonnes of half a tonne"),
        pytest.param((2, "万吨/年"), [(5000, "吨"), (9000, "t")], [(5000, "吨"), (9000, "t")], [(6000, "吨")], id="ten thousands"),
        pytest.param((1000, ""), [(500, "吨")], [(500, "吨")], [(500, "吨")], id="no unit means the other's"),
        pytest.param((10, "套"), [(4, "吨")], [(10, "套")], [], id="not comparable: planned, to be agreed"),
        pytest.param((None, ""), [(4, "吨")], [(None, "")], [], id="no quantity: planned, to be agreed"),
        pytest.param((9 * 10**14, "万吨"), [(10**15, "吨")], [(10**11, "万吨")], [(9 * 10**14 - 10**11, "万吨")], id="absurdly much"),
    ],
)
def test_no_quantity_is_rounded_to_nothing_and_no_unit_is_a_veto(need, supplies, planned, unmet):
    lines = [a_supply("平垫圈", f"s{at}", f"f{at}", capacity=size, unit=unit) for at, (size, unit) in enumerate(supplies)]

    outcome = run([a_need("平垫圈", quantity=need[0], unit=need[1])], lines)

    assert [(p.planned_quantity, p.planned_unit) for p in outcome.proposals] == planned
    assert all(p.planned for p in outcome.proposals)
    assert [(one.quantity, one.unit) for one in outcome.unmet] == unmet


def by_need(outcome):
    found = {}
    for p in outcome.proposals:
        if p.planned:
            found.setdefault(p.need_id, {})[p.supply_id] = p.planned_quantity
    return found


def test_a_need_gets_no_more_suppliers_than_it_wants_and_says_what_is_left():
    supplies = [a_supply("机制砂", f"s{at}", f"f{at}", capacity=size, unit="吨") for at, size in enumerate((300, 600, 400, 500))]

    outcome = run([a_need("机制砂", quantity=1500, unit="吨", max_suppliers=2)], supplies)

    assert by_need(outcome) == {"n1": {"s1": 600, "s3": 500}}, "the two that cover most"
    assert [(one.quantity, one.sentence) for one in outcome.unmet] == [(400, "受“最多几家”所限，其余数量没有安排。")]
    assert outcome.plan.bound > outcome.plan.objective, "the bound is of quantities alone"


def test_a_supply_serves_no_more_needs_than_it_takes():
    needs = [a_need("机制砂", f"n{at}", quantity=100, unit="吨") for at in range(3)]

    outcome = run(needs, [a_supply("机制砂", capacity=1000, unit="吨", max_customers=2)])

    assert len(by_need(outcome)) == 2
    assert [one.sentence for one in outcome.unmet] == ["其余候选企业服务的家数已满。"]


def test_a_pair_that_gets_nothing_makes_room_for_another():
    needs = [
        a_need("机制砂", "n1", quantity=100, unit="吨", max_suppliers=1),
        a_need("机制砂", "n2", quantity=90, unit="吨", max_suppliers=1),
    ]
    supplies = [a_supply("机制砂", "s1", "a", capacity=100, unit="吨"), a_supply("机制砂", "s2", "b", capacity=90, unit="吨")]

    assert by_need(run(needs, supplies)) == {"n1": {"s1": 100}, "n2": {"s2": 90}}


@settings(max_examples=60, deadline=None)
@given(
    needs=st.lists(st.tuples(st.one_of(st.none(), st.integers(1, 50)), st.integers(1, 3), st.sampled_from([3000, 10_000])), max_size=4),
    supplies=st.lists(st.tuples(st.one_of(st.none(), st.integers(1, 50)), st.integers(1, 2)), max_size=4),
)
def test_a_plan_keeps_quantities_and_numbers_of_partners_together(needs, supplies):
    asked = [a_need("机制砂", f"n{at}", quantity=q, unit="吨", max_suppliers=k, share_cap_bp=cap) for at, (q, k, cap) in enumerate(needs)]
    offered = [a_supply("机制砂", f"s{at}", f"f{at}", capacity=c, unit="公斤", max_customers=k) for at, (c, k) in enumerate(supplies)]
    offered = [replace(item, side=replace(item.side, quantity=item.side.quantity and item.side.quantity * 1000)) for item in offered]

    outcome = run(asked, offered)

    planned = [p for p in outcome.proposals if p.planned]
    for at, (quantity, most, cap) in enumerate(needs):
        mine = [units.converted(p.planned_quantity, p.planned_unit, "吨") for p in planned if p.need_id == f"n{at}" and quantity]
        assert len([p for p in planned if p.need_id == f"n{at}"]) <= most
        assert all(one <= Fraction(quantity * cap, 10_000) for one in mine)
        left = [units.converted(u.quantity, u.unit, "吨") for u in outcome.unmet if u.need_id == f"n{at}" and quantity]
        assert not quantity or sum(mine) + sum(left) == quantity
    for at, (capacity, most) in enumerate(supplies):
        mine = [p for p in planned if p.supply_id == f"s{at}"]
        assert len(mine) <= most
        given_ = sum(units.converted(p.planned_quantity, p.planned_unit, "吨") for p in mine if p.planned_quantity)
        assert capacity is None or given_ <= capacity
    assert outcome.plan.objective <= outcome.plan.bound + 1e-9
