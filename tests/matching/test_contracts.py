"""A contract counts when both sides said so; a void takes it back by a new row. On both engines."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from marketplace.identity.models import User
from marketplace.kernel import clock
from marketplace.kernel.db import in_transaction
from marketplace.kernel.errors import Conflict, NotFound, RuleViolation
from marketplace.matching.models import Match, MatchContract, MatchVoid
from marketplace.matching.rules import MatchState, RefusalReason
from marketplace.matching.service import contracts, steps
from marketplace.records.models import ServiceRecord
from marketplace.records.queries import current
from tests import factories as f
from tests.matching import making as m


@pytest.fixture
def talks(db):
    """A leader, the firm's user and their match, in contact."""
    leader = m.a_leader()
    match = m.a_match_in_talks(leader)
    return leader, f.user_of(match.enterprise_id), match


def counted(db):
    return [row.source_id for row in db.session.scalars(current().where(ServiceRecord.source_kind == "match"))]


def voided(row, *, key=None, reason="合同系伪造", by=None):
    actor = by or f.an_auditor()
    void_id = key or uuid4()
    return in_transaction(lambda: contracts.void(void_id, row.id, reason=reason, actor_id=actor.id, now=clock.now()))


def test_one_side_alone_signs_and_nothing_counts(db, talks):
    _leader, firm, match = talks
    row = m.registered(match, firm)
    assert db.session.get(Match, match.id).state is MatchState.CONTACTED
    assert counted(db) == []
    with pytest.raises(RuleViolation, match="须由对方确认"):
        m.confirmed(row, firm)
    assert counted(db) == []


def test_both_sides_confirm_and_exactly_one_record_is_written_however_often_they_click(db, talks):
    leader, firm, match = talks
    key = uuid4()
    for _time in range(2):
        row = m.registered(match, leader, key=key)
    m.confirmed(row, firm)
    with pytest.raises(Conflict, match="已经办过了"):
        m.confirmed(row, firm)
    db.session.refresh(match)
    assert (match.state, match.contract_fen, match.contracted_on) == (MatchState.CONTRACTED, 100_00, clock.today())
    assert counted(db) == [row.id]


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        pytest.param({"amount_fen": None}, "合同金额", id="no amount"),
        pytest.param({"amount_fen": 0}, "合同金额", id="an amount of nothing"),
        pytest.param({"file_id": None}, "凭证", id="no paper"),
        pytest.param({"signed_on": "ahead"}, "晚于今天", id="a day ahead"),
        pytest.param({"signed_on": "before"}, "早于", id="signed before the platform proposed it"),
    ],
)
def test_a_contract_states_amount_day_and_paper(db, talks, values, sentence):
    leader, _firm, match = talks
    days = {"ahead": clock.today() + timedelta(days=1), "before": clock.today() - timedelta(days=1)}
    values = {key: days.get(value, value) for key, value in values.items()}
    with pytest.raises(RuleViolation, match=sentence):
        m.registered(match, leader, **values)


def test_a_match_cannot_skip_to_a_contract(db):
    leader = m.a_leader()
    with pytest.raises(RuleViolation, match="待推荐"):
        m.registered(m.a_match(leader=leader), leader)


def test_nobody_signs_for_the_two_sides(db, talks):
    leader, _firm, match = talks
    officer = f.an_officer()
    with pytest.raises(NotFound):
        m.registered(match, officer)
    row = m.registered(match, leader)
    with pytest.raises(NotFound):
        m.confirmed(row, officer)


def test_what_is_wrong_is_sent_back_with_a_reason_and_registered_anew(db, talks):
    leader, firm, match = talks
    row = m.registered(match, leader)
    with pytest.raises(RuleViolation, match="正在等待对方确认"):
        m.registered(match, firm)
    with pytest.raises(RuleViolation, match="先确认或退回"):
        in_transaction(
            lambda: steps.refuse(match.id, reason=RefusalReason.PRICE, note="", actor_id=firm.id, by=firm.organisation_id, now=clock.now())
        )

    def sent_back(reason):
        return in_transaction(lambda: contracts.decline(row.id, reason=reason, actor_id=firm.id, by=firm.organisation_id, now=clock.now()))

    with pytest.raises(RuleViolation, match="哪里不对"):
        sent_back(" ")
    sent_back("金额少写一个零")
    with pytest.raises(Conflict, match="已被退回"):
        m.confirmed(row, firm)
    m.confirmed(m.registered(match, leader, amount_fen=1000_00), firm)
    assert len(counted(db)) == 1


def test_a_void_takes_the_record_away_by_a_new_row_and_the_sides_may_register_anew(db, talks):
    leader, _firm, match = talks
    row, key = m.contracted(match, leader), uuid4()
    with pytest.raises(RuleViolation, match="理由"):
        voided(row, reason=" ")
    auditor = f.an_auditor()
    for _time in range(2):
        voided(row, key=key, by=auditor)
    db.session.refresh(match)
    assert (match.state, match.contract_fen) == (MatchState.NEGOTIATING, None)
    assert counted(db) == []
    assert db.session.scalar(select(func.count()).select_from(ServiceRecord)) == 2, "the first row stays, another takes it away"
    again = m.contracted(match, leader, amount_fen=7_00)
    assert counted(db) == [again.id]


def test_a_void_of_a_void_is_refused_and_changes_nothing(db, talks):
    leader, _firm, match = talks
    row = m.contracted(match, leader)
    void = voided(row)
    with pytest.raises(Conflict, match="已经办过了"):
        voided(row)
    again = m.contracted(match, leader, amount_fen=7_00)
    with pytest.raises(Conflict, match="不能撤销作废"):
        voided(row)
    with pytest.raises(NotFound):
        voided(void)
    assert db.session.scalar(select(func.count()).select_from(MatchVoid)) == 1
    assert counted(db) == [again.id]


def test_only_what_both_confirmed_can_be_voided(db, talks):
    leader, _firm, match = talks
    with pytest.raises(RuleViolation, match="已联系”，等链主企业“登记：正在洽谈”，不能“作废签约”"):
        voided(m.registered(match, leader))


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda row, void: {"confirmed_by": row.registered_by}, id="confirmed by the side that registered it"),
        pytest.param(lambda row, void: {"amount_fen": None}, id="no amount"),
        pytest.param(lambda row, void: {"declined_at": clock.now(), "decline_reason": "x"}, id="confirmed and sent back"),
    ],
)
def test_the_database_refuses_what_the_rules_refuse(db, talks, change):
    leader, _firm, match = talks
    row = m.contracted(match, leader)
    values = change(row, None)
    with pytest.raises(DBAPIError):
        in_transaction(lambda: [setattr(db.session.get(MatchContract, row.id), key, value) for key, value in values.items()])


def test_a_void_is_kept_and_stands_once(db, talks):
    leader, _firm, match = talks
    void = voided(m.contracted(match, leader))
    with pytest.raises(DBAPIError):
        in_transaction(lambda: setattr(db.session.get(MatchVoid, void.id), "reason", "别的"))
    actor = db.session.scalars(select(User.id)).first()
    with pytest.raises(DBAPIError):
        in_transaction(lambda: db.session.add(MatchVoid(contract_id=void.contract_id, reason="再来", actor_id=actor)))
