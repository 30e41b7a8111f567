"""Claims are drawn by a seed committed to beforehand, and what is drawn is checked by a second officer before it is approved."""

import hashlib
import hmac
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from marketplace.audit import queries as audit
from marketplace.kernel import clock, draw
from marketplace.kernel.db import by_id, in_transaction, locked
from marketplace.kernel.errors import Conflict, Denied, RuleViolation
from marketplace.kernel.money import Fen
from marketplace.kernel.policyfiles.provenance import Assumed
from marketplace.policy.programme_decisions import SampleRule
from marketplace.settlement import service, spot_rules
from marketplace.settlement.lifecycle import ClaimState
from marketplace.settlement.models import Claim
from marketplace.settlement.queries import draws, holds
from marketplace.settlement.rules import Approval
from marketplace.settlement.spot_rules import DrawnBy, Entered, SpotFinding
from marketplace.vouchers.models import Round
from marketplace.vouchers.queries import spending
from marketplace.vouchers.rules.states import RoundState
from marketplace.vouchers.service import rounds
from tests.factories import a_round, a_user, a_voucher, an_officer, user_of
from tests.order_factories import a_claim, an_order, spot_checked, with_papers
from tests.programmes_of import a_programme_with
from tests.races import race, tried
from tests.settlement.acts import ask
from tests.settlement.test_levels import TABLE, say

REPORT = "核对了原件并电话回访双方，相符。"
SEED = "ab" * 32


def rule(rate_bp=1_000, minimum=2, above=500):
    above_fen = None if above is None else Fen(above)
    return SampleRule(key="checks.sample", provenance=Assumed("测试", "测试"), rate_bp=rate_bp, minimum=minimum, always_above_fen=above_fen)


@pytest.mark.parametrize(
    ("of", "amount", "before", "why"),
    [
        pytest.param(rule(rate_bp=0), 501, 9, DrawnBy.AMOUNT, id="above the limit"),
        pytest.param(rule(rate_bp=0), 500, 9, DrawnBy.NONE, id="at the limit"),
        pytest.param(rule(rate_bp=0, above=None), 10**12, 9, DrawnBy.NONE, id="no limit"),
        pytest.param(rule(rate_bp=10_000), 1, 9, DrawnBy.RATE, id="below the rate"),
        pytest.param(rule(rate_bp=0), 1, 1, DrawnBy.MINIMUM, id="fewer than the least"),
        pytest.param(rule(rate_bp=0), 1, 2, DrawnBy.NONE, id="enough"),
    ],
)
def test_each_value_of_the_rule_decides_a_draw(of, amount, before, why):
    assert spot_rules.drawn_by(of, SEED, "DF-1", amount, before) is why


@given(st.lists(st.integers(1, 1_000), max_size=30), st.integers(0, 10_000), st.integers(0, 5))
def test_the_draw_of_a_round_is_recomputed_from_what_is_published(amounts, rate_bp, minimum):
    of, drawn, found = rule(rate_bp, minimum), 0, []
    for number, amount in enumerate(amounts):
        why = spot_rules.drawn_by(of, SEED, f"DF-{number}", amount, drawn)
        drawn += why is not DrawnBy.NONE
        found.append(why)
    published = [Entered(f"DF-{number}", amount > 500) for number, amount in enumerate(amounts)]
    assert list(spot_rules.recomputed(of, SEED, published)) == found
    assert drawn >= min(minimum, len(amounts))


def claims_of(round_, count):
    return [a_claim(order=with_papers(an_order("redeemed", voucher=a_voucher(round_=round_))), checked=False) for _ in range(count)]


def seeded(seed=SEED):
    """A round whose seed is known to the test."""
    row = a_round()

    def work():
        fresh = locked(Round, row.id)
        fresh.draw_seed, fresh.draw_commitment = seed, draw.commitment(seed)

    in_transaction(work)
    return by_id(Round, row.id)


def test_claims_are_drawn_at_submission_one_after_the_other(db):
    round_ = seeded()
    of = spending.spec_of(round_.version_id).sample
    made = claims_of(round_, of.minimum + 2)

    assert [one.draw_place for one in made] == list(range(1, len(made) + 1))
    again = list(spot_rules.recomputed(of, SEED, [Entered(one.number, one.drawn_by == "amount") for one in made]))
    assert [DrawnBy(one.drawn_by) for one in made] == again
    assert all(spot_rules.is_drawn(one.drawn_by) for one in made[: of.minimum])


def record(claim, officer=None, finding=SpotFinding.GOOD, report=REPORT):
    actor_id = (officer or an_officer()).id
    return in_transaction(lambda: service.record_spot_check(claim.id, finding=finding, report=report, actor_id=actor_id, now=clock.now()))


