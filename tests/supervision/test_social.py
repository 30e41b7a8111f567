"""O11: social supervisors come from outside, for a region and a term, see the checks they are invited to, and speak under their name."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from marketplace.kernel import clock as the_clock
from marketplace.kernel.db import by_id, in_transaction
from marketplace.kernel.errors import Conflict, Denied, NotFound, RuleViolation
from marketplace.notices import queries as notices
from marketplace.supervision.models import SpotItem
from marketplace.supervision.queries import social as reads
from marketplace.supervision.queries.checks import items_of
from marketplace.supervision.service import social
from marketplace.supervision.social_models import SocialSupervisor, SocialVisit
from marketplace.supervision.sweep import sweep
from tests.factories import a_finance_officer, a_firm, an_officer, user_of
from tests.order_factories import an_order
from tests.supervision.acts import a_plan, appointed, checked, drawn, invited, observed, planned


def an_item(db, **rule) -> SpotItem:
    an_order("redeemed")
    return db.session.scalars(items_of(drawn(a_plan(**rule)).id)).first()


def test_o11_an_office_is_no_social_supervisor_and_a_term_has_its_bounds(db):
    with pytest.raises(Denied, match="以外的人员担任"):
        appointed(a_finance_officer())
    with pytest.raises(RuleViolation, match="任期最长到") as refused:
        appointed(days=731)
    assert refused.value.field == "until"
    with pytest.raises(RuleViolation, match="不能早于第一天"):
        appointed(days=-1)
    row = appointed()
    with pytest.raises(RuleViolation, match="已聘任至"):
        appointed(row.user)


def test_o11_a_term_ends_by_itself_after_its_last_day_and_an_officer_ends_one_with_a_reason(db, clock):
    row, other, officer = appointed(days=3), appointed(days=90), an_officer()
    today = the_clock.today()
    assert row.runs_on(today + timedelta(days=3)) and not row.runs_on(today + timedelta(days=4))
    clock.shift(days=3)
    assert sweep(the_clock.now()) == 0
    clock.shift(days=1)
    assert (sweep(the_clock.now()), sweep(the_clock.now())) == (1, 0)
    over = by_id(SocialSupervisor, row.id)
    assert (over.ended_on, over.end_reason, over.ended_by) == (today + timedelta(days=4), "任期届满。", None)
    assert "社会监督员聘任已结束" in [one.title for one in notices.of_user(row.user_id)]
    with pytest.raises(RuleViolation, match="原因"):
        in_transaction(lambda: social.end(other.id, " ", actor_id=officer.id, now=the_clock.now()))
    in_transaction(lambda: social.end(other.id, "本人调离", actor_id=officer.id, now=the_clock.now()))
    assert reads.of_user(other.user_id, the_clock.today()) is None
    with pytest.raises(Conflict):
        in_transaction(lambda: social.end(other.id, "本人调离", actor_id=officer.id, now=the_clock.now()))


def test_o11_what_is_checked_with_the_public_waits_for_one_of_them_who_is_no_party(db):
    item, row = an_item(db, is_social=True), appointed()
    with pytest.raises(RuleViolation, match="待其登记所见后"):
        checked(item, an_officer())
    with pytest.raises(Denied, match="当事单位"):
        invited(item, appointed(user_of(item.entry.organisation_id)))
    visit = invited(item, row)
    assert invited(item, row).id == visit.id
    with pytest.raises(NotFound):
        observed(visit, appointed())
    with pytest.raises(RuleViolation, match="不少于"):
        observed(visit, row, "还好")
    observed(visit, row)
    with pytest.raises(Conflict, match="不能再改"):
        observed(visit, row)
    assert checked(item, an_officer()).finding == "good"
    with pytest.raises(RuleViolation, match="不再邀请"):
        invited(item, appointed())


def test_o11_a_surprise_check_invites_nobody_beforehand_and_who_is_over_sees_nothing_new(db, clock):
    with pytest.raises(RuleViolation, match="不能请社会监督员参加"):
        planned(a_plan(form="surprise", is_social=True))
    item, row = an_item(db), appointed(days=1)
    visit = invited(item, row)
    clock.shift(days=2)
    with pytest.raises(RuleViolation, match="任期已结束"):
        observed(visit, row)
    with pytest.raises(RuleViolation, match="不在任期内"):
        invited(an_item(db, population="providers"), row)


@pytest.mark.engines("sqlite")
def test_o11_from_the_appointment_to_what_was_seen_on_the_pages(db, browser):
    item, officer, person = an_item(db), an_officer(), user_of(a_firm())
    today = the_clock.today()
    browser.sign_in(officer)
    assert browser.get("/home").select("nav a[href='/social-supervisors']")
    term = {"since": today.isoformat(), "until": (today + timedelta(days=30)).isoformat()}
    page = browser.fill("/social-supervisors/new", {"login": person.login, "capacity": "政协委员", "area": "540000", **term})
    assert "任期内" in page.text and "政协委员" in page.text
    row = db.session.scalars(select(SocialSupervisor)).one()
    browser.fill(f"/check-items/{item.id}/invite", {"supervisor": str(row.id)})
    visit = db.session.scalars(select(SocialVisit)).one()
    browser.sign_in(person)
    link = browser.get("/home").select_one("main a[href='/supervising']")
    assert item.entry.organisation.name in browser.get(link["href"]).text
    assert browser.get("/tips/new").select_one("[name=sender_name]")["value"].endswith("（社会监督员）")
    browser.fill(f"/supervising/{visit.id}", {"observation": "到了企业，看了系统和操作手册，问了两名员工。"})
    browser.sign_in(user_of(a_firm()))
    assert "您现在不是社会监督员" in browser.get("/supervising").text
    assert browser.get(f"/supervising/{visit.id}", status=404)
    browser.sign_in(officer)
    assert "问了两名员工" in browser.get(f"/check-items/{item.id}").text
    browser.fill(f"/social-supervisors/{row.id}/end", {"reason": "本人调离"})
    assert "本人调离" in browser.get("/social-supervisors").text
