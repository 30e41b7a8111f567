"""Industries: classes of GB/T 4754-2017 and their size groups."""

import pytest

from marketplace.identity import industries
from marketplace.kernel.errors import NotFound, RuleViolation


def test_the_classification_is_whole():
    sections = industries.sections()
    assert [s.code for s in sections] == list("ABCDEFGHIJKLMNOPQRST")
    divisions = [d for s in sections for d in industries.children(s.code)]
    assert len(divisions) == 97
    assert sum(i.level == 4 for i in industries._industries().values()) == 1381


def test_every_class_hangs_under_its_section():
    for known in industries._industries().values():
        assert industries.path(known.code)[0].code == known.section


def test_names_of_a_class_and_those_above_it():
    water = industries.search("瓶（罐）装饮用水制造")[0]
    assert [one.name for one in industries.path(water.code)][:2] == ["制造业", "酒、饮料和精制茶制造业"]
    assert industries.path("0330")[1].code == "03", "a group with one class is not listed"


def test_a_class_is_stored_as_four_digits():
    assert industries.check_class(" 0111 ") == industries.check_class("a0111") == "0111"
    assert industries.search("C1522")[0].code == "1522"


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("111", "是否应为 0111"),
        ("011", "不是行业小类"),
        ("01", "不是行业小类"),
        ("A", "不是行业小类"),
        ("9999", "没有小类"),
        ("111.0", "没有小类"),
        ("", "没有小类"),
    ],
)
def test_what_is_not_a_class_is_refused_with_the_remedy(given, says):
    with pytest.raises(RuleViolation, match=says):
        industries.check_class(given)


def test_an_unknown_code_is_not_found():
    with pytest.raises(NotFound):
        industries.industry("0000")


@pytest.mark.parametrize(
    ("code", "group"),
    [
        ("0111", "agriculture"),
        ("0610", "industry"),
        ("1522", "industry"),
        ("4610", "industry"),
        ("4710", "construction"),
        ("5111", "wholesale"),
        ("5211", "retail"),
        ("5431", "transport"),
        ("5910", "transport"),
        ("5920", "warehousing"),
        ("6010", "post"),
        ("6110", "accommodation"),
        ("6210", "catering"),
        ("6311", "telecom"),
        ("6410", "telecom"),
        ("6511", "software"),
        ("7010", "real_estate"),
        ("7020", "property"),
        ("7030", "other"),
        ("7211", "leasing"),
        ("7310", "other"),
        ("8010", "other"),
        ("8511", "other"),
        ("8610", "other"),
        ("5311", None),
        ("6610", None),
        ("7040", None),
        ("8310", None),
        ("8411", None),
        ("9700", None),
    ],
)
def test_size_group_of_an_industry(code, group):
    assert industries.exists(code)
    assert industries.size_group(code) == group


def test_search_puts_the_same_name_first():
    assert industries.search("稻谷种植")[0].code == "0111"
    assert industries.search("  ") == ()
