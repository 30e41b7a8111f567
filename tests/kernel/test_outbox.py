"""Mail leaves outside any transaction, once; one that cannot leave is set aside and holds up no other."""

import threading

import pytest

from marketplace.kernel import clock, outbox
from marketplace.kernel.db import Busy, db, in_transaction
from marketplace.kernel.outbox import OutboxMessage, OutboxState
from marketplace.oversight.sweep import sweep
from marketplace.risk.models import RiskSignal


def waiting(subject="通知", recipient="a@example.org"):
    return in_transaction(lambda: outbox.put("email", recipient, subject, "内容")).id


def state_of(message_id):
    return db.session.get(OutboxMessage, message_id, populate_existing=True).state


def test_a_line_break_in_a_subject_leaves_as_a_blank(db):
    message_id = waiting("第一行\r\nBcc: b@example.org")
    assert db.session.get(OutboxMessage, message_id).subject == "第一行 Bcc: b@example.org"


def test_a_message_that_cannot_be_sent_is_set_aside_with_one_finding_and_the_others_leave(db):
    poison, good = waiting(), waiting()
    sent = []

    def sender(message):
        if message.id == poison:
            raise ValueError("Header values may not contain linefeed or carriage return characters")
        sent.append(message.id)

    outbox.dispatch({"email": sender})
    outbox.dispatch({"email": sender})
    assert (sent, state_of(poison), state_of(good)) == ([good], OutboxState.GIVEN_UP, OutboxState.SENT)
    for _ in range(2):
        sweep(clock.now())
    found = db.session.query(RiskSignal).filter_by(kind="message_unsent").all()
    assert [one.subject_id for one in found] == [poison]
    assert "linefeed" in found[0].reason


def test_a_server_that_is_away_is_tried_again_later(db, clock):
    message_id = waiting()

    def away(_message):
        raise OSError("no route")

    assert outbox.dispatch({"email": away}) == 0
    assert state_of(message_id) is OutboxState.WAITING
    clock.shift(minutes=3)
    assert outbox.dispatch({"email": lambda _message: None}) == 1


def test_a_mark_that_is_lost_does_not_send_twice(db, monkeypatch):
    message_id, sent = waiting(), []
    real = outbox._mark

    def lost(*_args, **_values):
        raise Busy

    monkeypatch.setattr(outbox, "_mark", lost)
    with pytest.raises(Busy):
        outbox.dispatch({"email": lambda message: sent.append(message.id)})
    monkeypatch.setattr(outbox, "_mark", real)
    outbox.dispatch({"email": lambda message: sent.append(message.id)})
    assert (sent, state_of(message_id)) == ([message_id], OutboxState.SENT)


def test_while_a_slow_server_takes_its_time_others_write(fresh_app):
    with fresh_app.app_context():
        waiting()
        wrote = threading.Event()

        def write():
            with fresh_app.app_context():
                in_transaction(lambda: outbox.put("sms", "1", "写", "写"))
                wrote.set()
                db.session.remove()

        def slow(_message):
            thread = threading.Thread(target=write)
            thread.start()
            thread.join(3)

        assert outbox.dispatch({"email": slow}) == 1
        assert wrote.is_set()
        db.session.remove()
