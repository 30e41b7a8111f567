"""A silent firm takes nobody's money: acceptance by default, disputes, an officer who decides. On both engines."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from marketplace.audit import queries as audit
from marketplace.kernel.db import by_id, in_transaction
from marketplace.kernel.db import db as the_db
from marketplace.kernel.errors import Conflict, NotFound, RuleViolation
from marketplace.kernel.money import YUAN, Fen
from marketplace.ledger import queries as ledger
from marketplace.notices import queries as notices
from marketplace.orders import queries, rules, service
from marketplace.orders.lifecycle import OrderState
from marketplace.orders.models import Order, OrderDispute, OrderDocument
from marketplace.orders.sweep import sweep
from marketplace.records.models import ServiceRecord
from marketplace.records.rules import AcceptedBy
from marketplace.settlement.models import Claim
from marketplace.vouchers.rules.states import VoucherState
from marketplace.vouchers.service import holdings
from tests import order_factories as acts
from tests.factories import a_round, a_voucher, an_officer, with_value
from tests.order_factories import a_claim, a_paper, add_paper, an_order, person, with_papers
from tests.orders.looks import left_of, now, stands, today, where_silence_means

DUE = date(2026, 3, 30)  # ten working days after the delivery of 16 March


def disputed(order, reason="报告与现场不符", key=None):
    key, mine = key or uuid4(), {"enterprise_id": order.enterprise_id, "actor_id": person(order.enterprise_id)}
    return in_transaction(lambda: service.dispute(order.id, **mine, reason=reason, request_key=key, now=now()))


def decided(order, amount_fen, answer="已核对现场", officer=None):
    actor_id, key = (officer or an_officer()).id, uuid4()
    return in_transaction(
        lambda: service.decide(order.id, amount_fen=Fen(amount_fen), answer=answer, actor_id=actor_id, request_key=key, now=now())
    )


def told(organisation_id):
    return [one.title for one in notices.of_user(person(organisation_id))]


def test_silence_until_the_day_is_over_is_acceptance_and_says_so_everywhere(db, clock):
    order = an_order("delivered", contract_fen=9_000 * YUAN)
    assert order.due_on == DUE
    clock.move_to("2026-03-30 23:59:59")
    assert by_id(Order, order.id).state is OrderState.DELIVERED
    sweep(now())
    assert by_id(Order, order.id).state is OrderState.DELIVERED
    clock.move_to("2026-03-31 00:00:00")

    assert (sweep(now()), sweep(now())) == (1, 0)

    order = by_id(Order, order.id)
    assert (order.state, order.accepted_by, order.subsidy_fen) == (OrderState.REDEEMED, AcceptedBy.DEFAULT, 4_500 * YUAN)
    assert ledger.balance_fen(order.book_id, f"order:{order.id}:redeemed") == 4_500 * YUAN
    assert stands(order)
    record = the_db.session.scalars(select(ServiceRecord).where(ServiceRecord.source_id == order.id)).one()
    assert record.accepted_by == "default"
    assert "order.redeemed_by_default" in [event.action for event in audit.of_subject(order.id)]
    assert all("视为验收" in " ".join(told(side)) for side in (order.enterprise_id, order.provider_id))
    claim = a_claim(order=with_papers(order))
    assert {"key": "acceptance", "verdict": "warn"}.items() <= next(one for one in claim.checks if one["key"] == "acceptance").items()


def test_default_acceptance_redeems_no_more_than_the_papers_deserve(db, clock):
    voucher = where_silence_means("accept")
    programme = with_value(voucher.programme, "base", "invoice")
    order = an_order("delivered", voucher=a_voucher(round_=a_round(programme=programme)))
    add_paper(order, a_paper("invoice", amount_fen=8_000 * YUAN))
    clock.shift(days=15)

    sweep(now())

    order = by_id(Order, order.id)
    assert (order.accepted_by, order.subsidy_fen, left_of(order.voucher)) == (AcceptedBy.DEFAULT, 4_000 * YUAN, 26_000 * YUAN)
    assert stands(order)


def test_without_every_paper_of_the_delivery_nothing_is_accepted_by_silence(db, clock):
    order = an_order("delivered")
    paper = the_db.session.scalars(
        select(OrderDocument).where(OrderDocument.order_id == order.id, OrderDocument.kind == "deliverable")
    ).one()
    in_transaction(lambda: setattr(by_id(OrderDocument, paper.id), "replaced_at", now()))
    clock.shift(days=15)

    sweep(now())

    assert by_id(Order, order.id).state is OrderState.DELIVERED
    assert disputed(order).state is OrderState.DISPUTED, "so the firm may still speak"


def test_a_frozen_voucher_waits_and_is_accepted_when_it_thaws(db, clock):
    order = an_order("delivered")
    officer_id = an_officer().id
    in_transaction(lambda: holdings.freeze(order.voucher_id, reason="核查", actor_id=officer_id))
    clock.shift(days=15)
    sweep(now())
    assert by_id(Order, order.id).state is OrderState.DELIVERED
    in_transaction(lambda: holdings.thaw(order.voucher_id, reason="核查完毕", actor_id=officer_id))

    sweep(now())

    assert by_id(Order, order.id).accepted_by is AcceptedBy.DEFAULT
    assert order.voucher.state is not VoucherState.FROZEN


def test_a_firm_is_reminded_half_way_and_a_day_before(db, clock):
    order = an_order("delivered")
    counts = []
    for day in ("2026-03-22", "2026-03-23", "2026-03-28", "2026-03-29", "2026-03-30"):
        clock.move_to(f"{day} 08:00")
        counts.append((sweep(now()), sweep(now())))

    assert counts == [(0, 0), (1, 0), (0, 0), (1, 0), (0, 0)]
    assert told(order.enterprise_id).count(f"订单 {order.number} 待您验收") == 2


@pytest.mark.parametrize(
    ("start", "last", "expected"),
    [
        (date(2026, 3, 16), date(2026, 3, 30), (date(2026, 3, 23), date(2026, 3, 29))),
        (date(2026, 3, 16), date(2026, 3, 18), (date(2026, 3, 17),)),
        (date(2026, 3, 16), date(2026, 3, 17), ()),
        (date(2026, 3, 16), date(2026, 3, 16), ()),
    ],
)
def test_reminders_stand_inside_the_term(start, last, expected):
    assert rules.reminder_days(start, last) == expected


def test_a_dispute_of_the_last_second_stops_the_term_and_one_of_the_second_of_acceptance_is_too_late(db, clock):
    early, late = an_order("delivered"), an_order("delivered")
    clock.move_to("2026-03-30 23:59:59")
    disputed(early)
    clock.move_to("2026-03-31 00:00:00")

    with pytest.raises(RuleViolation, match="2026-03-30 届满，按项目规则视为验收"):
        disputed(late)
    with pytest.raises(RuleViolation, match="视为验收"):
        in_transaction(
            lambda: service.send_back(
                late.id, enterprise_id=late.enterprise_id, reason="缺附件", actor_id=person(late.enterprise_id), request_key=uuid4(),
                now=now(),
            )
        )  # fmt: skip
    sweep(now())
    with pytest.raises(RuleViolation):
        disputed(late)

    assert (by_id(Order, early.id).state, by_id(Order, early.id).due_on) == (OrderState.DISPUTED, None)
    assert by_id(Order, late.id).accepted_by is AcceptedBy.DEFAULT
    clock.shift(days=400)
    sweep(now())
    assert by_id(Order, early.id).state is OrderState.DISPUTED, "no term runs"


def test_a_dispute_twice_is_one_dispute(db):
    order, key = an_order("delivered"), uuid4()

    assert disputed(order, key=key).id == disputed(order, key=key).id
    with pytest.raises(Conflict, match="已经办过"):
        disputed(order)

    row = queries.dispute_of(order.id)
    assert (row.opened_by, row.reason) == (person(order.enterprise_id), "报告与现场不符")
    the_db.session.add(OrderDispute(order_id=order.id, reason="又一次", opened_at=now()))
    with pytest.raises(IntegrityError):
        the_db.session.flush()


def test_a_dispute_says_why_and_only_about_a_delivery(db):
    order = an_order("delivered")
    with pytest.raises(RuleViolation, match="原因"):
        disputed(order, reason=" ")
    with pytest.raises(RuleViolation, match="待签合同"):
        disputed(an_order("taken"))
    other = an_order("delivered")
    with pytest.raises(NotFound):
        in_transaction(
            lambda: service.dispute(
                order.id, enterprise_id=other.enterprise_id, reason="不符", actor_id=person(other.enterprise_id), request_key=uuid4(),
                now=now(),
            )
        )  # fmt: skip


def test_an_officer_decides_with_an_amount_and_the_rest_goes_back(db, clock):
    order = an_order("delivered")
    disputed(order)
    clock.shift(days=300)  # long after the round's last day to claim

    order = decided(order, 3_000 * YUAN)

    assert (order.state, order.accepted_by, order.subsidy_fen) == (OrderState.REDEEMED, AcceptedBy.OFFICER, 3_000 * YUAN)
    assert order.due_on > today(), "the provider has the whole time to ask"
    assert queries.dispute_of(order.id).amount_fen == 3_000 * YUAN
    assert all("争议已裁定" in " ".join(told(side)) for side in (order.enterprise_id, order.provider_id))
    assert stands(order)
    with pytest.raises(Conflict, match="已经办过了"):
        decided(order, 0)


def test_an_officer_who_decides_on_nothing_ends_the_order(db):
    order = an_order("delivered")
    disputed(order)

    order = decided(order, 0, answer="成果不是本企业的")

    assert (order.state, left_of(order.voucher)) == (OrderState.CANCELLED, 30_000 * YUAN)
    assert stands(order)


@pytest.mark.parametrize(
    ("amount_fen", "answer", "words"), [(5_000 * YUAN + 1, "核对", "5,000.00"), (-1, "核对", "不能小于 0"), (100, " ", "理由")]
)
def test_a_decision_stays_below_what_is_deserved_and_says_why(db, amount_fen, answer, words):
    order = an_order("delivered")
    disputed(order)

    with pytest.raises(RuleViolation, match=words):
        decided(order, amount_fen, answer)
    assert by_id(Order, order.id).state is OrderState.DISPUTED


def test_where_the_rules_ask_an_officer_silence_is_put_before_one(db, clock):
    order = an_order("delivered", voucher=where_silence_means("ask_officer"))
    officer = an_officer()
    clock.shift(days=15)

    assert (sweep(now()), sweep(now())) == (1, 0)

    assert by_id(Order, order.id).state is OrderState.DISPUTED
    assert queries.dispute_of(order.id).opened_by is None
    assert any("待裁定" in one.title for one in notices.of_user(officer.id))
    assert decided(order, 5_000 * YUAN, officer=officer).subsidy_fen == 5_000 * YUAN


def test_where_silence_lapses_nothing_changes(db, clock):
    order = an_order("delivered", voucher=where_silence_means("lapse"))
    with pytest.raises(RuleViolation, match="没有争议裁定"):
        disputed(order)
    clock.shift(days=20)
    sweep(now())
    assert by_id(Order, order.id).state is OrderState.DELIVERED
    clock.shift(days=400)

    sweep(now())

    assert by_id(Order, order.id).state is OrderState.LAPSED
    assert stands(order)


def test_a_provider_has_its_time_to_claim_though_the_round_ended_in_the_silence(db, clock):
    order = an_order("taken", voucher=a_voucher(round_=a_round(use_days=1, days={"redeem_until": today() + timedelta(days=3)})))
    order_id = order.id
    acts.contract(order)
    acts.deliver(by_id(Order, order_id))
    assert by_id(Order, order_id).due_on >= today() + timedelta(days=3)
    clock.shift(days=40)
    sweep(now())

    assert by_id(Order, order_id).accepted_by is AcceptedBy.DEFAULT
    assert by_id(Order, order_id).due_on == today() + timedelta(days=60)
    assert by_id(Claim, a_claim(order=with_papers(by_id(Order, order_id))).id).requested_fen == 5_000 * YUAN
