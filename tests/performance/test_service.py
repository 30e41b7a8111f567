"""Performance from the ledger and counts alone: entered, confirmed, watched, scored and signed by two people."""

from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from marketplace.kernel import clock as the_clock
from marketplace.kernel.db import db as the_db
from marketplace.kernel.db import in_transaction
from marketplace.kernel.errors import Conflict, Denied, RuleViolation
from marketplace.ledger.models import Account
from marketplace.orders import service as orders
from marketplace.orders.models import Order
from marketplace.orders.service import Rating
from marketplace.performance import papers, queries, service
from marketplace.performance.indicators import Indicator, IndicatorTarget
from marketplace.performance.lifecycle import PlanState
from marketplace.performance.models import PerformancePlan, PerformanceReading
from marketplace.performance.queries import evidence
from marketplace.performance.rules import StepWords
from marketplace.settlement.models import Claim
from marketplace.vouchers.models import Programme
from tests.factories import a_programme, a_round, a_voucher, an_officer
from tests.order_factories import a_batch, a_claim, an_order, with_papers
from tests.performance.acts import TARGETS, a_plan, act, by, confirmed
from tests.settlement.acts import pay
from tests.settlement.test_recoveries import confirmed as demanded
from tests.settlement.test_recoveries import opened, receive

pytestmark = pytest.mark.engines("sqlite", "postgresql")
WEIGHTS = dict(zip(Indicator, (20, 20, 20, 10, 10, 10, 10), strict=True))
EVERY = tuple(IndicatorTarget(one, 5_000 if one.is_rate else 1, weight) for one, weight in WEIGHTS.items())


def a_paid_order() -> Order:
    order = with_papers(an_order("redeemed", voucher=a_voucher(round_=a_round())))
    _batch, lines = a_batch(claims=[a_claim("approved", order=order)])
    pay(lines[0])
    return order


def values(plan: PerformancePlan) -> dict[str, int | None]:
    found, _scale = service.read(plan, the_clock.today())
    return {one.target.indicator: one.value for one in found}


def test_O12_every_value_is_what_the_ledger_and_the_rows_say(db):
    programme = a_programme()
    plan = a_plan(programme, targets=EVERY)
    empty = values(plan)
    assert (empty["paid"], empty["firms"]) == (0, 0), "the ledger says nought"
    assert empty["execution"] is empty["timely"] is empty["satisfaction"] is None, "a share of nothing is unknown"

    order, other = a_paid_order(), with_papers(an_order("redeemed", voucher=a_voucher(round_=a_round(programme=programme))))
    seller = {"actor_id": uuid4(), "now": the_clock.now(), "enterprise_id": other.enterprise_id, "request_key": uuid4()}
    in_transaction(lambda: orders.review(other.id, Rating(4, "好"), **seller))
    found = values(plan)
    held = {
        kind: sum(
            row.credits_fen - row.debits_fen
            for row in db.session.scalars(select(Account).where(Account.book_id == programme.book_id, Account.kind == kind))
        )
        for kind in ("paid", "appropriation")
    }
    assert found["paid"] == held["paid"] > 0
    assert found["execution"] == held["paid"] * 10_000 // -held["appropriation"]
    assert (found["firms"], found["services"], found["satisfaction"]) == (2, 2, 8_000)
    assert found["redeemed"] == order.subsidy_fen + other.subsidy_fen
    for one in Indicator:
        counted = service.counted_of(plan, the_clock.today())
        rows = evidence.rows_shown(list(the_db.session.scalars(evidence.rows_behind(counted, one))), counted, one)
        if one.unit == "fen":
            assert sum(row.amount_fen for row in rows) == found[one], "the rows behind it add up to it"
    assert values(plan) == found


def test_O12_the_share_of_the_budget_is_shown_with_and_without_what_came_back(db):
    order = a_paid_order()
    claim = the_db.session.scalars(select(Claim).where(Claim.order_id == order.id)).one()
    plan = confirmed(claim.round.programme, targets=(IndicatorTarget(Indicator.EXECUTION, 9_000, 100),))
    found, _scale = service.read(plan, the_clock.today())
    assert service.net_execution_of(plan, the_clock.today()) == found[0].value
    receive(demanded(opened(claim)), claim.approved_fen)
    again, _scale = service.read(plan, the_clock.today())
    assert (again[0].value, service.net_execution_of(plan, the_clock.today())) == (found[0].value, 0)
    (row,) = papers.report_rows(again, set(), None, "CNY", 0)
    assert row.now.endswith("（扣除追回后 0.00%）")


