"""Size classes on every printed limit, and titles on their first and last day."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.enterprises import rules
from marketplace.enterprises.rules import FEN_PER_WAN, FirmSize, HeldTitle, TitleState
from marketplace.kernel.errors import NotFound, RuleViolation
from marketplace.policy.programme_words import SizeClass, TitleKind

WAN = FEN_PER_WAN
INDUSTRY_OF = {
    "agriculture": "0111",
    "industry": "1522",
    "construction": "4710",
    "wholesale": "5111",
    "retail": "5211",
    "transport": "5431",
    "warehousing": "5920",
    "post": "6010",
    "accommodation": "6110",
    "catering": "6210",
    "telecom": "6311",
    "software": "6511",
    "real_estate": "7010",
    "property": "7020",
    "leasing": "7211",
    "other": "7310",
}
# As printed: group -> (large, medium, small), each {indicator: limit}, staff in persons, the rest in 万元.
PRINTED = {
    "agriculture": ({"revenue": 20000}, {"revenue": 500}, {"revenue": 50}),
    "industry": ({"staff": 1000, "revenue": 40000}, {"staff": 300, "revenue": 2000}, {"staff": 20, "revenue": 300}),
    "construction": ({"revenue": 80000, "assets": 80000}, {"revenue": 6000, "assets": 5000}, {"revenue": 300, "assets": 300}),
    "wholesale": ({"staff": 200, "revenue": 40000}, {"staff": 20, "revenue": 5000}, {"staff": 5, "revenue": 1000}),
    "retail": ({"staff": 300, "revenue": 20000}, {"staff": 50, "revenue": 500}, {"staff": 10, "revenue": 100}),
    "transport": ({"staff": 1000, "revenue": 30000}, {"staff": 300, "revenue": 3000}, {"staff": 20, "revenue": 200}),
    "warehousing": ({"staff": 200, "revenue": 30000}, {"staff": 100, "revenue": 1000}, {"staff": 20, "revenue": 100}),
    "post": ({"staff": 1000, "revenue": 30000}, {"staff": 300, "revenue": 2000}, {"staff": 20, "revenue": 100}),
    "accommodation": ({"staff": 300, "revenue": 10000}, {"staff": 100, "revenue": 2000}, {"staff": 10, "revenue": 100}),
    "catering": ({"staff": 300, "revenue": 10000}, {"staff": 100, "revenue": 2000}, {"staff": 10, "revenue": 100}),
    "telecom": ({"staff": 2000, "revenue": 100000}, {"staff": 100, "revenue": 1000}, {"staff": 10, "revenue": 100}),
    "software": ({"staff": 300, "revenue": 10000}, {"staff": 100, "revenue": 1000}, {"staff": 10, "revenue": 50}),
    "real_estate": ({"revenue": 200000, "assets": 10000}, {"revenue": 1000, "assets": 5000}, {"revenue": 100, "assets": 2000}),
    "property": ({"staff": 1000, "revenue": 5000}, {"staff": 300, "revenue": 1000}, {"staff": 100, "revenue": 500}),
    "leasing": ({"staff": 300, "assets": 120000}, {"staff": 100, "assets": 8000}, {"staff": 10, "assets": 100}),
    "other": ({"staff": 300}, {"staff": 100}, {"staff": 10}),
}
CLASSES = (FirmSize.LARGE, FirmSize.MEDIUM, FirmSize.SMALL, FirmSize.MICRO)


def figures(limits, **changed):
    """Arguments of size_class from limits as printed; an indicator the group does not use is left out."""
    staff, revenue, assets = (changed.get(n, limits.get(n)) for n in ("staff", "revenue", "assets"))
    return staff, None if revenue is None else revenue * WAN, None if assets is None else assets * WAN


def size(group, staff, revenue_fen, assets_fen):
    return rules.size_class(INDUSTRY_OF[group], staff, revenue_fen, assets_fen).size


ON_LIMIT = [(group, rank) for group in PRINTED for rank in range(3)]


def test_the_table_has_the_sixteen_groups_and_their_printed_limits():
    assert list(rules.size_groups()) == list(PRINTED)
    for group, printed in PRINTED.items():
        for limit_class, limits in zip(CLASSES, printed, strict=False):
            stored = rules.size_groups()[group].limits[limit_class]
            assert dict(stored) == {n: v if n == "staff" else v * WAN for n, v in limits.items()}, group


@pytest.mark.parametrize(("group", "rank"), ON_LIMIT)
def test_all_limits_reached_exactly_make_the_class(group, rank):
    assert size(group, *figures(PRINTED[group][rank])) is CLASSES[rank]


@pytest.mark.parametrize(("group", "rank"), ON_LIMIT)
def test_one_person_or_one_fen_below_any_limit_is_a_class_down(group, rank):
    limits = PRINTED[group][rank]
    for name in limits:
        staff, revenue, assets = figures(limits)
        below = {"staff": staff, "revenue": revenue, "assets": assets}
        below[name] -= 1
        assert size(group, below["staff"], below["revenue"], below["assets"]) is CLASSES[rank + 1], name


@pytest.mark.parametrize(
    ("staff", "revenue_wan", "expected"),
    [
        pytest.param(1000, 30_000, FirmSize.MEDIUM, id="many people, revenue below the upper limit: medium, not large"),
        pytest.param(999, 999_999, FirmSize.MEDIUM, id="huge revenue, 999 people: medium"),
        pytest.param(5000, 1999, FirmSize.SMALL, id="many people, small revenue: small"),
        pytest.param(5000, 299, FirmSize.MICRO, id="many people, hardly any revenue: micro"),
        pytest.param(19, 40_000, FirmSize.MICRO, id="few people, large revenue: micro"),
    ],
)
def test_a_class_needs_all_its_limits(staff, revenue_wan, expected):
    assert size("industry", staff, revenue_wan * WAN, None) is expected


def test_real_estate_keeps_the_printed_limits_though_large_assets_look_low():
    assert size("real_estate", None, 200_000 * WAN, 10_000 * WAN) is FirmSize.LARGE
    assert size("real_estate", None, 200_000 * WAN, 9_999 * WAN) is FirmSize.MEDIUM


@pytest.mark.parametrize("industry", ["6610", "8310", "8411", "5311", "9221", "7040"])
def test_industries_without_a_row_are_not_covered(industry):
    verdict = rules.size_class(industry, 10, 10 * WAN, 10 * WAN)
    assert verdict.size is FirmSize.NOT_COVERED
    assert not verdict.is_sme
    assert "不在《中小企业划型标准规定》" in verdict.reasons[0].text()


def test_a_missing_figure_makes_unknown_and_is_named():
    verdict = rules.size_class("1522", 300, None, None)
    assert verdict.size is FirmSize.UNKNOWN
    assert "营业收入" in verdict.reasons[0].text()
    assert "资产" not in verdict.reasons[0].text(), "assets play no part in this group"


def test_a_missing_figure_that_cannot_change_the_answer_is_not_asked_for():
    assert rules.size_class("1522", 19, None, None).size is FirmSize.MICRO
    assert rules.size_class("7310", 100, None, None).size is FirmSize.MEDIUM


def test_no_industry_is_unknown_and_a_wrong_one_is_not_found():
    assert rules.size_class(None, 1, 1, 1).size is FirmSize.UNKNOWN
    with pytest.raises(NotFound):
        rules.size_class("0000", 1, 1, 1)


@pytest.mark.parametrize(("figures_given", "field"), [((-1, 0, 0), "staff"), ((0, -1, 0), "revenue"), ((0, 0, -1), "assets")])
def test_negative_figures_are_refused_by_name(figures_given, field):
    with pytest.raises(RuleViolation, match="不能是负数") as refused:
        rules.size_class("1522", *figures_given)
    assert refused.value.field == field


def test_reasons_name_what_was_reached_and_what_was_missed():
    texts = [r.text() for r in rules.size_class("1522", 300, 39_999 * WAN + 999_999, None).reasons]
    assert texts == [
        "从业人员 300 人，达到 300 人。",
        "营业收入 39999.999999 万元，达到 2000 万元。",
        "从业人员 300 人，未达到大型企业的 1000 人。",
        "营业收入 39999.999999 万元，未达到大型企业的 40000 万元。",
    ]


@given(
    group=st.sampled_from(list(INDUSTRY_OF)),
    staff=st.integers(0, 5000),
    revenue=st.integers(0, 300_000 * WAN),
    assets=st.integers(0, 300_000 * WAN),
    more=st.sampled_from(["staff", "revenue", "assets"]),
)
def test_growing_never_makes_a_firm_smaller(group, staff, revenue, assets, more):
    before = size(group, staff, revenue, assets)
    grown = {"staff": staff, "revenue": revenue, "assets": assets}
    grown[more] = grown[more] * 2 + 1
    after = size(group, grown["staff"], grown["revenue"], grown["assets"])
    assert CLASSES.index(after) <= CLASSES.index(before)


A_YEAR = HeldTitle(TitleKind.SPECIALISED, date(2024, 1, 1), date(2026, 12, 31))


@pytest.mark.parametrize(
    ("title", "on", "expected"),
    [
        pytest.param(A_YEAR, date(2023, 12, 31), TitleState.NOT_YET, id="the day before"),
        pytest.param(A_YEAR, date(2024, 1, 1), TitleState.VALID, id="first day"),
        pytest.param(A_YEAR, date(2026, 12, 31), TitleState.VALID, id="last day"),
        pytest.param(A_YEAR, date(2027, 1, 1), TitleState.EXPIRED, id="the day after"),
        pytest.param(HeldTitle(TitleKind.HIGH_TECH, date(2020, 1, 1)), date(2099, 1, 1), TitleState.VALID, id="no end printed"),
        pytest.param(
            HeldTitle(TitleKind.HIGH_TECH, date(2024, 1, 1), date(2026, 12, 31), revoked_on=date(2025, 6, 1)),
            date(2025, 5, 31),
            TitleState.VALID,
            id="the day before revocation",
        ),
        pytest.param(
            HeldTitle(TitleKind.HIGH_TECH, date(2024, 1, 1), date(2026, 12, 31), revoked_on=date(2025, 6, 1)),
            date(2025, 6, 1),
            TitleState.REVOKED,
            id="the day of revocation",
        ),
    ],
)
def test_what_a_title_is_worth_on_a_day(title, on, expected):
    assert rules.title_state(title, on) is expected


def test_the_highest_tier_held_counts_and_other_titles_have_none():
    held = [HeldTitle(TitleKind.INNOVATIVE, date(2023, 1, 1)), A_YEAR, HeldTitle(TitleKind.HIGH_TECH, date(2023, 1, 1))]
    assert rules.highest_tier(held, date(2025, 1, 1)) is TitleKind.SPECIALISED
    assert rules.highest_tier(held, date(2027, 1, 1)) is TitleKind.INNOVATIVE, "an expired title falls back to the one below"
    assert rules.highest_tier([held[2]], date(2025, 1, 1)) is None
    assert rules.kinds_held(held, date(2025, 1, 1)) == {TitleKind.INNOVATIVE, TitleKind.SPECIALISED, TitleKind.HIGH_TECH}


def test_dates_that_contradict_each_other_are_refused():
    rules.check_title(A_YEAR)
    with pytest.raises(RuleViolation, match="早于有效期起"):
        rules.check_title(HeldTitle(TitleKind.HIGH_TECH, date(2024, 1, 2), date(2024, 1, 1)))
    with pytest.raises(RuleViolation, match="撤销日期"):
        rules.check_title(HeldTitle(TitleKind.HIGH_TECH, date(2024, 1, 2), revoked_on=date(2024, 1, 1)))


def test_programme_files_speak_of_the_same_sizes():
    assert {s.value for s in SizeClass} == set(FirmSize) - {FirmSize.UNKNOWN}
