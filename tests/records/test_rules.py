"""Provider reports: what a row must say, what counts as the same service, and where a report may go."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.kernel.errors import RuleViolation
from marketplace.records import rules
from marketplace.records.rules import EventKind, FeeKind, FunctionKind, Mode, Neighbour, RecordKind, RecordSource, ReportRow, ReportState

TODAY = date(2026, 3, 16)
FIRM, OFFERING, PROVIDER = uuid4(), uuid4(), uuid4()

A_SERVICE = ReportRow(
    kind=RecordKind.SERVICE,
    function=FunctionKind.TECHNOLOGY,
    mode=Mode.OFFLINE,
    fee_kind=FeeKind.STANDARD,
    served_on=date(2026, 3, 10),
    person_times=3,
    fee_fen=500_000,
    enterprise_id=FIRM,
    offering_id=OFFERING,
    evidence=1,
)
AN_EVENT = replace(
    A_SERVICE,
    kind=RecordKind.EVENT,
    function=FunctionKind.FINANCE,
    fee_kind=FeeKind.PUBLIC_BENEFIT,
    fee_fen=0,
    enterprise_id=None,
    offering_id=None,
    event_kind=EventKind.BANK_MATCHING,
    title="三月银企对接会",
)


@pytest.mark.parametrize(
    "row", [A_SERVICE, AN_EVENT, replace(A_SERVICE, served_on=TODAY), replace(A_SERVICE, fee_kind=FeeKind.LOW_FEE, fee_fen=0)]
)
def test_a_whole_row_passes(row):
    rules.check_row(row, today=TODAY)


@pytest.mark.parametrize(
    ("row", "field", "says"),
    [
        pytest.param(replace(A_SERVICE, served_on=TODAY + timedelta(days=1)), "served_on", "晚于今天", id="in the future"),
        pytest.param(replace(A_SERVICE, person_times=0), "person_times", "人次", id="nobody served"),
        pytest.param(replace(A_SERVICE, person_times=-5), "person_times", "人次", id="fewer than nobody"),
        pytest.param(replace(A_SERVICE, person_times=100_001), "person_times", "人次", id="slip of the keyboard"),
        pytest.param(replace(A_SERVICE, fee_fen=-1), "fee", "负数", id="negative fee"),
        pytest.param(replace(A_SERVICE, fee_fen=10**16), "fee", "上限", id="over-long fee"),
        pytest.param(replace(A_SERVICE, fee_kind=FeeKind.PUBLIC_BENEFIT), "fee", "不收费", id="public benefit with a fee"),
        pytest.param(replace(A_SERVICE, fee_fen=0), "fee", "标准收费", id="standard fee of nothing"),
        pytest.param(replace(A_SERVICE, enterprise_id=None), "enterprise_id", "企业", id="service to nobody"),
        pytest.param(replace(A_SERVICE, evidence=0), "evidence", "佐证", id="no evidence"),
        pytest.param(replace(AN_EVENT, event_kind=None), "event_kind", "活动类型", id="event of no kind"),
        pytest.param(replace(AN_EVENT, title="  "), "title", "活动名称", id="event without a name"),
    ],
)
def test_a_row_that_is_wrong_is_refused_at_its_field(row, field, says):
    with pytest.raises(RuleViolation, match=says) as refused:
        rules.check_row(row, today=TODAY)
    assert refused.value.field == field


def test_days_before_the_open_year_come_in_by_import_only():
    first = date(2026, 1, 1)
    rules.check_row(replace(A_SERVICE, served_on=first), today=TODAY, open_from=first)
    with pytest.raises(RuleViolation, match="历史台账导入"):
        rules.check_row(replace(A_SERVICE, served_on=date(2025, 12, 31)), today=TODAY, open_from=first)


def an_order(**changed):
    return replace(Neighbour("R-1", RecordSource.ORDER, A_SERVICE.served_on, OFFERING), **changed)


@pytest.mark.parametrize(
    ("row", "other"),
    [
        pytest.param(A_SERVICE, an_order(), id="the same offering on the same day"),
        pytest.param(replace(A_SERVICE, offering_id=None), an_order(), id="a report that leaves the offering out"),
        pytest.param(A_SERVICE, an_order(offering_id=None, source=RecordSource.REPORT), id="an earlier report without offering"),
        pytest.param(
            AN_EVENT, Neighbour("R-2", RecordSource.EVENT, AN_EVENT.served_on, title="三月 银企对接会"), id="the same event, spaces aside"
        ),
    ],
)
def test_a_report_that_repeats_a_record_is_refused_and_names_it(row, other):
    with pytest.raises(RuleViolation, match=other.id) as refused:
        rules.check_no_duplicate(row, [an_order(served_on=date(2026, 1, 1)), other])
    assert refused.value.code == "duplicate_record"
    assert rules.SOURCE_LABELS[other.source] in refused.value.text()


@pytest.mark.parametrize(
    ("row", "other"),
    [
        pytest.param(A_SERVICE, an_order(offering_id=uuid4()), id="another offering"),
        pytest.param(A_SERVICE, an_order(served_on=date(2026, 3, 9)), id="another day"),
        pytest.param(AN_EVENT, Neighbour("R-2", RecordSource.EVENT, AN_EVENT.served_on, title="三月融资讲座"), id="another event"),
    ],
)
def test_another_service_is_no_duplicate(row, other):
    rules.check_no_duplicate(row, [other])
    rules.check_no_duplicate(row, [])


KEY = {
    "provider_id": PROVIDER,
    "enterprise_id": FIRM,
    "served_on": date(2026, 3, 10),
    "function": FunctionKind.TECHNOLOGY,
    "offering_id": OFFERING,
}


@given(
    changed=st.sampled_from(
        [
            {"provider_id": UUID(int=1)},
            {"enterprise_id": UUID(int=2)},
            {"served_on": date(2026, 3, 11)},
            {"function": FunctionKind.FINANCE},
            {"offering_id": None},
            {"enterprise_id": None, "title": "会"},
        ]
    )
)
def test_the_key_changes_with_every_part(changed):
    assert rules.service_key(**KEY) != rules.service_key(**(KEY | changed))


def test_the_key_ignores_the_title_of_a_service_and_the_spaces_of_an_event():
    assert rules.service_key(**KEY) == rules.service_key(**KEY, title="别的说法")
    event = KEY | {"enterprise_id": None, "offering_id": None}
    assert rules.service_key(**event, title="对接会 A") == rules.service_key(**event, title="对接会a")


ALLOWED = {
    (ReportState.DRAFT, ReportState.SUBMITTED),
    (ReportState.SUBMITTED, ReportState.ACCEPTED),
    (ReportState.SUBMITTED, ReportState.RETURNED),
    (ReportState.SUBMITTED, ReportState.REFUSED),
    (ReportState.RETURNED, ReportState.SUBMITTED),
    (ReportState.ACCEPTED, ReportState.CORRECTED),
}


@pytest.mark.parametrize("current", ReportState)
@pytest.mark.parametrize("wanted", ReportState)
def test_a_report_goes_only_where_it_may(current, wanted):
    if (current, wanted) in ALLOWED:
        rules.check_transition(current, wanted, reason="佐证不清")
        return
    with pytest.raises(RuleViolation, match=rules.STATE_LABELS[wanted]):
        rules.check_transition(current, wanted, reason="佐证不清")


@pytest.mark.parametrize("wanted", [ReportState.RETURNED, ReportState.REFUSED])
def test_what_is_returned_or_refused_carries_a_reason(wanted):
    with pytest.raises(RuleViolation, match="理由"):
        rules.check_transition(ReportState.SUBMITTED, wanted, reason="  ")


def test_only_a_draft_or_a_returned_report_is_changed_in_place():
    for state in (ReportState.DRAFT, ReportState.RETURNED):
        rules.check_editable(state)
    for state in (ReportState.SUBMITTED, ReportState.ACCEPTED, ReportState.REFUSED, ReportState.CORRECTED):
        with pytest.raises(RuleViolation, match="更正"):
            rules.check_editable(state)


def test_every_word_has_a_label():
    for words, labels in [
        (FunctionKind, rules.FUNCTION_LABELS),
        (Mode, rules.MODE_LABELS),
        (FeeKind, rules.FEE_LABELS),
        (RecordKind, rules.RECORD_KIND_LABELS),
        (EventKind, rules.EVENT_LABELS),
        (RecordSource, rules.SOURCE_LABELS),
        (ReportState, rules.STATE_LABELS),
    ]:
        assert set(words) == set(labels)
