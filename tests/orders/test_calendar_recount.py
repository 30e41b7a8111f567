"""The year's notice comes after a term was counted: the term is counted again, whoever it concerns is told, and nothing lapses before."""

import threading
from contextvars import copy_context
from datetime import date, timedelta
from uuid import uuid4

import pytest
from flask import get_template_attribute

from marketplace.identity.sign_in import signed_in
from marketplace.kernel import stopping
from marketplace.kernel.calendar import COUNTRY, WorkingCalendar
from marketplace.kernel.db import by_id, in_transaction
from marketplace.notices import queries as notices
from marketplace.orders.lifecycle import OrderState
from marketplace.orders.models import Order
from marketplace.orders.sweep import sweep
from marketplace.oversight.sweep import sweep as oversee
from marketplace.policy import service as policy
from marketplace.policy import terms
from marketplace.policy.queries import working_calendar
from marketplace.policy.terms import TermKind
from marketplace.reporting.queries.tasks import waiting_for, waiting_terms
from marketplace.risk.models import RiskSignal
from marketplace.settlement.models import Claim
from marketplace.settlement.sweep import sweep as claims_sweep
from marketplace.web.access import permission_of
from tests import order_factories as acts
from tests.factories import an_officer
from tests.order_factories import an_order, person
from tests.orders.looks import now, today


def free(first: date, days: int):
    actor_id = acts.a_finance_officer().id
    for k in range(days):
        day = first + timedelta(days=k)
        in_transaction(
            lambda day=day: policy.set_day(day, COUNTRY, is_working=False, name="元旦", source="国务院办公厅通知", actor_id=actor_id)
        )


def new_year_2027():
    free(date(2027, 1, 1), 3)
    actor_id = acts.a_finance_officer().id
    in_transaction(lambda: policy.confirm_year(2027, COUNTRY, source="国务院办公厅通知", actor_id=actor_id))


def test_an_order_placed_before_the_notice_keeps_its_full_term(db, clock):
    clock.move_to("2026-12-29 10:00")
    order = an_order("placed")
    new_year_2027()
    clock.move_to("2027-01-06 10:00")  # the fifth working day after 29 December, with 1 January free
    sweep(now())
    assert by_id(Order, order.id).state is OrderState.PLACED, by_id(Order, order.id).state


def test_a_claim_submitted_before_the_notice_keeps_its_full_term(db, clock):
    clock.move_to("2026-12-29 10:00")
    claim = acts.a_claim("submitted")
    before = by_id(Claim, claim.id).due_on
    new_year_2027()
    clock.move_to("2027-01-04 10:00")
    claims_sweep(now=now())
    assert by_id(Claim, claim.id).due_on > before


def test_an_order_keeps_what_its_day_was_counted_from(db):
    order = an_order("placed")
    assert (order.due_start, order.due_days, order.due_kind, order.due_provisional) == (today(), 5, TermKind.WORKING, False)


def test_nothing_lapses_on_a_day_that_may_still_move_and_it_does_once_the_year_is_confirmed(db, clock):
    clock.move_to("2026-12-29 10:00")
    order = an_order("placed")
    assert order.due_provisional
    clock.move_to("2027-01-20 10:00")
    sweep(now())
    assert by_id(Order, order.id).state is OrderState.PLACED
    new_year_2027()
    sweep(now())
    assert by_id(Order, order.id).state is OrderState.LAPSED


def test_both_sides_are_told_once_where_a_day_moved(db, clock):
    order = an_order("placed")
    free(date(2026, 3, 18), 1)
    assert (sweep(now()), sweep(now())) == (1, 0)
    for organisation_id in (order.enterprise_id, order.provider_id):
        told = [one for one in notices.of_user(person(organisation_id)) if "期限有变动" in one.title]
        assert [one.body for one in told] == ["工作日历有调整，期限由 2026-03-23 改为 2026-03-24。"]


def test_a_day_of_which_no_start_is_known_stays_as_it_was_set(db, clock):
    order = an_order("placed")
    before = order.due_on

    def forget():
        by_id(Order, order.id).due_start = None

    in_transaction(forget)
    free(date(2026, 3, 18), 1)
    assert sweep(now()) == 0
    assert by_id(Order, order.id).due_on == before


@pytest.mark.parametrize("last_word", [False, True], ids=["the same again", "another answer"])
def test_a_calendar_day_set_twice_has_one_answer_and_the_last_word_counts(db, clock, last_word):
    order = an_order("placed")
    free(date(2026, 3, 18), 1)
    actor_id = acts.a_finance_officer().id
    again = {"is_working": last_word, "name": "元旦", "source": "国务院办公厅通知", "actor_id": actor_id}
    in_transaction(lambda: policy.set_day(date(2026, 3, 18), COUNTRY, **again))
    sweep(now())
    assert by_id(Order, order.id).due_on == date(2026, 3, 23 if last_word else 24)


def test_from_december_a_task_and_one_finding_ask_for_the_next_year_with_the_terms_that_wait(db, clock):
    clock.move_to("2026-12-29 10:00")
    an_order("placed")
    for _ in range(2):
        oversee(now())
    found = db.session.query(RiskSignal).filter_by(kind="calendar_unconfirmed").all()
    assert ["2027 年" in one.reason and "1 个期限" in one.reason for one in found] == [True]
    asks = signed_in(an_officer(), "", now())
    assert [(one.count, waiting_terms()) for one in waiting_for(asks, permission_of) if one.task.endpoint == "policy.calendar"] == [(1, 1)]
    new_year_2027()
    assert not [one for one in waiting_for(asks, permission_of) if one.task.endpoint == "policy.calendar"]


def test_november_asks_for_nothing(db, clock):
    clock.move_to("2026-11-30 23:59")
    assert working_calendar().to_confirm(today()) == []


@pytest.mark.parametrize(("day", "said"), [(27, "今天到期"), (29, "已超期 2 天"), (25, "剩 2 个工作日")])
def test_a_day_that_passed_over_a_weekend_is_not_due_today(app, day, said):
    left = WorkingCalendar().working_days_left(date(2026, 11, day), date(2026, 11, 27))  # a Friday
    with app.test_request_context():
        macro = get_template_attribute("components/task_list.html", "days_left")
        assert said in macro(left)


def test_what_a_worker_that_was_told_to_stop_did_not_reach_is_counted_again(db, clock):
    in_transaction(lambda: policy.set_day(date(2026, 3, 18), COUNTRY, is_working=False, name="节日", source="通知", actor_id=uuid4()))
    told = threading.Event()
    told.set()
    clock.shift(minutes=30)

    copy_context().run(lambda: (stopping.stop_on(told), terms.recount("orders", now(), lambda _changed: 0)))
    assert terms.changed("orders") is not None

    terms.recount("orders", now(), lambda _changed: 0)
    assert terms.changed("orders") is None
