"""Lists, surveys, runs and what becomes of a match, on both engines."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from marketplace.enterprises.models import Enterprise
from marketplace.identity.roles import Role
from marketplace.kernel import clock, jobs
from marketplace.kernel.db import in_transaction
from marketplace.kernel.errors import Conflict, Forbidden, NotFound, RuleViolation
from marketplace.matching import queries, service
from marketplace.matching.lines import NeedLine
from marketplace.matching.models import Match, MatchRun
from marketplace.matching.rules import MatchState, NeedsState, RefusalReason, SupplyState
from marketplace.matching.service import chains, needs, steps, supplies
from tests import factories as f
from tests.matching import making as m
from tests.page_walk import counted


def test_an_appointment_lets_a_leaders_users_post_needs(db):
    leader = m.a_leader()
    db.session.refresh(leader)
    assert Role.CHAIN_LEADER in {grant.role for grant in leader.grants}
    assert m.a_needs_list(leader=leader).state is NeedsState.PUBLISHED


def test_a_firm_that_leads_no_chain_may_not_post_needs(db):
    firm, chain = f.a_firm(), m.a_chain()
    facts, actor_id = needs.ListFacts(firm.id, chain.id, "清单", "upstream"), f.user_of(firm).id
    with pytest.raises(Forbidden, match="链主"):
        in_transaction(lambda: needs.new_list(uuid4(), facts, actor_id=actor_id, today=clock.today()))


def test_an_appointment_that_ended_lets_nobody_post(db):
    officer = f.an_officer()
    leader = m.a_leader(officer=officer)
    row = chains.led_by(leader.organisation_id, clock.today())[0]
    in_transaction(lambda: chains.end(row.id, until_on=clock.today(), actor_id=officer.id))
    with pytest.raises(Forbidden):
        chains.check_leads(leader.organisation_id, row.chain_id, clock.today() + timedelta(days=1))


def test_a_chain_has_one_name_in_an_area(db):
    m.a_chain("水产业链")
    with pytest.raises(Conflict, match="水产业链"):
        m.a_chain("水产业链")


def test_an_unknown_or_unverified_organisation_cannot_be_appointed(db):
    chain, officer, pending = m.a_chain(), f.an_officer(), f.an_organisation(verified=False)
    for uscc, sentence in (("91540102MA00000000", "没有找到"), (pending.uscc, "还没有核实")):
        facts = chains.AppointmentFacts(uscc, "leader", clock.today(), None, "文件")
        with pytest.raises(RuleViolation, match=sentence):
            in_transaction(lambda facts=facts: chains.appoint(uuid4(), chain.id, facts, actor_id=officer.id, now=clock.now()))


def test_a_new_version_replaces_the_old_one(db):
    leader = m.a_leader()
    first, second = m.a_needs_list("纸箱", leader=leader), m.a_needs_list("瓶坯", leader=leader)
    db.session.refresh(first)
    assert (first.state, second.state, second.version) == (NeedsState.REPLACED, NeedsState.PUBLISHED, 2)


def test_an_empty_list_cannot_be_published_and_a_published_one_not_changed(db):
    leader = m.a_leader()
    draft = m.a_draft(leader=leader)
    with pytest.raises(RuleViolation, match="还没有产品"):
        in_transaction(lambda: needs.publish(draft.id, actor_id=leader.id, now=clock.now()))
    published = m.a_needs_list(leader=leader)
    with pytest.raises(RuleViolation, match="已发布"):
        in_transaction(lambda: needs.add_need(published.id, NeedLine(product="瓶盖")))


def test_a_run_stores_proposals_with_what_made_them(db):
    match = m.a_match()
    run = db.session.get(MatchRun, match.run_id)
    assert (match.state, match.planned) == (MatchState.PROPOSED, True)
    assert run.supplies_count == 1
    assert len(run.supplies_hash) == 64
    assert set(run.parameters) == {"code", "weights", "preferences"}
    assert {reason["code"] for reason in match.reasons} >= {"text", "pieces"}


def test_asking_twice_with_one_key_runs_once(db):
    leader = m.a_leader()
    row, key = m.a_needs_list(leader=leader), uuid4()
    for _time in range(2):
        in_transaction(lambda: service.ask_for_run(row.id, key=key, actor_id=leader.id))
    assert jobs.run_all() == 1
    assert len(queries.runs_of(row.id)) == 1


def test_a_second_run_keeps_what_is_under_way_and_replaces_mere_proposals(db):
    leader = m.a_leader()
    match = m.a_match(leader=leader)
    m.followed(match, steps.recommend, by=leader)
    m.a_supply_list("纸箱")
    list_id = match.run.list_id
    for _time in range(2):
        key = uuid4()
        in_transaction(lambda key=key: service.ask_for_run(list_id, key=key, actor_id=leader.id))
        jobs.run_all()
    states = [row.state for row in db.session.scalars(select(Match).execution_options(populate_existing=True)).unique()]
    assert sorted(states) == [MatchState.PROPOSED, MatchState.RECOMMENDED, MatchState.WITHDRAWN]


def test_a_pair_under_way_is_not_proposed_again_when_the_firm_publishes_its_list_anew(db):
    leader = m.a_leader()
    match = m.a_match(leader=leader)
    m.followed(match, steps.recommend, by=leader)
    m.a_supply_list("商品混凝土", firm=db.session.get(Enterprise, match.enterprise_id))  # the old line is copied, under a new id
    in_transaction(lambda: service.ask_for_run(match.run.list_id, key=uuid4(), actor_id=leader.id))
    jobs.run_all()
    states = [row.state for row in db.session.scalars(select(Match).execution_options(populate_existing=True)).unique()]
    assert states == [MatchState.RECOMMENDED]


def test_a_refused_pair_is_not_proposed_again_for_the_same_need(db):
    leader = m.a_leader()
    match = m.a_match(leader=leader)
    m.followed(match, steps.recommend, by=leader)
    reason = RefusalReason.PRICE
    in_transaction(lambda: steps.refuse(match.id, reason=reason, note="", actor_id=leader.id, by=leader.organisation_id, now=clock.now()))
    in_transaction(lambda: service.ask_for_run(match.run.list_id, key=uuid4(), actor_id=leader.id))
    jobs.run_all()
    states = [row.state for row in db.session.scalars(select(Match).execution_options(populate_existing=True)).unique()]
    assert states == [MatchState.REFUSED]


def test_a_refusal_needs_a_reason_and_keeps_it(db):
    leader = m.a_leader()
    match = m.a_match(leader=leader)

    def refused(reason, note=""):
        return in_transaction(
            lambda: steps.refuse(match.id, reason=reason, note=note, actor_id=leader.id, by=leader.organisation_id, now=clock.now())
        )

    with pytest.raises(RuleViolation, match="原因"):
        refused(None)
    with pytest.raises(RuleViolation, match="写明具体情况"):
        refused(RefusalReason.OTHER)
    assert refused(RefusalReason.PRICE, "差两成").refusal_reason == "price"
    with pytest.raises(Conflict, match="已经办过了"):
        refused(RefusalReason.PRICE, "差两成")


def test_a_firm_sees_a_match_only_once_it_was_recommended_and_strangers_never(db):
    leader, stranger = m.a_leader(), f.a_firm()
    match = m.a_match(leader=leader)
    with pytest.raises(NotFound):
        service.of_party(match.id, match.enterprise_id)
    m.followed(match, steps.recommend, by=leader)
    assert service.of_party(match.id, match.enterprise_id).id == match.id
    with pytest.raises(NotFound):
        service.of_party(match.id, stranger.id)


def test_a_firms_own_list_copies_what_is_published_and_replaces_it(db):
    firm = f.a_firm()
    first = m.a_supply_list("瓶坯", firm=firm)
    second = m.a_supply_list("瓶盖", firm=firm)
    db.session.refresh(first)
    assert first.state is SupplyState.REPLACED
    assert [line.product for line in second.supplies] == ["瓶坯", "瓶盖"]


@pytest.mark.parametrize("values", [{"capacity": 0}, {"industry_code": "9999"}, {"lead_days": -1}])
def test_a_line_that_cannot_be_is_refused(db, values):
    with pytest.raises((RuleViolation, NotFound)):
        m.a_supply_list("瓶坯", **values)


def test_a_survey_shows_who_is_missing_and_reminds_them(db):
    officer, firm = f.an_officer("540100"), f.a_firm()
    campaign = in_transaction(
        lambda: supplies.open_campaign(
            uuid4(), title="摸排", area_code="540100", due_on=clock.today(), actor_id=officer.id, today=clock.today()
        )
    )
    assert (firm.id, None) in [
        (row.id, lst) for row, lst in supplies.standing(campaign, list(db.session.scalars(supplies.surveyed(campaign))))
    ]
    assert in_transaction(lambda: supplies.remind(campaign.id, actor_id=officer.id)) >= 1


def test_what_a_firm_took_over_to_correct_no_survey_takes_back(db):
    officer, firm = f.an_officer("540100"), f.a_firm()
    survey = in_transaction(
        lambda: supplies.open_campaign(
            uuid4(), title="摸排", area_code="540100", due_on=clock.today(), actor_id=officer.id, today=clock.today()
        )
    )
    row = {"uscc": firm.organisation.uscc, "product": "藏香"}
    surveyed = m.an_import(supplies.SURVEY, row, officer, campaign_id=str(survey.id))
    in_transaction(surveyed)
    own = in_transaction(lambda: supplies.correct(firm.id, actor_id=f.user_of(firm).id))
    with pytest.raises(RuleViolation, match="企业自己正在填写"):
        in_transaction(surveyed)
    db.session.refresh(own)
    assert own.state is SupplyState.DRAFT


def test_the_firms_of_many_surveys_are_counted_in_one_question(app, db):
    officer, _firms = f.an_officer("540100"), [f.a_firm(), f.a_firm(region="540302")]
    places = ("540100", "540300", "540100")
    opened = [
        in_transaction(
            lambda area=area: supplies.open_campaign(
                uuid4(), title="摸排", area_code=area, due_on=clock.today(), actor_id=officer.id, today=clock.today()
            )
        )
        for area in places
    ]
    with counted(app) as seen:
        counts = supplies.counts_of(opened)
    assert len([one for one in seen.statements if "supply_lists" in one]) == 1
    assert {key: value["firms"] for key, value in counts.items()} == {one.id: 1 for one in opened}
    assert all(counts[one.id] == supplies.counts_of([one])[one.id] for one in opened)
    assert supplies.counts_of([]) == {}


def test_a_survey_cannot_end_before_it_begins(db):
    officer = f.an_officer()
    with pytest.raises(RuleViolation, match="早于今天"):
        in_transaction(
            lambda: supplies.open_campaign(
                uuid4(), title="摸排", area_code="540100", due_on=clock.today() - timedelta(days=1), actor_id=officer.id,
                today=clock.today(),
            )
        )  # fmt: skip
