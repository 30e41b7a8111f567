"""Two at the same moment. SQLite lets one write at a time, so PostgreSQL is where it counts."""

from functools import partial
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from marketplace.kernel import clock
from marketplace.kernel.db import in_transaction
from marketplace.kernel.errors import Conflict
from marketplace.matching.lines import NeedLine, SupplyLine
from marketplace.matching.models import NeedsList, Supply, SupplyList
from marketplace.matching.rules import NeedsState, SupplyState
from marketplace.matching.service import needs, supplies
from tests import factories as f
from tests.matching import making as m
from tests.races import race, tried

pytestmark = [pytest.mark.engines("postgresql"), pytest.mark.real_clock]


def test_two_imports_of_one_firms_supplies_fill_one_draft(fresh_app, fresh_db):
    firm = f.a_firm()
    m.a_supply_list("瓶坯", firm=firm)
    row, by = {"uscc": firm.organisation.uscc, "product": "瓶盖"}, f.user_of(firm)

    answers = race(fresh_app, [partial(tried, m.an_import(supplies.OWN, {**row, "product": f"瓶盖{n}"}, by)) for n in range(2)])

    assert not [one for one in answers if isinstance(one, Exception)]
    fresh_db.session.rollback()
    states = list(fresh_db.session.scalars(select(SupplyList.state).order_by(SupplyList.version)))
    assert states == [SupplyState.PUBLISHED, SupplyState.DRAFT]
    assert fresh_db.session.scalar(select(func.count()).select_from(Supply)) == 1 + 1 + 2


def test_rows_of_three_surveyors_begin_one_list_of_a_firm(fresh_app, fresh_db):
    firm, officer = f.a_firm(), f.an_officer()
    survey = in_transaction(
        lambda: supplies.open_campaign(
            uuid4(), title="摸排", area_code="540000", due_on=clock.today(), actor_id=officer.id, today=clock.today()
        )
    )
    row = {"uscc": firm.organisation.uscc, "product": "藏香"}
    rows = [{**row, "product": f"藏香{n}"} for n in range(3)]

    answers = race(fresh_app, [partial(tried, m.an_import(supplies.SURVEY, one, officer, campaign_id=str(survey.id))) for one in rows])

    assert not [one for one in answers if isinstance(one, Exception)]
    fresh_db.session.rollback()
    assert list(fresh_db.session.scalars(select(SupplyList.state))) == [SupplyState.SUBMITTED]


def test_publishing_beside_an_import_leaves_no_line_between_two_lists(fresh_app, fresh_db):
    firm = f.a_firm()
    by = f.user_of(firm)
    drafted = in_transaction(lambda: supplies.draft(firm.id, actor_id=by.id))
    in_transaction(lambda: supplies.add_line(drafted.id, SupplyLine(product="瓶坯")))
    published = partial(tried, lambda: supplies.publish(firm.id, actor_id=by.id, now=clock.now()))
    row = {"uscc": firm.organisation.uscc, "product": "瓶盖"}

    answers = race(fresh_app, [published, partial(tried, m.an_import(supplies.OWN, row, by)), published])

    assert not [one for one in answers if isinstance(one, Exception)]
    fresh_db.session.rollback()
    states = list(fresh_db.session.scalars(select(SupplyList.state)))
    assert states.count(SupplyState.PUBLISHED) == 1
    assert states.count(SupplyState.DRAFT) <= 1


def test_two_versions_of_a_title_are_drafted_and_published_one_after_the_other(fresh_app, fresh_db):
    leader = m.a_leader()
    first = m.a_needs_list(leader=leader)
    same = needs.ListFacts(leader.organisation_id, first.chain_id, first.title, first.direction.value)
    works = [partial(needs.new_list, uuid4(), same, actor_id=leader.id, today=clock.today()) for _ in range(3)]

    answers = race(fresh_app, [partial(tried, work) for work in works])

    assert sorted(row.version for row in answers) == [2, 3, 4]
    for row in answers:
        in_transaction(lambda row=row: needs.add_need(row.id, NeedLine(product="瓶坯")))
    race(fresh_app, [partial(tried, partial(needs.publish, row.id, actor_id=leader.id, now=clock.now())) for row in answers])
    fresh_db.session.rollback()
    states = list(fresh_db.session.scalars(select(NeedsList.state)))
    assert sorted(states) == [NeedsState.PUBLISHED, *[NeedsState.REPLACED] * 3]


def test_of_two_who_take_a_list_back_the_second_hears_of_the_first(fresh_app, fresh_db):
    leader = m.a_leader()
    row = m.a_needs_list(leader=leader)
    work = partial(tried, partial(needs.withdraw, row.id, actor_id=leader.id, now=clock.now()))

    answers = race(fresh_app, [work] * 3)

    assert sum(isinstance(one, Conflict) for one in answers) == 2
