"""Awards from the application to the decision: money is held once, a title is used once, and what is refused is free again."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from marketplace.enterprises.models import ReviewState
from marketplace.kernel import clock as the_clock
from marketplace.kernel.db import by_id, in_transaction
from marketplace.kernel.errors import Denied, NotFound, RuleViolation
from marketplace.kernel.money import YUAN, Fen
from marketplace.ledger import queries as ledger
from marketplace.settlement import service
from marketplace.settlement.lifecycle import ClaimState
from marketplace.settlement.models import Claim
from marketplace.settlement.queries.causes import firm_to_mend, of_enterprise
from marketplace.settlement.rules import Approval
from marketplace.settlement.sweep import sweep
from marketplace.subsidies.models import Subsidy
from marketplace.subsidies.service import Asked
from marketplace.vouchers import chart
from marketplace.vouchers.models import Round
from marketplace.vouchers.queries.funds import gauge
from marketplace.vouchers.service.applications import Wish, apply
from tests.factories import a_firm, a_round, an_appropriation, an_officer
from tests.order_factories import person, spot_checked
from tests.programmes_of import a_programme_with
from tests.subsidies.awards import (
    AREA,
    LITTLE_GIANT,
    SLUG,
    SPECIALISED,
    a_titled_firm,
    an_award,
    an_award_round,
    ask,
    renumbered,
    title_of,
    word_of,
)


def pool(round_: Round) -> int:
    return ledger.balance_fen(round_.book_id, chart.POOL.of(round_.id))


def decided(work):
    return in_transaction(work)


def send_back(claim: Claim, reason: str = "编号与证书不符") -> Claim:
    actor_id = an_officer("652700").id
    return decided(lambda: service.send_back(claim.id, reason=reason, actor_id=actor_id, now=the_clock.now()))


def refuse(claim: Claim) -> Claim:
    actor_id = an_officer("652700").id
    return decided(lambda: service.refuse(claim.id, reason="称号不在支持年份", actor_id=actor_id, now=the_clock.now()))


def again(claim: Claim, firm, word: str = "") -> Claim:
    who = {"enterprise_id": firm.id, "actor_id": person(firm.id)}
    asked = Asked(ground=word or word_of(firm))
    return in_transaction(lambda: service.ask_again(claim.id, asked, **who, request_key=uuid4(), now=the_clock.now()))


@pytest.mark.parametrize(("kind", "amount"), [("specialised", SPECIALISED), ("little_giant", LITTLE_GIANT)])
def test_an_application_holds_the_amount_of_its_class(db, kind, amount):
    row, firm = an_award_round(), a_titled_firm(kind=kind)
    claim = ask(row, firm)
    assert (claim.state, claim.requested_fen, claim.deserved_fen) == (ClaimState.SUBMITTED, amount, amount)
    assert (claim.payee_id, claim.asker.id, claim.provider_id, claim.order_id) == (firm.id, firm.id, None, None)
    found = gauge(row)
    assert (found.reserved_fen, found.pool_fen) == (amount, 3_000_000 * YUAN - amount) and claim.due_on is not None
    assert [one["verdict"] for one in claim.checks] == ["pass", "pass"]


def test_a_second_click_answers_the_same_application(db):
    row, firm, key = an_award_round(), a_titled_firm(), uuid4()
    assert ask(row, firm, key=key).id == ask(row, firm, key=key).id
    assert pool(row) == 3_000_000 * YUAN - SPECIALISED


@pytest.mark.parametrize("other", ["新〔2025〕7号", "新[２０２５]－7 号", " 新 (2025) 7 号", "新2025 7号"])
def test_a_title_is_used_once_however_its_number_is_typed(db, other):
    row = an_award_round()
    ask(row, a_titled_firm("新〔2025〕7号"))
    with pytest.raises(RuleViolation, match="已申请过本项目的奖励，同一称号编号只奖励一次"):
        ask(row, a_titled_firm(other))
    later = an_award_round()
    with pytest.raises(RuleViolation, match="同一称号编号只奖励一次"):
        ask(later, a_titled_firm(other))
    assert pool(row) == 3_000_000 * YUAN - SPECIALISED and pool(later) == 3_000_000 * YUAN
    assert ask(row, a_titled_firm("新〔2025〕8号")).requested_fen == SPECIALISED
    assert ask(row, a_titled_firm("新〔2025〕7号", kind="little_giant")).requested_fen == LITTLE_GIANT  # another kind, another register


def test_the_database_refuses_a_second_award_for_a_title_past_the_service(db):
    row = an_award_round()
    first, second = ask(row, a_titled_firm("新〔2025〕7号")), ask(row, a_titled_firm("新〔2025〕8号"))
    key = first.subsidy.number_key
    with pytest.raises(IntegrityError), db.session.begin_nested():
        db.session.execute(update(Subsidy).where(Subsidy.id == second.subsidy_id).values(number_key=key))


@pytest.mark.parametrize("values", [{"subsidy_id": None}, {"provider_id": "the firm"}, {"round_id": None}])
def test_the_database_keeps_a_claim_for_an_order_or_an_application(db, values):
    claim = ask(an_award_round(), a_titled_firm())
    values = {name: claim.enterprise_id if value == "the firm" else value for name, value in values.items()}
    with pytest.raises(IntegrityError), db.session.begin_nested():
        db.session.execute(update(Claim).where(Claim.id == claim.id).values(values))


def test_a_simulated_round_uses_up_no_real_title(db):
    ask(an_award_round(simulated=True), a_titled_firm("新〔2025〕7号"))
    assert ask(an_award_round(), a_titled_firm("新〔2025〕7号")).requested_fen == SPECIALISED


def test_a_firm_without_such_a_title_is_told_the_rule(db):
    row = an_award_round()
    with pytest.raises(RuleViolation, match="暂不符合申领条件（企业类别）"):
        ask(row, a_firm(region="652701", size="small"), word="specialised:1")
    with pytest.raises(RuleViolation, match="暂不符合申领条件（适用地区）"):
        ask(row, a_titled_firm(region="540102"))
    with pytest.raises(RuleViolation, match="请选择申请所凭的称号"):
        ask(row, a_titled_firm(), word="specialised:1")


def test_first_come_is_paid_until_the_money_is_used_up(db):
    row = an_award_round(budget_fen=600_000 * YUAN)
    ask(row, a_titled_firm())
    ask(row, a_titled_firm())
    with pytest.raises(RuleViolation, match="资金已用完"):
        ask(row, a_titled_firm())
    an_appropriation(row, 200_000 * YUAN)
    assert ask(row, a_titled_firm()).requested_fen == SPECIALISED and pool(row) == 50_000 * YUAN


def test_the_window_is_kept_to_the_second_and_leads_straight_to_payment(db, clock):
    row, firm = an_award_round(), a_titled_firm()
    clock.move_to(row.apply_until_at - timedelta(seconds=1))
    ask(row, a_titled_firm())
    clock.move_to(row.apply_until_at)
    with pytest.raises(RuleViolation, match="“兑付中”，不能提交申请"):
        ask(row, firm)


def test_a_round_of_vouchers_takes_no_award_and_the_other_way_round(db):
    with pytest.raises(RuleViolation, match="发放服务券"):
        ask(a_round(), a_titled_firm())
    row, firm, actor = an_award_round(), a_titled_firm(), uuid4()
    wish = Wish(requested_fen=SPECIALISED, plan="检测")
    with pytest.raises(RuleViolation, match="不发放服务券"):
        in_transaction(lambda: apply(row.id, firm.id, wish, actor_id=actor, request_key=uuid4(), now=the_clock.now()))


def test_a_returned_application_is_mended_with_the_number_of_the_register(db):
    row, firm = an_award_round(), a_titled_firm("新〔2025〕7号")
    claim = send_back(ask(row, firm))
    assert (claim.state, gauge(row).reserved_fen) == (ClaimState.RETURNED, SPECIALISED)
    assert [one.id for one in db.session.scalars(firm_to_mend(firm.id))] == [claim.id]
    with pytest.raises(RuleViolation, match="同一称号编号只奖励一次"):
        ask(row, a_titled_firm("新〔2025〕7号"))  # it is still its own
    other = ask(row, a_titled_firm("新〔2025〕9号"))
    renumbered(title_of(firm), "新〔2025〕 9 号")
    with pytest.raises(RuleViolation, match="同一称号编号只奖励一次"):
        again(claim, firm)
    renumbered(title_of(firm), "新〔2025〕70号")
    claim = again(claim, firm)
    assert (claim.state, claim.subsidy.title_number) == (ClaimState.SUBMITTED, "新〔2025〕70号") and other.id != claim.id
    assert ask(row, a_titled_firm("新〔2025〕7号")).requested_fen == SPECIALISED  # the number it gave up is free


def test_an_award_that_is_asked_for_again_on_a_lesser_title_deserves_what_that_gives(db):
    row, firm = an_award_round(), a_titled_firm(kind="little_giant")
    claim = send_back(ask(row, firm), "登记有误")
    in_transaction(lambda: setattr(title_of(firm), "kind", "specialised"))

    claim = again(claim, firm)

    assert (claim.requested_fen, claim.deserved_fen) == (LITTLE_GIANT, SPECIALISED)
    spot_checked(claim)
    officer = an_officer("652700").id
    with pytest.raises(RuleViolation):
        in_transaction(lambda: service.approve(claim.id, Approval(LITTLE_GIANT), actor_id=officer, now=the_clock.now()))


def test_another_firm_mends_nothing(db):
    claim = send_back(ask(an_award_round(), a_titled_firm()))
    with pytest.raises(NotFound):
        again(claim, a_titled_firm())


def test_a_refusal_gives_back_the_money_and_the_title(db):
    row = an_award_round()
    claim = refuse(an_award(round_=row, firm=a_titled_firm("新〔2025〕7号")))
    assert claim.state is ClaimState.REFUSED and pool(row) == 3_000_000 * YUAN
    assert ask(row, a_titled_firm("新〔2025〕7号")).requested_fen == SPECIALISED


def test_what_is_not_mended_in_time_goes_back(db, clock):
    row = an_award_round()
    claim = send_back(ask(row, a_titled_firm("新〔2025〕7号")))
    assert claim.due_on is not None
    clock.move_to(the_clock.day_begins(claim.due_on + timedelta(days=1)))
    sweep(the_clock.now())
    claim = by_id(Claim, claim.id)
    assert (claim.state, claim.subsidy.number_key, pool(row)) == (ClaimState.REFUSED, None, 3_000_000 * YUAN)
    assert ledger.standing(row.book_id).difference() == 0


def test_a_cut_goes_back_to_the_pool(db):
    row = an_award_round()
    claim = an_award("approved", round_=row, approved_fen=200_000 * YUAN)
    assert (claim.approved_fen, claim.cut_reason) == (200_000 * YUAN, "按比例核减")
    assert pool(row) == 2_800_000 * YUAN and ledger.standing(row.book_id).payable == 200_000 * YUAN


def test_a_title_that_was_taken_away_deserves_nothing(db):
    claim = an_award()
    in_transaction(lambda: setattr(title_of(claim.subsidy.enterprise), "state", ReviewState.DECLARED))
    actor_id = an_officer("652700").id
    with pytest.raises(RuleViolation, match=r"按材料重算应得 0\.00 元"):
        in_transaction(lambda: service.approve(claim.id, Approval(Fen(SPECIALISED), ""), actor_id=actor_id, now=the_clock.now()))


def test_nobody_decides_on_the_award_of_the_own_firm(db):
    claim = an_award()
    with pytest.raises(Denied):
        in_transaction(
            lambda: service.approve(claim.id, Approval(SPECIALISED, ""), actor_id=person(claim.enterprise_id), now=the_clock.now())
        )


def test_a_firm_sees_its_own_applications_the_newest_first(db):
    row, firm = an_award_round(), a_titled_firm()
    claim = ask(row, firm)
    ask(row, a_titled_firm())
    assert [one.id for one in db.session.scalars(of_enterprise(firm.id))] == [claim.id]


def test_applications_stop_when_the_share_of_the_money_is_held(db):
    programme = a_programme_with('[budget.stop_at]\nrate_bp = 5000\nstops = ["applications"]', slug=SLUG, area=AREA)
    row = an_award_round(programme=programme, budget_fen=4 * SPECIALISED)
    for _ in range(2):
        ask(row, a_titled_firm())
    with pytest.raises(RuleViolation, match="暂停受理新的申请") as refusal:
        ask(row, a_titled_firm())
    assert refusal.value.code == "budget_stop"
