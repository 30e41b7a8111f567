"""A signal becomes a case, a finding, a penalty that acts, an appeal; each step by another person, each refusal with its sentence."""

from uuid import uuid4

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from marketplace.catalogue.lifecycle import ProviderState
from marketplace.catalogue.models import Provider
from marketplace.catalogue.service import admission, offerings
from marketplace.enterprises.queries import register_of
from marketplace.enterprises.rules import kinds_held
from marketplace.identity.page_mark import mark
from marketplace.kernel import clock as the_clock
from marketplace.kernel.db import by_id, in_transaction
from marketplace.kernel.errors import Conflict, Denied, NotFound, RuleViolation
from marketplace.kernel.money import YUAN
from marketplace.notices.models import Notice
from marketplace.orders import service as orders
from marketplace.orders.service import Purchase
from marketplace.publicity.models import PublicNotice, PublicNoticeState
from marketplace.records import queries as records
from marketplace.records.models import ServiceRecord
from marketplace.risk import queries as risk
from marketplace.risk.models import RiskSignal
from marketplace.settlement.lifecycle import RecoveryState
from marketplace.settlement.models import Claim, PaymentLine
from marketplace.settlement.recovery_models import Recovery
from marketplace.supervision import queries, service
from marketplace.supervision.lifecycle import CaseState
from marketplace.supervision.models import CaseMeasure, SupervisionCase
from marketplace.supervision.queries import CaseFilter
from marketplace.supervision.rules import AppealAnswer, CaseSource, MeasureState
from marketplace.supervision.sweep import sweep
from tests.factories import a_firm, a_provider, a_round, a_title, a_user, a_voucher, an_application, an_offering, an_officer, user_of
from tests.order_factories import a_batch, an_order
from tests.settlement.acts import pay
from tests.settlement.test_bounces import a_paid_line, bounce, confirm
from tests.settlement.test_recoveries import confirmed, opened, receive
from tests.supervision.acts import a_case, answer, appeal, by, decide, decided, find, propose


def order_of(firm, offering, voucher=None):
    purchase = Purchase(offering.id, voucher.id if voucher else None, None, "请按期完成。")
    actor_id = user_of(firm).id
    return in_transaction(lambda: orders.place(uuid4(), purchase, enterprise_id=firm.id, actor_id=actor_id, now=the_clock.now()))


def list_it(offering):
    asked = {"seen_version": 1, "actor_id": None, "request_key": uuid4(), "today": the_clock.today()}
    return in_transaction(lambda: offerings.submit(offering.id, offering.provider_id, **asked))


def state_of(case):
    return by_id(SupervisionCase, case.id).state


def test_a_banned_provider_takes_no_new_order_until_its_day_and_the_old_one_goes_on(db, clock):
    offering, firm = an_offering(), a_firm()
    old = an_order("taken", offering=offering)
    case = decided(offering.provider_id, "ban", days=30)
    with pytest.raises(RuleViolation, match=rf"被禁止参与（处理决定 {case.number}）"):
        order_of(firm, offering)
    again = an_offering(provider=by_id(Provider, offering.provider_id), state="draft")
    with pytest.raises(RuleViolation, match="被禁止参与"):
        list_it(again)
    assert old.state.value == "taken"
    clock.shift(days=30)
    with pytest.raises(RuleViolation, match="被禁止参与"):
        order_of(firm, offering)
    clock.shift(days=1)
    assert order_of(firm, offering).state.value == "placed"


def test_a_suspended_firm_neither_orders_nor_applies(db):
    firm = a_firm()
    round_ = a_round(state="claiming", slug="xizang_innovation_voucher")
    decided(firm.id, "suspension", days=10)
    with pytest.raises(RuleViolation, match="被暂停参与"):
        order_of(firm, an_offering())
    with pytest.raises(RuleViolation, match="被暂停参与"):
        an_application(round_, firm, requested_fen=100_000)


def test_a_banned_provider_does_not_ask_for_admission(db):
    provider = a_provider(state="returned")
    decided(provider.id, "ban", days=10)
    with pytest.raises(RuleViolation, match="被禁止参与"):
        in_transaction(
            lambda: admission.apply(provider.id, agreed=True, actor_id=user_of(provider).id, request_key=uuid4(), now=the_clock.now())
        )


