"""O2: each level of a review has its days; reviewers are reminded before the last, the list says what is late, and nothing is decided."""

from datetime import timedelta

from marketplace.kernel import clock as the_clock
from marketplace.kernel.db import by_id, in_transaction
from marketplace.notices import queries as notices
from marketplace.policy.programme_guards import ClaimLevel
from marketplace.settlement import service
from marketplace.settlement.lifecycle import ClaimState
from marketplace.settlement.models import Claim
from marketplace.settlement.queries import ClaimFilters, queue
from marketplace.settlement.service.level_terms import days_of
from marketplace.settlement.sweep import sweep
from tests.factories import an_officer
from tests.order_factories import a_claim
from tests.settlement.test_levels import a_claim_of_levels, approve, say


def test_o2_each_level_has_its_days_from_its_turn_and_a_claim_that_waits_for_none_has_none(db, clock):
    assert a_claim().level_by is None, "a programme without levels"
    claim, (first, second, third) = a_claim_of_levels(), (an_officer() for _ in range(3))
    start = the_clock.today()
    assert (claim.level_from, claim.level_days) == (start, days_of(ClaimLevel.FORMAL, "540000"))
    assert claim.level_by >= start + timedelta(days=days_of(ClaimLevel.FORMAL, "540000"))
    clock.shift(days=1)
    claim = say(claim, first)
    assert (claim.level_from, claim.level_days) == (start + timedelta(days=1), days_of(ClaimLevel.EXPERT, "540000"))
    claim = say(claim, second)
    assert claim.level_days == days_of(ClaimLevel.FINAL, "540000")
    assert approve(claim, third).level_by is None
    returned = a_claim_of_levels()
    officer = an_officer().id
    in_transaction(lambda: service.send_back(returned.id, reason="缺付款回单", actor_id=officer, now=the_clock.now()))
    assert by_id(Claim, returned.id).level_by is None


def test_o2_who_reviews_is_reminded_and_a_day_that_passes_decides_nothing(db, clock):
    claim, officer, abroad = a_claim_of_levels(), an_officer(), an_officer("652700")
    late = lambda day: [one.id for one in db.session.scalars(queue(["540000"], ClaimFilters(level_late_on=day))).unique()]  # noqa: E731
    assert late(claim.level_by) == [] and late(claim.level_by + timedelta(days=1)) == [claim.id]
    clock.move_to(f"{claim.level_by - timedelta(days=1)} 08:00")
    for _ in range(2):
        sweep(the_clock.now())
    titles = [[one.title for one in notices.of_user(who.id) if "本级审核" in one.title] for who in (officer, abroad)]
    assert titles == [[f"1 件兑付申请须在 {claim.level_by.isoformat()} 前完成本级审核"], []]
    clock.shift(days=5)
    sweep(the_clock.now())
    assert by_id(Claim, claim.id).state is ClaimState.SUBMITTED


def test_o2_the_page_and_the_list_say_which_level_is_late(browser, clock):
    claim, officer = a_claim_of_levels(), an_officer()
    clock.move_to(f"{claim.level_by + timedelta(days=3)} 08:00")
    browser.sign_in(officer)
    page = browser.get(f"/claims/{claim.id}").text
    assert f"截止 {claim.level_by.isoformat()}" in page and "已超期" in page
    assert claim.number in browser.get("/claims?state=submitted&level=overdue").text
    browser.fill(f"/claims/{claim.id}/opinion", {"opinion": "材料齐全，同意。"})
    assert claim.number not in browser.get("/claims?state=submitted&level=overdue").text
