"""Replayed under the rules of the day, every order draws to the fen what it drew."""

from tests.factories import a_firm, a_round, a_voucher, an_offering
from tests.order_factories import a_claim, an_order, with_papers
from tests.whatif.asking import differing, replayed


def test_unchanged_rules_give_back_what_was(db, clock):
    round_ = a_round()
    vouchers = [a_voucher(round_=round_, enterprise=a_firm()) for _ in range(3)]
    offering = an_offering()
    for voucher in vouchers:
        clock.shift(minutes=1)
        an_order("cancelled", voucher=voucher, offering=offering)
        clock.shift(minutes=1)
        an_order("delivered", voucher=voucher, offering=offering, contract_fen=300_000)
        clock.shift(minutes=1)
        an_order("placed", voucher=voucher, offering=offering, requested_fen=1_234)
    a_claim("approved", order=with_papers(an_order("redeemed", voucher=vouchers[0], offering=offering, contract_fen=400_000)))

    result = replayed(round_)

    assert (len(result["lines"]), differing(result)) == (10, [])
    assert result["before_fen"] == result["after_fen"] > 0
