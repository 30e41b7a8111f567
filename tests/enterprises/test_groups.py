"""Groups of associated firms (关联企业组): named by an officer with reason and evidence, only added to, counted from their day on."""

from datetime import timedelta

import pytest

from marketplace.audit import queries as trail
from marketplace.enterprises import queries
from marketplace.enterprises.models import FirmGroup
from marketplace.kernel import clock as the_clock
from marketplace.kernel.db import by_id
from marketplace.kernel.errors import RuleViolation
from tests.enterprises.grouping import a_group, changed
from tests.factories import a_firm, an_officer


def members(group, days=0):
    return queries.members_of([group.id], the_clock.today() + timedelta(days=days))[group.id]


def test_who_joins_and_leaves_belongs_to_it_on_the_days_between(db, clock):
    first, second, third = (a_firm() for _ in range(3))
    group = a_group(first, second)
    changed(group, third, joins=True)
    clock.shift(days=3)
    changed(group, second, joins=False)
    assert members(group) == {first.id, third.id}
    assert members(group, -1) == {first.id, second.id, third.id}
    assert queries.groups_of([second.id, third.id], the_clock.today()) == {third.id: {group.id}}
    events = [event.action for event in trail.of_subject(group.id)]
    assert events == ["firm_group.made", *["firm_group.joined"] * 3, "firm_group.left"]


def test_what_contradicts_what_was_said_is_refused_beside_its_field(db, clock):
    inside, outside, elsewhere = a_firm(), a_firm(), a_firm(region="650102")
    group, tomorrow = a_group(inside, a_firm()), the_clock.today() + timedelta(days=1)
    cases = [
        ("code", "已在本组", lambda: changed(group, inside, joins=True)),
        ("code", "不在本组", lambda: changed(group, outside, joins=False)),
        ("code", "本地区没有", lambda: changed(group, elsewhere, joins=True)),
        ("on_day", "不能晚于今天", lambda: changed(group, outside, joins=True, on_day=tomorrow)),
        ("on_day", "不能更早", lambda: changed(group, inside, joins=False, on_day=tomorrow - timedelta(days=9))),
        ("codes", "至少要有两家", lambda: a_group(outside, outside)),
    ]
    for field, words, work in cases:
        with pytest.raises(RuleViolation, match=words) as refused:
            work()
        assert refused.value.field == field


@pytest.mark.engines("sqlite")
def test_an_officer_makes_a_group_on_its_page_and_changes_it(browser):
    first, second, third = (a_firm(region="540102") for _ in range(3))
    browser.sign_in(an_officer("540000"))
    codes = "\n".join(one.organisation.uscc for one in (first, second))
    words = {"name": "甲系", "reason": "互相持股", "evidence": "登记档案", "codes": first.organisation.uscc}
    assert "至少要有两家" in browser.fill("/firm-groups/new", words, status=422).text
    page = browser.fill("/firm-groups/new", words | {"codes": codes})
    group = by_id(FirmGroup, next(iter(queries.groups_of([first.id], the_clock.today())[first.id])))
    assert all(word in page.text for word in ("甲系", group.number, first.organisation.name, "登记档案"))
    change = {"code": third.organisation.uscc, "joins": "join", "reason": "收购"}
    assert third.organisation.name in browser.fill(f"/firm-groups/{group.id}/change", change).text
    assert "甲系" in browser.get("/firm-groups").text
    assert "甲系" in browser.get(f"/enterprises/{third.id}").text
    assert browser.download("/firm-groups/sheet").mimetype.endswith("sheet")
    browser.sign_in(an_officer("650000"))
    browser.get(f"/firm-groups/{group.id}", status=404)
