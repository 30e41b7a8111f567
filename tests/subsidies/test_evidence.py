"""Subsidies of a cost on evidence: freight by waybill, half of it, within the caps, and a waybill once however it is typed."""

from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from marketplace.kernel import clock as the_clock
from marketplace.kernel.db import by_id, in_transaction, snapshot
from marketplace.kernel.errors import RuleViolation
from marketplace.kernel.money import YUAN, Fen
from marketplace.ledger import queries as ledger
from marketplace.oversight.queries import reconciling
from marketplace.policy.programme_file import PROGRAMMES, ProgrammeFileError, load_programme, parse_programme
from marketplace.settlement import service
from marketplace.settlement.lifecycle import ClaimState
from marketplace.settlement.models import Claim
from marketplace.settlement.queries.payable import payable
from marketplace.settlement.rules import Approval
from marketplace.subsidies import evidence
from marketplace.subsidies.service import Asked
from marketplace.vouchers.models import Round
from marketplace.vouchers.queries.funds import gauge
from tests.factories import a_finance_officer, a_firm, a_round, an_officer, user_of
from tests.files import a_pdf
from tests.order_factories import EXPLAINED, a_batch, a_file, person, spot_checked, with_account

SLUG = "xizang_outbound_freight"
FILE = PROGRAMMES / f"{SLUG}.toml"
SPEC = load_programme(FILE)
BUDGET = 400_000 * YUAN
WHOLE = {
    "waybill": "YD2026-0001",
    "direction": "出藏单边",
    "destination": "510000",
    "shipped": "2026-03-01",
    "freight": "3600",
    "goods": "青稞饼干",
}


def a_freight_round(**facts: Any) -> Round:
    return a_round(SLUG, state="claiming", budget_fen=facts.pop("budget_fen", BUDGET), **facts)


def a_maker(**facts: Any) -> Any:
    return a_firm(size="small", industry=facts.pop("industry", "1411"), region="540102", **facts)


def asked(**changes: str) -> Asked:
    return Asked(evidence=WHOLE | changes, store=lambda: a_file("运单.pdf").id, has_file=True)


def ask(row: Round, firm: Any, **changes: str) -> Claim:
    who, round_id = {"enterprise_id": firm.id, "actor_id": person(firm.id)}, row.id
    return in_transaction(lambda: service.ask(round_id, asked(**changes), **who, request_key=uuid4(), now=the_clock.now()))


def stands(row: Round) -> tuple[int, int]:
    found, book = gauge(row), ledger.standing(row.book_id)
    assert book.difference() == 0 and (found.reserved_fen, found.approved_fen) == (book.reserved, book.payable + book.paid)
    with snapshot() as connection:
        assert [one.text() for one in reconciling.faults(connection, Counter())] == []
    return found.reserved_fen, found.approved_fen


def test_half_of_the_freight_is_held_and_the_part_of_a_fen_falls_to_the_firm(db):
    row = a_freight_round()
    claim = ask(row, a_maker(), freight="3600.01")
    assert claim.requested_fen == 1_800_00 and claim.about == "运单号 YD2026-0001" and stands(row) == (1_800_00, 0)
    assert {one["label"]: one["value"] for one in claim.subsidy.evidence}["运达地区"] == "四川省"
    assert [one["verdict"] for one in claim.checks] == ["pass", "pass", "pass"] and claim.subsidy.file_id is not None


