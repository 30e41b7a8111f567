"""First come, first served: each has its place at once, and is answered in the order of the places, by any worker."""

from uuid import uuid4

import pytest

from marketplace.kernel import clock
from marketplace.kernel.db import by_id, in_transaction
from marketplace.kernel.errors import Conflict, RuleViolation
from marketplace.kernel.money import YUAN
from marketplace.ledger import queries as ledger
from marketplace.vouchers import queues
from marketplace.vouchers.models import Application, Round, Voucher
from marketplace.vouchers.service import allotting, applications, rounds
from tests.factories import a_firm, a_round, an_application, user_of
from tests.programmes_of import a_programme_with
from tests.races import race

OTHER = r"allocation\.(?:mode|waitlist|remainder)|unused\.rule"
MODE = '[allocation.mode]\nvalue = "first_come"'
SHARE = 10_000 * YUAN


def a_door(shares=3, *, waitlist=True, remainder="stop"):
    tables = [MODE, f"[allocation.waitlist]\nvalue = {str(waitlist).lower()}", f'[allocation.remainder]\nvalue = "{remainder}"']
    tables.append('[unused.rule]\nvalue = "reclaim_to_pool"')
    return a_round(programme=a_programme_with(*tables, without=OTHER), state="claiming", budget_fen=int(shares * SHARE))


def applied(round_, *shares):
    return [an_application(round_, a_firm(), requested_fen=int(part * SHARE)) for part in shares]


def serve():
    return queues.serve(now=clock.now())


def states(rows):
    return [by_id(Application, row.id).state.value for row in rows]


def test_who_applies_has_a_place_at_once_and_an_answer_from_the_worker(db):
    round_ = a_door()
    rows = applied(round_, 1, 1, 1, 1, 1)
    assert [row.sequence for row in rows] == [1, 2, 3, 4, 5] and states(rows) == ["submitted"] * 5

    assert serve() == 5

    assert states(rows) == ["granted"] * 3 + ["waitlisted"] * 2
    assert [by_id(Application, row.id).place for row in rows] == [1, 2, 3, 4, 5]
    assert by_id(Round, round_.id).answered_until == 5
    assert ledger.standing(round_.programme.book_id).difference() == 0
    assert serve() == 0, "nobody is answered twice"


@pytest.mark.parametrize(
    ("made", "shares", "expected"),
    [
        ({"shares": 2.5}, (1, 1, 1, 0.5), ["granted", "granted", "waitlisted", "waitlisted"]),
        ({"shares": 2.5, "remainder": "grant_part"}, (1, 1, 1, 0.5), ["granted", "granted", "granted", "waitlisted"]),
        ({"shares": 2.5, "waitlist": False}, (1, 1, 1, 0.5), ["granted", "granted", "refused", "granted"]),
    ],
    ids=["nobody overtakes who waits", "the last gets a part", "who goes away leaves the rest"],
)
@pytest.mark.parametrize("batch", [1, 2, 100])
def test_the_answers_do_not_hang_on_how_many_are_answered_together(db, monkeypatch, made, shares, expected, batch):
    monkeypatch.setattr(queues.sweeping, "BATCH", batch)
    rows = applied(a_door(**made), *shares)

    while serve():
        pass

    assert states(rows) == expected


def test_a_firm_that_presses_twice_has_one_place_and_another_page_is_told(db):
    round_, firm, key = a_door(), a_firm(), uuid4()
    wish = applications.Wish(requested_fen=SHARE, plan="测试")
    asked = {"actor_id": user_of(firm).id, "now": clock.now()}

    first, second = (in_transaction(lambda: applications.apply(round_.id, firm.id, wish, request_key=key, **asked)) for _ in range(2))

    assert first.id == second.id and first.sequence == 1
    with pytest.raises(Conflict, match=first.number):
        in_transaction(lambda: applications.apply(round_.id, firm.id, wish, request_key=uuid4(), **asked))


def test_who_withdraws_while_waiting_is_passed_over(db):
    rows = applied(a_door(shares=1), 1, 1)
    first = rows[0]
    in_transaction(lambda: applications.withdraw(first.id, first.enterprise_id, actor_id=user_of(first.enterprise_id).id))

    serve()

    assert states(rows) == ["withdrawn", "granted"]


