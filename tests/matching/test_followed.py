"""L4: a match is followed step by step to the delivery: forward only, with who, when and how much; never beyond the capacity."""

from datetime import timedelta
from itertools import pairwise
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from marketplace.kernel import clock
from marketplace.kernel.db import in_transaction
from marketplace.kernel.errors import Conflict, NotFound, RuleViolation
from marketplace.matching import queries, reminders, rules
from marketplace.matching.following import following
from marketplace.matching.lifecycle import MATCH
from marketplace.matching.models import Match
from marketplace.matching.rules import MatchState, Party
from marketplace.matching.service import contracts, market, steps, talk
from marketplace.matching.service.steps import StepFacts
from marketplace.matching.step_models import MatchStep
from marketplace.records.models import ServiceRecord
from marketplace.records.queries import current
from tests import factories as f
from tests.matching import making as m


def told(step, match, by, *, key=None, **values):
    facts = StepFacts(**{"happened_on": clock.today(), "amount_fen": 90_00, **values})
    return in_transaction(lambda: step(key or uuid4(), match.id, facts, actor_id=by.id, by=by.organisation_id, now=clock.now()))


def counted(db):
    return db.session.scalars(current().where(ServiceRecord.source_kind == "match")).all()


def test_l4_steps_may_be_skipped_forward_and_never_go_back():
    verbs = {MATCH.move(verb).to[0]: verb for verb in ("see", "contact", "negotiate", "sample", "quote")}
    for earlier, later in pairwise(rules.ON_THE_WAY):
        for state in rules.ON_THE_WAY[rules.ON_THE_WAY.index(later) :]:
            assert earlier not in MATCH.move(verbs[later]).to
            assert state not in MATCH.move(verbs[later]).by[Party.FIRM], "nobody goes back"
            if verbs[state] != "see":
                assert earlier in MATCH.move(verbs[state]).by[Party.LEADER], "steps may be skipped"
    assert all(MatchState.NEGOTIATING in MATCH.move(verb).by[Party.FIRM] for verb in ("sample", "quote", "contract")), "the stored word"


def test_l4_each_step_keeps_who_when_and_from_quoted_on_how_much(db):
    leader = m.a_leader()
    match = m.a_match(leader=leader)
    firm = f.user_of(match.enterprise_id)
    m.followed(match, steps.recommend, by=leader)
    m.followed(match, steps.see, steps.sample, by=firm)
    with pytest.raises(RuleViolation, match="已送样"):
        m.followed(match, steps.contact, by=leader)
    for wrong, sentence in (({"amount_fen": None}, "金额"), ({"happened_on": clock.today() + timedelta(days=1)}, "晚于今天")):
        with pytest.raises(RuleViolation, match=sentence):
            told(steps.quote, match, firm, **wrong)
    key = uuid4()
    for _time in range(2):
        told(steps.quote, match, firm, key=key, amount_fen=95_00)
    with pytest.raises(RuleViolation, match="已报价"):
        told(steps.deliver, match, firm)
    m.contracted(match, leader)
    with pytest.raises(RuleViolation, match="不能早于"):
        told(steps.deliver, match, leader, happened_on=clock.today() - timedelta(days=1))
    told(steps.deliver, match, leader)

    taken = [(one.state.value, one.organisation_id, one.amount_fen) for one in queries.steps_of(match.id)]
    ours, theirs = leader.organisation_id, match.enterprise_id
    assert taken == [
        ("recommended", ours, None),
        ("seen", theirs, None),
        ("sampled", theirs, None),
        ("quoted", theirs, 95_00),
        ("contracted", theirs, 100_00),
        ("delivered", ours, 90_00),
    ]
    assert len(counted(db)) == 1, "one record, of the contract"
    step = queries.steps_of(match.id)[-1]
    with pytest.raises(DBAPIError):
        in_transaction(lambda: setattr(db.session.get(MatchStep, step.id), "amount_fen", 1))


def test_l4_the_database_keeps_no_quote_without_an_amount(db):
    match = m.a_match()
    with pytest.raises(DBAPIError):
        in_transaction(lambda: db.session.add(MatchStep(match_id=match.id, state=MatchState.QUOTED, actor_id=uuid4(), unit="")))


def test_l4_what_was_delivered_is_voided_and_counts_no_more(db):
    leader = m.a_leader()
    match = m.a_match_in_talks(leader)
    row = m.contracted(match, leader)
    told(steps.deliver, match, leader)
    with pytest.raises(NotFound):
        told(steps.deliver, match, f.an_officer())
    auditor = f.an_auditor()
    in_transaction(lambda: contracts.void(uuid4(), row.id, reason="合同系伪造", actor_id=auditor.id, now=clock.now()))
    assert db.session.scalar(select(Match.state).where(Match.id == match.id)) is MatchState.NEGOTIATING
    assert counted(db) == []


def two_in_talks(**facts):
    """Two leaders in talks with one supply of 100 吨."""
    m.a_supply_list("机制砂", capacity=100, unit="吨")
    one, other = (m.a_leader(m.a_chain(name)) for name in ("甲产业链", "乙产业链"))
    (first,) = m.matched(m.a_needs_list("机制砂", leader=one, **facts), one)
    m.followed(first, steps.recommend, steps.contact, by=one)
    (second,) = m.matched(m.a_needs_list("机制砂", leader=other, **facts), other)
    m.followed(second, steps.recommend, steps.contact, by=other)
    return (one, first), (other, second)


