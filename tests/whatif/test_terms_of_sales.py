"""What rules ask of each sale, and how often a firm may order, is asked again in a replay as on the day."""

from tests.factories import a_firm, a_round, a_voucher, an_offering
from tests.order_factories import an_order, cancel
from tests.programmes_of import a_programme_with
from tests.whatif.asking import differing, replayed
from tests.whatif.test_changed_rules import changed

CAPPED = "[offerings.capped]\nvalue = true"
TWICE_A_YEAR = "[order_counts.yearly]\nmost = 2\nmonths = 12"
STANDARD_ONLY = '[offerings.fee_kinds]\nvalue = ["standard"]'


def a_past(*tables):
    round_ = a_round(programme=a_programme_with(*tables))
    return round_, a_voucher(round_=round_, enterprise=a_firm())


def test_the_maximum_of_an_offering_holds_as_it_was_when_it_was_ordered(db):
    round_, card = a_past(CAPPED)
    offering = an_offering(price_fen=1_000_000, voucher_cap_fen=120_000)
    an_order("redeemed", voucher=card, offering=offering)
    offering.voucher_cap_fen = 90_000
    db.session.commit()

    assert [line[7:9] for line in replayed(round_)["lines"]] == [[120_000, 120_000]]
    assert [line[7:9] for line in replayed(round_, rules=changed(round_, offerings__capped=False))["lines"]] == [[120_000, 500_000]]


def test_a_maximum_that_is_asked_for_anew_is_that_of_the_offering_and_without_one_nothing_is_borne(db, clock):
    round_, card = a_past("[offerings.capped]\nvalue = false")
    for cap_fen in (90_000, None):
        clock.shift(minutes=1)
        an_order(voucher=card, offering=an_offering(price_fen=1_000_000, voucher_cap_fen=cap_fen))

    result = replayed(round_, rules=changed(round_, offerings__capped=True))

    assert [line[8] for line in result["lines"]] == [90_000, 0]
    assert result["reasons"] == {"no_voucher_cap": 1}
    assert differing(replayed(round_)) == []


def test_a_kind_of_fee_that_is_no_longer_borne_bears_nothing(db):
    round_, card = a_past(STANDARD_ONLY)
    an_order(voucher=card)

    result = replayed(round_, rules=changed(round_, offerings__fee_kinds=["low_fee"]))

    assert (result["after_fen"], result["reasons"]) == (0, {"fee_kind": 1})
    assert differing(replayed(round_)) == []


def test_who_ordered_more_often_than_the_rules_allow_gets_less_and_what_was_cancelled_does_not_count(db, clock):
    round_, card = a_past(TWICE_A_YEAR)
    cancel(an_order(voucher=card))
    for _ in range(2):
        clock.shift(minutes=1)
        an_order(voucher=card)

    result = replayed(round_, rules=changed(round_, order_counts__yearly={"most": 1, "months": 12}))

    assert [line[8] > 0 for line in result["lines"] if line[7]] == [True, False]
    assert result["reasons"] == {"order_count": 1}
    assert differing(replayed(round_)) == []