def test_a_round_that_stops_answers_nobody_and_goes_on_where_it_stood(db):
    round_ = a_door(shares=1)
    rows, officer_id = applied(round_, 1, 1), uuid4()
    in_transaction(lambda: rounds.suspend(round_.id, reason="核查", actor_id=officer_id))
    assert serve() == 0
    with pytest.raises(RuleViolation, match="已暂停"):
        applied(round_, 1)

    in_transaction(lambda: rounds.resume(round_.id, actor_id=officer_id))

    assert serve() == 2 and states(rows) == ["granted", "waitlisted"]


def test_one_that_cannot_be_answered_rests_and_the_others_are(db, monkeypatch):
    rows = applied(a_door(), 1, 1, 1)
    real = allotting.answer

    def breaks(round_id, ids, **moment):
        if rows[1].id in ids:
            raise RuleViolation("坏")
        return real(round_id, ids, **moment)

    monkeypatch.setattr(allotting, "answer", breaks)
    serve()

    assert states(rows) == ["granted", "submitted", "granted"]


def test_the_firm_reads_its_place_and_how_far_the_queue_is(browser):
    round_ = a_door(shares=1)
    first, second = applied(round_, 1, 1)
    browser.sign_in(user_of(second.enterprise_id))
    assert "您排在第 2 位" in browser.get(f"/my/applications/{second.id}").text
    in_transaction(lambda: allotting.answer(round_.id, [first.id], now=clock.now()))
    assert "已经办理到第 1 位" in browser.get(f"/my/applications/{second.id}").text

    serve()

    assert "您排在第 2 位" not in browser.get(f"/my/applications/{second.id}").text


def test_the_page_says_the_place_when_it_is_sent(browser):
    round_ = a_door()
    applied(round_, 1)
    browser.sign_in(user_of(a_firm()))

    page = browser.fill(f"/rounds/{round_.id}/apply", {"requested": "10000", "plan": "测试服务", "promise": "y"})

    assert "您排在第 2 位" in page.text


@pytest.mark.engines("postgresql")
def test_a_crowd_gets_every_place_once_while_two_workers_answer(fresh_app, fresh_db):
    round_ = a_door(shares=7)
    firms = [(firm.id, user_of(firm).id) for firm in (a_firm() for _ in range(12))]
    round_id, key_of = round_.id, {firm: uuid4() for firm, _user in firms}
    wish = applications.Wish(requested_fen=SHARE, plan="测试")

    def press(firm, user):
        asked = {"actor_id": user, "request_key": key_of[firm], "now": clock.now()}
        return in_transaction(lambda: applications.apply(round_id, firm, wish, **asked).sequence)

    presses = [lambda one=one: press(*one) for one in firms for _twice in range(2)]
    answers = race(fresh_app, [*presses, serve, serve])
    serve()

    assert sorted(answers[:24]) == sorted([*range(1, 13)] * 2), answers
    rows = fresh_db.session.query(Application).order_by(Application.sequence).all()
    assert [row.state.value for row in rows] == ["granted"] * 7 + ["waitlisted"] * 5
    assert fresh_db.session.query(Voucher).count() == 7


@pytest.mark.engines("postgresql")
def test_nobody_comes_in_after_the_door_was_closed(fresh_app, fresh_db):
    round_ = a_door()
    firms = [(firm.id, user_of(firm).id) for firm in (a_firm() for _ in range(8))]
    round_id, officer = round_.id, uuid4()
    wish = applications.Wish(requested_fen=SHARE, plan="测试")

    def press(firm, user):
        asked = {"actor_id": user, "request_key": uuid4(), "now": clock.now()}
        return in_transaction(lambda: applications.apply(round_id, firm, wish, **asked).sequence)

    def stop():
        return in_transaction(lambda: rounds.suspend(round_id, reason="核查", actor_id=officer) and fresh_count())

    def fresh_count():
        return len(allotting.in_line(round_id, 100))

    answers = race(fresh_app, [*(lambda one=one: press(*one) for one in firms), stop])

    came_in = [one for one in answers[:-1] if isinstance(one, int)]
    assert len(came_in) == answers[-1] and all(isinstance(one, int | RuleViolation) for one in answers), answers