def test_who_found_does_not_decide_and_who_did_either_does_not_answer_the_appeal(db):
    provider, (first, second, third) = a_provider(), (an_officer() for _ in range(3))
    case = a_case(provider.id, officer=first)
    propose(case, "suspension", officer=first, days=10)
    find(case, first)
    with pytest.raises(Denied, match="请由另一位工作人员决定"):
        decide(case, first)
    decide(case, second)
    appeal(case, user_of(provider))
    for officer in (first, second):
        with pytest.raises(Denied, match="请由另一位工作人员决定"):
            answer(case, officer, AppealAnswer.UPHELD)
    assert answer(case, third, AppealAnswer.UPHELD).state is CaseState.CLOSED
    assert risk.bars_of(provider.id, the_clock.today())


def test_the_database_lets_no_finder_decide(db):
    case = decided(a_provider().id, "warning")
    with pytest.raises(IntegrityError):
        in_transaction(
            lambda: db.session.execute(
                update(SupervisionCase).where(SupervisionCase.id == case.id).values(decided_by=SupervisionCase.found_by)
            )
        )


def test_nobody_handles_a_case_about_the_own_organisation(db):
    provider = a_provider()
    insider = a_user("officer", organisation=provider)
    with pytest.raises(Denied, match="涉及您所在的单位"):
        a_case(provider.id, officer=insider)
    case = a_case(provider.id)
    propose(case, "warning")
    with pytest.raises(Denied, match="涉及您所在的单位"):
        find(case, insider)


def test_an_appeal_that_succeeds_takes_every_measure_back(db):
    provider, firm = a_provider(), a_firm(titles=["specialised"])
    title = a_title(firm, "innovative", accepted=True)
    third = an_officer()
    removed = decided(provider.id, "removal")
    assert by_id(Provider, provider.id).state is ProviderState.REMOVED
    revoked = decided(firm.id, "title", target=title.number)
    assert {one.value for one in kinds_held(register_of(firm.id), the_clock.today())} == {"specialised"}
    for case, who in ((removed, provider), (revoked, firm)):
        appeal(case, user_of(who))
        answer(case, third, AppealAnswer.REVOKED)
        assert {one.state for one in queries.measures_of(case.id)} == {MeasureState.LIFTED}
    back = by_id(Provider, provider.id)
    assert (back.state, by_id(PublicNotice, back.notice_id).state) == (ProviderState.ADMITTED, PublicNoticeState.STOPPED)
    assert len(kinds_held(register_of(firm.id), the_clock.today())) == 2


def test_who_was_removed_by_another_decision_since_stays_removed(db):
    provider = a_provider()
    first = decided(provider.id, "removal")
    in_transaction(lambda: db.session.execute(update(Provider).where(Provider.id == provider.id).values(state=ProviderState.ADMITTED)))
    decided(provider.id, "removal")
    appeal(first, user_of(provider))
    answer(first, an_officer(), AppealAnswer.REVOKED)
    assert by_id(Provider, provider.id).state is ProviderState.REMOVED


def test_a_service_that_did_not_take_place_is_taken_from_the_count_by_a_new_row_and_comes_back_by_another(db):
    order = an_order("redeemed")
    before = db.session.scalars(records.current().where(ServiceRecord.source_number == order.number)).unique().one()
    case = decided(order.provider_id, "count", target=order.number)
    assert not db.session.scalars(records.current().where(ServiceRecord.source_number == order.number)).unique().all()
    assert len(records.chain_of(before)) == 2
    appeal(case, user_of(order.provider_id))
    answer(case, an_officer(), AppealAnswer.REVOKED)
    assert len(db.session.scalars(records.current().where(ServiceRecord.source_number == order.number)).unique().all()) == 1


def test_nothing_is_asked_back_above_what_was_paid_nor_twice(db):
    _batch, lines = a_batch()
    line = pay(lines[0])
    number, case = line.claim.number, a_case(line.claim.provider_id, subject=("claim", line.claim_id))
    with pytest.raises(RuleViolation, match="最多还能追回"):
        propose(case, "recovery", target=number, amount_fen=line.amount_fen + 1)
    propose(case, "recovery", target=number, amount_fen=line.amount_fen - 100)
    other = a_case(line.claim.provider_id)
    with pytest.raises(RuleViolation, match=r"最多还能追回 1\.00 元") as refused:
        propose(other, "recovery", target=number, amount_fen=101)
    assert refused.value.field == "amount"
    with pytest.raises(RuleViolation, match="没有找到"):
        propose(a_case(a_firm().id), "recovery", target=number, amount_fen=100)
    assert by_id(PaymentLine, line.id).amount_fen == line.amount_fen


