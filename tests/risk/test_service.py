from uuid import uuid4

import pytest

from marketplace.audit.queries import of_subject
from marketplace.kernel import clock
from marketplace.kernel.db import db as the_db
from marketplace.kernel.db import in_transaction
from marketplace.kernel.errors import Conflict, NotFound, RuleViolation
from marketplace.risk import queries, service
from marketplace.risk.models import RiskSignal, Severity, SignalState
from marketplace.risk.queries import SignalFilter
from marketplace.risk.service import Signal
from tests.factories import an_officer

EXPLAINED = {"verdict": SignalState.EXPLAINED, "answer": "已核对，情况正常。"}


def raised(subject_id=None, *, kind="related_party", region="540102", severity=Severity.WARNING):
    subject_id = subject_id or uuid4()
    found = Signal(kind, severity, "order", subject_id, "法定代表人相同", {"number": "DD-1"}, region)
    is_new = in_transaction(lambda: service.raise_signal(found, now=clock.now()))
    return the_db.session.query(RiskSignal).filter_by(subject_id=subject_id).order_by(RiskSignal.raised_at.desc()).all(), is_new


def close(signal, actor_id=None, **settings):
    return in_transaction(
        lambda: service.close_signal(signal.id, actor_id=actor_id or uuid4(), now=clock.now(), **{**EXPLAINED, **settings})
    )


def test_a_signal_is_raised_once_for_a_kind_and_a_subject(db):
    (signal,), first = raised()
    found, again = raised(signal.subject_id)
    assert (first, again) == (True, False)
    assert [one.id for one in found] == [signal.id]
    assert len(raised(signal.subject_id, kind="split_contracts")[0]) == 2


def test_a_closed_signal_keeps_its_answer_when_the_check_finds_it_again(db):
    (signal,), _ = raised()
    close(signal)
    (found,), is_new = raised(signal.subject_id)
    assert not is_new
    assert found.state is SignalState.EXPLAINED


def test_closing_says_who_what_and_when_and_leaves_a_trail(db):
    (signal,), _ = raised()
    officer = uuid4()

    closed = close(signal, officer, verdict=SignalState.CONFIRMED, answer="  已查实，另案处理。 ")

    assert (closed.state, closed.answer, closed.closed_by) == (SignalState.CONFIRMED, "已查实，另案处理。", officer)
    assert closed.closed_at is not None
    assert [event.action for event in of_subject(signal.id)] == ["signal.confirmed"]


@pytest.mark.parametrize("verdict", [SignalState.EXPLAINED, SignalState.CONFIRMED])
def test_a_signal_is_closed_once_and_whoever_comes_later_hears_by_whom(db, verdict):
    (signal,), _ = raised()
    officer = an_officer()
    close(signal, officer.id)
    with pytest.raises(Conflict, match=f"{officer.name}.*已说明"):
        close(signal, officer.id, verdict=verdict)
    assert len(of_subject(signal.id)) == 1


@pytest.mark.parametrize(
    ("typed", "says"),
    [({"verdict": SignalState.OPEN}, "请选择核查结论"), ({"answer": " 好 "}, "不少于 4 个字"), ({"answer": ""}, "不少于 4 个字")],
)
def test_a_signal_is_not_closed_without_a_verdict_and_words(db, typed, says):
    (signal,), _ = raised()
    with pytest.raises(RuleViolation) as refusal:
        close(signal, **typed)
    assert says in refusal.value.text()
    assert queries.signal(signal.id, None).state is SignalState.OPEN


def test_an_unknown_signal_is_not_found(db):
    with pytest.raises(NotFound):
        in_transaction(lambda: service.close_signal(uuid4(), actor_id=uuid4(), now=clock.now(), **EXPLAINED))


def test_signals_are_seen_by_area_those_without_a_place_by_everybody(db):
    (here,), _ = raised(region="540102")
    (there,), _ = raised(region="652701")
    (anywhere,), _ = raised(region=None)

    def seen(areas):
        return {signal.id for signal in db.session.scalars(queries.signals(areas, SignalFilter()))} & {here.id, there.id, anywhere.id}

    assert seen(None) == {here.id, there.id, anywhere.id}
    assert seen(("540000",)) == {here.id, anywhere.id}
    assert seen(("540100",)) == {here.id, anywhere.id}
    assert seen(("652700",)) == {there.id, anywhere.id}