def approve(claim, officer, considered=""):
    actor_id, approval = officer.id, Approval(Fen(claim.requested_fen), considered=considered)
    return in_transaction(lambda: service.approve(claim.id, approval, actor_id=actor_id, now=clock.now()))


def test_a_drawn_claim_is_approved_after_a_second_officer_has_said_what_was_found(db):
    claim, reviewer, second = a_claim(checked=False), an_officer(), an_officer()

    with pytest.raises(RuleViolation, match="另一位工作人员登记抽查结果"):
        approve(claim, reviewer)
    with pytest.raises(RuleViolation, match="不少于"):
        record(claim, second, report="好")
    for _ in range(2):
        record(claim, second)
    with pytest.raises(Conflict, match="已由他人登记"):
        record(claim, reviewer)
    with pytest.raises(RuleViolation, match="抽查由您登记"):
        approve(claim, second)

    assert approve(claim, reviewer).state is ClaimState.APPROVED
    assert "claim.spot_checked" in [one.action for one in audit.of_subject(claim.id)]


def test_the_database_keeps_a_drawn_claim_from_being_approved_unchecked_or_by_one_person(db):
    claim = a_claim(checked=False)
    statement = update(Claim).where(Claim.id == claim.id)

    with pytest.raises(IntegrityError, match="drawn_is_checked"), db.session.begin_nested():
        db.session.execute(statement.values(state=ClaimState.APPROVED))
    checker = spot_checked(claim).spot_checked_by
    with pytest.raises(IntegrityError, match="spot_check_by_another"), db.session.begin_nested():
        db.session.execute(statement.values(decided_by=checker))


def test_parties_to_a_claim_do_not_check_it(db):
    claim = a_claim(checked=False)

    with pytest.raises(RuleViolation, match="本单位"):
        record(claim, a_user("officer", organisation=claim.provider_id))


@pytest.mark.engines("sqlite")
def test_the_page_of_the_approval_warns_of_what_was_found_and_asks_what_was_made_of_it(browser):
    claim, checker = a_claim(checked=False), an_officer()
    record(claim, checker, finding=SpotFinding.BAD, report="签到表上的人不是本企业职工，与申请不符。")
    browser.sign_in(an_officer())
    page = browser.get(path := f"/claims/{claim.id}/approve")
    assert "签到表上的人不是本企业职工" in page.text and checker.name in page.select_one(".notice-box").text

    refused = browser.fill(path, {"considered": ""}, status=422)
    assert "抽查发现了问题" in refused.select_one("#considered-error").text
    browser.fill(path, {"considered": "已逐人核对社保。"})
    assert by_id(Claim, claim.id).state is ClaimState.APPROVED


def test_what_is_found_bad_holds_the_payment_until_it_is_answered(db):
    claim = a_claim(checked=False)
    record(claim, finding=SpotFinding.BAD, report="签到表上的人不是本企业职工，与申请不符。")
    with pytest.raises(RuleViolation, match="抽查发现了问题") as refusal:
        approve(claim, an_officer(), " ")
    assert refusal.value.field == "considered"
    approve(claim, an_officer(), "已请企业补正签到表，并逐人核对社保。")

    approved = next(one for one in audit.of_subject(claim.id) if one.action == "claim.approved")
    assert audit.details_of(approved)["answer"] == "已请企业补正签到表，并逐人核对社保。"
    why = holds.of_claims([by_id(Claim, claim.id)], clock.now())[claim.id]
    assert why.code in {"no_account", "serious_signal"}


def test_a_claim_that_was_mended_is_checked_again_and_stays_drawn(db):
    from uuid import uuid4

    claim, officer_id, key = a_claim(), an_officer().id, uuid4()
    in_transaction(lambda: service.send_back(claim.id, reason="缺章", actor_id=officer_id, request_key=key, now=clock.now()))
    again = ask(by_id(Claim, claim.id).order)

    assert (again.draw_place, again.drawn_by, again.spot_checked_by) == (claim.draw_place, claim.drawn_by, None)


def test_an_announced_round_has_a_seed_and_only_its_digest_leaves_the_house(db):
    row = a_round(state="announced")

    assert draw.fits(row.draw_seed, row.draw_commitment) and not row.draw_late
    details = [audit.details_of(one) for one in audit.of_subject(row.id)]
    assert row.draw_commitment in str(details) and row.draw_seed not in str(details)
    assert a_round(state="draft").draw_seed is None