def test_what_came_back_and_what_others_ask_back_is_not_asked_back_again(db):
    line = a_paid_line()
    bounce(line, 2_000 * YUAN)
    confirm(line.claim)
    _batch, (again,) = a_batch(claims=[by_id(Claim, line.claim_id)])
    pay(again, "ZF-2")
    opened(line.claim, 1_000 * YUAN)
    case = a_case(line.claim.provider_id)
    with pytest.raises(RuleViolation, match=r"已付 5,000\.00 元，其中已要求追回 1,000\.00 元，最多还能追回 4,000\.00 元"):
        propose(case, "recovery", target=line.claim.number, amount_fen=4_000 * YUAN + 1)
    propose(case, "recovery", target=line.claim.number, amount_fen=4_000 * YUAN)


def test_a_recovery_goes_on_in_a_case_of_its_own_and_is_dropped_when_the_decision_is_revoked(db):
    _batch, lines = a_batch()
    line = pay(lines[0])
    case = decided(line.claim.provider_id, "recovery", target=line.claim.number, amount_fen=line.amount_fen)
    recovery = by_id(Recovery, queries.measures_of(case.id)[0].id)
    assert (recovery.claim_id, recovery.amount_fen, recovery.state) == (line.claim_id, line.amount_fen, RecoveryState.PROPOSED)
    appeal(case, user_of(line.claim.provider_id))
    answer(case, an_officer(), AppealAnswer.REVOKED)
    assert by_id(Recovery, recovery.id).state is RecoveryState.DROPPED


@pytest.mark.parametrize(
    ("kind", "facts", "field", "words"),
    [
        pytest.param("ban", {}, "until", "请填写截止日期", id="no day"),
        pytest.param("suspension", {"days": -1}, "until", "不能早于今天", id="a day that is over"),
        pytest.param("suspension", {"days": 181}, "until", "期限最长 180 天", id="longer than the setting"),
        pytest.param("recovery", {"amount_fen": 100}, "target", "请填写所涉", id="no number"),
        pytest.param("recovery", {"target": "DF-1"}, "amount", "请填写要追回的金额", id="no amount"),
        pytest.param("referral", {}, "receiver", "移送给哪个机关", id="no receiver"),
        pytest.param("title", {"target": "无此证"}, "target", "没有找到", id="no such title"),
    ],
)
def test_a_measure_without_what_it_needs_is_refused_beside_the_field(db, kind, facts, field, words):
    with pytest.raises(RuleViolation, match=words) as refused:
        propose(a_case(a_provider().id), kind, **facts)
    assert refused.value.field == field


def test_only_a_provider_of_the_register_leaves_it(db):
    with pytest.raises(RuleViolation, match="不是在库服务机构"):
        propose(a_case(a_firm().id), "removal")


def test_a_finding_fits_its_measures_and_says_enough(db):
    officer, case = an_officer(), a_case(a_provider().id)
    with pytest.raises(RuleViolation, match="至少一项处理措施"):
        find(case, officer)
    propose(case, "warning")
    with pytest.raises(RuleViolation, match="先撤下"):
        find(case, officer, established=False)
    with pytest.raises(RuleViolation, match="不少于 10 个字"):
        find(case, officer, words="有问题")


def test_a_case_that_does_not_hold_is_dismissed_and_the_party_reads_nothing(db):
    provider = a_provider()
    case = a_case(provider.id)
    find(case, an_officer(), established=False)
    assert decide(case, an_officer()).state is CaseState.DISMISSED
    with pytest.raises(NotFound):
        queries.own_case(case.id, provider.id)


def test_who_decides_may_ask_for_more_and_a_proposed_measure_can_be_dropped(db):
    first, second = an_officer(), an_officer()
    case = a_case(a_provider().id, officer=first)
    propose(case, "warning", officer=first)
    find(case, first)
    asked = by(second)
    back = in_transaction(lambda: service.hand_back(case.id, "请补充合同原件。", asked=asked))
    assert (back.state, back.found_by) == (CaseState.INVESTIGATING, None)
    measure = queries.measures_of(case.id)[0]
    in_transaction(lambda: service.drop_measure(case.id, measure.id, actor_id=first.id, now=the_clock.now()))
    assert not queries.measures_of(case.id)


