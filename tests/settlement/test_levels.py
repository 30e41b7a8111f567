"""Where the rules name levels, one after the other looks at a claim, each another person, and nobody goes above the one before."""

from uuid import uuid4

import pytest
from sqlalchemy.exc import DBAPIError

from marketplace.catalogue.models import Offering
from marketplace.kernel import clock as the_clock
from marketplace.kernel.db import by_id, in_transaction
from marketplace.kernel.errors import Denied, RuleViolation
from marketplace.kernel.money import YUAN, Fen
from marketplace.ledger import queries as ledger
from marketplace.policy.programme_file import ProgrammeFileError
from marketplace.policy.programme_guards import ClaimLevel
from marketplace.risk import service as risk
from marketplace.settlement import level_rules, service
from marketplace.settlement.level_rules import GivenOpinion
from marketplace.settlement.lifecycle import ClaimState
from marketplace.settlement.models import Claim, ClaimOpinion
from marketplace.settlement.queries.levels import levels_of
from marketplace.settlement.rules import Approval
from marketplace.settlement.service import SaidOfClaim
from tests.factories import a_round, a_voucher, an_officer
from tests.order_factories import a_claim, an_order, person, spot_checked, with_papers
from tests.programmes_of import a_programme_with, spec_of_file

TABLE = '[settlement.review_levels]\nvalue = ["formal", "expert", "final"]'
FORMAL, EXPERT, FINAL = ClaimLevel
WHOLE = 5_000 * YUAN


def a_claim_of_levels() -> Claim:
    voucher = a_voucher(round_=a_round(programme=a_programme_with(TABLE)))
    return spot_checked(a_claim(order=with_papers(an_order("redeemed", voucher=voucher))))


def say(claim: Claim, officer, fen: int = WHOLE, words: str = "材料齐全，同意。") -> Claim:
    said = SaidOfClaim(amount_fen=Fen(fen), opinion=words)
    return in_transaction(lambda: service.give_opinion(claim.id, said, actor_id=officer.id, now=the_clock.now(), request_key=uuid4()))


def approve(claim: Claim, officer, fen: int = WHOLE, reason: str = "") -> Claim:
    return in_transaction(lambda: service.approve(claim.id, Approval(Fen(fen), reason), actor_id=officer.id, now=the_clock.now()))


def turn(claim: Claim) -> ClaimLevel | None:
    return levels_of(by_id(Claim, claim.id)).turn


def test_three_people_look_and_the_last_decides_within_what_the_second_found(db):
    claim, (first, second, third) = a_claim_of_levels(), (an_officer() for _ in range(3))
    assert turn(claim) is FORMAL
    with pytest.raises(RuleViolation, match="先由“形式审查”"):
        approve(claim, third)
    say(claim, first)
    with pytest.raises(Denied, match="须由另一位人员"):
        say(claim, first)
    say(claim, second, 4_000 * YUAN)
    assert turn(claim) is FINAL
    for officer in (first, second):
        with pytest.raises(Denied, match="须由另一位人员"):
            approve(claim, officer, 4_000 * YUAN, "按评审意见")
    with pytest.raises(RuleViolation, match=r"意见为 4,000\.00 元，不能高于它"):
        approve(claim, third)
    with pytest.raises(RuleViolation, match="已经齐全"):
        say(claim, third, 4_000 * YUAN)
    done = approve(claim, third, 4_000 * YUAN, "按评审意见")
    assert (done.state, done.approved_fen) == (ClaimState.APPROVED, 4_000 * YUAN)
    rows = levels_of(done).opinions
    assert [(one.level, one.amount_fen, one.reviewer_id) for one in rows] == [
        ("formal", WHOLE, first.id),
        ("expert", 4_000 * YUAN, second.id),
        ("final", 4_000 * YUAN, third.id),
    ]
    assert ledger.standing(claim.book_id).difference() == 0


def test_a_claim_that_was_returned_begins_again(db, clock):
    claim, (first, second) = a_claim_of_levels(), (an_officer() for _ in range(2))
    say(claim, first)
    in_transaction(lambda: service.send_back(claim.id, reason="请补充说明", actor_id=second.id, now=the_clock.now()))
    clock.shift(minutes=1)
    who = {"provider_id": claim.provider_id, "actor_id": person(claim.provider_id)}
    in_transaction(lambda: service.submit(claim.order_id, **who, request_key=uuid4(), now=the_clock.now()))
    assert turn(claim) is FORMAL
    say(claim, first)
    assert turn(claim) is EXPERT and db.session.query(ClaimOpinion).count() == 2


@pytest.mark.parametrize(("fen", "words", "message"), [(WHOLE + 1, "同意", "不超过"), (0, "同意", "大于 0"), (WHOLE, " ", "审核意见")])
def test_an_opinion_says_an_amount_that_the_papers_deserve_and_why(db, fen, words, message):
    with pytest.raises(RuleViolation, match=message):
        say(a_claim_of_levels(), an_officer(), fen, words)