@pytest.mark.parametrize("again", ["YD2026-0001", "yd2026 0001", "ＹＤ２０２６－０００１", "YD/2026/0001"])
def test_a_waybill_is_used_once_however_it_is_typed(db, again):
    row = a_freight_round()
    ask(row, a_maker())
    with pytest.raises(RuleViolation, match="同一编号只补助一次") as refusal:
        ask(row, a_maker(), waybill=again)
    assert refusal.value.field == "evidence_waybill" and stands(row) == (1_800_00, 0)


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"waybill": ""}, "evidence_waybill", "请填写“运单号”"),
        ({"waybill": "运单"}, "evidence_waybill", "没有数字"),
        ({"direction": "进藏"}, "evidence_direction", "从列出的内容中选择"),
        ({"destination": "540100"}, "evidence_destination", "适用地区以外"),
        ({"destination": "999999"}, "evidence_destination", "适用地区以外"),
        ({"shipped": "2026-03-17"}, "evidence_shipped", "不晚于今天"),
        ({"shipped": "昨天"}, "evidence_shipped", "不晚于今天"),
        ({"freight": "很多"}, "evidence_freight", "请填写金额"),
        ({"freight": "0"}, "evidence_freight", "须大于 0"),
        ({"goods": ""}, "evidence_goods", "请填写“产品名称”"),
        ({"goods": "青" * 201}, "evidence_goods", "太长"),
    ],
)
def test_each_field_is_checked_by_what_the_file_says_of_it(changes, field, words):
    with pytest.raises(RuleViolation, match=words) as refusal:
        evidence.read(SPEC, WHOLE | changes, has_file=True, today=the_clock.today())
    assert refusal.value.field == field


def test_a_scan_that_is_asked_for_must_be_there():
    with pytest.raises(RuleViolation, match="扫描件"):
        evidence.read(SPEC, WHOLE, has_file=False, today=the_clock.today())


def test_the_least_cost_and_the_cap_of_a_year_hold(db):
    row, firm = a_freight_round(), a_maker()
    with pytest.raises(RuleViolation, match="500"):
        ask(row, firm, freight="499.99")
    assert ask(row, firm, freight="390000").requested_fen == 195_000 * YUAN
    assert ask(row, firm, waybill="2", freight="20000").requested_fen == 5_000 * YUAN  # what is left of the year
    with pytest.raises(RuleViolation, match="补助为 0"):
        ask(row, firm, waybill="3")
    assert stands(row) == (200_000 * YUAN, 0)
    assert ask(row, a_maker(), waybill="4").requested_fen == 1_800_00


def test_a_refusal_gives_the_cap_and_the_waybill_back(db):
    row, firm, officer_id = a_freight_round(), a_maker(), an_officer().id
    claim = ask(row, firm, freight="400000")
    spot_checked(claim)
    in_transaction(lambda: service.refuse(claim.id, reason="运单不实", actor_id=officer_id, now=the_clock.now()))
    assert stands(row) == (0, 0) and ask(row, firm, freight="400000").requested_fen == 200_000 * YUAN


def test_a_firm_of_another_industry_is_told_so(db):
    with pytest.raises(RuleViolation, match="行业"):
        ask(a_freight_round(), a_maker(industry="5211"))


def test_what_is_mended_is_reckoned_again_and_never_above_what_is_held(db):
    row, firm, officer_id = a_freight_round(), a_maker(), an_officer().id
    claim = ask(row, firm)
    in_transaction(lambda: service.send_back(claim.id, reason="金额与发票不符", actor_id=officer_id, now=the_clock.now()))
    who = {"enterprise_id": firm.id, "actor_id": person(firm.id)}
    mended = Asked(evidence=WHOLE | {"freight": "3000"})  # the scan stays
    in_transaction(lambda: service.ask_again(claim.id, mended, **who, request_key=uuid4(), now=the_clock.now()))
    claim = spot_checked(by_id(Claim, claim.id))
    assert (claim.requested_fen, claim.deserved_fen, claim.checks[1]["verdict"]) == (1_800_00, 1_500_00, "fail")

    def approve(fen: int) -> Claim:
        return in_transaction(
            lambda: service.approve(
                claim.id, Approval(Fen(fen), "按发票核减", explained=EXPLAINED), actor_id=officer_id, now=the_clock.now()
            )
        )

    with pytest.raises(RuleViolation, match="核准金额不能超过"):
        approve(1_800_00)
    approve(1_500_00)
    assert stands(row) == (0, 1_500_00)


