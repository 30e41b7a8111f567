"""Notices, objections and the sweep, on both engines."""

from datetime import date
from uuid import uuid4

import pytest

from marketplace.audit import queries as trail
from marketplace.catalogue import periods
from marketplace.kernel import clock as the_clock
from marketplace.kernel.db import in_transaction
from marketplace.kernel.errors import Conflict, RuleViolation
from marketplace.notices import queries as notices
from marketplace.policy import service as policy
from marketplace.policy.queries import working_calendar
from marketplace.publicity import service
from marketplace.publicity.models import ObjectionState, PublicNoticeState
from marketplace.publicity.service import Announcement, NoticePeriod
from marketplace.publicity.sweep import sweep
from tests.factories import a_notice, an_objection, an_officer


def sweep_now():
    return sweep(now=the_clock.now())


def decide(objection, decision, officer, answer="已核实。"):
    return in_transaction(
        lambda: service.decide_objection(
            objection.id, decision, answer=answer, actor_id=officer.id, request_key=uuid4(), now=the_clock.now()
        )
    )


def test_the_same_command_publishes_once(db):
    key, subject = uuid4(), uuid4()
    asked = {"calendar": working_calendar(), "actor_id": an_officer().id, "today": the_clock.today()}

    def publish(about):
        announced = Announcement("provider_admission", "公示", "内容", "provider", about, "540102")
        return in_transaction(lambda: service.publish(key, announced, NoticePeriod(5), **asked))

    first, again = publish(subject), publish(subject)

    assert first.id == again.id
    assert first.last_day == date(2026, 3, 23)
    assert [event.action for event in trail.of_subject(first.id)] == ["notice.published"]
    with pytest.raises(Conflict):
        publish(uuid4())


def test_a_notice_closes_the_day_after_its_last_and_only_once(db, clock):
    notice = a_notice(working_days=5)
    clock.move_to("2026-03-23 23:00")
    assert sweep_now() == 0
    clock.move_to("2026-03-24 00:10")
    assert sweep_now() == 1
    assert sweep_now() == 0
    assert notice.state is PublicNoticeState.CLOSED


def test_an_undecided_objection_keeps_a_notice_open(db, clock):
    notice, officer = a_notice(working_days=1), an_officer()
    objection = an_objection(notice)
    clock.move_to("2026-03-20 09:00")
    assert sweep_now() == 0

    decide(objection, ObjectionState.REJECTED, officer)

    assert sweep_now() == 1
    assert notice.state is PublicNoticeState.CLOSED


def test_an_upheld_objection_stops_the_notice(db, clock):
    notice, officer = a_notice(), an_officer()
    objection = an_objection(notice)

    decide(objection, ObjectionState.UPHELD, officer, answer="材料不实。")

    assert notice.state is PublicNoticeState.STOPPED
    assert "材料不实" in notice.outcome
    clock.move_to("2026-04-20 09:00")
    assert sweep_now() == 0
    with pytest.raises(RuleViolation, match="截止"):
        an_objection(notice)


def test_a_decided_objection_is_decided_no_second_time(db):
    objection, officer = an_objection(a_notice()), an_officer()
    decide(objection, ObjectionState.REJECTED, officer)
    for again in (ObjectionState.UPHELD, ObjectionState.REJECTED):
        with pytest.raises(Conflict, match="异议不成立"):
            decide(objection, again, officer)


def test_an_objection_sent_twice_is_one(db):
    notice, key = a_notice(), uuid4()
    first, again = an_objection(notice, request_key=key), an_objection(notice, request_key=key)
    assert first.number == again.number
    with pytest.raises(Conflict):
        an_objection(notice, request_key=key, grounds="换了一个理由，内容完全不同。")


def test_a_flood_from_one_address_is_slowed_down_and_others_are_not(db):
    notice = a_notice()
    for _ in range(service.MOST_PER_ADDRESS):
        an_objection(notice, address="10.0.0.1")
    with pytest.raises(RuleViolation, match="明天再试"):
        an_objection(notice, address="10.0.0.1")
    an_objection(notice, address="10.0.0.2")


def test_officers_of_the_area_are_told_of_an_objection(db):
    from marketplace.notices import queries as notices

    near, far = an_officer("540100"), an_officer("650000")
    an_objection(a_notice(area_code="540102"))
    assert len(notices.of_user(near.id)) == 1
    assert not notices.of_user(far.id)


def test_a_withdrawn_notice_says_why(db):
    notice, officer = a_notice(), an_officer()
    with pytest.raises(RuleViolation, match="原因"):
        in_transaction(lambda: service.withdraw(notice.id, reason=" ", actor_id=officer.id, now=the_clock.now()))
    in_transaction(lambda: service.withdraw(notice.id, reason="申请人撤回", actor_id=officer.id, now=the_clock.now()))
    assert (notice.state, notice.outcome) == (PublicNoticeState.STOPPED, "申请人撤回")


def test_a_notice_is_counted_again_when_the_calendar_changes_and_the_officers_are_told(db, clock):
    notice, officer = a_notice(working_days=5), an_officer()
    in_transaction(lambda: policy.set_day(date(2026, 3, 18), "00", is_working=False, name="放假", source="通知", actor_id=officer.id))
    assert periods.sweep(now=the_clock.now()) == 1
    assert notice.last_day == date(2026, 3, 24)
    assert "公示截止日有变动" in notices.of_user(officer.id)[0].title
    clock.move_to("2026-03-24 00:10")
    assert sweep_now() == 0
