"""Nothing lapses in silence: who can lose something is told ahead, once at each step, by the ways that are there. On both engines."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from marketplace.identity.models import User
from marketplace.kernel import clock as the_clock
from marketplace.kernel import outbox
from marketplace.kernel.db import by_id, in_transaction
from marketplace.kernel.db import db as the_db
from marketplace.notices import reminding
from marketplace.notices.models import Notice, Reminder
from marketplace.notices.settings import DAYS
from marketplace.orders import reminders as orders
from marketplace.orders import service as order_service
from marketplace.orders import sweep as order_sweep
from marketplace.orders.models import Order
from marketplace.orders.service import Rating
from marketplace.policy import service as calendar
from marketplace.settlement import service as claims
from marketplace.settlement import sweep as claim_sweep
from marketplace.settlement.models import Claim
from marketplace.vouchers import reminders as vouchers
from marketplace.vouchers import sweep as voucher_sweep
from marketplace.vouchers.models import Application, Round, Voucher
from marketplace.vouchers.rules.states import ApplicationState, VoucherState
from marketplace.vouchers.service import appeal_terms
from tests import factories as make
from tests.order_factories import a_claim, an_order, person
from tests.page_walk import counted

SWEEPS = (voucher_sweep, order_sweep, claim_sweep)


def pass_days(clock, *days):
    """Let the worker sweep twice on each of these days."""
    for day in days:
        clock.move_to(f"{day} 08:00")
        for _ in range(2):
            for one in SWEEPS:
                one.sweep(now=the_clock.now())


def notices(organisation_id, word):
    wanted = select(Notice).where(Notice.user_id == person(organisation_id)).order_by(Notice.created_at, Notice.id)
    return [one for one in the_db.session.scalars(wanted) if word in one.title]


def told(organisation_id, word):
    return [one.title for one in notices(organisation_id, word)]


def change(model, row_id, **values):
    in_transaction(lambda: [setattr(by_id(model, row_id), name, value) for name, value in values.items()])


def a_voucher_until(day):
    voucher = make.a_voucher()
    change(Voucher, voucher.id, valid_until=day)
    return voucher


def test_a_firm_is_told_of_a_voucher_that_expires_thirty_ten_and_three_days_before(db, clock):
    voucher = a_voucher_until(date(2026, 6, 30))
    pass_days(clock, "2026-05-30", "2026-05-31", "2026-06-01", "2026-06-19", "2026-06-20", "2026-06-26", "2026-06-27", "2026-06-30")
    assert told(voucher.enterprise_id, "2026-06-30 到期") == [f"服务券 {voucher.number} 将于 2026-06-30 到期"] * 3
    assert "还有 30,000.00 元没有使用" in notices(voucher.enterprise_id, "2026-06-30 到期")[0].body
    steps = the_db.session.execute(select(Reminder.due_on, Reminder.step).where(Reminder.subject_id == voucher.id).order_by(Reminder.at))
    assert [tuple(row) for row in steps] == [(date(2026, 6, 30), step) for step in (30, 10, 3)]


def test_a_worker_that_stood_still_tells_once_and_a_used_voucher_is_nobodys_worry(db, clock, monkeypatch):
    late, used = a_voucher_until(date(2026, 6, 30)), a_voucher_until(date(2026, 6, 30))
    monkeypatch.setattr(vouchers, "left_on", lambda rows: {one.id: 0 if one.id == used.id else 1 for one in rows})
    pass_days(clock, "2026-06-25")
    assert len(told(late.enterprise_id, "到期")) == 1
    assert told(used.enterprise_id, "到期") == []


@pytest.mark.parametrize(("state", "side", "word"), [
    ("placed", "provider_id", " 接单"), ("taken", "provider_id", " 上传合同"), ("contracted", "provider_id", " 交付"),
    ("redeemed", "enterprise_id", " 评价"), ("redeemed", "provider_id", " 申请兑付"),
])  # fmt: skip
def test_whoever_must_act_on_an_order_is_told_before_it_lapses(db, clock, state, side, word):
    order = an_order(state)
    day = order.rate_until if word == " 评价" else order.due_on
    clock.move_to(f"{day} 08:00")
    clock.shift(days=-3)
    pass_days(clock, the_clock.today().isoformat())
    term_days = (day - date(2026, 3, 16)).days
    assert len(told(getattr(order, side), word)) == (term_days > 3)
    other = "enterprise_id" if side == "provider_id" else "provider_id"
    assert told(getattr(order, other), word) == []


def test_who_has_rated_or_claimed_is_left_alone(db, clock):
    order = an_order("redeemed")
    mine = {"enterprise_id": order.enterprise_id, "actor_id": person(order.enterprise_id)}
    in_transaction(lambda: order_service.review(order.id, Rating(5, ""), **mine, request_key=uuid4(), now=the_clock.now()))
    claim = a_claim()
    for one in (order, claim.order):
        day = (one.rate_until if one is order else one.due_on).isoformat()
        pass_days(clock, day)
    assert told(order.enterprise_id, "评价") == []
    assert told(claim.provider_id, " 申请兑付") == []


def test_a_claim_that_was_sent_back_is_asked_for_before_its_day(db, clock):
    claim, officer = a_claim(), make.an_officer()
    in_transaction(lambda: claims.send_back(claim.id, reason="缺发票", actor_id=officer.id, request_key=uuid4(), now=the_clock.now()))
    change(Claim, claim.id, due_on=date(2026, 4, 30))
    pass_days(clock, "2026-04-20", "2026-04-27")
    assert told(claim.provider_id, " 补正") == [f"兑付申请 {claim.number} 最迟须在 2026-04-30 补正"] * 2


def refused(firm=None):
    row = make.an_application(make.a_round("xizang_innovation_voucher", state="claiming"), firm or make.a_firm())

    def refuse():
        mine = by_id(Application, row.id)
        mine.state, mine.decided_at = ApplicationState.REFUSED, the_clock.now()
        appeal_terms.begin(mine)

    in_transaction(refuse)
    return by_id(Application, row.id)


def test_a_refused_firm_is_told_before_its_time_to_appeal_is_over(db, clock):
    row = refused()
    assert (row.due_on, row.due_start) == (date(2026, 3, 23), date(2026, 3, 16))
    pass_days(clock, "2026-03-17", "2026-03-20", "2026-03-23")
    assert told(row.enterprise_id, "申诉") == [f"申领 {row.number} 的申诉期将于 2026-03-23 截止"]


def test_what_was_done_after_it_was_found_hurries_nobody(db, clock):
    voucher, row, order = a_voucher_until(date(2026, 3, 23)), refused(), an_order("redeemed")
    rater = {"enterprise_id": order.enterprise_id, "actor_id": person(order.enterprise_id)}

    def told_of(room, ids):
        return in_transaction(lambda: room.remind(ids, ways=reminding.ways(), now=the_clock.now()))

    clock.move_to("2026-03-20 08:00")
    found = vouchers.to_remind(the_clock.today())
    assert {voucher.id, row.id} <= set(found)
    change(Voucher, voucher.id, state=VoucherState.FROZEN)
    change(Application, row.id, appealed_at=the_clock.now())
    assert told_of(vouchers, [voucher.id, row.id]) == 0

    clock.move_to(f"{order.rate_until} 08:00")
    clock.shift(days=-3)
    assert order.id in orders.to_remind(the_clock.today())
    in_transaction(lambda: order_service.review(order.id, Rating(5, ""), **rater, request_key=uuid4(), now=the_clock.now()))
    assert told_of(orders, [order.id]) == 0


def test_a_day_that_moves_is_told_of_anew_and_a_provisional_one_says_so(db, clock):
    row = refused()
    pass_days(clock, "2026-03-20")
    officer = make.an_officer()
    in_transaction(lambda: calendar.set_day(date(2026, 3, 23), "00", is_working=False, name="放假", source="测试", actor_id=officer.id))
    pass_days(clock, "2026-03-20", "2026-03-21")
    assert by_id(Application, row.id).due_on == date(2026, 3, 24)
    assert told(row.enterprise_id, "申诉期有变动") == [f"申领 {row.number} 的申诉期有变动"]
    assert told(row.enterprise_id, "03-24 截止") == [f"申领 {row.number} 的申诉期将于 2026-03-24 截止"]
    order = an_order("placed")
    change(Order, order.id, due_provisional=True, due_on=date(2026, 4, 30))
    pass_days(clock, "2026-04-27")
    assert ["暂定" in one.body for one in notices(order.provider_id, " 接单")] == [True]


def test_a_reminder_leaves_by_mail_and_text_where_the_settings_say_so_and_says_no_amount(app, db, clock, monkeypatch):
    voucher, silent = a_voucher_until(date(2026, 6, 30)), a_voucher_until(date(2026, 6, 27))
    change(User, person(voucher.enterprise_id), email="a@example.org", phone="1380")
    pass_days(clock, "2026-05-28")
    assert the_db.session.scalars(select(outbox.OutboxMessage)).all() == [], "nothing waits for a server that is not there"
    assert len(told(silent.enterprise_id, "到期")) == 1
    for name, value in (("MAIL_SERVER", "mail"), ("SMS_ADAPTER", "file"), ("PUBLIC_URL", "https://q.example.org/")):
        monkeypatch.setitem(app.config, name, value)
    pass_days(clock, "2026-05-31")
    sent = {row.channel: row for row in the_db.session.scalars(select(outbox.OutboxMessage))}
    assert {name: row.recipient for name, row in sent.items()} == {"email": "a@example.org", "sms": "1380"}
    assert f"https://q.example.org/wallet/{voucher.id}" in sent["email"].body
    assert all("元" not in row.body and "2026-06-30" in row.body for row in sent.values())


def test_a_step_is_taken_once_whatever_two_workers_do(db, clock):
    voucher = a_voucher_until(date(2026, 6, 30))
    clock.move_to("2026-06-27 08:00")
    for _ in range(2):
        in_transaction(lambda: vouchers.remind([voucher.id], ways=reminding.ways(), now=the_clock.now()))
    assert len(told(voucher.enterprise_id, "到期")) == 1
    row = the_db.session.scalars(select(Reminder)).one()
    twice = {"kind": row.kind, "subject_id": row.subject_id, "due_on": row.due_on, "step": row.step, "at": row.at, "told": True}
    with pytest.raises(IntegrityError):
        in_transaction(lambda: the_db.session.add(Reminder(**twice)))


def test_many_days_cost_as_many_statements_as_few(app, db, clock):
    counts = []
    for number in (2, 12):
        clock.move_to("2026-03-16 08:00")
        made = [an_order("contracted") for _ in range(number)]
        clock.move_to(f"{made[0].due_on} 08:00")
        clock.shift(days=-3)
        with counted(app) as seen:
            ids = orders.to_remind(the_clock.today())
            assert in_transaction(lambda ids=ids: orders.remind(ids, ways=reminding.ways(), now=the_clock.now())) == number
        counts.append(len(seen.statements))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("days", [[0], [366], [3, 3], ["3"], [True], list(range(1, 8)), 30, None])
def test_the_setting_has_bounds(days):
    assert DAYS.complaint(days) is not None
    assert DAYS.complaint([]) is None


def test_an_empty_list_reminds_nobody(db, clock, monkeypatch):
    monkeypatch.setattr(reminding, "steps", lambda: ())
    voucher = a_voucher_until(date(2026, 6, 30))
    pass_days(clock, "2026-06-27")
    assert told(voucher.enterprise_id, "到期") == []


def test_nobody_is_hurried_for_the_money_of_a_simulated_round(db, clock):
    voucher, order = a_voucher_until(date(2026, 6, 30)), an_order("placed")
    for round_id in (voucher.round_id, order.round_id):
        change(Round, round_id, simulated=True)
    change(Order, order.id, due_on=date(2026, 6, 30))
    pass_days(clock, "2026-06-27")
    assert told(voucher.enterprise_id, "到期") == []
    assert told(order.provider_id, " 接单") == []


def test_two_days_of_one_kind_for_one_subject_are_both_told_and_each_once(db, clock):
    firm, today = make.a_firm(), the_clock.today()
    days = [today + timedelta(days=left) for left in (3, 2)]
    mine = [reminding.LastDay("pay_due", firm.id, firm.id, on, f"须在 {on.isoformat()} 前拨付", "", "/payments") for on in days]
    people = {firm.id: [reminding.Recipient(person(firm.id), "", "", None)]}
    counts = [
        in_transaction(lambda: reminding.remind(mine, lambda _ids: people, ways=reminding.ways(), now=the_clock.now())) for _ in range(2)
    ]
    assert counts == [2, 0]
    assert sorted(told(firm.id, "前拨付")) == sorted(one.title for one in mine)
