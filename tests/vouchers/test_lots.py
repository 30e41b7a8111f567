"""Vouchers drawn by lot: the seed committed to, the list closed with the window, and an order that anybody repeats from what is public."""

import hashlib
import re
from datetime import timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, update
from sqlalchemy.exc import DatabaseError

from marketplace.kernel import clock, draw
from marketplace.kernel.db import by_id, in_transaction, locked
from marketplace.kernel.errors import RuleViolation
from marketplace.kernel.money import YUAN
from marketplace.ledger import queries as ledger
from marketplace.policy.programme_file import ProgrammeFileError
from marketplace.vouchers.lot_models import Lot, Lottery
from marketplace.vouchers.models import Application, Round
from marketplace.vouchers.queries import lots
from marketplace.vouchers.rules.states import ApplicationDecision, ApplicationState, RoundState
from marketplace.vouchers.service import allotting, applications, reviewing, rounds
from marketplace.vouchers.sweep import sweep
from tests.factories import a_firm, a_round, an_application, an_officer, user_of
from tests.programmes_of import a_programme_with, spec_of_file
from tests.races import race

OTHER = r"allocation\.(?:mode|results|waitlist)|unused\.rule"
RESULTS = '[allocation.results]\ndays = 2\nday_kind = "working"'
WAITING = "[allocation.waitlist]\nvalue = true"
BACK_FILL = '[unused.rule]\nvalue = "waitlist_backfill"'
LOTTERY = ('[allocation.mode]\nvalue = "lottery"', RESULTS, WAITING, BACK_FILL)
SHARE = 10_000 * YUAN
NUMBERS = st.lists(st.text("ABCDEFGH0123456789", min_size=1, max_size=8), unique=True, max_size=30)


def a_drawn_round(state="claiming", shares=2):
    return a_round(programme=a_programme_with(*LOTTERY, without=OTHER), state=state, budget_fen=shares * SHARE)


def applied(round_, count):
    return [an_application(round_, a_firm(), requested_fen=SHARE) for _ in range(count)]


def move(round_, state, at=None):
    now = at or by_id(Round, round_.id).apply_until_at
    return in_transaction(lambda: rounds.move(round_.id, state, actor_id=None, now=now))


def closed(round_):
    return move(round_, RoundState.CLOSED)


def published(round_):
    now = by_id(Round, round_.id).apply_until_at + timedelta(hours=1)
    return in_transaction(lambda: allotting.publish(round_.id, actor_id=None, now=now))


def states(rows):
    return [by_id(Application, row.id).state.value for row in rows]


@given(NUMBERS)
def test_an_order_follows_from_seed_and_names_alone_and_each_name_comes_once(names):
    seed = "ab" * 32

    order = draw.in_order(seed, names)

    assert order == draw.in_order(seed, reversed(names)) and sorted(order) == sorted(names)
    scope = {"lots": names}
    exec(draw.recipe(seed, draw.commitment(seed)), scope)
    assert scope["order"] == order


def test_another_seed_draws_another_order():
    names = [f"SL{n}" for n in range(20)]

    assert draw.in_order("01" * 32, names) != draw.in_order("02" * 32, names)


@pytest.mark.parametrize(
    ("tables", "key", "word"),
    [
        ([LOTTERY[0], "[allocation.results]\nnone = true", WAITING, BACK_FILL], "allocation.results", "先公开签号清单"),
        ([*LOTTERY, '[allocation.priority]\nvalue = ["medium"]'], "allocation.priority", "不配套"),
    ],
)
def test_rules_of_a_draw_that_do_not_fit_are_refused_with_their_key(tables, key, word):
    with pytest.raises(ProgrammeFileError) as refusal:
        spec_of_file(*tables, without=OTHER)

    assert [(one.key, word in one.text()) for one in refusal.value.problems] == [(key, True)]


def test_vouchers_follow_the_order_of_the_lots_and_the_money_adds_up(db):
    round_ = a_drawn_round()
    rows = applied(round_, 5)
    closed(round_)

    published(round_)

    row = lots.lottery_of(round_.id)
    order = draw.in_order(row.seed, [one.number for one in rows])
    by_place = sorted(rows, key=lambda one: order.index(one.number))
    assert states(by_place) == ["granted", "granted", "waitlisted", "waitlisted", "waitlisted"]
    assert [by_id(Application, one.id).place for one in by_place] == [1, 2, 3, 4, 5]
    assert ledger.standing(round_.programme.book_id).difference() == 0
    assert published(round_).state is RoundState.PUBLISHED, "a repeat changes nothing"


def test_a_lot_that_was_withdrawn_or_refused_is_passed_over_and_moves_nobody(db):
    round_ = a_drawn_round(shares=3)
    rows = applied(round_, 4)
    closed(round_)
    order = draw.in_order(lots.lottery_of(round_.id).seed, [one.number for one in rows])
    first, second, third, fourth = sorted(rows, key=lambda one: order.index(one.number))
    in_transaction(lambda: applications.withdraw(first.id, first.enterprise_id, actor_id=user_of(first.enterprise_id).id))
    refused(second)

    published(round_)

    assert states([first, second, third, fourth]) == ["withdrawn", "refused", "granted", "granted"]
    assert [by_id(Application, one.id).place for one in (third, fourth)] == [3, 4]
    assert [(place, name) for place, name in lots.listed(round_.id)] == list(enumerate(order, start=1))


