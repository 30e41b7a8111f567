import itertools
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from marketplace.enterprises.rules import FirmSize, HeldTitle
from marketplace.identity.legal_forms import LegalForm
from marketplace.kernel.calendar import Deadline, WorkingCalendar
from marketplace.kernel.errors import RuleViolation
from marketplace.policy import programme_words
from marketplace.policy.programme_file import PROGRAMMES, load_programme, signed
from marketplace.policy.programme_words import AllocationMode
from marketplace.vouchers.lifecycle import APPLICATION, ROUND, VOUCHER
from marketplace.vouchers.rules import eligibility, rounds, states
from marketplace.vouchers.rules.facts import Eligibility, FirmFacts
from marketplace.vouchers.rules.states import ApplicationState, RoundState, Side, VoucherState, Way

pytestmark = pytest.mark.rules

TODAY = date(2026, 11, 20)
BEIJING = load_programme(PROGRAMMES / "beijing_2022_service_voucher.toml")
JIANGMEN = load_programme(PROGRAMMES / "jiangmen_2020_service_voucher.toml")
XIZANG = load_programme(PROGRAMMES / "xizang_enterprise_service_voucher.toml")
INNOVATION = load_programme(PROGRAMMES / "xizang_innovation_voucher.toml")
XINJIANG = load_programme(PROGRAMMES / "xinjiang_innovation_service_voucher.toml")


def a_firm(**changes) -> FirmFacts:
    known = FirmFacts(
        verified=True,
        size=FirmSize.SMALL,
        titles=(),
        region_code="540102",
        park_code=None,
        industry_code="1522",
        founded_on=TODAY.replace(year=TODAY.year - 3),
        legal_form=LegalForm.COMPANY,
        employees=35,
        revenue_fen=1_200_000_000,
        lists=frozenset(),
        sanctioned=False,
        as_of=TODAY,
    )
    return replace(known, **changes)


def a_title(kind="specialised", since=date(2024, 6, 1), **more) -> HeldTitle:
    return HeldTitle(programme_words.TitleKind(kind), valid_from=since, **more)


# States


def test_a_round_with_applications_goes_through_its_claim_window():
    way = Way.QUEUE
    steps = ["draft", "announced", "claiming", "closed", "published", "in_use", "settling", "finished"]
    for now, wanted in itertools.pairwise(steps):
        ROUND.check(wanted, Side.OFFICER, RoundState(now))
        states.check_way(RoundState(now), RoundState(wanted), way)
    with pytest.raises(RuleViolation, match="“已公告”，不能变为“用券中”"):
        states.check_way(RoundState.ANNOUNCED, RoundState.IN_USE, way)


def test_a_round_whose_quota_appears_by_itself_has_no_claim_window():
    states.check_way(RoundState.ANNOUNCED, RoundState.IN_USE, Way.USE)
    with pytest.raises(RuleViolation):
        states.check_way(RoundState.ANNOUNCED, RoundState.APPLYING, Way.USE)


def test_a_round_without_orders_goes_from_its_window_to_payment():
    steps = ["draft", "announced", "claiming", "settling", "finished"]
    for now, wanted in itertools.pairwise(steps):
        ROUND.check(wanted, Side.OFFICER, RoundState(now))
        states.check_way(RoundState(now), RoundState(wanted), Way.DIRECT)
    other = (("claiming", "closed", Way.DIRECT), ("announced", "in_use", Way.DIRECT), ("claiming", "settling", Way.QUEUE))
    for state, wanted, way in other:
        with pytest.raises(RuleViolation):
            states.check_way(RoundState(state), RoundState(wanted), way)


@pytest.mark.parametrize(
    ("mode", "has_orders", "way"),
    [("first_come", True, Way.QUEUE), ("auto_credit", True, Way.USE), ("admin_push", True, Way.USE), ("first_come", False, Way.DIRECT)],
)
def test_the_rules_say_which_way_a_round_goes(mode, has_orders, way):
    assert states.way_of(AllocationMode(mode), has_orders) is way


