"""The pages of a case, played by the people whose they are: an officer, another one, the party, a third officer."""

from datetime import timedelta

import pytest

from marketplace.catalogue.models import Provider
from marketplace.kernel import clock as the_clock
from marketplace.kernel.db import by_id, in_transaction
from marketplace.oversight.queries import reconciling
from marketplace.risk import service as risk
from marketplace.risk.models import RiskSignal
from marketplace.risk.rules import Severity
from marketplace.risk.service import Signal
from marketplace.settlement.recovery_models import Recovery
from marketplace.supervision.models import SpotDraw, SpotItem, SupervisionCase
from tests.factories import a_firm, a_provider, an_auditor, an_officer, user_of
from tests.order_factories import a_claim, an_order
from tests.settlement.test_recoveries import a_settled_claim
from tests.supervision.acts import WORDS, a_case, a_case_in, a_plan, decided, drawn

pytestmark = pytest.mark.engines("sqlite", "postgresql")


def a_signal(db, claim) -> RiskSignal:
    found = Signal("price", Severity.WARNING, "claim", claim.id, "价格高于同行。", {"number": claim.number}, claim.region_code)
    in_transaction(lambda: risk.raise_signal(found, now=the_clock.now()))
    return db.session.query(RiskSignal).filter_by(subject_id=claim.id, kind="price").one()


def test_from_a_signal_to_the_answer_to_an_appeal_by_four_people(db, browser):
    claim, (first, second, third) = a_claim(), (an_officer() for _ in range(3))
    signal, provider = a_signal(db, claim), by_id(Provider, claim.provider_id)
    browser.sign_in(first)
    assert browser.get(f"/oversight/signals/{signal.id}").select_one(f"a[href='/signals/{signal.id}/case']")
    browser.get(f"/signals/{signal.id}/case")
    browser.post(f"/signals/{signal.id}/case", {"whom": str(provider.id), "reason": "价格高于同行，需核实。"})
    case = db.session.query(SupervisionCase).filter_by(source_id=signal.id).one()
    browser.get(f"/cases/{case.id}/measures")
    browser.post(f"/cases/{case.id}/measures", {"kind": "ban", "until": "2099-01-01"}, status=422)
    browser.post(f"/cases/{case.id}/measures", {"kind": "warning", "target": ""})
    browser.get(f"/cases/{case.id}/finding")
    browser.post(f"/cases/{case.id}/finding", {"verdict": "established", "finding": WORDS})
    browser.get(f"/cases/{case.id}/decision")
    assert "请由另一位工作人员决定" in browser.post(f"/cases/{case.id}/decision", {"decision": WORDS}, status=422).text

    browser.sign_in(second)
    browser.get(f"/cases/{case.id}/decision")
    assert "申诉期至" in browser.post(f"/cases/{case.id}/decision", {"decision": WORDS}).text

    browser.sign_in(user_of(provider))
    assert case.number in browser.get("/my/cases").text
    page = browser.get(f"/my/cases/{case.id}")
    assert WORDS in page.text
    assert "价格高于同行" not in page.text, "what brought it about is not the party's to read"
    browser.get(f"/my/cases/{case.id}/appeal")
    browser.post(f"/my/cases/{case.id}/appeal", {"appeal": "价格有三家报价为证，并无虚高。"})

    browser.sign_in(third)
    browser.get(f"/cases/{case.id}/answer")
    assert "撤销原决定" in browser.post(f"/cases/{case.id}/answer", {"verdict": "revoked", "answer": WORDS}).text
    assert "已结案" in browser.get("/cases").text


def test_an_auditor_reads_cases_and_changes_none(browser):
    case = a_case_in("found", a_provider())
    browser.sign_in(an_auditor())
    page = browser.get(f"/cases/{case.id}")
    assert not page.select("a.btn-primary")
    browser.get(f"/cases/{case.id}/decision", status=403)


def test_a_banned_firm_reads_until_when_on_its_own_page(browser):
    firm = a_firm()
    case = decided(firm.id, "ban", days=30)
    browser.sign_in(user_of(firm))
    assert "禁止参与至" in browser.get("/my/cases").text
    assert case.number in browser.get("/home").text


def test_a_proposed_measure_is_dropped_from_the_page(browser):
    officer, case = an_officer(), a_case(a_provider().id)
    browser.sign_in(officer)
    browser.get(f"/cases/{case.id}/measures")
    browser.post(f"/cases/{case.id}/measures", {"kind": "warning", "target": ""})
    button = browser.get(f"/cases/{case.id}").select_one("form[action$='/drop']")
    assert "还没有拟定处理措施" in browser.post(str(button["action"])).text


