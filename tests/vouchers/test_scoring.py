"""Applications compared by a panel's points: hidden until all are in, ranked by fractions, the least score held, reasons told."""

from fractions import Fraction
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete
from sqlalchemy.exc import DatabaseError

from marketplace.kernel import clock
from marketplace.kernel.db import by_id, in_transaction
from marketplace.kernel.errors import Conflict, RuleViolation
from marketplace.kernel.money import YUAN
from marketplace.ledger import queries as ledger
from marketplace.policy.programme_file import ProgrammeFileError
from marketplace.vouchers.models import Application, ApplicationScore, Round
from marketplace.vouchers.rules import scoring
from marketplace.vouchers.rules.scoring import Scored
from marketplace.vouchers.rules.states import RoundState
from marketplace.vouchers.service import allotting, panel, rounds
from tests.factories import a_firm, a_round, a_user, an_application, an_officer, user_of
from tests.programmes_of import a_programme_with, spec_of_file
from tests.races import race

OTHER = r"allocation\.(?:mode|waitlist)|unused\.rule"
MODE = '[allocation.mode]\nvalue = "competitive_score"'
SCORERS = "[allocation.scorers]\nvalue = 2"
LEAST = "[allocation.least_score]\nrate_bp = 6_000"
NEED = '[criteria.need]\nlabel = "需求紧迫"\nmost_points = 10\nweight_bp = 7_000'
PLAN = '[criteria.plan]\nlabel = "方案可行"\nmost_points = 3\nweight_bp = 3_000'
REST = ("[allocation.waitlist]\nvalue = true", '[unused.rule]\nvalue = "waitlist_backfill"')
SCORED = (MODE, SCORERS, LEAST, NEED, PLAN, *REST)
SHARE = 10_000 * YUAN
POINTS = st.builds(lambda need, plan: {"need": need, "plan": plan}, st.integers(0, 10), st.integers(0, 3))


@pytest.fixture(scope="module")
def spec():
    return spec_of_file(*SCORED, without=OTHER)


@pytest.mark.parametrize(
    ("sheets", "total", "said"),
    [
        ([{"need": 10, "plan": 3}], 10_000, "100.00"),
        ([{"need": 0, "plan": 1}], 1_000, "10.00"),
        ([{"need": 0, "plan": 1}, {"need": 1, "plan": 0}, {"need": 0, "plan": 0}], Fraction(1_700, 3), "5.66"),
    ],
)
def test_a_score_is_the_mean_of_weighted_shares_and_is_cut_off_only_for_reading(spec, sheets, total, said):
    found = scoring.total_bp(spec, sheets)

    assert (found, scoring.said(found)) == (total, said)


def test_the_weights_decide_who_comes_first():
    first = []
    for need, plan in ((7_000, 3_000), (3_000, 7_000)):
        tables = (NEED.replace("7_000", str(need)), PLAN.replace("3_000", str(plan)))
        of = spec_of_file(MODE, SCORERS, *tables, *REST, without=OTHER)
        urgent, sound = Scored(UUID(int=1), 1, ({"need": 10, "plan": 0},)), Scored(UUID(int=2), 2, ({"need": 0, "plan": 3},))
        first.append(scoring.in_order(of, [urgent, sound])[0])

    assert first == [urgent, sound]


@given(st.lists(st.lists(POINTS, min_size=2, max_size=2), max_size=8))
def test_the_order_falls_with_the_score_and_equals_stand_by_arrival(found):
    of = spec_of_file(*SCORED, without=OTHER)
    scored = [Scored(UUID(int=n), n, tuple(sheets)) for n, sheets in enumerate(found)]

    order = [(-scoring.total_bp(of, one.sheets), one.sequence) for one in scoring.in_order(of, reversed(scored))]

    assert order == sorted(order) and len(order) == len(scored)


@pytest.mark.parametrize(
    ("tables", "key", "word"),
    [
        ((MODE, SCORERS, NEED, *REST), "criteria", "70%"),
        ((MODE, NEED, PLAN, *REST), "allocation.scorers", "不配套"),
        ((MODE, SCORERS, *REST), "criteria", "不配套"),
        ((MODE.replace("competitive_score", "first_come"), NEED, PLAN, *REST), "criteria", "不配套"),
        ((MODE.replace("competitive_score", "first_come"), LEAST, *REST), "allocation.least_score", "不评分"),
    ],
)
def test_scoring_that_does_not_fit_together_is_refused_with_its_key(tables, key, word):
    with pytest.raises(ProgrammeFileError) as refusal:
        spec_of_file(*tables, without=OTHER)

    assert [(one.key, word in one.text()) for one in refusal.value.problems] == [(key, True)]


def a_scored_round(shares=1, count=3, *, close=True):
    round_ = a_round(programme=a_programme_with(*SCORED, without=OTHER), state="claiming", budget_fen=shares * SHARE)
    rows = [an_application(round_, a_firm(), requested_fen=SHARE) for _ in range(count)]
    if close:
        end = by_id(Round, round_.id).apply_until_at
        in_transaction(lambda: rounds.move(round_.id, RoundState.CLOSED, actor_id=None, now=end))
    return by_id(Round, round_.id), rows


