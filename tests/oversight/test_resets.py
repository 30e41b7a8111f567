"""Money decided soon after a new password raises a signal, once."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from marketplace.audit import service as audit
from marketplace.identity.service import credentials
from marketplace.kernel import clock
from marketplace.kernel.db import in_transaction
from marketplace.oversight.service import resets
from marketplace.risk.models import RiskSignal
from tests.factories import a_finance_officer, an_administrator

NEW = "只有本人知道的口令 2026"


def set_anew(user):
    """A new password by a slip, asked for and confirmed as it should be."""
    how = credentials.Delivery("", 24, mails=False)
    asks, confirms = an_administrator("system_admin"), an_administrator("security_admin")
    row = in_transaction(lambda: credentials.ask(user.id, reason="忘记", actor_id=asks.id, delivery=how, now=clock.now()))
    in_transaction(lambda: credentials.confirm(row.id, actor_id=confirms.id, delivery=how, now=clock.now()))
    _row, code = in_transaction(lambda: credentials.print_slip(row.id, actor_id=asks.id, hours=24, now=clock.now()))
    in_transaction(lambda: credentials.set_by_code(user.login, code, new=NEW, now=clock.now(), address=""))


def decide(user, action="batch.approved"):
    in_transaction(lambda: audit.record(action, actor_id=user.id, subject_type="payment_batch", subject_id=None))


def watch(hours=72, later=timedelta(0)):
    return in_transaction(lambda: resets.watch(clock.now() + later, hours=hours))


def test_money_decided_after_a_new_password_is_named_once(db):
    user = a_finance_officer()
    decide(user)
    set_anew(user)
    assert watch() == 0, "what was decided before is none of it"
    decide(user)
    assert watch() == 1
    assert watch() == 0
    signal = db.session.scalars(select(RiskSignal)).one()
    assert (signal.kind, user.name in signal.reason) == ("decided_after_reset", True)


@pytest.mark.parametrize(("action", "later"), [("user.signed_in", timedelta(0)), ("batch.approved", timedelta(hours=73))])
def test_other_deeds_and_old_passwords_raise_nothing(db, action, later):
    user = a_finance_officer()
    set_anew(user)
    decide(user, action)
    assert watch(later=later) == 0
