from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from marketplace.audit import queries as audit
from marketplace.audit.models import AuditEvent
from marketplace.catalogue.models import Offering
from marketplace.kernel import clock
from marketplace.kernel.db import by_id, in_transaction, locked
from marketplace.kernel.errors import Conflict, NotFound, RuleViolation
from marketplace.kernel.money import YUAN, Fen
from marketplace.ledger import queries as ledger
from marketplace.notices import queries as notices
from marketplace.orders import queries, service
from marketplace.orders.lifecycle import OrderState
from marketplace.orders.models import Order, OrderDocument
from marketplace.orders.service import Handover, Purchase, Rating, SignedContract
from marketplace.orders.sweep import sweep
from marketplace.records.models import ServiceRecord
from marketplace.risk.models import RiskSignal
from marketplace.vouchers.models import Voucher
from marketplace.vouchers.rules.states import VoucherState
from tests import order_factories as acts
from tests.factories import a_firm, a_provider, a_round, a_voucher, an_offering
from tests.order_factories import a_paper, add_paper, an_order, person, with_papers
from tests.orders.looks import left_of, stands


def placed(voucher, offering, order_id=None, **facts):
    order_id = order_id or uuid4()
    firm_id, actor_id = facts.pop("enterprise_id", voucher.enterprise_id), person(voucher.enterprise_id)
    wanted = Purchase(offering.id, voucher.id, **facts)
    return in_transaction(lambda: service.place(order_id, wanted, enterprise_id=firm_id, actor_id=actor_id, now=clock.now()))


def by_provider(order):
    return {"provider_id": order.provider_id, "actor_id": person(order.provider_id)}


def test_an_order_reserves_what_the_voucher_bears(db):
    order = an_order()

    assert (order.state, order.price_fen, order.subsidy_fen, order.own_share_fen) == (
        OrderState.PLACED, 10_000 * YUAN, 5_000 * YUAN, 5_000 * YUAN,
    )  # fmt: skip
    assert ledger.balance_fen(order.book_id, f"order:{order.id}:reserved") == 5_000 * YUAN
    assert left_of(order.voucher) == 25_000 * YUAN
    assert order.due_on == clock.today() + timedelta(days=7)  # five working days
    assert stands(order)


def test_a_second_click_answers_the_same_order_and_reserves_once(db):
    voucher, offering, key = a_voucher(), an_offering(), uuid4()

    first, again = placed(voucher, offering, key), placed(voucher, offering, key)

    assert first.id == again.id == key
    assert left_of(voucher) == 25_000 * YUAN
    assert [event.action for event in audit.of_subject(key)] == ["order.placed"]


def test_the_same_key_for_another_order_is_a_conflict(db):
    voucher, offering, key = a_voucher(), an_offering(), uuid4()
    placed(voucher, offering, key)

    with pytest.raises(Conflict):
        placed(voucher, an_offering(), key)


def test_an_order_above_the_quota_is_refused_with_what_is_left(db):
    voucher, offering = a_voucher(), an_offering(price_fen=20_000 * YUAN)

    with pytest.raises(RuleViolation, match="最多可用 10,000") as refused:
        placed(voucher, offering, requested_fen=Fen(10_001 * YUAN))

    assert refused.value.field == "requested"
    assert left_of(voucher) == 30_000 * YUAN


def test_an_order_goes_on_with_what_is_left_where_the_programme_allows_it(db):
    voucher = a_voucher(face_fen=4_000 * YUAN)

    order = placed(voucher, an_offering())

    assert order.subsidy_fen == 4_000 * YUAN
    assert order.preview["why"]["params"]["label"] == "本券额度"
    assert by_id(Voucher, voucher.id).state is VoucherState.USED_UP
    with pytest.raises(RuleViolation, match="已用完"):
        placed(voucher, an_offering())


def test_another_firms_voucher_is_not_found(db):
    with pytest.raises(NotFound):
        placed(a_voucher(), an_offering(), enterprise_id=a_firm().id)