def test_a_suspended_round_is_resumed_and_nothing_else():
    assert [move.verb for move in ROUND.offered(Side.OFFICER, RoundState.SUSPENDED)] == ["resumed"]
    ROUND.check("suspended", Side.OFFICER, RoundState.IN_USE)
    with pytest.raises(RuleViolation, match="等主管部门“恢复”，不能“停止受理”"):
        ROUND.check("settling", Side.OFFICER, RoundState.SUSPENDED)


def test_a_finished_round_stays_finished():
    assert not any(RoundState.FINISHED in states_ for move in ROUND.moves for states_ in move.by.values())


def test_a_waitlisted_application_may_still_be_granted_but_a_refused_one_not():
    APPLICATION.check("granted", Side.PLATFORM, ApplicationState.WAITLISTED)
    with pytest.raises(RuleViolation, match="未获券"):
        APPLICATION.check("granted", Side.PLATFORM, ApplicationState.REFUSED)


def test_a_returned_application_may_be_sent_in_again():
    APPLICATION.check("apply", Side.FIRM, ApplicationState.RETURNED)
    with pytest.raises(RuleViolation):
        APPLICATION.check("apply", Side.FIRM, ApplicationState.WITHDRAWN)


@pytest.mark.parametrize("end", [VoucherState.EXPIRED, VoucherState.VOID, VoucherState.RECLAIMED])
def test_an_ended_voucher_neither_comes_back_nor_pays(end):
    assert not any(end in states_ for move in VOUCHER.moves for states_ in move.by.values())
    with pytest.raises(RuleViolation, match="不能用于下单"):
        states.check_spendable(end)


def test_a_frozen_voucher_does_not_pay_until_it_is_thawed():
    with pytest.raises(RuleViolation, match="已冻结"):
        states.check_spendable(VoucherState.FROZEN)
    assert "thaw" in [move.verb for move in VOUCHER.offered(Side.OFFICER, VoucherState.FROZEN)]
    states.check_spendable(VoucherState.AVAILABLE)


@pytest.mark.parametrize(("left_fen", "state"), [(100, "available"), (99, "partly_used"), (1, "partly_used"), (0, "used_up")])
def test_a_voucher_is_called_by_what_is_left(left_fen, state):
    assert states.state_by_balance(left_fen, 100) == state


# Eligibility


def test_a_verified_small_firm_of_the_region_may_have_a_voucher_and_each_rule_says_why():
    results = eligibility.check_eligibility(XIZANG, a_firm(), ("540100",))

    assert eligibility.overall(results) is Eligibility.MET
    assert {one.rule for one in results} == {"verified", "region", "area", "size", "class", "sanctions"}
    assert all(one.sentence.text() and one.provenance.text() for one in results)


@pytest.mark.parametrize(
    ("changes", "rule", "verdict", "words"),
    [
        ({"verified": False}, "verified", Eligibility.UNMET, "企业认证"),
        ({"verified": None}, "verified", Eligibility.UNKNOWN, "企业认证"),
        ({"size": FirmSize.LARGE}, "size", Eligibility.UNMET, "大型企业"),
        ({"size": FirmSize.UNKNOWN}, "size", Eligibility.UNKNOWN, "补充"),
        ({"size": FirmSize.NOT_COVERED}, "size", Eligibility.UNKNOWN, "人工认定"),
        ({"region_code": "652701"}, "region", Eligibility.UNMET, "西藏"),
        ({"region_code": None}, "region", Eligibility.UNKNOWN, "请填写"),
        ({"region_code": "540202"}, "area", Eligibility.UNMET, "拉萨市"),
        ({"sanctioned": True}, "sanctions", Eligibility.UNMET, "失信"),
        ({"sanctioned": None}, "sanctions", Eligibility.UNKNOWN, "核查"),
    ],
)
def test_the_rule_that_fails_is_named_in_words(changes, rule, verdict, words):
    results = eligibility.check_eligibility(XIZANG, a_firm(**changes), ("540100",))
    mine = next(one for one in results if one.rule == rule)
    assert mine.verdict is verdict
    assert words in mine.sentence.text()
    assert eligibility.overall(results) is verdict


def test_a_firm_in_the_park_in_qinghai_counts_as_a_firm_of_xizang():
    outside = a_firm(region_code="632801")
    inside = replace(outside, park_code="540171")
    assert eligibility.overall(eligibility.check_eligibility(XIZANG, outside)) is Eligibility.UNMET
    assert eligibility.overall(eligibility.check_eligibility(XIZANG, inside, ("540000",))) is Eligibility.MET


