"""The whole need: what is asked for beside the name decides, and is told."""

from dataclasses import replace

import pytest

from marketplace.matching.rules import Certificate, Obstacle, Point
from marketplace.matching.rules import certificates as dictionary
from marketplace.matching.rules.specs import SpecState, compare
from tests.matching.test_proposing import a_need, a_supply, run

MEETS, UNKNOWN, AGAINST = SpecState.MEETS, SpecState.UNKNOWN, SpecState.CONTRADICTS


@pytest.mark.parametrize(
    ("wanted", "offered", "state"),
    [
        ("28口 22g", "28口 22克", MEETS),
        ("28口 22g", "38口 28g", AGAINST),
        ("28口 22g", "28口", UNKNOWN),
        ("28口 22g", "", UNKNOWN),
        ("22g", "28口 18g/22g 食品级", MEETS),
        ("28口或30口", "30口", MEETS),
        ("甲级", "乙级", AGAINST),
        ("二级以上", "一级", MEETS),
        ("二级以上", "三级", AGAINST),
        ("食品级", "工业级", AGAINST),
        ("壁厚≥3mm", "壁厚0.5cm", MEETS),
        ("壁厚≥3mm", "壁厚2mm", AGAINST),
        ("壁厚不低于3毫米", "直径2mm", UNKNOWN),
        ("厚≥3mm 厚≤5mm", "厚6mm", AGAINST),
        ("厚度3-5mm", "厚度4mm", MEETS),
        ("22±0.5g", "22.3g", MEETS),
        ("22±0.5g", "23g", AGAINST),
        ("直径1/2英寸", "φ12.7mm", MEETS),
        ("800×600mm", "800*600毫米", MEETS),
        ("800×600mm", "900*600mm", AGAINST),
        ("耐压≥1.6MPa", "耐压2.5兆帕", MEETS),
        ("功率5kW以上", "功率5千瓦", MEETS),
        ("DN50", "DN100", AGAINST),
        ("Q235B", "Q345B", AGAINST),
        ("C30", "C30、C40", MEETS),
        ("304不锈钢", "316不锈钢", AGAINST),
        ("白色", "黑色", AGAINST),
        ("GB/T 3880", "GB/T3880-2012", MEETS),
        ("GB/T 3880", "GB/T 1234", UNKNOWN),
        ("防水、透气", "透气防水", MEETS),
        ("P.O 42.5", "P.O 42.5 散装", MEETS),
    ],
)
def test_l2_a_specification_is_compared_term_by_term(wanted, offered, state):
    assert compare(wanted, offered).state is state


def test_l2_the_name_of_what_is_offered_tells_too():
    assert compare("甲级", "", offered_name="甲级防火门").state is MEETS
    assert compare("甲级", "", offered_name="乙级防火门").state is AGAINST
    assert compare("", "甲级") is None


def test_l2_of_one_product_the_right_specification_is_first_then_blank_then_wrong():
    lines = [a_supply("防火门", f"s{at}", f"f{at}", specification="乙级" if at % 2 else "") for at in range(300)]
    lines[250] = a_supply("防火门", "right", "best", specification="甲级")
    others = [a_supply(f"防盗{name}门", f"o{name}", name) for name in ("钢", "木", "铜")]

    proposals = run([a_need("防火门", specification="甲级")], [*lines, *others]).proposals

    assert proposals[0].supply_id == "right"
    assert {reason.code for reason in proposals[1].reasons} >= {Point.SPECIFICATION}
    assert "规格待核" in "".join(reason.text() for reason in proposals[1].reasons)


def test_l2_a_contradiction_says_both_sides_and_is_never_planned():
    need = a_need("PET瓶坯", specification="28口 22g", quantity=100, unit="个")

    outcome = run([need], [a_supply("PET瓶坯", specification="38口 28g", capacity=100, unit="个")])

    told = [reason.text() for reason in outcome.proposals[0].reasons if reason.code is Point.AGAINST]
    assert told == ["规格不符：要求“28口、22g”，供给“38口、28g”。"]
    assert not outcome.proposals[0].planned
    assert outcome.unmet


def test_l1_hard_rules_come_before_the_cut():
    barred = [a_supply("PET瓶坯", f"s{at}", f"f{at}", certificates="ISO14001") for at in range(90)]
    allowed = [a_supply("PET瓶坯", f"t{at}", f"g{at}", certificates="质量管理体系认证") for at in range(2)]

    outcome = run([a_need("PET瓶坯", certificates="ISO 9001")], [*barred, *allowed])

    assert [one.supply_id for one in outcome.proposals] == ["t0", "t1"]


def test_l1_those_who_hold_a_certificate_are_found_behind_those_who_say_nothing():
    blank = [a_supply("PET瓶坯", f"s{at}", f"f{at}") for at in range(90)]
    holders = [a_supply("PET瓶坯", f"t{at}", f"g{at}", certificates="ISO9001:2015") for at in range(2)]
    assert [one.supply_id for one in run([a_need("PET瓶坯", certificates="ISO9001")], [*blank, *holders]).proposals][:2] == ["t0", "t1"]


@pytest.mark.parametrize(
    ("held", "required", "covers"),
    [
        ("ISO9001", "ISO 9001", True),
        ("ISO9001:2015", "ISO9001", True),
        ("质量管理体系认证", "ISO9001", True),
        ("GB/T 19001-2016", "ISO9001", True),
        ("ISO9001:2008", "ISO9001:2015", False),
        ("ISO9001", "ISO9001:2015", True),
        ("ISO14001", "ISO9001", False),
        ("SC", "食品生产许可证", True),
        ("3C认证", "CCC", True),
        ("消防认证证书", "消防认证", True),
    ],
)
def test_l9_certificates_are_compared_by_family_and_edition(held, required, covers):
    assert dictionary.covers(held, required) is covers


def test_l9_a_blank_inside_a_name_parts_nothing():
    need = a_need("瓶坯", certificates="ISO 9001、GB/T 24001 3C认证")
    assert need.side.certificates_required == {"ISO9001", "GBT24001", "3C认证"}


def test_l9_a_firm_that_names_no_certificate_is_asked_and_not_turned_away():
    blank = run([a_need("瓶坯", certificates="ISO9001")], [a_supply("瓶坯")])
    assert "资质待核" in "".join(reason.text() for reason in blank.proposals[0].reasons)
    other = run([a_need("瓶坯", certificates="ISO9001")], [a_supply("瓶坯", certificates="ISO14001")])
    assert [one.code for one in other.excluded[0].obstacles] == [Obstacle.CERTIFICATE_MISSING]


def test_l9_the_best_of_several_of_one_family_counts():
    need, firm = a_need("瓶坯", certificates="ISO9001", needed_by=None), a_supply("瓶坯")
    held = (Certificate("ISO9001:2008"), Certificate("ISO 9001:2015"))
    assert run([need], [replace(firm, side=replace(firm.side, certificates_held=held))]).proposals


def test_l20_what_is_less_than_sure_is_shown_and_not_planned():
    outcome = run([a_need("行车", quantity=1, unit="台")], [a_supply("自行车", capacity=9, unit="台")])
    assert [one.planned for one in outcome.proposals] == [False]
    outcome = run([a_need("平垫圈", quantity=1, unit="个")], [a_supply("平垫", capacity=9, unit="个")])
    assert [one.planned for one in outcome.proposals] == [True]