@pytest.mark.clock("2026-03-16 10:00")
def test_an_expired_voucher_is_refused_with_its_last_day(db, clock):
    voucher, offering = a_voucher(), an_offering()
    clock.shift(days=400)

    with pytest.raises(RuleViolation, match="到期"):
        placed(voucher, offering)


@pytest.mark.parametrize(("facts", "words"), [({"state": "delisted"}, "已下架"), ({"provider": "suspended"}, "暂停服务")])
def test_what_is_not_listed_cannot_be_ordered(db, facts, words):
    if "provider" in facts:
        facts = {"provider": a_provider(state=facts["provider"])}

    with pytest.raises(RuleViolation, match=words):
        placed(a_voucher(), an_offering(**facts))


def test_a_price_that_changed_since_the_page_was_shown_stops_the_order(db):
    voucher, offering = a_voucher(), an_offering()

    with pytest.raises(RuleViolation, match="标价已变为 10,000"):
        placed(voucher, offering, seen_price_fen=9_000 * YUAN)
    with pytest.raises(RuleViolation, match="可抵扣的金额已变为 5,000"):
        placed(voucher, offering, seen_subsidy_fen=4_000 * YUAN)
    assert left_of(voucher) == 30_000 * YUAN


def test_an_order_without_a_voucher_touches_no_ledger(db):
    order = an_order("redeemed", voucher=False)

    assert (order.state, order.subsidy_fen, order.book_id) == (OrderState.REDEEMED, 0, None)


@pytest.mark.parametrize("state", ["declined", "cancelled"])
def test_an_order_that_ends_gives_its_quota_back_at_once(db, state):
    order = an_order(state)

    assert order.state == state
    assert ledger.balance_fen(order.book_id, f"order:{order.id}:reserved") == 0
    assert left_of(order.voucher) == 30_000 * YUAN
    assert order.voucher.state is VoucherState.AVAILABLE
    assert stands(order)


def test_a_delivered_order_cannot_be_cancelled(db):
    order = an_order("delivered")

    with pytest.raises(RuleViolation, match="待验收"):
        acts.cancel(order)


def test_a_lower_contract_releases_the_difference_and_a_higher_one_is_refused(db):
    order = an_order("taken")

    with pytest.raises(RuleViolation, match="高于下单时的标价"):
        acts.contract(order, contract_fen=10_001 * YUAN)
    acts.contract(order, contract_fen=8_000 * YUAN)

    order = by_id(Order, order.id)
    assert (order.contract_fen, order.subsidy_fen) == (8_000 * YUAN, 4_000 * YUAN)
    assert left_of(order.voucher) == 26_000 * YUAN
    assert stands(order)


def test_a_contract_below_what_was_reserved_is_one_the_database_accepts(db):
    order = an_order("taken")

    acts.contract(order, contract_fen=4_000 * YUAN)

    order = by_id(Order, order.id)
    assert (order.contract_fen, order.subsidy_fen) == (4_000 * YUAN, 2_000 * YUAN)
    assert left_of(order.voucher) == 28_000 * YUAN
    assert stands(order)


def test_a_contract_dated_before_the_order_is_refused_where_the_programme_does_not_look_back(db):
    order = an_order("taken")
    signed = SignedContract("1", Fen(order.price_fen), clock.today() - timedelta(days=1), [a_paper("contract")])

    with pytest.raises(RuleViolation, match="合同日期应为 2026-03-16"):
        in_transaction(lambda: service.contract(order.id, signed, **by_provider(order), request_key=uuid4(), now=clock.now()))


def test_a_delivery_without_its_evidence_is_refused_by_name(db):
    order = an_order("contracted")
    handover = Handover("好了", [a_paper("deliverable")])

    with pytest.raises(RuleViolation, match="还缺：服务过程记录"):
        in_transaction(lambda: service.deliver(order.id, handover, **by_provider(order), request_key=uuid4(), now=clock.now()))


