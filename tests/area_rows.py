"""One row behind every address an office writes to, all of one prefecture: its firms, providers, money, chains, surveys, signals."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

from marketplace.catalogue.lifecycle import DossierState, PriceState
from marketplace.catalogue.models import Expert, OfferingPrice, ProviderStaff
from marketplace.enterprises.models import EnterpriseYear
from marketplace.kernel import clock
from marketplace.kernel.db import by_id, db, in_transaction
from marketplace.kernel.files import StoredFile
from marketplace.kernel.ids import printed_number
from marketplace.kernel.sentences import Sentence
from marketplace.matching.queries import run as run_of
from marketplace.matching.service import supplies
from marketplace.matching.service.chains import appointments
from marketplace.orders.queries import live_documents
from marketplace.records.year_models import ClosedYear
from marketplace.risk.models import RiskSignal
from marketplace.settlement.models import Claim
from marketplace.settlement.recovery_models import Recovery
from marketplace.settlement.recovery_rules import RecoveryGround, ReturnsTo
from marketplace.settlement.statement_models import BankStatement, BankStatementRow
from marketplace.supervision.queries import measures_of
from marketplace.supervision.queries.checks import items_of
from marketplace.vouchers.bid_models import ProviderBid
from marketplace.vouchers.fund_models import FundAct
from marketplace.vouchers.models import Round
from marketplace.vouchers.payee_models import RoundPayee
from marketplace.vouchers.queries.spending import spec_of
from marketplace.vouchers.rules.funds import FundActKind
from marketplace.vouchers.service import drafts
from marketplace.whatif import queries as replays
from marketplace.whatif import service as trials
from tests import factories as make
from tests.agreements.making import an_agreement
from tests.arrears.making import an_arrear
from tests.enterprises.grouping import a_group
from tests.evaluation.factories import a_dossier_item, a_member, a_platform
from tests.matching.making import a_chain, a_counted_contract, a_leader, a_match
from tests.order_factories import a_batch, a_claim, an_order, with_papers
from tests.performance.acts import a_plan as a_performance_plan
from tests.records.test_reports import a_claim as a_service
from tests.records.test_reports import a_report, submitted
from tests.supervision.acts import a_case, a_plan, a_tip, appointed, drawn, propose, taken


def of_a_firm(area: str) -> dict[str, UUID]:
    """A firm's papers and its application, voucher, order, claim and payment in a round of the area."""
    firm, provider = make.a_firm(region=area), make.a_provider(region=area)
    round_ = make.a_round(area=area)
    voucher = make.a_voucher(enterprise=firm, round_=round_)
    offering = make.an_offering(provider=provider)
    order = with_papers(an_order("redeemed", voucher=voucher, offering=offering))
    _batch, lines = a_batch(claims=[a_claim("approved", order=order)])
    bought = make.a_round("xizang_service_purchase", area=area)
    applying = make.a_round("xizang_innovation_voucher", area=area, state="claiming")
    return {
        "enterprise_id": firm.id, "organisation_id": provider.id, "provider_id": provider.id, "round_id": round_.id,
        "programme_id": round_.programme_id, "voucher_id": voucher.id, "order_id": order.id,
        "document_id": live_documents(order.id)[0].id, "claim_id": lines[0].claim_id, "batch_id": lines[0].batch_id,
        "line_id": lines[0].id, "application_id": make.an_application(applying, make.a_firm(region=area)).id,
        "title_id": make.a_title(firm, "specialised", accepted=False).id, "year_id": _a_year(firm.id), "draft_id": _a_draft(area),
        "agreement_id": an_agreement(bought).id,
        "job_id": _a_trial(round_.id), "payee_id": _a_payee(round_.id, provider.id), "recovery_id": a_recovery(lines[0].claim),
        "bid_id": a_bid(round_.id, provider.id), **a_statement(area), "plan_id": a_performance_plan(round_.programme).id,
        "arrear_id": an_arrear(firm=firm).id, **_a_document(round_), "group_id": a_group(firm, make.a_firm(region=area)).id,
    }  # fmt: skip


def _a_document(round_: Round) -> dict[str, UUID]:
    """What a document brought, and that it is to go back."""
    paper = make.an_appropriation(round_, 100, source="county")
    said = {"kind": FundActKind.RECALL, "amount_fen": 1, "reason": "未用完", "proposed_by": uuid4(), "proposed_at": clock.now()}
    act = make.stored(FundAct(number=printed_number("JY"), appropriation_id=paper.id, **said))
    return {"appropriation_id": paper.id, "act_id": act.id}


def a_statement(area: str) -> dict[str, UUID]:
    """A bank statement with a line that is no payment."""
    period = {"first_on": clock.today(), "last_on": clock.today(), "opening_fen": 1, "closing_fen": 0, "recorded_by": uuid4()}
    row = make.stored(BankStatement(number=printed_number("DZ"), area_code=area, account=f"62{area}", **period))
    line = make.stored(BankStatementRow(statement_id=row.id, place=1, booked_on=clock.today(), amount_fen=-1))
    return {"statement_id": row.id, "difference_id": line.id}


def _a_payee(round_id: UUID, organisation_id: UUID) -> UUID:
    """Whom a round pays, not confirmed yet."""
    account = {"bank_name": "中国银行", "bank_account": "6217000000000001", "named_by": uuid4(), "named_at": clock.now()}
    return make.stored(RoundPayee(round_id=round_id, organisation_id=organisation_id, **account)).id  # type: ignore[no-any-return]


