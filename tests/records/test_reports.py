"""A provider's own report: accepted, returned, refused, corrected, a duplicate refused."""

from dataclasses import replace
from datetime import date
from uuid import uuid4

import pytest

from marketplace.identity.page_mark import mark
from marketplace.kernel import clock
from marketplace.kernel.db import db as the_db
from marketplace.kernel.db import in_transaction
from marketplace.kernel.errors import Conflict, RuleViolation
from marketplace.notices.models import Notice
from marketplace.policy.fees import FeeKind
from marketplace.policy.programme_words import ServiceFunction
from marketplace.records import queries, service
from marketplace.records.models import ServiceRecord
from marketplace.records.rules import ActivityKind, Claimed, Mode, ReportState
from marketplace.records.service.reports import Correction
from tests.factories import a_firm, a_provider, an_officer, user_of
from tests.records.test_service import counted, written

DAY = date(2026, 3, 10)


def a_claim(**facts):
    usual = Claimed(
        enterprise_id=facts.pop("enterprise_id", None) or a_firm().id,
        function=ServiceFunction.TECHNOLOGY,
        mode=Mode.OFFLINE,
        fee_kind=FeeKind.STANDARD,
        delivered_on=DAY,
        person_times=2,
        fee_fen=300_000,
        title="瓶坯检测",
        category="testing",
    )
    return replace(usual, **facts)


def a_report(provider=None, *claims, imported=False):
    provider = provider or a_provider()
    actor_id = user_of(provider).id
    report = in_transaction(
        lambda: service.create(uuid4(), provider_id=provider.id, title="三月服务", actor_id=actor_id, imported=imported)
    )
    for claimed in claims:
        put(report, claimed)
    return report


def put(report, claimed, row_id=None):
    row_id = row_id or uuid4()
    return in_transaction(lambda: service.put_row(report.id, row_id, claimed, today=clock.today()))


def submitted(report, actor=None):
    actor_id = (actor or user_of(report.provider_id)).id
    return in_transaction(lambda: service.submit(report.id, actor_id=actor_id, now=clock.now()))


def accepted(report, officer=None):
    actor_id = (officer or an_officer()).id
    return in_transaction(lambda: service.accept(report.id, actor_id=actor_id, now=clock.now()))


def test_an_accepted_report_writes_one_record_per_row_graded_reviewed(db):
    report = submitted(a_report(None, a_claim(), a_claim(title="计量校准")))
    officer = an_officer()

    assert accepted(report, officer).state is ReportState.ACCEPTED
    with pytest.raises(Conflict, match="已经办过了"):
        accepted(report, officer)

    records = the_db.session.scalars(queries.current()).all()
    assert {(r.title, r.evidence_grade, r.source_kind, r.source_number) for r in records} == {
        ("瓶坯检测", "reviewed", "report", report.number),
        ("计量校准", "reviewed", "report", report.number),
    }


def test_an_older_page_hears_of_a_decision_in_the_words_of_the_life(db):
    report, officer = submitted(a_report(None, a_claim())), an_officer()
    shown = mark(report.id)
    accepted(report)
    with pytest.raises(Conflict, match="办理“计入台账”"):
        in_transaction(lambda: service.refuse(report.id, reason="不是服务活动", actor_id=officer.id, now=clock.now(), shown=shown))


def test_a_report_of_past_years_is_graded_imported_and_may_be_older(db):
    old = a_claim(delivered_on=date(2023, 5, 1))
    with pytest.raises(RuleViolation, match="历史台账导入"):
        a_report(None, old)

    report = a_report(None, old, imported=True)
    accepted(submitted(report, an_officer()))

    assert the_db.session.scalars(queries.current()).one().evidence_grade == "imported"


def test_nobody_accepts_what_they_submitted(db):
    officer = an_officer()
    report = submitted(a_report(None, a_claim(), imported=True), officer)

    with pytest.raises(RuleViolation, match="另一位"):
        accepted(report, officer)
    assert counted() == set()


def test_a_returned_report_says_why_and_may_be_mended_and_submitted_again(db):
    report = submitted(a_report(None, a_claim()))
    officer = an_officer()

    with pytest.raises(RuleViolation, match="理由"):
        in_transaction(lambda: service.send_back(report.id, reason=" ", actor_id=officer.id, now=clock.now()))
    with pytest.raises(RuleViolation, match="待审核"):
        put(report, a_claim())
    in_transaction(lambda: service.send_back(report.id, reason="请附签到表", actor_id=officer.id, now=clock.now()))

    told = [n.body for n in the_db.session.query(Notice).filter_by(user_id=user_of(report.provider_id).id)]
    assert any("请附签到表" in body for body in told)
    put(report, a_claim(title="补充"))
    accepted(submitted(report))
    assert len(counted()) == 2