def test_the_database_keeps_opinions_and_lets_nobody_look_twice(db):
    claim, officer = a_claim_of_levels(), an_officer()
    say(claim, officer)
    row = db.session.query(ClaimOpinion).one()
    facts = {"claim_id": claim.id, "submitted_at": row.submitted_at, "amount_fen": 1, "opinion": "再看"}
    for wrong in ({"level": "expert", "reviewer_id": officer.id}, {"level": "formal", "reviewer_id": uuid4()}):
        with pytest.raises(DBAPIError), db.session.begin_nested():
            db.session.add(ClaimOpinion(**facts, **wrong))
    with pytest.raises(DBAPIError), db.session.begin_nested():
        db.session.query(ClaimOpinion).update({"amount_fen": 1})


def test_without_levels_one_officer_decides(db):
    claim = spot_checked(a_claim())
    with pytest.raises(RuleViolation, match="已经齐全"):
        say(claim, an_officer())
    assert approve(claim, an_officer()).state is ClaimState.APPROVED and levels_of(claim).named == ()


@pytest.mark.parametrize(
    ("levels", "given", "turn"), [((), 0, None), ((FORMAL, FINAL), 0, FORMAL), ((FORMAL, FINAL), 1, FINAL), ((FORMAL, FINAL), 2, None)]
)
def test_whose_turn_it_is(levels, given, turn):
    assert level_rules.next_level(levels, given) is turn


def test_the_bound_is_that_of_the_level_before():
    before = [GivenOpinion(FORMAL, uuid4(), 100), GivenOpinion(EXPERT, uuid4(), 60)]
    level_rules.check_bound(60, before, field="approved")
    with pytest.raises(RuleViolation, match="专家评审"):
        level_rules.check_bound(61, before, field="approved")


@pytest.mark.parametrize(("value", "words"), [('["final"]', "只有一级"), ('["expert", "formal"]', "顺序"), ('["formal", "formal"]', "")])
def test_levels_stand_in_their_order(value, words):
    with pytest.raises(ProgrammeFileError) as refusal:
        spec_of_file(f"[settlement.review_levels]\nvalue = {value}")
    assert any(words in one.text() for one in refusal.value.problems if one.key.startswith("settlement.review_levels"))


@pytest.mark.engines("sqlite")
def test_the_page_offers_the_opinion_until_the_last_level_and_then_the_approval(browser, db):
    claim, (first, second, third) = a_claim_of_levels(), (an_officer() for _ in range(3))
    browser.sign_in(first)
    page = browser.get(f"/claims/{claim.id}")
    assert f"/claims/{claim.id}/opinion" in str(page) and f"/claims/{claim.id}/approve" not in str(page)
    browser.fill(f"/claims/{claim.id}/opinion", {"opinion": "材料齐全，同意。"})
    say(claim, second)
    browser.sign_in(third)
    page = browser.get(f"/claims/{claim.id}")
    assert "材料齐全，同意。" in page.text and first.name in page.text
    assert f"/claims/{claim.id}/opinion" not in str(page) and f"/claims/{claim.id}/approve" in str(page)


@pytest.mark.rules
@pytest.mark.parametrize(
    ("named", "more"),
    [([], [FORMAL, FINAL]), ([FORMAL, FINAL], [*ClaimLevel]), ([EXPERT, FINAL], [*ClaimLevel]), ([*ClaimLevel], [*ClaimLevel])],
)
def test_o11_one_level_more_is_another_person_before_the_one_that_decides(named, more):
    assert [*level_rules.one_more(named)] == more


def test_o11_few_credit_points_of_a_party_ask_for_one_level_more_as_it_was_handed_in(db, clock):
    order = with_papers(an_order("redeemed"))
    today, (first, second) = the_clock.today(), (an_officer() for _ in range(2))
    in_transaction(lambda: risk.review_by_credit(order.provider_id, points=75, floor=80, until_on=today))
    claim = spot_checked(a_claim(order=order))
    assert (claim.few_points, claim.few_points_of, claim.levels_left) == (75, order.provider_id, 1)
    in_transaction(lambda: risk.end_credit_review(order.provider_id))
    assert [*levels_of(by_id(Claim, claim.id)).named] == [FORMAL, FINAL], "what was asked for stands"
    with pytest.raises(RuleViolation, match="先由“形式审查”"):
        approve(claim, second)
    say(claim, first)
    with pytest.raises(Denied, match="须由另一位人员"):
        approve(claim, first)
    done = approve(claim, second)
    assert done.state is ClaimState.APPROVED
    assert [(one.level, one.few_points) for one in levels_of(done).opinions] == [("formal", 75), ("final", 75)]
    in_transaction(lambda: risk.review_by_credit(order.provider_id, points=75, floor=80, until_on=today))
    clock.shift(days=1)
    other = an_order("redeemed", offering=by_id(Offering, order.offering_id))
    assert a_claim(order=with_papers(other)).few_points is None, "the last day is over"
