"""After a decision the reviewer stands before the next claim that waits for them, what is due first comes first."""

from datetime import date

import pytest

from marketplace.kernel.db import by_id, db
from marketplace.kernel.money import YUAN, Fen
from marketplace.settlement.models import Claim, ClaimOpinion
from marketplace.settlement.queries import ClaimFilters
from marketplace.settlement.queries.waiting import Reviewer, how_many, next_after, place_of
from tests.factories import an_officer
from tests.order_factories import a_claim

ALL = ClaimFilters()


def due(claim: Claim, day: int | None) -> Claim:
    row = by_id(Claim, claim.id)
    row.due_on = day and date(2026, 4, day)
    db.session.flush()
    return row


def who(officer) -> Reviewer:
    return Reviewer(officer.id, None, ("540000",))


def test_what_is_due_first_comes_first_and_what_was_skipped_comes_last(db):
    third, first, second = due(a_claim(), None), due(a_claim(), 1), due(a_claim(), 2)
    me = who(an_officer())
    order = [next_after(place_of(one), me, ALL).id for one in (first, second, third)]
    assert order == [second.id, third.id, first.id] and how_many(me, ALL) == 3


def test_a_claim_in_which_the_reviewer_has_a_part_does_not_wait_for_them(db):
    claims = [due(a_claim(), day) for day in (1, 2, 3, 4, 5)]
    officer = an_officer()
    claims[0].submitted_by = claims[1].signed_by = officer.id
    said = {"submitted_at": claims[2].submitted_at, "level": "formal", "amount_fen": Fen(YUAN), "opinion": "同意"}
    db.session.add(ClaimOpinion(claim_id=claims[2].id, reviewer_id=officer.id, **said))
    db.session.flush()
    assert how_many(who(officer), ALL) == 2 and how_many(who(an_officer()), ALL) == 5
    assert next_after(place_of(claims[0]), who(officer), ALL).id == claims[3].id
    party = Reviewer(officer.id, claims[3].provider_id, ("540000",))
    assert next_after(place_of(claims[0]), party, ALL).id == claims[4].id
    assert how_many(Reviewer(officer.id, None, ("540200",)), ALL) == 0


@pytest.mark.engines("sqlite")
def test_two_clicks_a_green_claim_and_the_next_is_there_within_the_filter(browser):
    first, second, other = due(a_claim(), 1), due(a_claim(), 3), due(a_claim(), 2)
    kept = f"q={second.number[:2]}&kind=orders"
    browser.sign_in(an_officer())
    page = browser.get(f"/claims/{first.id}?{kept}")
    assert "还有 3 件等您审核" in page.text
    approve = page.select_one(f"a[href^='/claims/{first.id}/approve']")["href"]
    browser.get(approve)  # one click
    page = browser.fill(approve, {})  # and another
    assert f"兑付申请 {first.number} 已核准" in page.text and other.number in page.h1.text and "还有 2 件" in page.text
    skip = page.find("a", string="跳过，看下一件")["href"]
    page = browser.get(skip)
    assert second.number in page.h1.text and kept in page.find("a", string="跳过，看下一件")["href"]
    page = browser.get(f"/claims/{other.id}/next?q=DF-NONE")
    assert "没有别的申请等您审核" in page.text