def test_freight_is_asked_for_approved_and_paid(db, clock):
    row, officer_id = a_freight_round(), an_officer().id
    claim = spot_checked(ask(row, a_maker()))
    in_transaction(lambda: service.approve(claim.id, Approval(Fen(1_800_00), ""), actor_id=officer_id, now=the_clock.now()))
    with_account(claim.payee_id)
    clock.move_to(the_clock.now() + timedelta(days=9))
    assert [one.id for one in payable(row.programme_id)] == [claim.id]
    _batch, (line,) = a_batch(claims=[by_id(Claim, claim.id)])
    cashier = a_finance_officer().id
    in_transaction(
        lambda: service.record_paid(line.id, reference="2026032500001", paid_on=the_clock.today(), actor_id=cashier, now=the_clock.now())
    )
    assert by_id(Claim, claim.id).state is ClaimState.SETTLED and stands(row) == (0, 1_800_00)


def test_a_firm_asks_on_the_page_with_its_scan(db, browser):
    row, firm = a_freight_round(), a_maker()
    browser.sign_in(user_of(firm))
    address = f"/rounds/{row.id}/subsidy"
    page = browser.get(address)
    assert {"evidence_waybill", "evidence_scan", "evidence_destination"} <= {one["name"] for one in page.select("[name]")}
    assert "西藏" not in page.select_one("[name=evidence_destination]").text
    asked = [one["name"].removeprefix("evidence_") for one in page.select("main [name^=evidence_]")]
    assert (asked[:2], asked[-1]) == (["waybill", "freight"], "scan"), "what it is known by and what it cost, and the scan at the end"
    assert "选填" not in page.select_one("label[for=evidence_scan]").text, "a scan that is demanded is not called optional"
    typed = {f"evidence_{name}": value for name, value in WHOLE.items()} | {"promise": "y", "evidence_scan": a_pdf()}
    page = browser.fill(address, typed)
    assert "YD2026-0001" in page.text and "1,800.00" in page.text and "四川省" in page.text
    claim = db.session.query(Claim).one()
    assert browser.download(f"/claims/{claim.id}/evidence").mimetype == "application/pdf"
    browser.get(address)
    page = browser.fill(address, typed | {"evidence_scan": a_pdf(), "evidence_waybill": "yd2026 0001"}, status=422)
    assert "同一编号只补助一次" in page.select_one(".error-summary").get_text()
    officer_id = an_officer().id
    in_transaction(lambda: service.send_back(claim.id, reason="运单号有误", actor_id=officer_id, now=the_clock.now()))
    page = browser.fill(f"/claims/{claim.id}/subsidy", {"evidence_waybill": "YD2026-0002", "promise": "y"})
    assert "YD2026-0002" in page.text and "四川省" in page.text and "1,800.00" in page.text, "what was right need not be said again"
    browser.sign_out()
    browser.sign_in(user_of(a_maker()))
    browser.download(f"/claims/{claim.id}/evidence", status=404)


def problems(content: str) -> list[str]:
    with pytest.raises(ProgrammeFileError) as refusal:
        parse_programme(content.encode(), file="x.toml")
    return [one.key for one in refusal.value.problems]


@pytest.mark.parametrize(
    ("before", "after", "where"),
    [
        ('kind = "number"', 'kind = "text"', "evidence_fields"),
        ('kind = "day"', 'kind = "cost"', "evidence_fields"),
        ('kind = "text"', 'kind = "file"', "evidence_fields"),
        ('options = ["出藏单边"]', "", "evidence_fields.direction"),
        ('kind = "cost"\nrequired = true', 'kind = "cost"', "evidence_fields.freight"),
        ('value = ["logistics"]', 'value = ["logistics", "testing"]', "services.value"),
        ('scope = "enterprise_year"', 'scope = "provider_year"', "caps.year.scope"),
        ('format = "programme/2"', 'format = "programme/1"', "evidence_fields"),
    ],
)
def test_a_contradiction_in_the_evidence_is_named(before, after, where):
    assert where in problems(FILE.read_text().replace(before, after, 1))


def test_a_programme_with_orders_has_no_such_fields():
    text = (PROGRAMMES / "xizang_enterprise_service_voucher.toml").read_text().replace('"programme/1"', '"programme/2"', 1)
    more = '[evidence_fields.x]\nlabel = "编号"\nkind = "number"\nsource = { document = "a", clause = "b" }\n'
    assert problems(f"{text}\n{more}") == ["evidence_fields.x"]