def give(row, officer, need, plan=3, reason="按材料评分"):
    sheet = {"need": need, "plan": plan}
    return in_transaction(lambda: panel.score(row.id, sheet, reason=reason, actor_id=officer.id, now=clock.now()))


def publish(round_):
    return in_transaction(lambda: allotting.publish(round_.id, actor_id=None, now=clock.now()))


def test_vouchers_follow_the_scores_below_the_least_nobody_gets_any_and_the_money_adds_up(db):
    round_, rows = a_scored_round(shares=1, count=4)
    both = an_officer(), an_officer()
    for row, needs in zip(rows, ((7, 7), (9, 10), (1, 2), (7, 7)), strict=True):
        for officer, need in zip(both, needs, strict=True):
            give(row, officer, need)

    publish(round_)

    found = [by_id(Application, row.id) for row in rows]
    assert [(row.state.value, row.place) for row in found] == [("waitlisted", 2), ("granted", 1), ("refused", None), ("waitlisted", 3)]
    assert "40.50" in found[2].reason.text() and "60.00" in found[2].reason.text()
    assert ledger.standing(round_.book_id).difference() == 0


def test_nothing_is_published_before_every_sheet_is_in(db):
    round_, rows = a_scored_round(count=2)
    one, other = an_officer(), an_officer()
    for row in rows:
        give(row, one, 8)
    give(rows[0], other, 8)

    assert not allotting.can_publish(round_)
    with pytest.raises(RuleViolation, match="还有 1 件"):
        publish(round_)
    give(rows[1], other, 8)
    assert publish(round_).state is RoundState.PUBLISHED


def test_a_sheet_is_given_once_by_each_of_the_panel_and_never_to_the_own_organisation(db):
    _round, (row,) = a_scored_round(count=1)
    one, own = an_officer(), a_user("officer", organisation=row.enterprise_id)
    with pytest.raises(RuleViolation, match="本单位"):
        give(row, own, 5)
    with pytest.raises(RuleViolation, match="0 到 10"):
        give(row, one, 11)
    give(row, one, 5)
    give(row, one, 5)
    with pytest.raises(Conflict, match="不能改"):
        give(row, one, 6)
    with pytest.raises(Conflict, match="不能改"):
        give(row, one, 5, reason="按评审会意见评分")
    give(row, an_officer(), 6)
    with pytest.raises(RuleViolation, match="评满"):
        give(row, an_officer(), 7)

    with pytest.raises(DatabaseError, match="never changed"), db.session.begin_nested():
        db.session.execute(delete(ApplicationScore))


def test_nobody_scores_while_the_window_is_open(db):
    _round, (row,) = a_scored_round(count=1, close=False)

    with pytest.raises(RuleViolation, match="申领截止后"):
        give(row, an_officer(), 5)


def test_each_sees_the_own_sheet_alone_until_all_are_in_and_the_firm_after_the_results(browser):
    round_, (row, other) = a_scored_round(count=2)
    one, two = an_officer(), an_officer()
    give(row, one, 4)
    browser.sign_in(two)
    address = f"/office/applications/{row.id}"
    assert "需求紧迫 4/10" not in browser.get(address).text

    browser.fill(f"{address}/score", {"points_need": "9", "points_plan": "2", "reason": "方案具体"})

    assert "需求紧迫 9/10" in (page := browser.get(address).text) and "需求紧迫 4/10" not in page
    for officer in (one, two):
        give(other, officer, 8)
    assert "需求紧迫 4/10" in browser.get(address).text
    browser.sign_in(user_of(row.enterprise_id))
    assert "方案具体" not in browser.get(f"/my/applications/{row.id}").text
    publish(round_)
    assert "方案具体" in browser.get(f"/my/applications/{row.id}").text


def test_a_sheet_that_is_wrong_is_shown_again_with_what_is_wrong(browser):
    _round, (row,) = a_scored_round(count=1)
    browser.sign_in(an_officer())
    page = browser.fill(f"/office/applications/{row.id}/score", {"points_need": "99", "points_plan": "2", "reason": "x"}, status=422)

    assert page.select_one("#points_need-error")


@pytest.mark.engines("postgresql")
def test_of_three_who_score_at_once_two_are_in(fresh_app, fresh_db):
    _round, (row,) = a_scored_round(count=1)
    row_id, people = row.id, [an_officer().id for _ in range(3)]

    def press(officer_id):
        sheet = {"need": 5, "plan": 1}
        return in_transaction(lambda: panel.score(row_id, sheet, reason="按材料评分", actor_id=officer_id, now=clock.now()).number)

    answers = race(fresh_app, [lambda one=one: press(one) for one in people])

    assert sorted(isinstance(one, str) for one in answers) == [False, True, True], answers
    assert fresh_db.session.query(ApplicationScore).count() == 2
