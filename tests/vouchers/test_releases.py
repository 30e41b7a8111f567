"""One announced budget that is given out at several moments until it is used up (分次放出，领完为止)."""

from datetime import UTC, datetime, timedelta

import pytest

from marketplace.kernel import clock
from marketplace.kernel.clock import CST
from marketplace.kernel.db import by_id
from marketplace.kernel.errors import RuleViolation
from marketplace.kernel.money import YUAN
from marketplace.policy.programme_file import ProgrammeFileError
from marketplace.vouchers.models import Application, Round
from marketplace.vouchers.queries import parts
from marketplace.vouchers.queries.funds import pool_fen
from marketplace.vouchers.queues import serve
from marketplace.vouchers.release_lines import read, written
from marketplace.vouchers.rules.releases import Release, check, check_sum, held_back_fen
from marketplace.vouchers.rules.states import RoundState
from marketplace.vouchers.sweep import sweep
from tests.factories import a_firm, a_round, an_application, an_officer
from tests.programmes_of import a_programme_with, spec_of_file

RELEASED = (
    "[allocation.releases]\nvalue = true",
    '[allocation.mode]\nvalue = "first_come"',
    "[allocation.results]\nnone = true",
    "[allocation.waitlist]\nvalue = true",
    '[allocation.remainder]\nvalue = "stop"',
)
WITHOUT = "allocation.mode|allocation.results|allocation.waitlist|allocation.remainder"
OPENS = datetime(2026, 3, 1, 10, tzinfo=CST)
WINDOW = (OPENS, OPENS + timedelta(days=10))


def releases(*yuan, opens=OPENS):
    return tuple(Release(opens + timedelta(days=number), amount * YUAN) for number, amount in enumerate(yuan))


def test_what_was_typed_is_read_line_by_line():
    spec = spec_of_file()
    found = read("2026-03-01 10:00 500\n\n2026-03-02 10:00 400.50元", place=spec)
    assert found == (Release(OPENS, 50_000), Release(OPENS + timedelta(days=1), 40_050))
    assert read(written(found, place=spec), place=spec) == found
    for text in ("2026-03-01 500", "2026-13-01 10:00 500", "2026-03-01 10:00 五百", "2026-03-01 10:00"):
        with pytest.raises(ValueError, match="请"):
            read(text, place=spec)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (releases(500), "2 到 24 次"),
        (releases(500, 400)[::-1], "按时间先后"),
        (releases(500, 400, opens=OPENS + timedelta(minutes=1)), "第一次放出应在申领开始时"),
        ((*releases(500), Release(WINDOW[1], 5)), "最后一次应在申领截止前"),
        (releases(500, 0), "应大于 0"),
    ],
)
def test_moments_that_do_not_fit_are_refused(given, words):
    spec = spec_of_file(*RELEASED, without=WITHOUT)
    check(spec, releases(500, 400), WINDOW)
    with pytest.raises(RuleViolation, match=words):
        check(spec, given, WINDOW)
    with pytest.raises(RuleViolation, match="一次放出"):
        check(spec_of_file(), releases(500, 400), WINDOW)
    with pytest.raises(RuleViolation, match=r"合计 900\.00 元，批次资金 1,000\.00 元"):
        check_sum(spec, releases(500, 400), 1_000 * YUAN)


def test_a_file_that_gives_out_at_moments_has_a_queue_in_the_order_of_arrival():
    with pytest.raises(ProgrammeFileError, match="按申领先后"):
        spec_of_file("[allocation.releases]\nvalue = true")


def test_what_is_held_back_ends_on_the_second():
    given = releases(500, 400)
    late = given[1].at.astimezone(UTC)
    assert [held_back_fen(given, late - timedelta(seconds=one)) for one in (1, 0)] == [400 * YUAN, 0]


def test_who_came_too_late_for_one_moment_is_served_at_the_next_in_the_order_of_arrival_and_the_rest_is_told_at_the_end(db):
    opens = clock.now() - timedelta(hours=1)
    programme, row = a_programme_with(*RELEASED, without=WITHOUT), None
    given = (Release(opens, 500 * YUAN), Release(opens + timedelta(hours=6), 500 * YUAN))
    with pytest.raises(RuleViolation, match="各次放出合计"):
        a_round(programme=programme, budget_fen=1_100 * YUAN, state="claiming", opens=opens, releases=given)
    row = a_round(programme=programme, budget_fen=1_000 * YUAN, state="claiming", opens=opens, releases=given)

    made = [an_application(row, a_firm(), requested_fen=300 * YUAN) for _ in range(4)]
    serve(now=clock.now())
    states = lambda: [by_id(Application, one.id).state.value for one in made]  # noqa: E731
    assert states() == ["granted", "waitlisted", "waitlisted", "waitlisted"]
    sweep(now=given[1].at - timedelta(seconds=1))
    assert states() == ["granted", "waitlisted", "waitlisted", "waitlisted"]
    sweep(now=given[1].at)
    assert states() == ["granted", "granted", "granted", "waitlisted"], "what was left of the first moment is given at the second"
    assert parts.budgets(by_id(Round, row.id), given[1].at) == {"": 100 * YUAN}
    assert pool_fen(by_id(Round, row.id)) == 1_000 * YUAN, "a quota only promises"

    after = clock.day_ends(row.use_until) + timedelta(days=1)
    for _ in RoundState:
        sweep(now=after)
    assert by_id(Application, made[3].id).state.value == "refused"
    assert "候补到此为止" in by_id(Application, made[3].id).reason.text()


def test_the_form_of_a_round_asks_when_how_much_is_given_out(browser, db):
    programme = a_programme_with(*RELEASED, without=WITHOUT)
    opens = (clock.now() + timedelta(days=1)).replace(second=0, microsecond=0).astimezone(CST)
    typed = f"{opens:%Y-%m-%d %H:%M} 500\n{opens + timedelta(hours=2):%Y-%m-%d %H:%M} 500"
    days = {name: (opens + timedelta(days=60)).date().isoformat() for name in ("use_until", "redeem_until")}
    window = {name: f"{at:%Y-%m-%dT%H:%M}" for name, at in (("apply_from", opens), ("apply_until", opens + timedelta(days=9)))}
    plan = {"name": "分次", "area_code": "540000", "use_from": opens.date().isoformat(), **window, **days}
    browser.sign_in(an_officer())
    way = f"/office/programmes/{programme.id}/rounds/new"
    assert "请每行写一次放出" in browser.fill(way, plan | {"releases": "明天 500"}, status=422).text
    page = browser.fill(way, plan | {"releases": typed})
    assert f"{opens + timedelta(hours=2):%Y-%m-%d %H:%M}" in page.text