def test_O12_targets_are_confirmed_by_another_and_stand_once_a_year(db):
    programme, enterer = a_programme(), an_officer()
    with pytest.raises(RuleViolation, match="现在是 90"):
        a_plan(programme, targets=TARGETS[:2])
    plan = a_plan(programme, officer=enterer)
    with pytest.raises(Conflict, match="已经填报"):
        a_plan(programme)
    with pytest.raises(Denied, match="不能复核自己"):
        act("confirm", plan, enterer)
    with pytest.raises(RuleViolation, match="退回的原因"):
        act("send_back", plan, an_officer())
    act("send_back", plan, an_officer(), "目标偏低")
    again = a_plan(programme, officer=enterer)
    assert act("confirm", again, an_officer()).state is PlanState.CONFIRMED
    with pytest.raises(DBAPIError):
        in_transaction(lambda: the_db.session.execute(the_db.text("UPDATE performance_targets SET value = 1")))


def test_O12_a_midterm_reading_keeps_the_values_of_its_day_and_the_reasons(db, clock):
    plan, officer = confirmed(a_programme()), an_officer()
    with pytest.raises(RuleViolation, match="写明原因"):
        act("monitor", plan, officer)
    act("monitor", plan, officer, paid="尚未到拨付期", firms="企业还在申领", satisfaction="还没有评价")
    (reading,) = queries.readings_of(plan.id)
    assert reading.row.until_on == the_clock.today()
    assert (reading.values["satisfaction"].value, reading.values["satisfaction"].points) == (None, None)
    assert reading.values["paid"].reason == "尚未到拨付期"
    with pytest.raises(RuleViolation, match="年结束后"):
        act("assess", plan, officer)


def test_O12_a_year_is_scored_signed_by_another_and_corrected_by_new_rows(db, clock):
    programme, reader, signer = a_programme(), an_officer(), an_officer()
    a_paid_order()
    plan = confirmed(programme)
    clock.move_to(f"{plan.year + 1}-01-10 09:00")
    act("assess", plan, reader, satisfaction="没有企业评价")
    with pytest.raises(Denied, match="不能复核自己的评价"):
        act("sign", plan, reader)
    act("reject", plan, signer, "请核对满意度")
    assert the_db.session.get(PerformancePlan, plan.id).state is PlanState.CONFIRMED
    act("assess", plan, reader, satisfaction="没有企业评价，已核对")
    assert act("sign", plan, signer).state is PlanState.SIGNED
    first = queries.signed_of(queries.readings_of(plan.id))
    assert (first.row.sure, first.row.most, first.row.level) == (9_000, 10_000, "excellent")
    with pytest.raises(RuleViolation, match="更正的原因"):
        act("correct", plan, reader, satisfaction="同前")
    act("correct", plan, reader, "审计要求重新读取", satisfaction="同前")
    assert queries.signed_of(queries.readings_of(plan.id)).row.id == first.row.id, "until it is signed, the old one stands"
    act("reject", plan, signer, "无须更正")
    assert the_db.session.get(PerformancePlan, plan.id).state is PlanState.SIGNED
    act("correct", plan, reader, "审计要求重新读取", satisfaction="同前")
    act("sign", plan, signer)
    assert queries.signed_of(queries.readings_of(plan.id)).row.kind == "correction"
    assert the_db.session.get(PerformanceReading, first.row.id).sure == 9_000
    with pytest.raises(DBAPIError):
        in_transaction(lambda: the_db.session.execute(the_db.text("DELETE FROM performance_readings")))


def test_a_second_click_answers_the_same_plan_and_the_same_step(db):
    programme, asked, second = a_programme(), by(an_officer()), by(an_officer())
    first, again = (in_transaction(lambda: service.enter(programme.id, 2026, TARGETS, by=asked)) for _ in range(2))
    assert first.id == again.id
    for _ in range(2):
        assert in_transaction(lambda: service.confirm(first.id, StepWords(), by=second)).state is PlanState.CONFIRMED
    assert len(queries.targets_of(first.id)) == len(TARGETS)


def test_another_programmes_money_is_not_counted(db):
    plan = a_plan(a_programme("xizang_innovation_voucher"))
    a_paid_order()
    assert values(plan)["paid"] == 0
    assert the_db.session.scalars(select(Programme).where(Programme.id != plan.programme_id)).first() is not None
