"""The register: what is counted once, what takes another's place."""

from datetime import date
from uuid import uuid4

import pytest

from marketplace.audit.models import AuditEvent
from marketplace.enterprises.models import ReviewState, Title
from marketplace.kernel.db import db as the_db
from marketplace.kernel.db import in_transaction
from marketplace.policy.fees import FeeKind
from marketplace.policy.programme_words import ServiceFunction
from marketplace.records import queries, service
from marketplace.records.models import ServiceRecord
from marketplace.records.rules import EvidenceGrade, Mode, RecordSource
from tests.factories import a_firm, a_provider


def written(**facts):
    provider_id = facts.pop("provider_id", None) or a_provider().id
    enterprise_id = facts.pop("enterprise_id", None) or a_firm().id
    usual = {
        "function": "technology",
        "category": "testing",
        "title": "瓶坯检测",
        "mode": "offline",
        "fee_kind": "standard",
        "fee_fen": 300_000,
        "delivered_on": date(2026, 3, 10),
        "source_kind": "order",
        "source_id": uuid4(),
        "source_number": "DD-TEST",
    }
    told = usual | facts
    today = told.pop("today", date(2026, 3, 16))
    words = {"function": ServiceFunction, "mode": Mode, "fee_kind": FeeKind, "source_kind": RecordSource, "evidence_grade": EvidenceGrade}
    told |= {key: words[key](told[key]) for key in words.keys() & told.keys()}
    one = service.Delivered(provider_id=provider_id, enterprise_id=enterprise_id, **told)
    return in_transaction(lambda: service.write(one, today=today))


def counted():
    return set(the_db.session.scalars(queries.current().with_only_columns(ServiceRecord.id)))


def test_a_source_is_counted_once_and_a_repeat_answers_the_same_record(db):
    order_id, provider, firm = uuid4(), a_provider(), a_firm(region="540202")

    first = written(provider_id=provider.id, enterprise_id=firm.id, source_id=order_id)
    again = written(provider_id=provider.id, enterprise_id=firm.id, source_id=order_id)

    assert first.id == again.id
    assert first.region_code == "540202"
    events = db.session.query(AuditEvent).filter_by(action="record.written", subject_id=first.id).all()
    assert len(events) == 1


def test_a_correction_takes_the_place_of_the_record_it_names(db):
    wrong = written()
    right = written(
        provider_id=wrong.provider_id, enterprise_id=wrong.enterprise_id, fee_fen=200_000, source_kind="report", corrects_id=wrong.id
    )

    assert counted() == {right.id}


def test_a_record_taken_back_counts_no_more(db):
    wrong = written()
    written(provider_id=wrong.provider_id, enterprise_id=wrong.enterprise_id, source_kind="report", corrects_id=wrong.id, is_void=True)

    assert counted() == set()


def test_an_order_takes_the_place_of_the_same_service_reported_before(db):
    reported = written(source_kind="report", evidence_grade="reviewed")
    ordered = written(provider_id=reported.provider_id, enterprise_id=reported.enterprise_id)

    assert ordered.corrects_id == reported.id
    assert counted() == {ordered.id}


def test_two_orders_of_one_day_are_two_services(db):
    first = written()
    second = written(provider_id=first.provider_id, enterprise_id=first.enterprise_id)

    assert counted() == {first.id, second.id}


def test_what_decided_on_the_day_stands_with_the_record(db):
    firm = a_firm(size="small")
    record = written(enterprise_id=firm.id)
    firm.size_class, firm.organisation.region_code = "large", "540202"
    db.session.commit()

    corrected = written(provider_id=record.provider_id, enterprise_id=firm.id, source_kind="report", corrects_id=record.id)
    later = written(provider_id=record.provider_id, enterprise_id=firm.id)

    assert [(one.firm_size, one.firm_facts_from, one.firm_facts_on) for one in (record, corrected, later)] == [
        ("small", "record", date(2026, 3, 16)), ("small", "record", date(2026, 3, 16)), ("large", "record", date(2026, 3, 16)),
    ]  # fmt: skip
    assert corrected.region_code == record.region_code != later.region_code


@pytest.mark.parametrize(("day", "held"), [(date(2026, 3, 10), ["specialised"]), (date(2026, 1, 31), [])])
def test_titles_count_by_the_day_of_the_service(db, day, held):
    firm = a_firm()
    db.session.add(Title(organisation_id=firm.id, kind="specialised", valid_from=date(2026, 2, 1), state=ReviewState.ACCEPTED))
    db.session.commit()

    assert written(enterprise_id=firm.id, delivered_on=day).firm_titles == held


def test_a_simulated_record_counts_nowhere_takes_nobodys_place_and_stays_what_it_is(db):
    provider, firm = a_provider(), a_firm()
    parties = {"provider_id": provider.id, "enterprise_id": firm.id}
    reported = written(**parties, source_kind="report")
    played = written(**parties, simulated=True)
    assert counted() == {reported.id} and played.corrects_id is None

    again = written(**parties, source_kind="report", corrects_id=played.id, fee_fen=1)
    assert again.simulated and counted() == {reported.id}
    own = db.session.scalars(queries.register_of(provider.id, queries.RecordFilter())).all()
    assert {row.id for row in own} == {reported.id, again.id}
