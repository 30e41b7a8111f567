"""O5: what money is for and until when; what is left goes back or is carried over as two persons decide."""

from datetime import date, timedelta
from uuid import uuid4

import pytest

from marketplace.kernel import clock as clocks
from marketplace.kernel.db import by_id, in_transaction
from marketplace.kernel.errors import Conflict, Denied, RuleViolation
from marketplace.notices.models import Notice
from marketplace.notices.reminding import Ways
from marketplace.settlement import draw_rules
from marketplace.settlement.draw_rules import Fund, OrderOfUse, PaidCause, UseRules
from marketplace.settlement.queries.treasury import paper_of
from marketplace.settlement.recovery_rules import ReturnsTo
from marketplace.settlement.rules import Approval
from marketplace.settlement.service import claims, recoveries
from marketplace.vouchers import chart, reminders
from marketplace.vouchers.fund_settings import fund_rules
from marketplace.vouchers.models import Appropriation
from marketplace.vouchers.rules import funds as rules
from marketplace.vouchers.rules.funds import FundActKind, FundPurpose
from marketplace.vouchers.service import fund_acts
from marketplace.vouchers.service.fund_acts import WantedAct
from tests.factories import a_finance_officer, an_appropriation, an_officer
from tests.order_factories import a_batch, a_claim
from tests.settlement.acts import today
from tests.settlement.test_bounces import differences
from tests.settlement.test_recoveries import confirmed, opened, receive
from tests.settlement.test_sources import HALF, a_world, on, paid

ONE, TWO = uuid4(), uuid4()
LAW = PaidCause("540102", "small", "law", "企业职工福利咨询")


def bind(paper, **words):
    said = FundPurpose(reason="按文件规定", **words)
    return in_transaction(lambda: fund_acts.bind(paper.id, said, actor_id=uuid4(), request_key=uuid4()))


def propose(paper, kind, fen=0, by=None):
    wanted = WantedAct(kind=kind, reason="期限已到", amount_fen=fen)
    return in_transaction(lambda: fund_acts.propose(paper.id, wanted, actor_id=by or uuid4(), request_key=uuid4(), now=clocks.now()))


def decide(act, *, accepted=True, by=None):
    said = {"accepted": accepted, "answer": "", "request_key": uuid4(), "now": clocks.now()}
    return in_transaction(lambda: fund_acts.decide(act.id, actor_id=by or uuid4(), **said))


def test_o5_an_officer_binds_money_with_a_reason_and_payments_follow(db):
    _round, (free, own), claim = a_world(900_000, 300_000)
    bind(own, categories=(claim.order.category,))

    line = paid(claim)

    assert line.draws == {str(own.id): 300_000, str(free.id): 200_000}
    assert by_id(Appropriation, own.id).bound_to == {"categories": [claim.order.category]}


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"reason": " "}, "请写明限定用途的依据"),
        ({"classes": ("giants",)}, "不在本项目的范围内"),
        ({"categories": ("law",), "barred": ("law",)}, "不能既限定使用又禁止使用"),
        ({"use_by": date(2026, 12, 31)}, "只能提前"),
        ({"use_by": None}, "只能提前"),
    ],
)
def test_o5_a_binding_without_reason_or_beyond_the_programme_is_refused(said, told):
    known = {"regions": {"540100"}, "classes": {"small"}, "categories": {"law"}}
    with pytest.raises(RuleViolation, match=told):
        rules.check_purpose(FundPurpose(**{"reason": "按文件规定", "use_by": date(2026, 6, 30)} | said), date(2026, 6, 30), known)


def test_o5_money_that_may_not_pay_for_a_kind_of_service_is_not_bound_to_others():
    funds = [Fund(ONE, "county", 9, today(), {"barred": ["law"]}), Fund(TWO, "county", 9, today() - timedelta(days=1), {})]
    by = UseRules(OrderOfUse.OLDEST, today())

    assert [one["id"] for one in draw_rules.found_for(LAW, funds, by)["funds"]] == [str(TWO)]
    assert not any(one["bound"] for one in draw_rules.found_for(PaidCause("540102", "small", "ip"), funds, by)["funds"])


def test_o5_the_negative_list_keeps_money_from_what_it_names_and_says_which_entry():
    (entry,) = (one for one in fund_rules().negative_list if one.label == "奖金津贴和福利补助")
    by, funds = UseRules(OrderOfUse.PRO_RATA, today(), (entry,)), [Fund(ONE, "county", 9, today(), {})]
    found = draw_rules.found_for(LAW, funds, by)

    assert not found["funds"]
    with pytest.raises(RuleViolation) as told:
        draw_rules.check_enough(5, found, "DF1", draw_rules.barred_of(LAW, funds, by))
    assert (told.value.code, told.value.params["entry"]) == ("negative_list", "奖金津贴和福利补助")
    draw_rules.check_not_barred(PaidCause("540102", "small", "law", "法律咨询"), ["county"], (entry,))


