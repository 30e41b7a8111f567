"""A decision that is sent from a page of an older state is no decision on the newer one."""

import pytest

from marketplace.identity import page_mark
from marketplace.kernel import clock
from marketplace.kernel.db import by_id, in_transaction
from marketplace.kernel.errors import Conflict, Denied
from marketplace.vouchers.models import Application
from marketplace.vouchers.rules.states import ApplicationDecision
from marketplace.vouchers.service import reviewing
from tests.factories import a_firm, a_round, an_application, an_officer

REVIEWED = "xizang_innovation_voucher"  # two levels


def decide(row, decision, officer, *, seen=None, areas=None):
    said = reviewing.Reviewed(decision, "" if decision is ApplicationDecision.PASS else "不在支持范围")
    asked = {"actor_id": officer.id, "now": clock.now()}
    return in_transaction(lambda: reviewing.decide(row.id, said, shown=seen, areas=areas, **asked))


@pytest.mark.parametrize("late", list(ApplicationDecision))
@pytest.mark.parametrize("first", list(ApplicationDecision))
def test_a_page_of_an_earlier_level_decides_nothing(db, first, late):
    row = an_application(a_round(REVIEWED, state="claiming"), a_firm())
    one, other = an_officer(), an_officer()
    seen = page_mark.mark(row.id)
    decide(row, first, one, seen=seen)
    before = by_id(Application, row.id)
    state, reviews = before.state, before.reviews

    with pytest.raises(Conflict, match=f"内容已被更新：{one.name}.*{first.label}") as refusal:
        decide(row, late, other, seen=seen)

    after = by_id(Application, row.id)
    assert (refusal.value.code, after.state, after.reviews) == ("stale", state, reviews)


def test_a_newer_page_and_no_page_at_all_decide(db):
    row = an_application(a_round(REVIEWED, state="claiming"), a_firm())
    decide(row, ApplicationDecision.PASS, an_officer())
    assert decide(row, ApplicationDecision.PASS, an_officer(), seen=page_mark.mark(row.id)).state == "granted"


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize("decision", list(ApplicationDecision))
def test_whatever_is_decided_at_the_last_level_belongs_to_who_may_pass_there(db, decision):
    row = an_application(a_round(REVIEWED, state="claiming"), a_firm())
    decide(row, ApplicationDecision.PASS, an_officer(), areas=["540100"])
    with pytest.raises(Denied, match="最后一级"):
        decide(row, decision, an_officer("540100"), areas=["540100"])
    assert by_id(Application, row.id).state == "reviewing"


@pytest.mark.engines("sqlite")
def test_the_older_page_shows_what_happened_keeps_what_was_typed_and_may_be_sent_again(browser):
    row = an_application(a_round(REVIEWED, state="claiming"), a_firm())
    one, other, path = an_officer(), an_officer(), f"/office/applications/{row.id}"
    browser.sign_in(other)
    browser.get(path)
    decide(row, ApplicationDecision.PASS, one)

    page = browser.post(f"{path}/decide", {"decision": "refuse", "reason": "不在支持范围"}, status=409)
    assert f"内容已被更新：{one.name}" in page.select_one(".error-summary").text
    assert page.select_one("#reason").text.strip() == "不在支持范围"
    assert by_id(Application, row.id).state == "reviewing"
    browser.post(f"{path}/decide", {"decision": "refuse", "reason": "不在支持范围"})
    assert by_id(Application, row.id).state == "refused"


@pytest.mark.engines("sqlite")
def test_a_submission_that_does_not_say_what_it_saw_decides_nothing(browser):
    row = an_application(a_round(REVIEWED, state="claiming"), a_firm())
    browser.sign_in(an_officer())
    browser.get(f"/office/applications/{row.id}")
    browser.post(f"/office/applications/{row.id}/decide", {"decision": "pass", "shown": ""}, status=409)
    assert by_id(Application, row.id).state == "submitted"
