"""By when an order must do what: the programme's limits, the round's own days, the contract's service term. Pure."""

from dataclasses import fields
from datetime import date, timedelta

import pytest

from marketplace.kernel.calendar import WorkingCalendar, seed_days, seed_years
from marketplace.kernel.errors import RuleViolation
from marketplace.policy.programme_file import PROGRAMMES, load_programme
from marketplace.policy.programme_spec import Times
from marketplace.vouchers.rules.rounds import ROUND_DAYS, asked_days, check_days, days_shown, offered_days
from marketplace.vouchers.rules.terms import Terms

CALENDAR = WorkingCalendar.of(seed_days(), seed_years())
BEIJING, JIANGMEN, XIZANG = (
    load_programme(PROGRAMMES / f"{slug}.toml")
    for slug in ("beijing_2022_service_voucher", "jiangmen_2020_service_voucher", "xizang_enterprise_service_voucher")
)
LAST_ORDER = date(2022, 12, 31)
NAMES = [one.field for one in ROUND_DAYS]


def days(**given):
    return dict.fromkeys(NAMES) | {"use_until": LAST_ORDER, "redeem_until": date(2023, 3, 31)} | given


def terms(spec=BEIJING, contract_on=None, delivered_on=None, **given):
    return Terms(
        times=spec.times, days=days(**given), calendar=CALENDAR, region="110000", contract_on=contract_on, delivered_on=delivered_on
    )


def test_beijing_2022_ends_ordering_with_the_year_and_lets_a_contract_of_the_last_day_live_a_year():
    signed = terms(contract_on=LAST_ORDER)

    assert signed.due("service", LAST_ORDER).on == date(2023, 12, 31)
    assert signed.last_day("accept") == signed.last_day("contract_upload") == LAST_ORDER
    delivered = terms(contract_on=LAST_ORDER, delivered_on=date(2023, 12, 31))
    assert delivered.last_claim() > date(2023, 12, 31) + timedelta(days=60), "then there is time to accept and to claim"
    assert terms(contract_on=LAST_ORDER, delivered_on=date(2023, 1, 5)).last_claim() == date(2023, 3, 31), "early: the round's own day"


def test_where_the_round_ends_deliveries_its_later_days_are_hard():
    given = {"contract_until": date(2023, 1, 15), "deliver_until": date(2023, 2, 28)}
    signed = terms(contract_on=LAST_ORDER, delivered_on=date(2023, 2, 28), **given)

    assert signed.due("service", LAST_ORDER).on == date(2023, 2, 28)
    assert signed.last_claim() == signed.last_day("acceptance") == date(2023, 3, 31)
    assert terms(contract_until=date(2023, 1, 15)).last_day("contract_upload") == date(2023, 1, 15)


def test_a_term_that_ends_inside_the_round_moves_nothing():
    assert terms(contract_on=date(2022, 2, 1)).last_claim() == date(2023, 3, 31)


def test_a_returned_delivery_may_be_mended_as_long_as_the_firm_had_to_look_at_it():
    signed, back = terms(contract_on=date(2022, 2, 1)), date(2023, 2, 1)

    assert signed.due("service", back).on == back
    assert signed.due("service", back, returned=True).on == date(2023, 2, 15), "ten working days"


@pytest.mark.parametrize("own", [one for one in ROUND_DAYS if one.key.startswith("times.")], ids=lambda one: one.field)
def test_what_is_set_by_the_round_means_the_day_of_that_key_and_no_other(own):
    step, by_round = own.key.partition(".")[2], JIANGMEN.times.order
    times = Times(**{one.name: by_round if one.name == step else getattr(XIZANG.times, one.name) for one in fields(Times)})
    given = days(**{own.field: date(2023, 3, 3)})

    made = Terms(times=times, days=given, calendar=CALENDAR, region="540000", contract_on=None)

    assert made.round_day(step) == date(2023, 3, 3)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"contract_until": date(2022, 12, 30)}, "contract_until"),
        ({"contract_until": date(2023, 1, 9), "deliver_until": date(2023, 1, 8)}, "deliver_until"),
        ({"deliver_until": date(2023, 2, 1), "accept_until": date(2023, 1, 31)}, "accept_until"),
        ({"accept_until": date(2023, 4, 1)}, "redeem_until"),
        ({"redeem_until": date(2022, 12, 30)}, "redeem_until"),
    ],
)
def test_o13_a_day_that_comes_before_the_step_it_follows_is_refused_beside_its_field(given, field):
    with pytest.raises(RuleViolation, match="不能早于") as refused:
        check_days(days(**given), ())
    assert refused.value.field == field


def test_a_round_gives_every_day_that_its_rules_leave_to_it():
    asked = asked_days(JIANGMEN)
    assert [one.field for one in asked] == ["contract_from", "use_until", "contract_until", "deliver_until"]

    given = {"contract_from": date(2022, 1, 1), "deliver_until": LAST_ORDER}
    with pytest.raises(RuleViolation, match="签约截止"):
        check_days(days(**given), asked)
    check_days(days(**given, contract_until=LAST_ORDER), asked)


def test_each_day_is_shown_apart_as_the_rules_read_it():
    shown = {one.label: (one.day, one.limit.text() if one.limit else "") for one in days_shown(BEIJING, days())}

    assert shown == {
        "下单截止": (LAST_ORDER, ""),
        "签约截止": (LAST_ORDER, ""),
        "交付截止": (None, "12 个月"),
        "验收截止": (date(2023, 3, 31), ""),
        "兑付申请截止": (date(2023, 3, 31), ""),
    }
    assert [one.field for one in offered_days(BEIJING)] == ["use_until", "contract_until", "deliver_until", "accept_until", "redeem_until"]