def test_o5_what_the_negative_list_names_is_not_approved(db):
    claim = a_claim()

    def work():
        claim_row = by_id(type(claim), claim.id)
        claim_row.order.offering.title = "代办购车手续"

    in_transaction(work)
    with pytest.raises(RuleViolation, match="交通工具及通讯设备"):
        in_transaction(
            lambda: claims.approve(claim.id, Approval(claim.requested_fen), actor_id=uuid4(), now=clocks.now(), request_key=uuid4())
        )


def test_o5_money_whose_day_is_over_pays_nothing_until_it_is_carried_over(db, clock):
    clock.move_to("2026-12-20 10:00")
    _round, (paper,), claim = a_world(2_000_000)
    bind(paper, use_by=date(2026, 12, 31))
    clock.move_to("2027-01-05 10:00")
    with pytest.raises(RuleViolation, match=r"使用期限 .*已过"):
        a_batch(claims=[claim])

    proposer = uuid4()
    act = propose(paper, FundActKind.CARRY, by=proposer)
    with pytest.raises(Denied):
        decide(act, by=proposer)
    decide(act)

    assert by_id(Appropriation, paper.id).use_by == date(2027, 3, 31)
    a_batch(claims=[claim])
    assert on(chart.FUND_PLANNED, paper) == [2 * HALF]
    with pytest.raises(RuleViolation, match="已经结转过一次"):
        propose(paper, FundActKind.CARRY)


@pytest.mark.parametrize(
    ("until", "carried", "code"),
    [(date(2027, 3, 31), True, "carried_before"), (None, False, "no_use_by"), (date(2026, 3, 31), False, "carry_over_late")],
)
def test_o5_a_document_is_carried_over_once_and_to_a_day_to_come(until, carried, code):
    with pytest.raises(RuleViolation) as refused:
        rules.check_carry(until, carried=carried, today=date(2026, 4, 1))
    assert refused.value.code == code
    rules.check_carry(date(2026, 4, 1), carried=False, today=date(2026, 4, 1))


def test_o5_a_document_that_has_no_end_or_nothing_left_is_not_carried_over(db):
    _round, (paper,), claim = a_world(500_000)
    with pytest.raises(RuleViolation, match="没有使用期限"):
        propose(paper, FundActKind.CARRY)
    bind(paper, use_by=today() + timedelta(days=30))
    paid(claim)
    with pytest.raises(RuleViolation, match="没有可以结转的金额"):
        propose(paper, FundActKind.CARRY)


def test_o5_what_comes_back_of_a_document_whose_day_is_over_goes_to_the_treasury(db, clock):
    _round, (paper,), claim = a_world(2_000_000)
    bind(paper, use_by=today() + timedelta(days=30))
    paid(claim)
    case = confirmed(opened(claim, 100))
    clock.shift(days=31)
    with pytest.raises(RuleViolation, match="使用期限已过") as refused:
        receive(case, 100)
    assert (refused.value.code, refused.value.field) == ("source_closed", "returns_to")
    officer = an_officer().id
    in_transaction(lambda: recoveries.redirect_recovery(case.id, actor_id=officer, now=clocks.now()))
    had = on(chart.FUND, paper)
    receive(case, 100)
    assert on(chart.FUND, paper) == had and not differences(db)
    with pytest.raises(RuleViolation, match="请改为“上缴国库”后办理"):
        opened(claim, 100)
    assert opened(claim, 100, ReturnsTo.TREASURY).returns_to is ReturnsTo.TREASURY


def test_o5_what_is_left_goes_back_by_two_persons_and_stands_in_the_books(db):
    _round, (first, other), claim = a_world(60_000_000, 30_000_000)
    paid(claim)
    had = on(chart.FUND, first, other)
    with pytest.raises(RuleViolation, match="可收回的资金为"):
        propose(other, FundActKind.RECALL, had[1] + 1)

    act = propose(other, FundActKind.RECALL, 1_000_000)
    with pytest.raises(Conflict, match="请先复核"):
        propose(other, FundActKind.RECALL, 1)
    with pytest.raises(RuleViolation, match="请写明不同意的原因"):
        decide(act, accepted=False)
    decide(act)

    assert on(chart.FUND, first, other) == [had[0], had[1] - 1_000_000] and not differences(db)
    with pytest.raises(Conflict, match="没有重复办理"):
        decide(act)


def test_o5_finance_is_reminded_before_the_day_as_long_as_something_is_left(db):
    officer = a_finance_officer("540000")
    _round, (paper,), _claim = a_world(60_000_000)
    bind(paper, use_by=today() + timedelta(days=3))
    in_transaction(lambda: setattr(by_id(Appropriation, paper.id), "dated_on", today() - timedelta(days=90)))

    ids = reminders.to_remind(today())
    told = in_transaction(lambda: reminders.remind(ids, ways=Ways(False, False, ""), now=clocks.now()))

    assert paper.id in ids and told
    assert db.session.query(Notice).filter_by(user_id=officer.id, url=f"/office/appropriations/{paper.id}").count() == 1


def test_papers_list_the_documents_that_were_drawn_and_no_others(db):
    round_, (first,), claim = a_world(2_000_000)
    other = an_appropriation(round_, 100)
    bind(other, categories=("energy",))
    batch, lines = a_batch(claims=[claim])

    (shown,) = paper_of(batch, lines).lines

    assert shown.documents == {"region": first.document_number}
