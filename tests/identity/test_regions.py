"""Regions: codes of six digits, areas and what they cover."""

import pytest

from marketplace.identity import regions
from marketplace.identity.regions import RegionLevel
from marketplace.kernel.errors import NotFound, RuleViolation
from marketplace.kernel.policyfiles.provenance import Assumed


@pytest.mark.parametrize(
    ("code", "name", "level", "parent", "full_name"),
    [
        ("540000", "西藏自治区", RegionLevel.PROVINCE, None, "西藏自治区"),
        ("540100", "拉萨市", RegionLevel.PREFECTURE, "540000", "西藏自治区拉萨市"),
        ("540102", "城关区", RegionLevel.COUNTY, "540100", "西藏自治区拉萨市城关区"),
        ("540171", "格尔木藏青工业园区", RegionLevel.PARK, "540100", "青海省海西蒙古族藏族自治州格尔木市格尔木藏青工业园区"),
        ("542500", "阿里地区", RegionLevel.PREFECTURE, "540000", "西藏自治区阿里地区"),
        ("652702", "阿拉山口市", RegionLevel.COUNTY, "652700", "新疆维吾尔自治区博尔塔拉蒙古自治州阿拉山口市"),
        ("659007", "双河市", RegionLevel.COUNTY, "659000", "新疆维吾尔自治区双河市"),
        ("900100", "北爱尔兰", RegionLevel.PREFECTURE, "900000", "英国北爱尔兰"),
        ("110101", "东城区", RegionLevel.COUNTY, "110100", "北京市东城区"),
    ],
)
def test_a_region_knows_its_name_level_and_parent(code, name, level, parent, full_name):
    found = regions.region(code)
    assert (found.name, found.level, found.parent, found.full_name) == (name, level, parent, full_name)


@pytest.mark.parametrize(("short", "stored"), [("54", "540000"), ("5401", "540100"), (" 540102 ", "540102")])
def test_short_codes_are_stored_with_six_digits(short, stored):
    assert regions.normalise(short) == stored
    assert regions.region(short).code == stored


@pytest.mark.parametrize("wrong", ["", "540102.0", "54010", "5401022", "abc", "５４０１０２x"])
def test_what_is_not_a_code_is_refused(wrong):
    with pytest.raises(RuleViolation, match="6 位数字"):
        regions.normalise(wrong)


def test_an_unknown_code_is_not_found():
    assert not regions.exists("540199")
    with pytest.raises(NotFound, match="540199"):
        regions.region("540199")


def test_a_code_out_of_use_names_its_successor():
    with pytest.raises(NotFound, match="540481"):
        regions.region("540422")
    assert regions.region("540481").name == "米林市"


def test_a_place_elsewhere_is_known_to_rules_and_offered_in_no_form():
    assert regions.covers("90", "900200") and not regions.covers("900100", "900200")
    assert "900000" not in {one.code for one in regions.children()}
    assert regions.children("900000") == ()


def test_xizang_has_seven_prefectures_and_seventy_four_counties():
    prefectures = regions.children("540000")
    counties = {p.code: [c for c in regions.children(p.code) if c.level is RegionLevel.COUNTY] for p in prefectures}
    assert [len(counties[p.code]) for p in prefectures] == [8, 18, 11, 7, 12, 11, 7]
    assert sum(map(len, counties.values())) == 74


def test_every_region_but_a_province_lies_under_a_known_region():
    for province in regions.children():
        assert province.parent is None
        for prefecture in regions.children(province.code):
            assert prefecture.parent == province.code
            assert all(r.parent == prefecture.code for r in regions.children(prefecture.code))


@pytest.mark.parametrize(
    ("area", "prefix"), [("540000", "54"), ("540100", "5401"), ("540102", "540102"), ("540171", "540171"), ("54", "54")]
)
def test_prefix_for_queries(area, prefix):
    assert regions.sql_prefix(area) == prefix


@pytest.mark.parametrize(
    ("area", "place", "park", "expected"),
    [
        pytest.param("540000", "540102", None, True, id="region covers its county"),
        pytest.param("540100", "540102", None, True, id="prefecture covers its county"),
        pytest.param("540100", "540202", None, False, id="prefecture does not cover another's county"),
        pytest.param("540102", "540100", None, False, id="county does not cover the prefecture"),
        pytest.param("540102", "540103", None, False, id="county does not cover its neighbour"),
        pytest.param("540172", "540102", "540172", True, id="park covers firms that give it"),
        pytest.param("540172", "540102", None, False, id="park does not cover the county around it"),
        pytest.param("540102", "540102", "540172", True, id="county covers its firms in a park too"),
        pytest.param("540000", "632801", "540171", True, id="region covers its park on Qinghai ground"),
        pytest.param("650000", "540102", None, False, id="another region"),
        pytest.param("652700", "652701", None, True, id="prefecture of Xinjiang"),
    ],
)
def test_an_area_covers_what_lies_in_it(area, place, park, expected):
    assert regions.covers(area, place, park) is expected


def test_the_parks_of_xizang_recommend_and_say_what_is_assumed():
    assert [p.code for p in regions.parks_in("540000")] == ["540171", "540172", "540173", "540174"]
    for place in regions.parks_in("540000"):
        known = regions.park(place.code)
        assert known is not None
        assert known.recommends
        assert known.name == place.name
        assert isinstance(known.provenance, Assumed)
    assert regions.park("540102") is None


def test_area_level():
    assert regions.area_level("540000") is RegionLevel.PROVINCE
    assert regions.area_level("540171") is RegionLevel.PARK


def test_search_by_code_name_and_alias_puts_the_same_name_first():
    assert regions.search("林芝市")[0].code == "540400"
    assert regions.search("5425")[0].code == "542500"
    assert regions.search("藏青")[0].code == "540171"
    assert regions.search("   ") == ()
    assert {r.code for r in regions.search("城关区", within="540000")} == {"540102"}


def test_find_takes_a_code_a_name_or_an_alias():
    assert regions.find("540102").code == "540102"
    assert regions.find("西藏自治区拉萨市城关区").code == "540102"
    assert regions.find("拉萨经开区").code == "540172"
    assert regions.find("城关区", within="540000").code == "540102"


def test_o13_find_refuses_a_name_borne_by_several_and_lists_them():
    with pytest.raises(RuleViolation, match="西藏自治区拉萨市城关区（540102）") as refused:
        regions.find("城关区")
    assert "甘肃省兰州市城关区" in refused.value.text()


def test_find_refuses_a_name_nobody_bears():
    with pytest.raises(NotFound, match="香格里拉乡"):
        regions.find("香格里拉乡")


def test_path_goes_from_the_province_down():
    assert [r.code for r in regions.path("540102")] == ["540000", "540100", "540102"]
