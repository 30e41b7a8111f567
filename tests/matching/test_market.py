"""One state for the whole market: identity over versions, what is contracted, refused and reserved. On both engines."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from marketplace.audit import queries as trail
from marketplace.kernel import clock
from marketplace.kernel.db import in_transaction
from marketplace.kernel.errors import Conflict, NotFound, RuleViolation
from marketplace.matching import service
from marketplace.matching.lineage import NEW
from marketplace.matching.lines import NeedLine, SupplyLine, need_line
from marketplace.matching.models import Match, MatchRun, Need, NeedsList, Supply
from marketplace.matching.rules import MatchState, NeedsState, RefusalReason
from marketplace.matching.service import chains, needs, steps, supplies
from tests import factories as f
from tests.matching import making as m

SAND = {"quantity": 100, "unit": "吨"}


def plans(matches):
    return {match.supply.product: (match.planned_quantity, match.planned_unit) for match in matches if match.planned}


def state(db, match):
    return db.session.scalar(select(Match.state).where(Match.id == match.id))


def refused(match, by):
    in_transaction(
        lambda: steps.refuse(match.id, reason=RefusalReason.PRICE, note="", actor_id=by.id, by=by.organisation_id, now=clock.now())
    )


def test_a_new_version_keeps_what_was_refused_out_and_what_was_contracted_locked(db):
    leader = m.a_leader()
    m.a_supply_list("机制砂", capacity=80, unit="吨")
    m.a_supply_list("机制砂", capacity=75, unit="吨")
    m.a_supply_list("机制砂", capacity=70, unit="吨")
    first, second, third = m.matched(m.a_needs_list("机制砂", leader=leader, **SAND), leader)
    m.followed(first, steps.recommend, steps.contact, by=leader)
    m.contracted(first, leader, quantity=60, unit="吨")
    m.followed(second, steps.recommend, by=leader)
    refused(second, leader)

    newer = m.a_needs_list("机制砂", leader=leader, **SAND)
    assert state(db, third) is MatchState.WITHDRAWN, "the old version's open proposal is closed"
    again = m.matched(newer, leader)

    assert [(match.enterprise_id, match.planned_quantity) for match in again] == [(third.enterprise_id, 40)], "100 less 60 contracted"
    excluded = db.session.get(MatchRun, again[0].run_id).excluded
    assert "此前已登记未达成" in excluded[0]["obstacles"][0]["message"]


def test_withdrawing_a_list_closes_its_open_proposals(db):
    leader = m.a_leader()
    match = m.a_match(leader=leader)
    in_transaction(lambda: needs.withdraw(match.run.list_id, actor_id=leader.id, now=clock.now()))
    assert state(db, match) is MatchState.WITHDRAWN
    with pytest.raises(NotFound):
        service.of_party(match.id, match.enterprise_id)  # the firm never heard of it, and no list of its shows it


def test_a_list_that_was_taken_back_or_replaced_is_not_published_again(db):
    leader = m.a_leader()
    old, new = m.a_needs_list("机制砂", leader=leader), m.a_needs_list("机制砂", leader=leader)
    with pytest.raises(RuleViolation, match="已被新版替代"):
        taken_back(old, leader)
    taken_back(new, leader)
    assert [db.session.get(NeedsList, row.id).state for row in (old, new)] == [NeedsState.REPLACED, NeedsState.WITHDRAWN]
    for row in (old, new):
        with pytest.raises(RuleViolation, match="不能“发布清单”"):
            in_transaction(lambda row=row: needs.publish(row.id, actor_id=leader.id, now=clock.now()))
        with pytest.raises(RuleViolation, match="请新建一版"):
            in_transaction(lambda row=row: needs.add_need(row.id, NeedLine(product="瓶盖")))


def taken_back(row, leader):
    return in_transaction(lambda: needs.withdraw(row.id, actor_id=leader.id, now=clock.now()))


def test_a_step_made_already_says_by_whom_and_a_draft_whose_turn_it_is(db):
    leader = m.a_leader()
    row, draft = m.a_needs_list(leader=leader), m.a_draft(leader=leader)
    with pytest.raises(Conflict, match=f"已经办过了（{leader.name}"):
        in_transaction(lambda: needs.publish(row.id, actor_id=leader.id, now=clock.now()))
    for refused in (lambda: taken_back(draft, leader), lambda: service.ask_for_run(draft.id, key=uuid4(), actor_id=leader.id)):
        with pytest.raises(RuleViolation, match="等链主企业“发布清单”"):
            refused()
    assert draft.state is NeedsState.DRAFT
    taken_back(row, leader)
    with pytest.raises(Conflict, match=f"已经办过了（{leader.name}"):
        taken_back(row, leader)


def test_what_replaced_a_list_stands_in_the_trail(db):
    leader, firm = m.a_leader(), f.a_firm()
    old, new = m.a_needs_list(leader=leader), m.a_needs_list(leader=leader)
    first, second = m.a_supply_list("瓶坯", firm=firm), m.a_supply_list("瓶盖", firm=firm)
    said = [(one.action, trail.details_of(one)["version"]) for row in (old, first) for one in trail.of_subject(row.id)][1:]
    assert said == [
        ("needs.published", 1),
        ("needs.replaced", new.version),
        ("supplies.published", 1),
        ("supplies.replaced", second.version),
    ]


def test_a_product_that_leaves_a_firms_list_takes_its_proposal_along_and_one_that_stays_does_not(db):
    leader, firm = m.a_leader(), f.a_firm()
    m.a_supply_list("机制砂", "碎石", firm=firm, capacity=10, unit="吨")
    sand, stone = m.matched(m.a_needs_list("机制砂", "碎石", leader=leader), leader)[:2]
    draft = in_transaction(lambda: supplies.draft(firm.id, actor_id=leader.id))
    gone = next(line for line in draft.supplies if line.product == stone.supply.product)
    in_transaction(lambda: supplies.remove_line(gone.id, firm.id))
    in_transaction(lambda: supplies.publish(firm.id, actor_id=leader.id, now=clock.now()))
    assert (state(db, sand), state(db, stone)) == (MatchState.PROPOSED, MatchState.WITHDRAWN)


def test_capacity_that_another_run_planned_or_a_contract_took_is_not_free_again(db):
    m.a_supply_list("机制砂", capacity=100, unit="吨")
    one, other, third = (m.a_leader(m.a_chain(name)) for name in ("甲产业链", "乙产业链", "丙产业链"))
    first = m.matched(m.a_needs_list("机制砂", leader=one, quantity=30_000, unit="公斤"), one)
    assert plans(first) == {"机制砂": (30_000, "公斤")}
    second = m.matched(m.a_needs_list("机制砂", leader=other, **SAND), other)
    assert plans(second) == {"机制砂": (70, "吨")}
    assert plans(m.matched(m.a_needs_list("机制砂", leader=third, **SAND), third)) == {}

    m.followed(second[0], steps.recommend, by=other)
    refused(second[0], other)
    assert plans(m.matched(m.a_needs_list("机制砂", leader=third, **SAND), third)) == {"机制砂": (70, "吨")}, "free again"


def test_a_proposal_on_which_nobody_acts_reserves_for_a_time_only(db):
    m.a_supply_list("机制砂", capacity=100, unit="吨")
    one, other = (m.a_leader(m.a_chain(name)) for name in ("甲产业链", "乙产业链"))
    (old,) = m.matched(m.a_needs_list("机制砂", leader=one, **SAND), one)
    in_transaction(lambda: db.session.execute(update(Match).where(Match.id == old.id).values(created_at=clock.now() - timedelta(days=40))))
    assert plans(m.matched(m.a_needs_list("机制砂", leader=other, **SAND), other)) == {"机制砂": (100, "吨")}


def test_a_supply_whose_whole_capacity_is_contracted_is_not_recommended(db):
    m.a_supply_list("机制砂", capacity=100, unit="吨")
    one, other = (m.a_leader(m.a_chain(name)) for name in ("甲产业链", "乙产业链"))
    (match,) = m.matched(m.a_needs_list("机制砂", leader=one, **SAND), one)
    m.followed(match, steps.recommend, steps.contact, by=one)
    m.contracted(match, one)
    row = m.a_needs_list("机制砂", leader=other, **SAND)
    assert m.matched(row, other) == []
    (run,) = db.session.scalars(select(MatchRun).where(MatchRun.list_id == row.id)).unique()
    assert run.excluded[0]["obstacles"][0]["message"] == "全部产能已签约。"


def drafted(leader, *rows):
    chain_id = chains.led_by(leader.organisation_id, clock.today())[0].chain_id

    def work():
        facts = needs.ListFacts(leader.organisation_id, chain_id, "需求清单", "upstream")
        row = needs.new_list(uuid4(), facts, actor_id=leader.id, today=clock.today())
        for values in rows:
            needs.add_need(row.id, need_line(values))
        return row

    return in_transaction(work)


def test_where_two_earlier_lines_fit_the_leader_is_asked_before_publishing(db):
    leader = m.a_leader()
    old = m.a_needs_list("瓶坯", "瓶坯", leader=leader)
    draft = drafted(leader, {"product": "瓶坯"})
    with pytest.raises(RuleViolation, match="不止一行"):
        in_transaction(lambda: needs.publish(draft.id, actor_id=leader.id, now=clock.now()))
    (line,) = db.session.scalars(select(Need).where(Need.list_id == draft.id))
    second = old.needs[1]
    in_transaction(lambda: needs.choose(line.id, leader.organisation_id, str(second.id)))
    assert in_transaction(lambda: needs.publish(draft.id, actor_id=leader.id, now=clock.now())).state is NeedsState.PUBLISHED
    db.session.refresh(line)
    assert line.lineage_id == second.lineage_id


def test_a_firm_is_asked_too_and_may_say_that_a_line_is_new(db):
    firm = f.a_firm()
    actor = f.user_of(firm)
    m.a_supply_list("瓶坯", "瓶坯", firm=firm)

    def work():
        row = supplies.draft(firm.id, actor_id=actor.id, copy=False)
        return supplies.add_line(row.id, SupplyLine(product="瓶坯"))

    line = in_transaction(work)
    with pytest.raises(RuleViolation, match="不止一行"):
        in_transaction(lambda: supplies.publish(firm.id, actor_id=actor.id, now=clock.now()))
    in_transaction(lambda: supplies.choose(line.id, firm.id, NEW))
    in_transaction(lambda: supplies.publish(firm.id, actor_id=actor.id, now=clock.now()))
    assert db.session.scalar(select(Supply.lineage_id).where(Supply.id == line.id)) == line.id


def test_a_result_of_a_list_that_was_replaced_meanwhile_is_not_stored(db):
    leader = m.a_leader()
    m.a_supply_list("纸箱")
    old = m.a_needs_list("纸箱", leader=leader)
    in_transaction(lambda: service.ask_for_run(old.id, key=uuid4(), actor_id=leader.id))
    m.a_needs_list("纸箱", leader=leader)
    m.jobs.run_all()
    assert db.session.scalars(select(Match)).unique().all() == []