def test_no_page_shows_the_seed_before_the_round_is_over_and_then_everybody_recomputes(browser):
    round_ = seeded()
    made = claims_of(round_, 2)
    address = f"/rounds/{round_.id}/draw"
    slug = round_.programme.slug
    assert "抽查公证" in browser.get(f"/programmes/{slug}").text
    for page in (address, f"/programmes/{slug}", f"/rounds/{round_.id}/results"):
        assert SEED not in browser.get(page).text
    assert draw.commitment(SEED) in browser.get(address).text and made[0].number not in browser.get(address).text
    browser.sign_in(an_officer())
    for page in (f"/office/rounds/{round_.id}", "/claims?state=all", f"/claims/{made[0].id}"):
        assert SEED not in browser.knock("GET", page).text
    assert SEED.encode() not in browser.download("/claims/export").data

    def finish():
        locked(Round, round_.id).state = RoundState.FINISHED

    in_transaction(finish)
    text = browser.get(address).text

    shown = re.search(r"fromhex\(\"([0-9a-f]{64})\"\)", text)
    assert shown and hashlib.sha256(bytes.fromhex(shown[1])).hexdigest() == draw.commitment(SEED)
    assert all(one.number in text for one in made)
    ticket = int.from_bytes(hmac.digest(bytes.fromhex(shown[1]), made[0].number.encode(), "sha256"), "big")
    assert (ticket * 10_000 < spending.spec_of(round_.version_id).sample.rate_bp * 2**256) is (made[0].drawn_by == "rate")


def test_officers_see_and_filter_what_waits_for_a_spot_check_and_parties_do_not(browser):
    claim = a_claim(checked=False)
    browser.sign_in(an_officer())

    assert "待抽查" in browser.get("/claims?drawn=waiting").text
    assert "抽查被抽中的兑付申请" in browser.get("/home").text
    assert "被抽中抽查" in browser.get(f"/claims/{claim.id}").text
    browser.get(f"/claims/{claim.id}/spot-check")
    page = browser.fill(f"/claims/{claim.id}/spot-check", {"finding": "good", "report": REPORT})
    assert "抽查相符" in page.text and REPORT in page.text
    assert claim.number not in browser.get("/claims?drawn=waiting").text
    browser.sign_out()
    browser.sign_in(user_of(claim.provider_id))
    assert "抽" not in browser.get(f"/claims/{claim.id}").select_one("main").get_text()


def test_a_round_of_before_gets_its_seed_late_and_says_so(browser):
    row = a_round()

    def late():
        fresh = locked(Round, row.id)
        fresh.draw_seed = None
        rounds.commit_to_seed(fresh, now=clock.now())

    in_transaction(late)
    assert "种子晚于公告封存" in browser.get(f"/rounds/{row.id}/draw").text


def test_two_officers_on_one_spot_check_leave_one_report(fresh_app, fresh_db):
    claim = a_claim(checked=False)
    claim_id, officers = claim.id, [an_officer().id for _ in range(2)]

    def check(actor_id, finding):
        return tried(lambda: service.record_spot_check(claim_id, finding=finding, report=REPORT, actor_id=actor_id, now=clock.now()))

    answers = race(fresh_app, [lambda: check(officers[0], SpotFinding.GOOD), lambda: check(officers[1], SpotFinding.BAD)])
    fresh_db.session.remove()

    assert sorted(type(one).__name__ for one in answers) == ["Claim", "Conflict"], answers
    first = officers[0 if isinstance(answers[0], Claim) else 1]
    assert by_id(Claim, claim_id).spot_checked_by == first


def test_claims_submitted_at_the_same_moment_have_places_of_their_own(fresh_app, fresh_db):
    round_ = a_round()
    orders = [with_papers(an_order("redeemed", voucher=a_voucher(round_=round_))) for _ in range(3)]
    asked = [(one.id, {"provider_id": one.provider_id, "actor_id": user_of(one.provider_id).id}) for one in orders]
    round_id = round_.id

    def submit(order_id, mine):
        from uuid import uuid4

        return tried(lambda: service.submit(order_id, **mine, request_key=uuid4(), now=clock.now()))

    race(fresh_app, [lambda one=one: submit(*one) for one in asked])
    fresh_db.session.remove()

    assert [one.draw_place for one in fresh_db.session.scalars(draws.in_draw_order(round_id)).unique()] == [1, 2, 3]


def test_o2_who_gave_an_opinion_does_not_record_the_check_on_the_spot(db):
    voucher = a_voucher(round_=a_round(programme=a_programme_with(TABLE)))
    claim, first = a_claim(order=with_papers(an_order("redeemed", voucher=voucher)), checked=False), an_officer()
    assert spot_rules.is_drawn(claim.drawn_by)
    say(claim, first)
    with pytest.raises(Denied, match="由您审核过，请由另一位工作人员抽查"):
        spot_checked(claim, officer=first)
    assert spot_checked(claim).spot_checked_by not in {None, first.id}
