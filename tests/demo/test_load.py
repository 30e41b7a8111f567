"""What the demo holds."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from marketplace.arrears.lifecycle import ArrearState
from marketplace.arrears.models import Arrear
from marketplace.audit.models import AuditEvent
from marketplace.catalogue.lifecycle import OfferingState, ProviderState
from marketplace.catalogue.models import Offering, Provider
from marketplace.cli.demo import load as load_command
from marketplace.demo import accounts
from marketplace.demo.days import calendar
from marketplace.demo.load import is_loaded, load
from marketplace.demo.people import PASSWORD
from marketplace.identity import passwords
from marketplace.identity.lifecycle import OrganisationState
from marketplace.identity.models import Grant, Organisation, User
from marketplace.identity.roles import Role
from marketplace.identity.uscc import check_uscc
from marketplace.kernel import clock
from marketplace.kernel.clock import CST
from marketplace.kernel.db import db, snapshot
from marketplace.kernel.errors import RuleViolation
from marketplace.ledger import queries as ledger
from marketplace.ledger.verify import Verification
from marketplace.matching.models import Match, SupplyList
from marketplace.matching.rules import MatchState, SupplyState
from marketplace.orders.lifecycle import OrderState
from marketplace.orders.models import Order
from marketplace.oversight.verification import faults
from marketplace.performance.lifecycle import PlanState, ReadingKind
from marketplace.performance.models import PerformancePlan, PerformanceReading
from marketplace.records.models import ServiceReport
from marketplace.records.rules import AcceptedBy, ReportState
from marketplace.reporting import queries as reporting
from marketplace.reporting.queries import reruns
from marketplace.settlement.lifecycle import BatchState, ClaimState
from marketplace.settlement.models import Claim, PaymentBatch
from marketplace.vouchers.models import Application, Programme, Round
from marketplace.vouchers.queries.reruns import reruns as reruns_of_the_public
from marketplace.vouchers.rules.states import ApplicationState, RoundState


def counted(column: Any) -> Counter[Any]:
    return Counter(dict(map(tuple, db.session.execute(select(column, func.count()).group_by(column)))))


def test_the_ledger_and_the_trail_verify(laid):
    with snapshot() as connection:
        run = Verification(connection, Path(laid.config["SEALS_ROOT"]), clock.now())
        assert [fault.text() for fault in faults(run)] == []
    assert run.counts["ledger_entries"] > 300


def test_in_every_book_what_was_appropriated_stands_somewhere(laid):
    for programme in db.session.scalars(select(Programme)):
        stands = ledger.standing(programme.book_id)
        assert stands.appropriated > 0, programme.slug
        assert stands.difference() == 0, programme.slug


def test_every_state_that_a_user_can_meet_is_there(laid):
    assert set(counted(Order.state)) == set(OrderState)
    assert counted(Order.accepted_by)[AcceptedBy.DEFAULT] >= 1, "a silent firm's order is there"
    assert set(counted(Claim.state)) == set(ClaimState) - {ClaimState.DRAFT}
    assert set(counted(PaymentBatch.state)) == set(BatchState) - {BatchState.DRAFT}
    assert set(counted(Match.state)) == set(MatchState)
    assert set(counted(ServiceReport.state)) == set(ReportState)
    assert set(counted(Application.state)) == set(ApplicationState)
    assert {RoundState.APPLYING, RoundState.IN_USE, RoundState.SETTLING} <= set(counted(Round.state))


def test_some_hundred_offerings_and_thirty_supply_lists_are_published(laid):
    assert counted(Offering.state)[OfferingState.LISTED] >= 100
    assert counted(SupplyList.state)[SupplyState.PUBLISHED] >= 30
    assert {ProviderState.APPLIED, ProviderState.NOTICED, ProviderState.ADMITTED, ProviderState.SUSPENDED} <= set(counted(Provider.state))


def test_credit_codes_are_valid_and_some_firms_wait_or_were_returned(laid):
    for code in db.session.scalars(select(Organisation.uscc)):
        assert check_uscc(code) == code
    assert {OrganisationState.PENDING, OrganisationState.RETURNED, OrganisationState.VERIFIED} <= set(counted(Organisation.state))


def test_old_programmes_are_marked_as_simulated(laid):
    rounds = {row.programme.slug: row for row in db.session.scalars(select(Round)).unique()}
    assert len(rounds) == 8
    played = {slug for slug, row in rounds.items() if row.simulated}
    assert played == {"beijing_2022_service_voucher", "jiangmen_2020_service_voucher", "xizang_rent_relief_2022"}
    assert all("模拟" in row.name for row in rounds.values() if row.simulated)


def test_the_front_shows_real_money_alone_and_the_reruns_have_figures_of_their_own(laid):
    rounds = list(db.session.scalars(select(Round).where(Round.simulated)).unique())
    played = reruns.of_rounds(rounds)
    assert {row.id for row in db.session.scalars(reruns_of_the_public()).unique()} == {row.id for row in rounds}
    assert len(rounds) == 3 and all(one.paid + one.payable > 0 and one.difference() == 0 for one in played.values())
    shown = reporting.counts()
    paid = sum(ledger.standing(row.book_id).paid for row in db.session.scalars(select(Programme)))
    assert shown.paid_fen == paid - sum(one.paid for one in played.values()) > 0
    assert shown.services > 20 and shown.served > 10
    kinds = dict(db.session.execute(select(PaymentBatch.simulated, func.count()).group_by(PaymentBatch.simulated)).all())
    assert kinds == {False: 6, True: 2}


def test_an_award_a_subsidy_and_a_relief_stand_in_states_of_their_own(laid):
    found = {one.round.programme.slug: one for one in db.session.scalars(select(Claim).where(Claim.subsidy_id.is_not(None))).unique()}
    award, freight, rent = (found[slug] for slug in ("bozhou_award", "xizang_outbound_freight", "xizang_rent_relief_2022"))
    assert (award.state, award.is_cut, award.appeal_waits) == (ClaimState.APPROVED, True, True)
    assert freight.state is ClaimState.SUBMITTED
    assert (rent.state, rent.round.simulated) == (ClaimState.APPROVED, True)


def test_performance_and_arrears_stand_in_states_of_their_own(laid):
    assert set(counted(PerformancePlan.state)) == {PlanState.ENTERED, PlanState.CONFIRMED, PlanState.SIGNED}
    assert set(counted(PerformanceReading.kind)) == {ReadingKind.MIDTERM, ReadingKind.YEARLY}
    assert set(counted(Arrear.state)) == set(ArrearState)


def test_every_role_has_an_account_that_signs_in(laid, tmp_path):
    found = accounts.write(tmp_path)
    assert json.loads((tmp_path / "demo_accounts.json").read_text(encoding="utf-8")) == found
    logins = [one["login"] for one in found]
    held = set(db.session.scalars(select(Grant.role).join(User, User.id == Grant.user_id).where(User.login.in_(logins))))
    assert held == set(Role)
    user = db.session.scalars(select(User).where(User.login == "sme")).unique().one()
    assert passwords.matches(user.password_hash, PASSWORD)
    passwords.check_strength(PASSWORD, user.login)


def test_people_acted_on_working_days_only(laid):
    working = calendar(clock.today())
    days = {at.astimezone(CST).date() for at in db.session.scalars(select(AuditEvent.at))}
    assert [day for day in sorted(days) if not working.is_working(day, "540000")] == []
    assert max(days) <= clock.today()


def test_the_command_loads_once_and_only_where_the_demo_is_on(laid):
    runner = laid.test_cli_runner()
    before = db.session.scalar(select(func.count()).select_from(AuditEvent))
    db.session.remove()

    again = runner.invoke(load_command)
    assert again.exit_code == 0
    assert "已在库中" in again.output

    laid.config["DEMO"] = False
    try:
        refused = runner.invoke(load_command)
    finally:
        laid.config["DEMO"] = True
    assert refused.exit_code == 1
    assert "没有开启演示" in refused.output
    assert db.session.scalar(select(func.count()).select_from(AuditEvent)) == before


def test_the_demo_is_refused_beside_other_data(laid):
    assert is_loaded()
    with pytest.raises(RuleViolation, match="空库"):
        load(clock.now(), say=lambda line: None)
