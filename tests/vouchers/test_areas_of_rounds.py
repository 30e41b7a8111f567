"""A round lies inside the area whose programme it is, and money is read by whom it concerns."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import update

from marketplace.kernel import clock
from marketplace.kernel.db import in_transaction
from marketplace.kernel.errors import RuleViolation
from marketplace.vouchers.models import Programme
from marketplace.vouchers.rules import rounds as rules
from marketplace.vouchers.service import rounds
from tests.factories import a_programme, a_round, an_appropriation, an_auditor, an_officer

BORTALA = "652700"


def a_plan(area):
    now, today = clock.now(), clock.today()
    return rounds.RoundPlan(
        name="第一批", area_code=area, apply_from_at=now + timedelta(days=1), apply_until_at=now + timedelta(days=2), use_from=today,
        use_until=today + timedelta(days=90), redeem_until=today + timedelta(days=120),
    )  # fmt: skip


@pytest.mark.parametrize("area", ["540000", "540100", "540102", "540171"])
def test_a_round_may_be_held_anywhere_inside(area):
    rules.check_area("540000", area)


@pytest.mark.parametrize(("owner", "area"), [("540000", BORTALA), ("540100", "540200"), ("540100", "540000")])
def test_a_round_is_not_held_outside_its_programmes_area(owner, area):
    with pytest.raises(RuleViolation, match="之内"):
        rules.check_area(owner, area)


def test_a_foreign_round_is_neither_drawn_up_nor_moved_abroad(db):
    programme, today = a_programme(), clock.today()
    with pytest.raises(RuleViolation, match="之内"):
        in_transaction(lambda: rounds.create(programme.id, a_plan(BORTALA), actor_id=None, request_key=uuid4(), today=today))
    row = in_transaction(lambda: rounds.create(programme.id, a_plan("540100"), actor_id=None, request_key=uuid4(), today=today))
    with pytest.raises(RuleViolation, match="之内"):
        in_transaction(lambda: rounds.change(row.id, replace(a_plan("540100"), area_code=BORTALA), actor_id=uuid4(), today=today))


def test_a_round_that_was_drawn_up_abroad_before_gets_no_money_and_is_not_announced(db):
    row = a_round(state="draft")
    db.session.execute(update(Programme).where(Programme.id == row.programme_id).values(area_code=BORTALA))
    with pytest.raises(RuleViolation, match="之内"):
        an_appropriation(row, 100_000)
    with pytest.raises(RuleViolation, match="之内"):
        in_transaction(lambda: rounds.announce(row.id, actor_id=None, now=clock.now()))


def test_the_money_of_a_round_is_read_from_inside_and_below_and_by_auditors_not_by_strangers(browser):
    row = a_round(area="540100", programme=a_programme())
    for user, status in ((an_officer("540000"), 200), (an_officer("540102"), 200), (an_auditor(BORTALA), 200), (an_officer("540200"), 404)):
        browser.sign_in(user)
        for path in ("", "/vouchers", "/vouchers.xlsx"):
            assert browser.knock("GET", f"/office/rounds/{row.id}{path}").status_code == status, (user.login, path)
    browser.sign_in(an_officer(BORTALA))
    page = browser.get(f"/office/programmes/{row.programme_id}")
    assert "未发放" not in page.text, "the rules of a programme are for everybody, its balances are not"