def test_a_bureau_opens_a_case_about_a_firm_of_its_area_alone(browser):
    firm = a_firm(region="540102")
    browser.sign_in(an_officer("540200"))
    browser.get(f"/organisations/{firm.id}/case", status=404)
    browser.sign_in(an_officer("540100"))
    browser.get(f"/organisations/{firm.id}/case")
    assert "调查中" in browser.post(f"/organisations/{firm.id}/case", {"whom": str(firm.id), "reason": "日常巡查发现疑点。"}).text


def test_a_check_from_its_plan_to_its_public_page(db, browser):
    order, officer = an_order("redeemed"), an_officer()
    browser.sign_in(officer)
    browser.get("/checks/new")
    rule = {"form": "routine", "population": "orders", "area": "540000", "since": "2026-01-01", "until": str(the_clock.today())}
    browser.post("/checks/new", {"title": "一季度抽查", "size": "1", "method": "lot", **rule})
    row = db.session.query(SpotDraw).one()
    assert row.seed not in browser.get(f"/spot-checks/{row.id}").text
    browser.get(f"/spot-checks/{row.id}/entries.txt", status=404)
    browser.get(f"/checks/{row.id}/draw")
    assert order.number in browser.post(f"/checks/{row.id}/draw").text
    item = db.session.query(SpotItem).one()
    browser.get(f"/check-items/{item.id}")
    browser.post(f"/check-items/{item.id}", {"finding": "bad", "report": WORDS})
    assert "已立案" in browser.get(f"/check-items/{item.id}").text
    browser.sign_out()
    page = browser.get(f"/spot-checks/{row.id}")
    assert row.seed in page.text
    assert order.number in page.text
    assert row.number in browser.get("/spot-checks").text


def test_nobody_reads_who_is_drawn_for_a_surprise_check_before_it_is_over(browser):
    order = an_order("redeemed")
    row = drawn(a_plan(form="surprise"))
    assert order.number not in browser.get(f"/spot-checks/{row.id}").text
    browser.get(f"/spot-checks/{row.id}/entries.txt", status=404)


@pytest.mark.engines("sqlite")
def test_o12_a_spot_check_is_played_from_its_seed_to_finding_recovery_penalty_and_appeal(db, browser):
    claim, (first, second, third) = a_settled_claim(), (an_officer() for _ in range(3))
    browser.sign_in(first)
    browser.get("/checks/new")
    rule = {"form": "special", "population": "claims", "area": "540000", "since": "2026-01-01", "until": str(the_clock.today())}
    browser.post("/checks/new", {"title": "兑付专项检查", "size": "1", "method": "lot", **rule})
    row = db.session.query(SpotDraw).one()
    browser.get(f"/checks/{row.id}/draw")
    assert claim.number in browser.post(f"/checks/{row.id}/draw").text
    item = db.session.query(SpotItem).one()
    browser.get(f"/check-items/{item.id}")
    browser.post(f"/check-items/{item.id}", {"finding": "bad", "report": WORDS})
    case = db.session.query(SupervisionCase).filter_by(source_id=item.id).one()
    for measure in ({"kind": "recovery", "target": claim.number, "amount": "1200.50"}, {"kind": "suspension", "until": _in_days(60)}):
        browser.get(f"/cases/{case.id}/measures")
        browser.post(f"/cases/{case.id}/measures", measure)
    browser.get(f"/cases/{case.id}/finding")
    browser.post(f"/cases/{case.id}/finding", {"verdict": "established", "finding": WORDS})
    browser.sign_in(second)
    browser.get(f"/cases/{case.id}/decision")
    browser.post(f"/cases/{case.id}/decision", {"decision": WORDS})
    recovery = db.session.query(Recovery).filter_by(claim_id=claim.id).one()
    assert (recovery.amount_fen, recovery.state.value) == (1_200_50, "proposed")

    browser.sign_in(user_of(claim.provider_id))
    assert "暂停参与" in browser.get(f"/my/cases/{case.id}").text
    browser.get(f"/my/cases/{case.id}/appeal")
    browser.post(f"/my/cases/{case.id}/appeal", {"appeal": "服务已经提供，有签到表和照片为证。"})
    browser.sign_in(third)
    browser.get(f"/cases/{case.id}/answer")
    browser.post(f"/cases/{case.id}/answer", {"verdict": "upheld", "answer": WORDS})
    browser.get(f"/recoveries/{recovery.id}/confirm")
    browser.post(f"/recoveries/{recovery.id}/confirm", {"document": "藏经信追〔2026〕1号"})
    db.session.refresh(recovery)
    assert recovery.state.value == "demanded", "what was upheld is paid back"
    assert not [one for one in reconciling.COMPARISONS if db.session.execute(one.differing(db.engine.dialect.name)).first()]


def _in_days(days: int) -> str:
    return (the_clock.today() + timedelta(days=days)).isoformat()
