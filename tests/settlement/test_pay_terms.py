"""Finance has so many working days from the approval to the payment; before the last of them it is reminded, after it the home says so."""

from datetime import timedelta

from marketplace.kernel import clock as the_clock
from marketplace.kernel.db import by_id
from marketplace.kernel.money import YUAN
from marketplace.notices import queries as notices
from marketplace.settlement.models import Claim
from marketplace.settlement.queries import ClaimFilters, queue
from marketplace.settlement.settings import finance
from tests.factories import a_finance_officer
from tests.order_factories import a_batch, a_claim
from tests.settlement.acts import pay
from tests.settlement.test_bounces import bounce
from tests.settlement.test_part_payments import part


def test_the_term_runs_from_the_approval_to_the_whole_payment_and_anew_from_a_return(db, clock):
    claim = a_claim("approved")
    days = finance().payment_term.value
    assert (claim.pay_from, claim.pay_days) == (the_clock.today(), days)
    assert claim.pay_by is not None and claim.pay_by >= the_clock.today() + timedelta(days=days)
    pay_by = claim.pay_by

    _batch, (line,) = a_batch(claims=[claim])
    part(line, 1_000 * YUAN)
    assert by_id(Claim, claim.id).pay_by == pay_by, "the rest is owed since then"
    _batch, (rest,) = a_batch(claims=[by_id(Claim, claim.id)])
    rest = pay(rest, "ZF-2")
    assert by_id(Claim, claim.id).pay_by is None

    clock.shift(days=1)
    bounce(rest, 1_000 * YUAN)
    assert by_id(Claim, claim.id).pay_from == the_clock.today()


def test_what_is_late_stands_on_the_home_and_finance_was_reminded_before(db, clock):
    from marketplace.settlement.sweep import sweep

    officer, claim = a_finance_officer(), a_claim("approved")
    assert claim.pay_by is not None
    clock.move_to(f"{claim.pay_by - timedelta(days=3)} 08:00")
    for _ in range(2):
        sweep(the_clock.now())
    told = [one.title for one in notices.of_user(officer.id) if "前拨付" in one.title]
    assert told == [f"1 笔已核准的款项须在 {claim.pay_by.isoformat()} 前拨付"]

    late = lambda day: [one.id for one in db.session.scalars(queue(["540000"], ClaimFilters(pay_late_on=day))).unique()]  # noqa: E731
    assert late(claim.pay_by) == [] and late(claim.pay_by + timedelta(days=1)) == [claim.id]
