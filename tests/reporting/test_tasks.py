"""What a firm reads of its work: each line may be done by whoever reads it and leads to where, and none of many is kept back."""

import re
from datetime import date, timedelta

import pytest

from marketplace.catalogue.lifecycle import DossierState, OfferingState
from marketplace.catalogue.models import Offering
from marketplace.enterprises.models import EnterpriseYear, ReviewState, Title
from marketplace.kernel import clock as the_clock
from marketplace.kernel.db import by_id, in_transaction
from marketplace.records.models import ServiceReport
from marketplace.records.rules import ReportState
from marketplace.reporting.queries import tasks
from marketplace.settlement.lifecycle import ClaimState
from marketplace.settlement.models import Claim
from marketplace.vouchers.models import Application, Voucher
from marketplace.vouchers.rules.states import ApplicationState
from tests import factories as make
from tests.area_rows import of_a_chain, of_a_firm
from tests.evaluation.factories import a_dossier_item
from tests.order_factories import a_claim, an_order, with_papers
from tests.records.test_reports import a_claim as a_service
from tests.records.test_reports import a_report, submitted


def change(model, row_id, **values):
    in_transaction(lambda: [setattr(by_id(model, row_id), name, value) for name, value in values.items()])


def lines(browser, user):
    browser.sign_in(user)
    return {" ".join(link.get_text().split()): str(link["href"]) for link in browser.get("/home").select(".tasks a")}


def a_busy_firm():
    rows = of_a_firm("540000")
    voucher = make.a_voucher()
    firm = voucher.enterprise_id
    for state in ("delivered", "delivered", "redeemed"):
        an_order(state, voucher=voucher, contract_fen=200_000)
    change(Voucher, voucher.id, valid_until=the_clock.today() + timedelta(days=5))
    for day, state in ((None, ApplicationState.RETURNED), (the_clock.today(), ApplicationState.REFUSED)):
        round_ = make.a_round("xizang_innovation_voucher", state="claiming")
        row = make.an_application(round_, make.a_firm())
        change(Application, row.id, enterprise_id=firm, state=state, due_on=day, decided_at=the_clock.now())
    change(EnterpriseYear, rows["year_id"], enterprise_id=firm, state=ReviewState.RETURNED)
    change(Title, rows["title_id"], organisation_id=firm, state=ReviewState.RETURNED)
    return make.user_of(firm)


def a_busy_provider():
    claim = a_claim()
    provider = claim.provider_id
    change(Claim, claim.id, state=ClaimState.RETURNED, due_on=date(2026, 12, 31))
    offering = make.an_offering(provider=claim.order.provider)
    for state in ("placed", "placed", "taken", "contracted", "redeemed"):
        order = an_order(state, offering=offering)
        if state == "redeemed":
            with_papers(order)
    change(Offering, make.an_offering(provider=claim.order.provider).id, state=OfferingState.RETURNED)
    report = a_report(claim.order.provider, a_service())
    submitted(report)
    change(ServiceReport, report.id, state=ReportState.RETURNED)
    a_dossier_item(claim.order.provider, "equipment", state=DossierState.RETURNED.value)
    return make.user_of(provider)


def a_busy_leader():
    from marketplace.matching.models import Match

    return make.user_of(by_id(Match, of_a_chain("540102")["match_id"]).leader_id)


@pytest.mark.parametrize(("who", "said"), [
    (a_busy_firm, ["验收并核销", "评价服务", "使用服务券", "补正申领", "可以申诉", "年数据", "企业称号"]),
    (a_busy_provider, ["接单", "上传合同", "提交交付", "申请兑付", "补正兑付申请", "被退回的服务产品", "被退回的填报", "年度档案"]),
    (a_busy_leader, ["答复对接"]),
])  # fmt: skip
@pytest.mark.engines("sqlite", "postgresql")
def test_every_line_of_a_firms_home_leads_to_where_it_is_done(browser, who, said):
    found = lines(browser, who())
    assert not [word for word in said if not any(word in line for line in found)]
    for address in found.values():
        browser.get(address)


@pytest.mark.parametrize(("who", "kind"), [(a_busy_firm, "待验收"), (a_busy_provider, "待接单")])
def test_of_many_lines_the_rest_is_counted_and_leads_to_the_list(browser, monkeypatch, who, kind):
    monkeypatch.setattr(tasks, "SHOWN", 1)
    found = lines(browser, who())
    line = next(line for line in found if line.startswith(f"{kind}：共"))
    listed = browser.get(found[line]).select("tbody tr")
    assert int(re.search(r"共 ([0-9]+) 项", line)[1]) == len(listed) == 2


def test_a_service_that_can_no_longer_be_rated_is_asked_of_nobody(browser, clock):
    order = an_order("redeemed")
    user = make.user_of(order.enterprise_id)
    clock.move_to(f"{order.rate_until} 12:00")
    assert any("评价服务" in line for line in lines(browser, user))
    clock.shift(days=1)
    assert not any("评价服务" in line for line in lines(browser, user))


def test_no_line_is_shown_without_its_permission(db):
    firm = make.user_of(an_order("delivered").enterprise_id).organisation_id
    assert tasks.of_organisation(firm, lambda _door: True, the_clock.today())
    assert tasks.of_organisation(firm, lambda _door: False, the_clock.today()) == []