def refused(row):
    moment = {"actor_id": an_officer().id, "now": clock.now()}
    in_transaction(lambda: reviewing.decide(row.id, reviewing.Reviewed(ApplicationDecision.REFUSE, "材料不符"), **moment))


def appealed_and_upheld(row):
    moment = {"now": clock.now()}
    firm_user, officer = user_of(row.enterprise_id), an_officer()
    in_transaction(lambda: applications.appeal(row.id, row.enterprise_id, "材料相符", actor_id=firm_user.id, **moment))
    in_transaction(lambda: reviewing.answer_appeal(row.id, upheld=True, answer="确实相符", actor_id=officer.id, **moment))


def test_a_late_application_is_refused_and_one_that_was_withdrawn_in_time_has_no_lot(db):
    round_ = a_drawn_round()
    row, gone = applied(round_, 2)
    in_transaction(lambda: applications.withdraw(gone.id, gone.enterprise_id, actor_id=user_of(gone.enterprise_id).id))
    late, firm = by_id(Round, round_.id).apply_until_at, a_firm()
    wish = applications.Wish(requested_fen=SHARE, plan="测试")
    asked = {"actor_id": user_of(firm).id, "request_key": uuid4(), "now": late}

    with pytest.raises(RuleViolation, match="不能申领"):
        in_transaction(lambda: applications.apply(round_.id, firm.id, wish, **asked))
    closed(round_)

    assert lots.listed(round_.id) == [(None, row.number)]


@pytest.mark.parametrize("is_closed", [False, True], ids=["while the window is open", "after the list was closed"])
def test_an_appeal_upheld_before_the_results_grants_nothing_and_leaves_its_lot_in_the_draw(db, is_closed):
    round_ = a_drawn_round(shares=1)
    row, other = applied(round_, 2)
    if is_closed:
        closed(round_)
    refused(row)
    appealed_and_upheld(row)

    assert by_id(Application, row.id).state is ApplicationState.SUBMITTED
    if not is_closed:
        closed(round_)
    published(round_)

    order = draw.in_order(lots.lottery_of(round_.id).seed, [row.number, other.number])
    expected = {order[0]: "granted", order[1]: "waitlisted"}
    assert {one.number: state for one, state in zip((row, other), states([row, other]), strict=True)} == expected


def test_an_appeal_answered_after_the_draw_takes_the_place_of_its_lot(db):
    round_ = a_drawn_round(shares=4)
    rows = applied(round_, 3)
    refused(rows[0])
    closed(round_)
    published(round_)

    appealed_and_upheld(rows[0])

    order = draw.in_order(lots.lottery_of(round_.id).seed, [one.number for one in rows])
    row = by_id(Application, rows[0].id)
    assert (row.state, row.place) == (ApplicationState.GRANTED, order.index(row.number) + 1)


def test_an_appeal_upheld_before_results_in_a_queue_waits_for_them_too(db):
    queued = (LOTTERY[0].replace("lottery", "first_come"), *LOTTERY[1:])
    round_ = a_round(programme=a_programme_with(*queued, without=OTHER), state="claiming")
    (row,) = applied(round_, 1)
    refused(row)

    appealed_and_upheld(row)

    assert by_id(Application, row.id).state is ApplicationState.SUBMITTED


def test_a_draw_without_a_commitment_is_refused_and_nothing_is_done(db):
    round_ = a_drawn_round()
    applied(round_, 1)
    in_transaction(lambda: db.session.execute(delete(Lottery).where(Lottery.round_id == round_.id)))

    with pytest.raises(RuleViolation, match="没有封存摇号种子"):
        closed(round_)

    assert by_id(Round, round_.id).state is RoundState.APPLYING and lots.listed(round_.id) == []


def test_a_draw_before_the_list_was_published_is_refused(db):
    round_ = a_drawn_round("announced")

    def early():
        fresh = locked(Round, round_.id)
        fresh.state = RoundState.CLOSED
        allotting.publish(round_.id, actor_id=None, now=clock.now())

    with pytest.raises(RuleViolation, match="清单还没有公布"):
        in_transaction(early)


@pytest.mark.parametrize(
    "statement",
    [
        lambda id_: update(Lottery).where(Lottery.round_id == id_).values(drawn_at=clock.now()),
        lambda id_: update(Lottery).where(Lottery.round_id == id_).values(fixed_at=clock.now() - timedelta(days=900), lots_digest="x"),
    ],
    ids=["drawn without a list", "a list before the commitment"],
)
def test_the_database_keeps_the_order_of_commitment_list_and_draw(db, statement):
    round_ = a_drawn_round()

    with pytest.raises(DatabaseError), db.session.begin_nested():
        db.session.execute(statement(round_.id))