@pytest.mark.parametrize(("months", "verdict"), [(11, Eligibility.UNMET), (12, Eligibility.MET), (None, Eligibility.UNKNOWN)])
def test_the_month_that_completes_the_operating_time_counts(months, verdict):
    since = None if months is None else date(2025, 12 - months + 11, 20)
    results = eligibility.check_eligibility(INNOVATION, a_firm(founded_on=since))
    assert next(one for one in results if one.rule == "operating").verdict is verdict


@pytest.mark.parametrize(
    ("until", "months"), [(date(2026, 11, 19), 11), (date(2026, 11, 20), 12), (date(2026, 12, 19), 12), (date(2025, 11, 20), 0)]
)
def test_a_month_counts_when_its_day_is_reached(until, months):
    assert a_firm(founded_on=date(2025, 11, 20), as_of=until).operating_months == months


def test_industries_are_included_or_excluded_at_any_level():
    only = with_value_added(XIZANG, "industries_include", ["C"])
    without = with_value_added(XIZANG, "industries_exclude", ["152"])
    assert verdict_of(only, "industry") is Eligibility.MET
    assert verdict_of(only, "industry", industry_code="5191") is Eligibility.UNMET
    assert verdict_of(only, "industry", industry_code=None) is Eligibility.UNKNOWN
    assert verdict_of(without, "industry") is Eligibility.UNMET


def with_value_added(spec, name, codes):
    setting = replace(spec.beneficiaries.regions, key=f"beneficiaries.{name}", value=tuple(codes))
    return replace(spec, beneficiaries=replace(spec.beneficiaries, **{name: setting}))


def verdict_of(spec, rule, **changes):
    return next(one for one in eligibility.check_eligibility(spec, a_firm(**changes)) if one.rule == rule).verdict


def test_a_title_can_be_asked_for():
    setting = replace(BEIJING.beneficiaries.size_classes, value=(programme_words.TitleKind.SPECIALISED,))
    spec = replace(XIZANG, beneficiaries=replace(XIZANG.beneficiaries, titles=setting))
    assert verdict_of(spec, "titles", titles=(a_title(),)) is Eligibility.MET
    assert verdict_of(spec, "titles", titles=(a_title(valid_until=date(2026, 11, 19)),)) is Eligibility.UNMET
    assert verdict_of(spec, "titles") is Eligibility.UNMET


@pytest.mark.parametrize(
    ("facts", "name"),
    [
        (a_firm(size=FirmSize.MICRO), "micro_small"),
        (a_firm(size=FirmSize.MEDIUM), "medium"),
        (a_firm(titles=(a_title("specialised"),)), "specialised"),
        (a_firm(titles=(a_title("specialised"), a_title("little_giant"))), "little_giant"),
        (a_firm(titles=(a_title("little_giant", revoked_on=TODAY),)), "micro_small"),
        (a_firm(titles=(a_title("little_giant", valid_until=TODAY),)), "little_giant"),
        (a_firm(titles=(a_title("little_giant", valid_until=TODAY - timedelta(days=1)),)), "micro_small"),
        (a_firm(titles=(a_title("little_giant", since=TODAY + timedelta(days=1)),)), "micro_small"),
    ],
)
def test_the_class_of_a_firm_is_the_first_it_belongs_to_with_titles_good_today(facts, name):
    assert eligibility.class_of(BEIJING, facts).name == name


@pytest.mark.parametrize(("year", "name"), [(2022, "titled"), (2023, "newly_recognised"), (2025, "newly_recognised"), (2026, "titled")])
def test_xinjiang_favours_titles_recognised_from_2023_to_2025(year, name):
    firm = a_firm(titles=(a_title(since=date(year, 3, 1)),), region_code="652701")
    assert eligibility.class_of(XINJIANG, firm).name == name


@pytest.mark.parametrize(("region", "park", "name"), [("652722", None, "newly_recognised"), ("650102", None, "titled"), (None, None, None)])
def test_r12_the_priority_of_bozhou_holds_for_firms_of_bozhou_only(region, park, name):
    firm = a_firm(titles=(a_title(since=date(2024, 3, 1)),), region_code=region, park_code=park)
    found = eligibility.class_of(XINJIANG, firm)
    assert (found and found.name) == name, "as long as it is open where a firm is, so is its class"