def a_recovery(claim: Claim, **facts: Any) -> UUID:
    """Money to be paid back, found and not decided, if nothing else is said."""
    whose = {"claim_id": claim.id, "enterprise_id": claim.enterprise_id, "debtor_id": claim.payee_id, "programme_id": claim.programme_id}
    said = {"ground": RecoveryGround.AUDIT, "finding": "服务没有提供。", "returns_to": ReturnsTo.POOL, "paid_on": clock.today()}
    row = Recovery(
        number=printed_number("ZH"), book_id=claim.book_id, paid_fen=2, amount_fen=1, opened_by=uuid4(), **(whose | said | facts)
    )
    return make.stored(row).id  # type: ignore[no-any-return]


def a_bid(round_id: UUID, provider_id: UUID) -> UUID:
    """A provider that wants to be chosen for a round."""
    said = {"number": f"SB{uuid4().hex[:12]}", "plan": "按量计费", "submitted_by": uuid4(), "submitted_at": clock.now()}
    return make.stored(ProviderBid(round_id=round_id, provider_id=provider_id, **said)).id  # type: ignore[no-any-return]


def _a_trial(round_id: UUID) -> UUID:
    """Rules that somebody tries on past orders."""
    row = by_id(Round, round_id)
    rules = spec_of(row.version_id).frozen()
    question = replays.Question(programme_id=row.programme_id, round_ids=(round_id,), rules=rules, named="第 1 版")
    return in_transaction(lambda: trials.ask(uuid4(), question, [row], actor_id=uuid4())).id


def _a_draft(area: str) -> UUID:
    """Rules of a programme to come."""
    start = drafts.Start(area_code=area)
    return in_transaction(lambda: drafts.begin_draft(start, actor_id=uuid4(), request_key=uuid4(), now=clock.now())).id


def _a_year(firm_id: UUID) -> UUID:
    file = make.stored(StoredFile(sha256="1" * 64, name="证明.pdf", mime="application/pdf", size_bytes=1, organisation_id=firm_id))
    row = EnterpriseYear(enterprise_id=firm_id, year=2025, employees=1, revenue_fen=1, assets_fen=1, file_id=file.id)
    return make.stored(row).id  # type: ignore[no-any-return]


def of_a_provider(area: str) -> dict[str, UUID]:
    """What a provider of the area declares, and what is said against it."""
    provider = make.a_provider(region=area, state="applied")
    offering = make.an_offering(provider=make.a_provider(region=area), state="submitted")
    dearer = OfferingPrice(offering_id=offering.id, price_fen=2_000_000, reason="成本上涨", state=PriceState.PROPOSED)
    person = ProviderStaff(provider_id=provider.id, name="卓玛", degree="college", title_level="none", from_on=date(2024, 1, 1))
    report = a_report(provider, a_service())
    submitted(report)
    notice = make.a_notice(area_code=area)
    return {
        "provider_id": provider.id, "offering_id": offering.id, "price_id": make.stored(dearer).id, "person_id": make.stored(person).id,
        "item_id": a_dossier_item(provider, "equipment", state="declared").id, "report_id": report.id,
        "expert_id": make.stored(Expert(name="次仁", field="检测", region_code=area, state=DossierState.DECLARED)).id,
        "closed_id": a_closing(area),
        "member_id": a_member(a_platform(provider=provider), make.a_provider(region=area, user=False), state="proposed").id,
        "objection_id": make.an_objection(notice).id, "notice_id": notice.id, "signal_id": _a_signal(provider.id, area),
    }  # fmt: skip


def a_closing(area: str) -> UUID:
    """A year that somebody asked to close."""
    row = ClosedYear(area_code=area, year=2024, reason="已核对", asked_by=uuid4(), asked_at=clock.now())
    return make.stored(row).id  # type: ignore[no-any-return]


def _a_signal(subject_id: UUID, area: str) -> UUID:
    row = RiskSignal(
        kind="short_work", severity="note", subject_type="provider", subject_id=subject_id, evidence="{}", reason=Sentence("请核查。"),
        region_code=area, raised_at=clock.now(),
    )  # fmt: skip
    return make.stored(row).id  # type: ignore[no-any-return]


def of_a_case(area: str) -> dict[str, UUID]:
    """A case under investigation, with a measure."""
    case = a_case(make.a_provider(region=area).id)
    propose(case, "warning")
    check = drawn(a_plan("providers", area=area))
    item = db.session.scalars(items_of(check.id)).first()
    assert item is not None, "a provider of the area was drawn"
    tip = taken(a_tip(area=area), make.an_officer(area))
    return {
        "tip_id": tip.id,
        "case_id": case.id,
        "measure_id": measures_of(case.id)[0].id,
        "draw_id": check.id,
        "drawn_id": item.id,
        "supervisor_id": appointed(area=area).id,
    }


def of_a_chain(area: str) -> dict[str, UUID]:
    """A chain with its leader's list and what a run found, and a survey."""
    officer = make.an_officer(area)
    chain = a_chain(area=area, officer=officer)
    leader = a_leader(chain, officer=officer)
    match = a_match(leader=leader, firm=make.a_firm(region=area))
    day = clock.today() + timedelta(days=5)
    survey = in_transaction(
        lambda: supplies.open_campaign(uuid4(), title="摸排", area_code=area, due_on=day, actor_id=officer.id, today=clock.today())
    )
    return {
        "chain_id": chain.id, "appointment_id": appointments(chain.id)[0].id, "list_id": run_of(match.run_id).list_id,
        "need_id": match.need_id, "match_id": match.id, "contract_id": a_counted_contract(match).id,
        "run_id": match.run_id, "campaign_id": survey.id,
    }  # fmt: skip


def rows_in(area: str) -> dict[str, UUID]:
    """Ids by the names addresses use."""
    return of_a_provider(area) | of_a_firm(area) | of_a_chain(area) | of_a_case(area)
