"""海淀模型券: a week to ask, two providers by score, firms draw on their allotments, fifty million a provider and half-year."""

from fractions import Fraction
from functools import partial
from uuid import uuid4

import pytest

from marketplace.kernel import clock
from marketplace.kernel.db import by_id, db, in_transaction
from marketplace.kernel.errors import Conflict, Denied, RuleViolation
from marketplace.kernel.money import YUAN, Fen
from marketplace.ledger import queries as ledger
from marketplace.moves.service import By
from marketplace.settlement.lifecycle import ClaimState
from marketplace.vouchers.bid_models import ProviderBid
from marketplace.vouchers.queries.asking import BidWait, waiting
from marketplace.vouchers.queries.spending import quote, sale_of, spec_of
from marketplace.vouchers.rules import bids as rules
from marketplace.vouchers.rules.bids import Bid
from marketplace.vouchers.rules.states import BidState, VoucherState
from marketplace.vouchers.service import bids, spending
from tests.factories import an_offering
from tests.journeys.wholesale import Chosen
from tests.programmes_of import a_programme_with

DAYS = {"use_from": "2026-03-16", "use_until": "2026-09-15", "redeem_until": "2026-12-31"}


@pytest.fixture
def play(db):
    made = Chosen("haidian_model_voucher", area="110108", region="110108", at="2026-03-02 10:00:00")
    made.announce(budget=120_000_000, **DAYS)
    yield made
    made.verified()


def refused(words):
    return pytest.raises(RuleViolation, match=words)


def two_chosen(play, yuan=50_000_000):
    """Two providers that were chosen, a third that was not, and two firms on the first day of use."""
    sellers = [play.seller() for _ in range(3)]
    asked = [play.at("2026-03-03").bid(one) for one in sellers]
    for one, points in zip(asked, (90, 80, 70), strict=True):
        play.at("2026-03-10").score(one, points)
    assert len(play.conclude(yuan)) == 2
    firms = [play.firm(), play.firm(size="large")]
    play.at("2026-03-16 09:00:00").pass_time()
    return sellers, asked, firms


def test_providers_ask_for_seven_days_and_nobody_is_chosen_before_they_are_over(play):
    early, late = play.seller(), play.seller()
    asked = play.at("2026-03-02 10:00:01").bid(early)
    with refused("可以申报到 2026-03-09"):
        play.at("2026-03-09 23:59:58").score(asked, 90)
    play.bid(late, "价格更低")
    with refused("申报已于 2026-03-09 截止"):
        play.at("2026-03-10 00:00:00").bid(play.seller())
    play.score(asked, 90)
    with refused("还有 1 份申报没有评分"):
        play.conclude(1_000_000)
    assert by_id(ProviderBid, asked.id).state is BidState.SUBMITTED


def test_the_two_best_are_chosen_of_equals_who_came_first_and_everybody_is_told(play):
    sellers = [play.seller() for _ in range(4)]
    asked = [play.at(f"2026-03-0{3 + place}").bid(one) for place, one in enumerate(sellers)]
    for one, points in zip(asked, (70, 80, 80, 95), strict=True):
        play.at("2026-03-10").score(one, points)
    with pytest.raises(Denied, match="另一位人员"):
        play.conclude(40_000_000, by_second=False)
    with refused("不超过每家服务机构的上限 50,000,000.00"):
        play.conclude(50_000_001)
    assert len(play.conclude(50_000_000)) == 2
    states = [by_id(ProviderBid, one.id).state for one in asked]
    assert states == [BidState.PASSED_OVER, BidState.CHOSEN, BidState.PASSED_OVER, BidState.CHOSEN]
    assert "已选定" in play.heard(sellers[3])[0] and "未选定" in play.heard(sellers[0])[0]
    with refused("已选定 2 家"):
        play.conclude(1_000_000)


def test_firms_draw_half_on_who_was_chosen_and_on_nobody_else(play):
    sellers, asked, (firm, large) = two_chosen(play)
    with refused("只能向选定的服务机构下单"):
        play.buys(firm, sellers[2], 100_000)
    order = play.buys(firm, sellers[0], 1_000_000)
    assert (order.subsidy_fen, play.drawn(asked[0]), play.drawn(asked[1])) == (500_000 * YUAN, (500_000, 49_500_000), (0, 50_000_000))
    assert play.buys(large, sellers[1], 10_000_000).subsidy_fen == 2_000_000 * YUAN, "two million a firm and year"
    with refused("已用完"):
        play.buys(large, sellers[0], 100_000)