def test_a_firm_of_no_class_is_told_which_classes_there_are():
    results = eligibility.check_eligibility(BEIJING, a_firm(size=FirmSize.LARGE, region_code="110101"))
    mine = next(one for one in results if one.rule == "class")
    assert mine.verdict is Eligibility.UNMET
    assert "小型、微型企业" in mine.sentence.text()


# Rounds and time


WEEKENDS = WorkingCalendar.of([], [(2026, "00")])  # the year is known, and nothing but its weekends is free


def test_time_limits_count_from_the_next_day():
    friday = date(2026, 11, 20)
    assert rounds.due(BEIJING.times.accept, friday, WEEKENDS) == Deadline(date(2026, 11, 25), provisional=False)
    assert rounds.due(XIZANG.times.contract_upload, friday, WEEKENDS) == Deadline(date(2026, 12, 20), provisional=False)
    assert rounds.due(BEIJING.times.notice, friday, WEEKENDS) is None


def test_a_day_in_a_year_without_a_calendar_is_provisional():
    assert rounds.due(XIZANG.times.review, date(2026, 12, 31), WEEKENDS).provisional


@pytest.mark.parametrize(
    ("start", "end"),
    [(date(2026, 3, 1), date(2027, 3, 1)), (date(2028, 2, 29), date(2029, 2, 28)), (date(2026, 12, 31), date(2027, 12, 31))],
)
def test_a_month_without_such_a_day_ends_on_its_last(start, end):
    assert rounds.due(BEIJING.times.service, start, WEEKENDS).on == end


def test_a_day_the_round_sets_is_asked_for():
    assert rounds.due(JIANGMEN.times.order, TODAY, WEEKENDS, round_day=date(2026, 12, 1)).on == date(2026, 12, 1)
    with pytest.raises(RuleViolation, match="批次"):
        rounds.due(JIANGMEN.times.order, TODAY, WEEKENDS)


def test_a_round_opens_only_when_every_assumed_value_is_replaced_or_signed():
    with pytest.raises(RuleViolation, match="还有 37 项设定值"):
        rounds.check_ready_to_open(XIZANG)
    spec = signed(XIZANG, [one.key for one in XIZANG.unsigned_values()], by="扎西（经信厅）")
    rounds.check_ready_to_open(spec)


def test_the_claim_window_is_open_from_its_first_instant_until_before_its_last():
    opens, closes = datetime(2020, 9, 15, 2, tzinfo=UTC), datetime(2020, 9, 15, 8, tzinfo=UTC)
    rounds.check_window(opens, closes, opens)
    with pytest.raises(RuleViolation, match="尚未开始"):
        rounds.check_window(opens, closes, opens - timedelta(microseconds=1))
    with pytest.raises(RuleViolation, match="已经截止"):
        rounds.check_window(opens, closes, closes)


def test_a_voucher_is_good_on_its_last_day():
    rounds.check_in_date(date(2026, 12, 31), today=date(2026, 12, 31))
    with pytest.raises(RuleViolation, match="2026-12-31 到期"):
        rounds.check_in_date(date(2026, 12, 31), today=date(2027, 1, 1))


def test_a_round_takes_applications_orders_and_claims_each_in_its_time():
    rounds.check_takes_applications(RoundState.APPLYING, Way.QUEUE)
    for way, said in ((Way.QUEUE, "不能申领"), (Way.DIRECT, "不能提交申请"), (Way.USE, "不需要申领")):
        with pytest.raises(RuleViolation, match=said):
            rounds.check_takes_applications(RoundState.IN_USE, way)
    rounds.check_takes_orders(RoundState.IN_USE)
    rounds.check_takes_claims(RoundState.SETTLING)
    for check, state in [
        (lambda state: rounds.check_takes_applications(state, Way.QUEUE), RoundState.CLOSED),
        (rounds.check_takes_orders, RoundState.SUSPENDED),
        (rounds.check_takes_claims, RoundState.FINISHED),
    ]:
        with pytest.raises(RuleViolation, match="不能"):
            check(state)
