"""Whoever is kept away by a decision finds every entrance closed: orders, offerings, applications, the register, contracts, bids."""

from datetime import timedelta
from uuid import uuid4

import pytest

from marketplace.catalogue.lifecycle import ProviderState
from marketplace.catalogue.models import Provider
from marketplace.catalogue.rules.admission import AdmissionDecision
from marketplace.catalogue.service import admission, offerings
from marketplace.catalogue.service.offerings import ListingDecision
from marketplace.kernel import clock as the_clock
from marketplace.kernel.db import by_id, in_transaction
from marketplace.kernel.errors import RuleViolation
from marketplace.moves.service import By
from marketplace.orders import service as orders
from marketplace.risk import service as risk
from marketplace.risk.rules import BarKind
from marketplace.vouchers.queries.spending import of_programme
from marketplace.vouchers.rules.states import ApplicationDecision
from marketplace.vouchers.service import bids, reviewing
from marketplace.vouchers.service.reviewing import Reviewed
from tests.agreements.making import an_agreement
from tests.catalogue.test_admission import apply, decide, sweep_all
from tests.factories import a_firm, a_provider, a_round, an_application, an_offering, an_officer, user_of
from tests.journeys.played import Played
from tests.order_factories import an_order, person
from tests.programmes_of import a_programme_with
from tests.subsidies.awards import a_titled_firm, an_award_round
from tests.subsidies.test_service import again, ask, send_back


def bar(organisation_id, days=30):
    today = the_clock.today()
    until = today + timedelta(days=days)
    in_transaction(lambda: risk.bar(uuid4(), organisation_id, BarKind.BAN, until_on=until, number="JA-1", today=today))


def takes_an_order():
    order = an_order("placed")
    asked = {"actor_id": person(order.provider_id), "request_key": uuid4(), "now": the_clock.now()}
    return order.provider_id, lambda: in_transaction(lambda: orders.take(order.id, provider_id=order.provider_id, **asked))


def is_listed():
    offering, officer = an_offering(state="submitted"), an_officer()
    asked = {"actor_id": officer.id, "request_key": uuid4(), "now": the_clock.now()}
    said = ListingDecision(approved=True, reason="", seen_version=offering.version)
    return offering.provider_id, lambda: in_transaction(lambda: offerings.decide(offering.id, said, **asked))


def passes_the_review():
    provider, officer = a_provider(state="draft"), an_officer()
    apply(provider)
    return provider.id, lambda: decide(provider, AdmissionDecision.PASS, officer)


def is_entered():
    provider, officer = a_provider(state="draft"), an_officer()
    facts = {"document": "藏经信〔2026〕1号", "admitted_on": the_clock.today(), "actor_id": officer.id, "now": the_clock.now()}
    return provider.id, lambda: in_transaction(lambda: admission.enter(provider.id, **facts))


def bids_for_a_round():
    provider, row = a_provider(), a_round()
    asked = By(user_of(provider).id, the_clock.now(), uuid4())
    return provider.id, lambda: in_transaction(lambda: bids.submit(row.id, provider.id, "按量计费。", by=asked))


def mends_an_application():
    row, firm = an_award_round(), a_titled_firm()
    claim = ask(row, firm)
    send_back(claim)
    return firm.id, lambda: again(claim, firm)


def signs_a_contract():
    provider, row = a_provider(), a_round("xizang_service_purchase")
    return provider.id, lambda: an_agreement(row, provider=provider)


def is_granted_what_it_applied_for():
    firm, officer = a_firm(), an_officer()
    row = an_application(a_round("xizang_innovation_voucher", state="claiming"), firm)
    asked = {"actor_id": officer.id, "areas": ["540000"], "now": the_clock.now()}
    return firm.id, lambda: in_transaction(lambda: reviewing.decide(row.id, Reviewed(ApplicationDecision.PASS, ""), **asked))


ENTRANCES = [
    takes_an_order,
    is_listed,
    passes_the_review,
    is_entered,
    bids_for_a_round,
    mends_an_application,
    signs_a_contract,
    is_granted_what_it_applied_for,
]


@pytest.mark.parametrize("entrance", ENTRANCES)
def test_o11_whoever_is_barred_finds_the_entrance_closed(db, entrance):
    organisation_id, enter = entrance()
    bar(organisation_id)
    with pytest.raises(RuleViolation, match=r"被禁止参与（处理决定 JA-1）"):
        enter()


def test_o11_whoever_is_barred_while_the_notice_runs_is_not_admitted_when_it_ends(db, clock):
    barred, other = (a_provider(state="draft") for _ in range(2))
    for one in (barred, other):
        apply(one)
        decide(one, AdmissionDecision.PASS, an_officer())
    bar(barred.id)
    clock.shift(days=15)
    sweep_all()
    refused = by_id(Provider, barred.id)
    assert (refused.state, by_id(Provider, other.id).state) == (ProviderState.REFUSED, ProviderState.ADMITTED)
    assert "被禁止参与" in refused.state_reason


@pytest.mark.parametrize("mode", ["first_come", "auto_credit"])
def test_o11_whoever_is_barred_when_money_is_given_out_is_given_none(db, mode):
    table, without = f'[allocation.mode]\nvalue = "{mode}"', r"allocation\.mode"
    made = Played(lambda: a_programme_with(table, without=without), area="540000", region="540102", at="2026-03-02")
    made.announce(budget=200_000, use_from="2026-03-02", use_until="2026-11-30", redeem_until="2027-03-31")
    barred, other = made.firm(), made.firm()
    filed = [made.apply(firm, 10_000) for firm in (barred, other) if mode == "first_come"]
    with made.now():
        bar(barred.id)
    made.pass_time()
    assert [firm.id for firm in (barred, other) if of_programme(firm.id, made.programme_id)] == [other.id]
    assert [str(row.reason) for row in filed[:1] if "被禁止参与（处理决定 JA-1）" not in str(row.reason)] == []
    made.at("2026-04-02 09:00").pass_time()
    assert bool(of_programme(barred.id, made.programme_id)) is (mode == "auto_credit")  # once the ban is over