def test_a_returned_delivery_goes_back_with_its_reason_and_may_come_again(db):
    order = an_order("delivered")
    key = uuid4()

    def back():
        return service.send_back(
            order.id, enterprise_id=order.enterprise_id, reason="报告缺第三章", actor_id=person(order.enterprise_id), request_key=key,
            now=clock.now(),
        )  # fmt: skip

    in_transaction(back)
    assert (by_id(Order, order.id).state, by_id(Order, order.id).state_reason) == (OrderState.CONTRACTED, "报告缺第三章")
    acts.deliver(by_id(Order, order.id))
    in_transaction(back)  # a late resend of the return does not undo the new delivery

    assert by_id(Order, order.id).state is OrderState.DELIVERED


def test_accepting_redeems_records_and_tells_in_one_step(db):
    order = an_order("redeemed")

    assert ledger.balance_fen(order.book_id, f"order:{order.id}:redeemed") == order.subsidy_fen == 5_000 * YUAN
    record = db.session.scalars(select(ServiceRecord).where(ServiceRecord.source_id == order.id)).one()
    assert (record.source_kind, record.fee_fen, record.subsidised) == ("order", 10_000 * YUAN, True)
    assert "已验收" in notices.of_user(person(order.provider_id))[0].title
    assert order.due_on is not None
    assert stands(order)


def test_a_low_fee_offering_counts_as_low_fee_service_as_it_was_when_ordered(db):
    offering = an_offering(fee_kind="low_fee", discount_note="按一般收费的一半")
    order = an_order("placed", offering=offering)
    offering.fee_kind = "standard"
    db.session.commit()

    assert order.fee_kind == "low_fee"
    done = an_order("redeemed", offering=an_offering(fee_kind="low_fee", discount_note="按一般收费的一半"))
    assert db.session.scalars(select(ServiceRecord.fee_kind).where(ServiceRecord.source_id == done.id)).one() == "low_fee"


def test_accepting_twice_answers_twice_and_spends_once(db):
    order = an_order("delivered")
    key = uuid4()

    for _ in range(2):
        again = in_transaction(
            lambda: service.accept(
                order.id, enterprise_id=order.enterprise_id, actor_id=person(order.enterprise_id), request_key=key, now=clock.now()
            )
        )
        assert again.state is OrderState.REDEEMED

    assert ledger.balance_fen(order.book_id, f"order:{order.id}:redeemed") == 5_000 * YUAN
    assert db.session.scalar(select(func.count()).select_from(ServiceRecord).where(ServiceRecord.source_id == order.id)) == 1


def test_an_undelivered_order_cannot_be_accepted(db):
    order = an_order("contracted")

    with pytest.raises(RuleViolation, match="服务中"):
        acts.accept(order)


def test_another_firm_cannot_accept(db):
    order, stranger = an_order("delivered"), a_firm()

    with pytest.raises(NotFound):
        in_transaction(lambda: service.accept(order.id, enterprise_id=stranger.id, actor_id=uuid4(), request_key=uuid4(), now=clock.now()))


def test_an_invoice_is_used_once_in_all_orders_and_years(db):
    first, second = an_order("redeemed"), an_order("redeemed")
    add_paper(first, a_paper("invoice", amount_fen=first.contract_fen, number="0123 4567", code="5400221130"))

    with pytest.raises(RuleViolation, match="发票 01234567 已用于另一笔订单"):
        add_paper(second, a_paper("invoice", amount_fen=second.contract_fen, number="01234567", code="5400221130"))

    assert db.session.scalar(select(func.count()).select_from(OrderDocument).where(OrderDocument.order_id == second.id)) == 3


def test_a_replaced_invoice_is_kept_and_its_number_free_again(db):
    order = an_order("redeemed")
    add_paper(order, a_paper("invoice", amount_fen=order.contract_fen, number="00000001", code="5400221130"))
    old = queries.live_documents(order.id)[-1]

    add_paper(order, a_paper("invoice", amount_fen=order.contract_fen, number="00000001", code="5400221130", replaces_id=old.id))

    assert by_id(OrderDocument, old.id).replaced_at is not None
    assert [one.number for one in queries.live_documents(order.id) if one.kind == "invoice"] == ["00000001"]


