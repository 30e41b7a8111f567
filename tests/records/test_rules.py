"""Provider reports: what a row must say, what counts as the same service, and where a report may go."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.kernel.errors import RuleViolation
from marketplace.policy.fees import FeeKind
from marketplace.policy.programme_words import ServiceFunction
from marketplace.records import rules
from marketplace.records.rules import ActivityKind, Claimed, Mode, Neighbour, RecordSource, ReportState
from tests.kernel.test_normal_text import EVENTS

TODAY = date(2026, 3, 16)
FIRM, PROVIDER = uuid4(), uuid4()

A_SERVICE = Claimed(
    enterprise_id=FIRM,
    function=ServiceFunction.TECHNOLOGY,
    mode=Mode.OFFLINE,
    fee_kind=FeeKind.STANDARD,
    delivered_on=date(2026, 3, 10),
    person_times=3,
    fee_fen=500_000,
    title="瓶坯气密性检测",
    category="testing",
)
AT_AN_EVENT = replace(
    A_SERVICE,
    function=ServiceFunction.FINANCE,
    fee_kind=FeeKind.PUBLIC_BENEFIT,
    fee_fen=0,
    category="",
    activity="三月银企对接会",
    activity_kind=ActivityKind.BANK_MATCHING,
)


@pytest.mark.parametrize(
    "row", [A_SERVICE, AT_AN_EVENT, replace(A_SERVICE, delivered_on=TODAY), replace(A_SERVICE, fee_kind=FeeKind.LOW_FEE, fee_fen=0)]
)
def test_a_whole_row_passes(row):
    rules.check_row(row, today=TODAY)


@pytest.mark.parametrize(
    ("row", "field", "says"),
    [
        pytest.param(replace(A_SERVICE, title=" "), "title", "服务内容", id="nothing said"),
        pytest.param(replace(A_SERVICE, delivered_on=TODAY + timedelta(days=1)), "delivered_on", "晚于今天", id="in the future"),
        pytest.param(replace(A_SERVICE, person_times=0), "person_times", "人次", id="nobody served"),
        pytest.param(replace(A_SERVICE, person_times=-5), "person_times", "人次", id="fewer than nobody"),
        pytest.param(replace(A_SERVICE, person_times=100_001), "person_times", "人次", id="slip of the keyboard"),
        pytest.param(replace(A_SERVICE, fee_fen=-1), "fee", "负数", id="negative fee"),
        pytest.param(replace(A_SERVICE, fee_fen=10**16), "fee", "上限", id="over-long fee"),
        pytest.param(replace(A_SERVICE, fee_kind=FeeKind.PUBLIC_BENEFIT), "fee", "不收费", id="public benefit with a fee"),
        pytest.param(replace(A_SERVICE, fee_fen=0), "fee", "标准收费", id="standard fee of nothing"),
        pytest.param(replace(AT_AN_EVENT, activity_kind=None), "activity_kind", "活动类型", id="event of no kind"),
        pytest.param(replace(AT_AN_EVENT, activity="  "), "activity", "活动名称", id="event without a name"),
    ],
)
def test_a_row_that_is_wrong_is_refused_at_its_field(row, field, says):
    with pytest.raises(RuleViolation, match=says) as refused:
        rules.check_row(row, today=TODAY)
    assert refused.value.field == field


def test_days_before_the_open_year_come_in_by_import_only():
    first = date(2026, 1, 1)
    rules.check_row(replace(A_SERVICE, delivered_on=first), today=TODAY, open_from=first)
    with pytest.raises(RuleViolation, match="历史台账导入"):
        rules.check_row(replace(A_SERVICE, delivered_on=date(2025, 12, 31)), today=TODAY, open_from=first)


def an_order(**changed):
    return replace(Neighbour("R-1", RecordSource.ORDER, A_SERVICE.delivered_on, "testing"), **changed)


AN_EVENT_ROW = Neighbour("R-2", RecordSource.ACTIVITY, AT_AN_EVENT.delivered_on, activity="三月 银企对接会")


@pytest.mark.parametrize(
    ("row", "other"),
    [
        pytest.param(A_SERVICE, an_order(), id="the same category on the same day"),
        pytest.param(replace(A_SERVICE, category=""), an_order(), id="a report that leaves the category out"),
        pytest.param(A_SERVICE, an_order(category="", source=RecordSource.REPORT), id="an earlier report without category"),
        pytest.param(AT_AN_EVENT, AN_EVENT_ROW, id="the same event, spaces aside"),
    ],
)
def test_a_report_that_repeats_a_record_is_refused_and_names_it(row, other):
    with pytest.raises(RuleViolation, match=other.id) as refused:
        rules.check_no_duplicate(row, [an_order(delivered_on=date(2026, 1, 1)), other])
    assert refused.value.code == "duplicate_record"
    assert other.source.label in refused.value.text()


@pytest.mark.parametrize(
    ("row", "other"),
    [
        pytest.param(A_SERVICE, an_order(category="ip"), id="another category"),
        pytest.param(A_SERVICE, an_order(delivered_on=date(2026, 3, 9)), id="another day"),
        pytest.param(AT_AN_EVENT, replace(AN_EVENT_ROW, activity="三月融资讲座"), id="another event"),
        pytest.param(A_SERVICE, AN_EVENT_ROW, id="a service beside an event"),
    ],
)
def test_another_service_is_no_duplicate(row, other):
    rules.check_no_duplicate(row, [other])
    rules.check_no_duplicate(row, [])


@pytest.mark.parametrize(("days", "found"), [(0, 0), (1, 1), (-15, 1), (16, 0)])
def test_the_reviewer_is_shown_the_same_service_a_few_days_off(days, found):
    other = an_order(delivered_on=A_SERVICE.delivered_on + timedelta(days=days))
    findings = rules.near_findings(A_SERVICE, [other, an_order(category="ip", delivered_on=date(2026, 3, 11))])
    assert len(findings) == found
    assert all("R-1" in f.text() for f in findings)


KEY = {
    "provider_id": PROVIDER,
    "enterprise_id": FIRM,
    "delivered_on": date(2026, 3, 10),
    "function": ServiceFunction.TECHNOLOGY,
    "category": "testing",
}


@given(
    changed=st.sampled_from(
        [
            {"provider_id": UUID(int=1)},
            {"enterprise_id": UUID(int=2)},
            {"delivered_on": date(2026, 3, 11)},
            {"function": ServiceFunction.FINANCE},
            {"category": "ip"},
            {"activity": "testing"},
        ]
    )
)
def test_the_key_changes_with_every_part(changed):
    assert rules.service_key(**KEY) != rules.service_key(**(KEY | changed))


@pytest.mark.parametrize(("one", "other"), EVENTS)
def test_the_key_is_the_same_however_an_event_is_spelt(one, other):
    assert rules.service_key(**KEY, activity=one) == rules.service_key(**KEY, activity=other)


@pytest.mark.parametrize(("one", "other"), EVENTS)
def test_a_row_of_an_event_is_the_same_however_it_is_spelt(one, other):
    neighbour = Neighbour("1", RecordSource.REPORT, AT_AN_EVENT.delivered_on, "", other)
    assert rules.is_same_service(replace(AT_AN_EVENT, activity=one), neighbour)


def test_only_a_draft_or_a_returned_report_is_changed_in_place():
    for state in (ReportState.DRAFT, ReportState.RETURNED):
        rules.check_editable(state)
    for state in (ReportState.SUBMITTED, ReportState.ACCEPTED, ReportState.REFUSED):
        with pytest.raises(RuleViolation, match="更正"):
            rules.check_editable(state)
