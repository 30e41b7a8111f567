"""Every column and field that a user can fill in needs and supplies: changing only that one changes the outcome, or it says why not."""

from dataclasses import replace
from datetime import date

import pytest
from wtforms.validators import NumberRange

from marketplace.identity.uscc import make_uscc
from marketplace.kernel.errors import RuleViolation
from marketplace.matching import lines, lists
from marketplace.matching.forms import NeedForm, SupplyForm
from marketplace.matching.models import Need, Supply
from tests.matching.test_proposing import need_of, run, supply_of

TODAY = date(2026, 3, 16)
OTHER = make_uscc("540104", 9)
NEED = {
    "product": "PET瓶坯", "specification": "28口", "direction": "upstream", "industry_code": "2926", "quantity": 100, "unit": "万个",
    "target_price_fen": 300_000, "needed_by": date(2026, 5, 1), "certificates": "食品生产许可证", "region_code": "", "max_suppliers": 3,
    "share_cap_bp": 10_000, "excluded": "",
}  # fmt: skip
SUPPLY = {
    "side": "sells", "product": "PET瓶坯", "specification": "28口", "industry_code": "2926", "capacity": 1_500_000, "unit": "个",
    "price_fen": 30, "lead_days": 5, "certificates": "食品生产许可证", "region_code": "540102", "minimum_lot": 1, "max_customers": 10,
    "excluded": "", "wanted_customers": "",
}  # fmt: skip
OTHERWISE = {
    "needs": {
        "product": "商品混凝土", "specification": "38口", "direction": "downstream", "industry_code": "1522", "quantity": 10, "unit": "个",
        "target_price_fen": 200_000, "needed_by": date(2026, 3, 18), "certificates": "药品生产许可证", "region_code": "652700",
        "max_suppliers": 1, "share_cap_bp": 1_000, "excluded": OTHER,
    },
    "supplies": {
        "side": "buys", "product": "商品混凝土", "specification": "38口", "industry_code": "1522", "capacity": 50_000, "unit": "万个",
        "price_fen": 40, "lead_days": 90, "certificates": "食品生产许可证（2026-04-01）", "region_code": "652701", "minimum_lot": 2_000_000,
        "max_customers": 1, "excluded": OTHER, "wanted_customers": "圣湖水业", "uscc": "leader",
    },
}  # fmt: skip
SAYS_WHY_NOT = {"line_number", "note"}
PRINTED = {"name"}  # the firm's name in the plan


def outcome(need, supply):
    """What a run says, as far as people see it."""
    needs = [need_of(need, f"n{at}", id="leader", region_code="540122", name="圣湖水业") for at in range(2)]
    needs = [replace(one, side=replace(one.side, excluded=frozenset(one.side.excluded))) for one in needs]
    firms = [supply.get("uscc", OTHER), "b"]
    others = {**SUPPLY, "price_fen": 60}
    supplies = [supply_of(supply if at == 0 else others, f"s{at}", who) for at, who in enumerate(firms)]
    if supply.get("excluded"):
        needs = [replace(one, side=replace(one.side, organisation_id=OTHER)) for one in needs]
        supplies[0] = replace(supplies[0], side=replace(supplies[0].side, organisation_id="a"))
    found = run(needs, supplies)
    told = [(p.need_id, p.supply_id, p.planned_quantity, p.planned_unit, [reason.text() for reason in p.reasons]) for p in found.proposals]
    return told, [(one.need_id, one.quantity, one.unit, one.sentence) for one in found.unmet]


@pytest.mark.parametrize(
    ("spec", "column"),
    [pytest.param(spec, column, id=f"{spec.name} {column.key}") for spec in (lists.NEEDS, lists.SUPPLIES) for column in spec.columns],
)
def test_changing_one_column_changes_the_outcome_or_says_why_not(spec, column):
    if column.key in SAYS_WHY_NOT:
        assert "不影响匹配" in column.help
        return
    if column.key in PRINTED:
        return
    changed = OTHERWISE[spec.name][column.key]
    if spec is lists.NEEDS:
        assert outcome({**NEED, column.key: changed}, SUPPLY) != outcome(NEED, SUPPLY)
    else:
        assert outcome(NEED, {**SUPPLY, column.key: changed}) != outcome(NEED, SUPPLY)


@pytest.mark.parametrize(
    ("form", "spec", "elsewhere"),
    [
        pytest.param(NeedForm, lists.NEEDS, {"direction"}, id="needs: the direction is the list's"),
        pytest.param(SupplyForm, lists.SUPPLIES, {"uscc", "name", "region_code"}, id="supplies: the firm is known"),
    ],
)
def test_the_web_form_has_what_the_workbook_has(app, form, spec, elsewhere):
    with app.test_request_context():
        names = {"share_cap_bp" if field.name == "share_percent" else field.name for field in form()}
    assert names - {"request_key", "csrf_token"} == {column.key for column in spec.columns} - elsewhere


@pytest.mark.parametrize(
    ("written", "held"),
    [
        ("ISO9001（2027-06-30）", ["ISO9001（2027-06-30）"]),
        ("ISO9001(有效期至2027年6月30日)、食品生产许可证", ["ISO9001（2027-06-30）", "食品生产许可证"]),
        ("采矿许可证（至 2027/6/30 止）|GMP", ["采矿许可证（2027-06-30）", "GMP"]),
        ("", []),
    ],
)
def test_a_certificate_may_say_its_last_good_day(written, held):
    assert lines.certificates_held(written) == held


@pytest.mark.parametrize(
    ("key", "text", "sentence"), [("certificates", "ISO9001（2027-02-30）", "不存在"), ("excluded", "某某公司", "不是有效的")]
)
def test_what_cannot_be_read_is_refused_with_its_field(key, text, sentence):
    reader = lines.certificates_held if key == "certificates" else lines.check_codes
    with pytest.raises(RuleViolation, match=sentence) as refusal:
        reader(text)
    assert refusal.value.field == key


@pytest.mark.parametrize("key", sorted(lines.MOST))
@pytest.mark.parametrize("beyond", [0, -1, 1])
def test_a_number_has_the_same_bounds_in_a_sheet_a_form_and_the_database(app, key, beyond):
    """One check for one rule: what the form refuses, a row refuses too."""
    number = lines.MOST[key] + 1 if beyond > 0 else beyond
    kind, form = (lines.need_line, NeedForm) if hasattr(lines.NeedLine, key) else (lines.supply_line, SupplyForm)
    with pytest.raises(RuleViolation) as refusal:
        kind({"product": "瓶坯", key: number})
    assert refusal.value.field == key
    kind({"product": "瓶坯", key: lines.MOST[key]})
    with app.test_request_context():
        field = form()._fields.get(key)
    bounds = [(one.min, one.max) for one in getattr(field, "validators", ()) if isinstance(one, NumberRange)]
    assert set(bounds) <= {(1, lines.MOST[key])}


@pytest.mark.parametrize(("kind", "model"), [(lines.NeedLine, Need), (lines.SupplyLine, Supply)])
def test_a_line_comes_out_of_the_database_as_it_went_in(kind, model):
    line = kind(product="瓶坯", certificates=("ISO9001（2027-06-30）",), excluded=(OTHER,))
    assert lines.line_of_row(kind, model(**lines.columns(line))) == line
