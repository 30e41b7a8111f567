"""What a service refuses, the database refuses too: written past the service, on both engines. Older rows stay as they are."""

from contextlib import nullcontext

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import IntegrityError

from marketplace.identity.models import User, UserState
from marketplace.settlement.models import Claim
from marketplace.settlement.spot_rules import SpotFinding
from marketplace.vouchers.models import Programme, Round
from tests.factories import a_programme, a_round, an_officer
from tests.order_factories import a_claim, spot_checked


def refused(db, statement, is_wrong):
    """Whether the database takes a statement; nothing stays of it."""
    with pytest.raises(IntegrityError) if is_wrong else nullcontext(), db.session.begin_nested():
        db.session.execute(statement)
        db.session.flush()


@pytest.mark.parametrize(
    ("owner", "area", "is_wrong"),
    [
        ("540000", "540302", False), ("540000", "652700", True), ("540100", "540102", False), ("540100", "540171", False),
        ("540100", "540200", True), ("540100", "540000", True), ("540102", "540102", False), ("540102", "540103", True),
    ],
)  # fmt: skip
def test_a_round_lies_inside_the_area_of_its_programme(db, owner, area, is_wrong):
    row = a_round(programme=a_programme(area=owner), area=owner)
    refused(db, update(Round).where(Round.id == row.id).values(area_code=area), is_wrong)


def test_a_round_that_stands_abroad_already_may_still_be_brought_to_its_end(db):
    row = a_round()
    db.session.execute(update(Programme).where(Programme.id == row.programme_id).values(area_code="652700"))
    refused(db, update(Round).where(Round.id == row.id).values(state="suspended", state_reason="地区不符"), False)


@pytest.mark.parametrize(("reason", "is_wrong"), [(None, True), ("", True), ("  ", True), ("离职", False)])
def test_nobody_is_stopped_without_a_reason(db, reason, is_wrong):
    user = an_officer()
    refused(db, update(User).where(User.id == user.id).values(state=UserState.SUSPENDED, state_reason=reason), is_wrong)


@pytest.mark.parametrize(
    ("finding", "considered", "is_wrong"),
    [(SpotFinding.BAD, "", True), (SpotFinding.BAD, " ", True), (SpotFinding.BAD, "已逐项核实", False), (SpotFinding.GOOD, "", False)],
)
def test_a_claim_with_a_problem_is_not_approved_without_a_word_on_it(db, finding, considered, is_wrong):
    claim = spot_checked(a_claim(checked=False), finding=finding)
    facts = {"state": "approved", "considered": considered, "approved_fen": claim.requested_fen, "decided_by": an_officer().id}
    refused(db, update(Claim).where(Claim.id == claim.id).values(facts), is_wrong)


def test_the_rules_are_triggers_on_both_engines(db):
    asked = "SELECT tgname FROM pg_trigger" if db.engine.dialect.name == "postgresql" else "SELECT name FROM sqlite_master"
    names = {str(name) for name in db.session.scalars(text(asked))}
    assert {
        one for one in ("rounds_inside", "users_stopped", "claims_considered") if not any(name.startswith(one) for name in names)
    } == set()