def test_from_the_order_to_the_bank_every_claim_is_audited_and_the_allotment_follows_the_invoice(play):
    sellers, asked, (firm, _other) = two_chosen(play)
    order = play.buys(firm, sellers[0], 1_000_000)
    order = play.contract(play.take(order))
    play.invoice(order, 800_000)
    order = play.accept(play.deliver(order))
    assert (order.subsidy_fen, play.drawn(asked[0])) == (400_000 * YUAN, (400_000, 49_600_000))
    claim = play.claim(order)
    with refused("抽查|核查"):
        play.approve(claim)
    assert play.pay(play.approve(play.check(claim))).state is ClaimState.SETTLED and claim.payee_id == sellers[0].id
    found = ledger.standing(play.book)
    assert (found.paid, found.unissued) == (400_000 * YUAN, 119_600_000 * YUAN)


def test_an_allotment_ends_at_its_last_fen_and_what_comes_back_may_be_drawn_again(play):
    sellers, asked, (firm, other) = two_chosen(play, yuan=600_000)
    first = play.buys(firm, sellers[0], 1_000_000)
    second = play.buys(other, sellers[0], 1_000_000)
    assert (first.subsidy_fen, second.subsidy_fen) == (500_000 * YUAN, 100_000 * YUAN), "what was left"
    with refused("服务机构在本批次的额度"):
        play.buys(other, sellers[0], 1_000)
    play.cancel(first)
    assert play.drawn(asked[0]) == (100_000, 500_000)
    assert play.buys(other, sellers[0], 1_000_000).subsidy_fen == 500_000 * YUAN


def test_an_officer_raises_lowers_and_ends_an_allotment_and_orders_that_run_go_on(play):
    sellers, asked, (firm, other) = two_chosen(play, yuan=600_000)
    order = play.buys(firm, sellers[0], 1_000_000)
    play.allot(asked[0], 400_000)
    assert play.drawn(asked[0]) == (500_000, 0)
    with refused("服务机构在本批次的额度"):
        play.buys(other, sellers[0], 1_000)
    play.allot(asked[0], 700_000)
    assert play.buys(other, sellers[0], 1_000_000).subsidy_fen == 200_000 * YUAN
    play.drop(asked[0])
    with refused("只能向选定的服务机构下单"):
        play.buys(other, sellers[0], 1_000)
    for step in (play.take, play.contract):
        order = step(order)
    play.invoice(order, 1_000_000)
    assert play.accept(play.deliver(order)).subsidy_fen == 500_000 * YUAN


def test_a_place_that_became_free_goes_to_the_next_best(play):
    sellers, asked, (firm, _other) = two_chosen(play)
    play.drop(asked[0])
    assert play.conclude(30_000_000) == [by_id(ProviderBid, asked[2].id).name]
    assert play.buys(firm, sellers[2], 100_000).subsidy_fen == 50_000 * YUAN


def test_who_withdrew_may_ask_again_while_there_is_time_and_is_not_chosen_otherwise(play):
    seller, other = play.seller(), play.seller()
    asked = play.at("2026-03-03").bid(seller)
    play.withdraw(asked)
    kept = play.bid(other)
    assert play.at("2026-03-09 23:59:59").bid(seller, "新方案").id == asked.id
    play.withdraw(asked)
    play.at("2026-03-10").score(kept, 60)
    assert len(play.conclude(1_000_000)) == 1 and by_id(ProviderBid, asked.id).state is BidState.WITHDRAWN


def test_fifty_million_a_provider_and_half_year_hold_over_two_rounds_until_the_first_of_july(play):
    sellers, _asked, _firms = two_chosen(play)
    firms = [play.firm() for _ in range(26)]
    play.pass_time()
    for firm in firms[:25]:
        assert play.at("2026-06-01").buys(firm, sellers[0], 4_000_000).subsidy_fen == 2_000_000 * YUAN
    with refused("该服务机构 2026-01-01 起的周期上限|额度"):
        play.at("2026-06-30 23:59:59").buys(firms[25], sellers[0], 1_000)
    first = play.round_id
    play.at("2026-06-30").announce(budget=10_000_000, **(DAYS | {"use_from": "2026-07-01"}))
    asked = play.bid(sellers[0])
    play.at("2026-07-08").score(asked, 90)
    play.conclude(50_000_000)
    play.pass_time()
    assert play.round_id != first
    assert play.buys(firms[25], sellers[0], 1_000_000).subsidy_fen == 500_000 * YUAN, "a new half-year, a new allotment"