@pytest.mark.parametrize(
    "statement",
    [lambda id_: delete(Lot).where(Lot.round_id == id_), lambda id_: update(Lot).where(Lot.round_id == id_).values(name="SL-OTHER")],
    ids=["taken off", "renamed"],
)
def test_the_database_takes_no_lot_off_a_list(db, statement):
    round_ = a_drawn_round()
    applied(round_, 1)
    closed(round_)

    with pytest.raises(DatabaseError, match="never changed"), db.session.begin_nested():
        db.session.execute(statement(round_.id))


def test_nobody_looks_before_and_then_everybody_recomputes_from_the_page_alone(browser):
    round_ = a_drawn_round()
    rows, address = applied(round_, 4), f"/rounds/{round_.id}/lots"
    seed = lots.lottery_of(round_.id).seed
    officer = an_officer()
    for step in (lambda _row: None, closed):
        step(round_)
        browser.sign_out()
        seen = [browser.get(address).text]
        browser.sign_in(officer)
        for page in (f"/office/rounds/{round_.id}", f"/office/rounds/{round_.id}/to/published", f"/office/applications/{rows[0].id}"):
            seen.append(browser.get(page).text)
        assert not [page for page in seen if seed in page]
        assert hashlib.sha256(bytes.fromhex(seed)).hexdigest() in seen[0]
    assert all(one.number in seen[0] for one in rows) and "发放预览" not in seen[2]

    published(round_)
    browser.sign_out()
    page = browser.get(address)

    shown = [(cell.find_parent("tr").td.text.strip(), cell.text.strip()) for cell in page.select("th[scope=row]")]
    scope = {"lots": sorted(name for _place, name in shown)}
    exec(page.select_one("pre code").text, scope)
    assert [name for _place, name in sorted(shown, key=lambda one: int(one[0]))] == scope["order"]
    assert sorted(scope["lots"]) == sorted(one.number for one in rows)


def test_the_file_alone_repeats_the_draw(browser):
    round_ = a_drawn_round()
    rows = applied(round_, 3)
    browser.download(f"/rounds/{round_.id}/lots.txt", status=404)
    closed(round_)
    before = browser.download(f"/rounds/{round_.id}/lots.txt").get_data(as_text=True)
    assert lots.lottery_of(round_.id).seed not in before and all(f"- {one.number}" in before for one in rows)
    published(round_)

    text = browser.download(f"/rounds/{round_.id}/lots.txt").get_data(as_text=True)

    lines = [line.split(" ") for line in text.splitlines() if not line.startswith("#")]
    scope = {"lots": sorted(name for _place, name in lines)}
    exec("\n".join(line[6:] for line in text.splitlines() if line.startswith("#     ")), scope)
    assert [name for _place, name in lines] == scope["order"]
    listed = re.search(r"清单的 SHA-256: ([0-9a-f]{64})", text)
    assert listed and hashlib.sha256("".join(f"{one}\n" for one in scope["lots"]).encode()).hexdigest() == listed[1]


def test_a_firm_reads_the_place_of_its_lot(browser):
    round_ = a_drawn_round()
    (row,) = applied(round_, 1)
    browser.sign_in(user_of(row.enterprise_id))
    for page in ("", "/receipt"):
        shown = browser.get(f"/my/applications/{row.id}{page}").text
        assert "与提交先后无关" in shown and "第 1 位" not in shown
    closed(round_)
    assert "等待开签" in browser.get(f"/my/applications/{row.id}").text

    published(round_)

    assert "签位第 1 位" in browser.get(f"/my/applications/{row.id}").text


def test_a_round_that_is_not_drawn_has_no_such_page(browser):
    browser.get(f"/rounds/{a_round().id}/lots", status=404)


def test_the_clock_closes_the_list_and_draws_on_the_day_of_the_results(db, monkeypatch):
    round_ = a_drawn_round()
    applied(round_, 3)
    end = by_id(Round, round_.id).apply_until_at

    sweep(now=end)
    assert by_id(Round, round_.id).state is RoundState.CLOSED
    assert [place for place, _name in lots.listed(round_.id)] == [None, None, None]
    later = end + timedelta(days=12)
    sweep(now=later)

    assert [place for place, _name in lots.listed(round_.id)] == [1, 2, 3]


@pytest.mark.engines("postgresql")
def test_two_that_publish_at_once_draw_once(fresh_app, fresh_db):
    round_ = a_drawn_round()
    applied(round_, 6)
    closed(round_)
    now = by_id(Round, round_.id).apply_until_at

    def publish():
        return in_transaction(lambda: allotting.publish(round_.id, actor_id=None, now=now).state.value)

    assert race(fresh_app, [publish, publish]) == ["published", "published"]

    assert [place for place, _name in lots.listed(round_.id)] == [1, 2, 3, 4, 5, 6]
    drawn = [one.application.state.value for one in fresh_db.session.scalars(lots.lots_of(round_.id))]
    assert drawn == ["granted"] * 2 + ["waitlisted"] * 4
