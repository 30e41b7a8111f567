"""首都算力 2026: tech firms of certain fields; licence and 300P; 25 % of the invoice; the year by class; experts look at the claim."""

from datetime import timedelta

import pytest

from marketplace.catalogue.lifecycle import DossierState
from marketplace.catalogue.models import DossierItem
from marketplace.kernel import clock
from marketplace.kernel.db import by_id, in_transaction
from marketplace.kernel.errors import RuleViolation
from marketplace.kernel.money import YUAN, Fen
from marketplace.settlement import service
from marketplace.settlement.lifecycle import ClaimState
from marketplace.vouchers.models import Application
from marketplace.vouchers.rules.states import VoucherState
from tests.factories import a_provider, an_officer, stored
from tests.journeys.played import Played
from tests.order_factories import a_claim

WINDOW = ("2026-01-12 09:00:00", "2026-11-30 17:00:00")
DAYS = {"use_from": "2026-01-12", "use_until": "2027-12-31", "redeem_until": "2028-06-30"}


@pytest.fixture
def play(db):
    made = Played("beijing_compute_2026", area="110000", region="110108", at="2026-01-05")
    for name in ("fields", "compute_main", "in_incubator"):
        made.listed(made.firm(), name)
    yield made
    made.verified()


def opened(play, budget=2_000_000):
    play.announce(budget=budget, window=WINDOW, **DAYS)
    return play.at("2026-01-12 09:00:00")


def a_tech_firm(play, *lists, **facts):
    firm = play.firm(**{"titles": ["tech_sme"]} | facts)
    for name in ("fields", *lists):
        play.listed(firm, name)
    return firm


def granted(play, *firms):
    filed = [play.apply(firm).id for firm in firms]
    play.pass_time()
    return [by_id(Application, one).granted_fen for one in filed]


def a_seller(play, capacity=300, licence="idc_licence"):
    """A provider with what its dossier says, looked at."""
    with play.now():
        provider, today = a_provider(categories=("compute",)), clock.today()
        for kind, number in ((licence, 1), ("compute_capacity", capacity)):
            dated = {"dated_on": today - timedelta(days=100), "valid_until": None, "year": today.year - 1}
            facts = {"provider_id": provider.id, "kind": kind, "title": "", "number": number}
            stored(DossierItem(**facts, state=DossierState.ACCEPTED, **dated))
    return {"provider": provider, "category": "compute"}


def said(play, claim, yuan):
    """Another officer says at the next level how much of a claim is right."""
    with play.now():
        opinion, actor_id = service.SaidOfClaim(amount_fen=Fen(yuan * YUAN), opinion="已核对用量"), an_officer(play.area).id
        in_transaction(lambda: service.give_opinion(claim.id, opinion, actor_id=actor_id, now=clock.now()))


def refused(words):
    return pytest.raises(RuleViolation, match=words)


def test_the_year_of_a_firm_in_an_incubator_is_half_a_million_and_of_others_two_hundred_thousand_until_it_is_used_up(play):
    opened(play, budget=800_000)
    firms = [a_tech_firm(play, "in_incubator"), a_tech_firm(play), a_tech_firm(play), a_tech_firm(play)]
    assert granted(play, *firms) == [50_000_000, 20_000_000, 10_000_000, 0]


def test_fields_titles_and_firms_that_live_of_compute(play):
    opened(play)
    elsewhere, untitled = play.firm(titles=["tech_sme"]), play.firm()
    play.listed(untitled, "fields")
    for firm in (elsewhere, untitled, a_tech_firm(play, "compute_main")):
        with refused("不符合"):
            play.apply(firm, 1_000)
    with refused("已公告"):
        play.at("2026-01-12 08:59:59").apply(a_tech_firm(play), 1_000)


def test_a_seller_has_a_licence_and_three_hundred_p(play):
    opened(play)
    firm = a_tech_firm(play)
    granted(play, firm)
    for wrong in ({"capacity": 299}, {"licence": "premises"}):
        with refused("不符合本项目的条件"):
            play.order(firm, 100_000, **a_seller(play, **wrong))
    assert play.order(firm, 100_000, **a_seller(play)).subsidy_fen == 2_500_000


def test_experts_look_at_the_claim_and_nobody_pays_more_than_they_found(play):
    opened(play)
    firm = a_tech_firm(play)
    granted(play, firm)
    order = play.at("2026-03-02").order(firm, 400_000, **a_seller(play))
    for step in (play.take, play.contract):
        order = step(order)
    play.invoice(order, 360_000)
    order = play.accept(play.deliver(order))
    assert order.subsidy_fen == 9_000_000, "a quarter of the invoice, not of the contract"
    claim = play.check(play.claim(order))
    with refused("先由“形式审查”"):
        play.approve(claim)
    for yuan in (90_000, 80_000):
        said(play, claim, yuan)
    with refused("“专家评审”的意见为"):
        play.approve(claim, 90_000)
    claim = play.approve(claim, 80_000)
    assert play.at((claim.due_on + timedelta(days=1)).isoformat()).pay(claim).state is ClaimState.SETTLED
    assert play.left(firm) == 110_000, "what was cut went to the pool, and the voucher keeps it as used"


def test_without_the_metering_log_nobody_is_paid(play):
    opened(play)
    firm = a_tech_firm(play)
    granted(play, firm)
    order = play.at("2026-03-02").order(firm, 100_000, **a_seller(play))
    for step in (play.take, play.contract, play.deliver, play.accept):
        order = step(order)
    with refused("还缺：.*用量计量记录"), play.now():
        a_claim(order=order, checked=False)


def test_a_voucher_is_good_for_a_year_from_its_claim(play):
    opened(play)
    firm, idle = a_tech_firm(play), a_tech_firm(play)
    granted(play, firm, idle)
    seller = a_seller(play)
    play.at("2027-01-12 23:59:59").order(firm, 100_000, **seller)
    play.at("2027-01-13 00:00:00")
    with refused("到期"):
        play.order(idle, 100_000, **seller)
    play.pass_time()
    assert play.voucher(idle).state is VoucherState.EXPIRED