def test_an_order_that_read_an_allotment_which_changed_meanwhile_is_not_placed(play):
    sellers, asked, (firm, _other) = two_chosen(play)
    with play.now():
        offering = an_offering(provider=sellers[0], price_fen=100_000 * YUAN, category="compute")
        offer = quote(play.voucher(firm).id, enterprise_id=firm.id, sale=sale_of(offering), today=clock.today())
    play.allot(asked[0], 1_000)
    with pytest.raises(Conflict, match="刚有变动"), play.now():
        in_transaction(lambda: spending.reserve(offer, order_id=uuid4(), actor_id=uuid4(), today=clock.today()))


def test_the_last_day_to_order_is_the_rounds_and_claims_end_with_theirs(play):
    sellers, _asked, (firm, idle) = two_chosen(play)
    order = play.contract(play.take(play.at("2026-09-15 23:59:58").buys(firm, sellers[0], 100_000)))
    play.at("2026-09-16 00:00:00")
    with refused("到期"):
        play.buys(idle, sellers[0], 100_000)
    play.pass_time()
    assert play.voucher(idle).state is VoucherState.EXPIRED and play.pool() == 119_950_000
    play.invoice(order, 100_000)
    assert play.accept(play.deliver(order)).subsidy_fen == 50_000 * YUAN, "what was signed in time is served after it"


def test_nobody_scores_or_settles_the_bid_of_the_own_organisation(play):
    asked = play.at("2026-03-03").bid(play.seller())
    with play.at("2026-03-10").now(), pytest.raises(Denied, match="本单位"):
        in_transaction(lambda: bids.score(asked.id, 100, "很好", by=By(asked.submitted_by, clock.now())))
    assert by_id(ProviderBid, asked.id).score is None


@pytest.fixture
def panel(db):
    """A round of which three officers score each bid."""
    several = partial(a_programme_with, "[selection.scorers]\nvalue = 3", slug="haidian_model_voucher", area="110108")
    made = Chosen(several, area="110108", region="110108", at="2026-03-02 10:00:00")
    made.announce(budget=1_000_000, **DAYS)
    yield made
    made.verified()


def waits_for(officer, wait):
    return [one.name for one in db.session.scalars(waiting(("110108",), officer, wait, clock.now())).unique()]


def test_of_several_scorers_each_scores_once_and_the_exact_mean_decides(panel):
    third = panel.third()
    first, second = (panel.at("2026-03-03").bid(panel.seller()) for _ in range(2))
    panel.at("2026-03-10 09:00:00")
    for bid, given in ((first, (90, 80, 85)), (second, (86, 86, 84))):
        for officer, points in zip((panel.officer, panel.second, third), given, strict=True):
            with panel.now():
                assert by_id(ProviderBid, bid.id).score is None and bid.name in waits_for(officer, BidWait.SCORE)
            panel.score(bid, points, officer=officer)
            with pytest.raises(RuleViolation, match="已经给这份申报评过分"):
                panel.score(bid, points, officer=officer)
            with panel.now():
                assert bid.name not in waits_for(officer, BidWait.SCORE)
    outside = panel.third()
    with pytest.raises(RuleViolation, match="已经评满"):
        panel.score(first, 100, officer=outside)
    assert [by_id(ProviderBid, one.id).score for one in (first, second)] == [85, 85]
    with panel.now():
        assert set(waits_for(outside, BidWait.SETTLE)) == {first.name, second.name} and not waits_for(third, BidWait.SETTLE)
    with pytest.raises(Denied, match="参加了评分"):
        panel.conclude(100_000)
    with panel.now():
        by = By(outside.id, clock.now())
        chosen = in_transaction(lambda: bids.conclude(panel.round_id, Fen(10_000_000), by=by))
        assert {one.name for one in chosen} == {first.name, second.name}
        wanted = [Bid(first.id, Fraction(85), 0), Bid(second.id, Fraction(256, 3), 1)]
        ranked = rules.chosen(spec_of(panel.round.version_id), wanted, already=1)
        assert ranked == [second.id], "85.33 before 85"


def test_nothing_is_settled_while_one_of_several_has_not_scored(panel):
    bid = panel.at("2026-03-03").bid(panel.seller())
    panel.at("2026-03-10").score(bid, 90)
    panel.score(bid, 80, officer=panel.second)
    outside = panel.third()
    with pytest.raises(RuleViolation, match="没有评分"), panel.now():
        in_transaction(lambda: bids.conclude(panel.round_id, Fen(100), by=By(outside.id, clock.now())))