def test_an_invoice_lower_than_the_contract_lowers_the_redemption_where_the_base_is_the_invoice(db):
    voucher = a_voucher(round_=a_round("jiangmen_2020_service_voucher", area="440700"), enterprise=a_firm(region="440703"))
    order = an_order("contracted", voucher=voucher, offering=an_offering(price_fen=10_000 * YUAN))
    reserved = order.subsidy_fen
    add_paper(order, a_paper("invoice", amount_fen=6_000 * YUAN))
    acts.deliver(by_id(Order, order.id))
    acts.accept(by_id(Order, order.id))

    order = by_id(Order, order.id)
    assert (reserved, order.subsidy_fen) == (5_000 * YUAN, 3_000 * YUAN)
    assert stands(order)


def test_sealed_papers_stay_as_they_are(db):
    order = with_papers(an_order("redeemed"))
    in_transaction(lambda: service.close_papers(locked(Order, order.id), actor_id=person(order.provider_id), now=clock.now()))

    with pytest.raises(RuleViolation, match="退回补正"):
        add_paper(order, a_paper("photo"))


def test_a_firm_reviews_once_after_accepting_and_the_provider_answers_once(db):
    order = an_order("delivered")
    rating, asked = Rating(5, "很好"), {"enterprise_id": order.enterprise_id, "actor_id": person(order.enterprise_id)}
    with pytest.raises(RuleViolation, match="等企业“验收并核销”，不能“评价服务”"):
        in_transaction(lambda: service.review(order.id, rating, **asked, request_key=uuid4(), now=clock.now()))
    acts.accept(order)

    in_transaction(lambda: service.review(order.id, rating, **asked, request_key=uuid4(), now=clock.now()))
    with pytest.raises(RuleViolation, match="已经评价过"):
        in_transaction(lambda: service.review(order.id, rating, **asked, request_key=uuid4(), now=clock.now()))
    reply = {"text": "谢谢", **by_provider(order)}
    in_transaction(lambda: service.answer(order.id, **reply, request_key=uuid4(), now=clock.now()))
    with pytest.raises(RuleViolation, match="已经回复过"):
        in_transaction(lambda: service.answer(order.id, **reply, request_key=uuid4(), now=clock.now()))

    assert (queries.score_of(order.provider_id).count, queries.score_of(order.provider_id).tenths) == (1, 50)
    counted = db.session.get(Offering, order.offering_id, populate_existing=True)
    assert (counted.review_count, counted.review_total) == (1, 5), "and its card says so"


def test_related_parties_and_cut_up_orders_raise_signals_and_stop_nothing(db):
    provider = a_provider(legal_representative="张三")
    voucher = a_voucher(enterprise=a_firm(legal_representative="张三"))
    offering = an_offering(provider=provider, price_fen=1_000 * YUAN)

    first, second = placed(voucher, offering), placed(voucher, offering)

    kinds = db.session.execute(select(RiskSignal.kind, RiskSignal.subject_id).order_by(RiskSignal.kind, RiskSignal.raised_at)).all()
    assert [tuple(row) for row in kinds] == [("related_party", first.id), ("related_party", second.id), ("split_contracts", second.id)]


@pytest.mark.parametrize(("ended", "state"), [(False, "open"), (True, "explained")])
def test_a_signal_of_a_job_cut_up_is_closed_with_a_reason_once_its_order_has_ended(db, ended, state):
    voucher, offering = a_voucher(), an_offering(price_fen=1_000 * YUAN)
    _first, second = placed(voucher, offering), placed(voucher, offering)
    if ended:
        acts.cancel(second)
    for _ in range(2):
        sweep(clock.now())
    signal = db.session.scalars(select(RiskSignal).where(RiskSignal.kind == "split_contracts")).one()
    trail = db.session.scalars(select(AuditEvent.action).where(AuditEvent.subject_id == signal.id)).all()
    assert (signal.state, "没有形成交易" in signal.answer, signal.closed_by) == (state, ended, None)
    assert trail == (["signal.explained"] if ended else [])