def test_l4_a_contract_larger_than_what_is_free_is_refused(db):
    (one, first), (other, second) = two_in_talks(quantity=60, unit="吨")
    with pytest.raises(RuleViolation, match="可用产能 60吨（年产能 100，已签约 0，已预留 40）"):
        m.registered(first, one, quantity=61_000, unit="公斤")
    with pytest.raises(RuleViolation, match="超过可用产能"):
        m.registered(second, other, quantity=41, unit="吨")
    waiting = m.registered(second, other, quantity=40, unit="吨")
    m.contracted(first, one, quantity=60, unit="吨")
    m.confirmed(waiting, f.user_of(second.enterprise_id))
    assert len(counted(db)) == 2


def test_l4_what_others_signed_meanwhile_is_seen_when_a_contract_is_confirmed(db):
    (one, first), (other, second) = two_in_talks()  # of no quantity: nothing is reserved
    late = m.registered(second, other, quantity=50, unit="吨")
    m.contracted(first, one, quantity=70, unit="吨")
    with pytest.raises(RuleViolation, match="可用产能 30吨"):
        m.confirmed(late, f.user_of(second.enterprise_id))
    assert len(counted(db)) == 1


def test_l4_nobody_supplies_itself(db):
    leader = m.a_leader()
    match = m.a_match(leader=leader)
    with pytest.raises(RuleViolation, match="同一家企业"):
        rules.check_two_parties(leader.organisation_id, leader.organisation_id)
    rules.check_two_parties(match.leader_id, match.enterprise_id)


def test_l4_a_confirmation_after_the_other_side_has_refused_is_answered_clearly(db):
    leader = m.a_leader()
    match = m.a_match_in_talks(leader)
    firm = f.user_of(match.enterprise_id)
    row = m.registered(match, leader)
    in_transaction(lambda: contracts.decline(row.id, reason="数量不对", actor_id=firm.id, by=firm.organisation_id, now=clock.now()))
    reason = rules.RefusalReason.QUANTITY
    in_transaction(lambda: steps.refuse(match.id, reason=reason, note="", actor_id=firm.id, by=firm.organisation_id, now=clock.now()))
    with pytest.raises((Conflict, RuleViolation), match="未达成"):
        m.confirmed(row, leader)
    assert counted(db) == []


def test_l4_an_office_corrects_what_was_written_down_by_a_new_row_and_one_record_stays(db):
    (one, first), _other = two_in_talks(quantity=60, unit="吨")
    row, auditor, key = m.contracted(first, one, quantity=6, unit="吨"), f.an_auditor(), uuid4()

    def corrected(reason="少写一个零", quantity=60, key=key):
        facts = StepFacts(None, 1000_00, quantity, "吨")
        return in_transaction(lambda: contracts.correct(key, row.id, facts, reason=reason, actor_id=auditor.id, now=clock.now()))

    for wrong, sentence in (({"reason": " "}, "理由"), ({"quantity": 101}, "超过可用产能")):
        with pytest.raises(RuleViolation, match=sentence):
            corrected(**wrong)
    for _time in range(2):
        corrected()
    db.session.refresh(first)
    assert (first.contract_fen, first.contract_quantity, row.amount_fen) == (1000_00, 60, 100_00), "what was signed stays as it was"
    assert [one.reason for one in contracts.corrections_of(first.id)[row.id]] == ["少写一个零"]
    assert len(counted(db)) == 1
    assert market.room(_other[1], clock.today(), beside_reserved=False).left == 40
    in_transaction(lambda: contracts.void(uuid4(), row.id, reason="合同系伪造", actor_id=auditor.id, now=clock.now()))
    with pytest.raises(RuleViolation, match="不能“更正签约”"):
        corrected(key=uuid4())


def test_l4_whoever_has_the_turn_is_asked_until_a_day_and_reminded_before_it(db):
    leader = m.a_leader()
    match = m.a_match(leader=leader)
    m.followed(match, steps.recommend, by=leader)
    db.session.refresh(match)
    assert match.due_on > clock.today()
    assert (match.due_days, match.due_start) == (following().answer.value, clock.today())
    near = match.due_on - timedelta(days=3)
    assert reminders.to_remind(near) == [match.id]
    day = reminders._last_day(match)
    assert (day.organisation_id, day.on) == (match.enterprise_id, match.due_on)
    m.followed(match, steps.contact, by=f.user_of(match.enterprise_id))
    db.session.refresh(match)
    assert (match.due_days, reminders._last_day(match).organisation_id) == (following().talks.value, leader.organisation_id)
    m.contracted(match, leader)
    told(steps.deliver, match, leader)
    db.session.refresh(match)
    assert match.due_on is None, "nobody has to act any more"


def test_l4_the_two_sides_write_to_each_other_once_the_firm_has_heard(db):
    leader = m.a_leader()
    match = m.a_match(leader=leader)
    firm = f.user_of(match.enterprise_id)

    def written(body, by, key=None):
        return in_transaction(lambda: talk.write(key or uuid4(), match.id, body, actor_id=by.id, by=by.organisation_id, now=clock.now()))

    with pytest.raises(RuleViolation, match="待推荐"):
        written("您好", leader)
    m.followed(match, steps.recommend, by=leader)
    key = uuid4()
    for _time in range(2):
        written("能否先送样？", leader, key)
    with pytest.raises(RuleViolation, match="留言内容"):
        written(" ", firm)
    written("下周一送到。", firm)
    assert [(one.organisation_id, one.body) for one in talk.thread_of(match.id)] == [
        (leader.organisation_id, "能否先送样？"),
        (match.enterprise_id, "下周一送到。"),
    ]
    assert len(queries.steps_of(match.id)) == 1, "a word is no step"