def test_a_refused_report_counts_nothing_and_stays_refused(db):
    report = submitted(a_report(None, a_claim()))
    officer = an_officer()
    in_transaction(lambda: service.refuse(report.id, reason="不是服务活动", actor_id=officer.id, now=clock.now()))

    with pytest.raises(RuleViolation, match="不予计入"):
        submitted(report)
    assert counted() == set()


def test_a_row_that_an_order_wrote_is_refused_with_the_orders_number(db):
    ordered = written(source_number="DD-7K3M9Q2P-X", delivered_on=DAY)
    provider = ordered.provider_id
    mine = a_report(type("P", (), {"id": provider})())

    with pytest.raises(RuleViolation, match="DD-7K3M9Q2P-X"):
        put(mine, a_claim(enterprise_id=ordered.enterprise_id))


def test_an_order_accepted_meanwhile_stops_the_report_at_acceptance(db):
    provider, firm = a_provider(), a_firm()
    report = submitted(a_report(provider, a_claim(enterprise_id=firm.id)))
    written(provider_id=provider.id, enterprise_id=firm.id, source_number="DD-LATER", delivered_on=DAY)

    with pytest.raises(RuleViolation, match=r"第 1 行.*DD-LATER"):
        accepted(report)
    assert report.state is ReportState.SUBMITTED
    assert len(counted()) == 1


def test_the_same_service_is_not_reported_twice_in_one_report_or_two(db):
    provider, firm = a_provider(), a_firm()
    claimed = a_claim(enterprise_id=firm.id)
    first = a_report(provider, claimed)
    with pytest.raises(RuleViolation, match="本次填报里已有"):
        put(first, replace(claimed, title="换个说法"))
    submitted(first)

    with pytest.raises(RuleViolation, match=first.number):
        a_report(provider, claimed)


def test_firms_of_one_event_are_rows_of_their_own(db):
    event = {"activity": "银企对接会", "activity_kind": ActivityKind.BANK_MATCHING, "function": ServiceFunction.FINANCE, "category": ""}
    report = a_report(None, a_claim(**event), a_claim(**event))

    assert len(queries.report_of_provider(report.id, report.provider_id).rows) == 2


def test_a_record_a_few_days_off_is_pointed_out_and_refuses_nothing(db):
    ordered = written(source_number="DD-NEAR", delivered_on=date(2026, 3, 6))
    report = a_report(type("P", (), {"id": ordered.provider_id})(), a_claim(enterprise_id=ordered.enterprise_id))

    findings = service.examine_report(report, today=clock.today())

    assert [s.params["record"] for f in findings.values() for s in f.near] == ["DD-NEAR"]
    accepted(submitted(report))
    assert len(counted()) == 2


def asked_correction(record, claimed, *, is_void=False, key=None):
    actor_id = user_of(record.provider_id).id
    key, wanted = key or uuid4(), Correction(claimed, "人次写错", is_void)
    return in_transaction(lambda: service.correct(record.id, wanted, actor_id=actor_id, request_key=key, now=clock.now()))


def test_a_correction_replaces_the_record_it_names_once_it_is_accepted(db):
    record = written(subsidised=True)
    claimed = replace(service.claimed_of(record), person_times=9)
    key = uuid4()
    report = asked_correction(record, claimed, key=key)
    assert asked_correction(record, claimed, key=key).id == report.id, "a second click"
    assert counted() == {record.id}, "until then the record counts"
    with pytest.raises(RuleViolation, match=report.number):
        asked_correction(record, claimed)

    accepted(report)

    now_counted = the_db.session.scalars(queries.current()).one()
    assert (now_counted.corrects_id, now_counted.person_times, now_counted.subsidised) == (record.id, 9, True)
    with pytest.raises(RuleViolation, match="最新的记录"):
        asked_correction(record, claimed)
    assert [r.id for r in queries.chain_of(record)] == [record.id, now_counted.id]


def test_a_refused_correction_leaves_the_record_as_it_was(db):
    record = written()
    report = asked_correction(record, replace(service.claimed_of(record), person_times=9))
    officer = an_officer()
    in_transaction(lambda: service.refuse(report.id, reason="与签到表不符", actor_id=officer.id, now=clock.now()))

    assert counted() == {record.id}
    assert the_db.session.query(ServiceRecord).count() == 1


def test_a_correction_may_take_a_record_away(db):
    record = written()
    accepted(asked_correction(record, service.claimed_of(record), is_void=True))

    assert counted() == set()


def test_a_draft_can_be_thrown_away_and_a_submitted_report_cannot(db):
    report = a_report(None, a_claim())
    actor_id = user_of(report.provider_id).id
    in_transaction(lambda: service.discard(report.id, actor_id=actor_id))
    assert list(the_db.session.scalars(queries.reports_of(report.provider_id))) == []

    sent = submitted(a_report(None, a_claim()))
    with pytest.raises(RuleViolation, match="草稿"):
        in_transaction(lambda: service.discard(sent.id, actor_id=actor_id))
    with pytest.raises(RuleViolation, match="还没有内容"):
        submitted(a_report())