def test_two_clerks_on_one_case_at_once(db):
    """The second one hears who was faster, from the page and from the state."""
    first, (second, third) = an_officer(), (an_officer(), an_officer())
    case = a_case(a_provider().id, officer=first)
    propose(case, "warning", officer=first)
    find(case, first)
    seen = mark(case.id)
    decide(case, second, seen)
    with pytest.raises(Conflict, match="内容已被更新"):
        decide(case, third, seen)
    with pytest.raises(Conflict, match="这一步已经办过了"):
        decide(case, third)


def test_the_same_signal_has_one_case(db):
    provider, source = a_provider(), uuid4()
    a_case(provider.id, source=CaseSource.SIGNAL, source_id=source)
    with pytest.raises(RuleViolation, match="已立案"):
        a_case(provider.id, source=CaseSource.SIGNAL, source_id=source)


def test_an_appeal_comes_once_in_its_days_by_the_party_alone(db, clock):
    provider, other = a_provider(), a_provider()
    case = decided(provider.id, "warning")
    with pytest.raises(NotFound):
        appeal(case, user_of(other))
    with pytest.raises(RuleViolation, match="不少于 10 个字"):
        appeal(case, user_of(provider), "不服")
    clock.shift(days=60)
    with pytest.raises(RuleViolation, match="申诉期已于"):
        appeal(case, user_of(provider))
    sweep(the_clock.now())
    assert state_of(case) is CaseState.CLOSED
    assert sweep(the_clock.now()) == 0


def test_the_party_and_the_deciders_are_told(db):
    provider, (first, second) = a_provider(), (an_officer(), an_officer())
    case = decided(provider.id, "warning", officers=(first, second))
    told = {one.user_id: one.url for one in db.session.query(Notice).filter(Notice.url.like(f"%{case.id}%"))}
    assert told[user_of(provider).id] == f"/my/cases/{case.id}"
    assert told[second.id] == f"/cases/{case.id}"


def test_who_may_not_decide_is_not_asked_to(db):
    first, second = an_officer(), an_officer()
    case = a_case(a_provider().id, officer=first)
    propose(case, "warning", officer=first)
    find(case, first)
    waiting = {one.id: CaseFilter(state=CaseState.FOUND, not_by=one.id) for one in (first, second)}
    assert not db.session.scalars(queries.cases(("540000",), waiting[first.id])).all()
    assert [one.id for one in db.session.scalars(queries.cases(("540000",), waiting[second.id]))] == [case.id]


def test_a_measure_is_proposed_once(db):
    case = a_case(a_provider().id)
    propose(case, "warning")
    with pytest.raises(RuleViolation, match="已经拟定"):
        propose(case, "warning")
    assert db.session.query(CaseMeasure).filter(CaseMeasure.case_id == case.id).count() == 1


def test_a_voucher_of_a_firm_whose_bar_is_over_is_used_again(db, clock):
    firm = a_firm()
    voucher, offering = a_voucher(enterprise=firm), an_offering()
    decided(firm.id, "suspension", days=1)
    clock.shift(days=2)
    assert order_of(firm, offering, voucher).voucher_id == voucher.id


@pytest.mark.parametrize(("came_in", "state"), [(0, RecoveryState.DROPPED), (1_000, RecoveryState.REPAID)])
def test_o11_money_demanded_by_a_decision_that_is_revoked_is_demanded_no_longer_and_what_came_in_is_named(db, came_in, state):
    _batch, lines = a_batch()
    line = pay(lines[0])
    case = decided(line.claim.provider_id, "recovery", target=line.claim.number, amount_fen=line.amount_fen)
    row = by_id(Recovery, queries.measures_of(case.id)[0].id)
    confirmed(row)
    if came_in:
        receive(row, came_in)
    appeal(case, user_of(line.claim.provider_id))
    answer(case, an_officer(), AppealAnswer.REVOKED)
    row = by_id(Recovery, row.id)
    assert (row.state, row.recovered_fen, row.live_claim_id) == (state, came_in, None)
    named = list(db.session.scalars(select(RiskSignal).where(RiskSignal.kind == "recovery_unfounded", RiskSignal.subject_id == row.id)))
    assert [("10.00" in one.reason) for one in named] == [True] * bool(came_in)
    with pytest.raises((Conflict, RuleViolation)):
        receive(row, 100, "RZ-9")
