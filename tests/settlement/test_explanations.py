"""Whoever approves a claim says a word on each check that is not green; named checks let none pass."""

import io
from datetime import timedelta

import openpyxl
import pytest
from sqlalchemy.exc import DBAPIError

from marketplace.identity.models import Organisation
from marketplace.kernel import clock
from marketplace.kernel.db import by_id, db, in_transaction
from marketplace.kernel.errors import RuleViolation
from marketplace.policy.programme_guards import ClaimCheck
from marketplace.settlement import check_rules, service
from marketplace.settlement.explanation_models import ClaimExplanation
from marketplace.settlement.lifecycle import ClaimState
from marketplace.settlement.models import Claim
from marketplace.settlement.queries.explanations import blocking_of, words_of
from marketplace.settlement.rules import Approval, Check, CheckResult
from tests.factories import a_finance_officer, a_round, a_voucher, an_officer, user_of
from tests.order_factories import a_batch, a_claim, a_paper, add_paper, an_order, spot_checked, with_papers
from tests.programmes_of import a_programme_with

PASS, WARN, FAIL = CheckResult.PASS, CheckResult.WARN, CheckResult.FAIL


def check(key: str, verdict: CheckResult = WARN) -> Check:
    return Check(key, "某项", verdict, "说明 %(n)s。", {"n": 1})


def an_amber_claim(order=None) -> Claim:
    """The firm paid more than its share: amber, and nothing else."""
    order = with_papers(order or an_order("redeemed"))
    add_paper(order, a_paper("bank_transfer_slip", amount_fen=1), organisation_id=order.enterprise_id)
    claim = a_claim(order=order)
    assert [one["key"] for one in claim.checks if one["verdict"] != "pass"] == ["own_share_paid"]
    return claim


def approve(claim: Claim, **words: str) -> Claim:
    approval, actor_id = Approval(claim.requested_fen, explained=words), an_officer().id
    return in_transaction(lambda: service.approve(claim.id, approval, actor_id=actor_id, now=clock.now()))


@pytest.mark.parametrize(
    ("key", "verdict", "is_blocked"),
    [("price", WARN, True), ("price", PASS, False), ("dates", WARN, False), ("dates", FAIL, True), ("standing", FAIL, False)],
)
def test_a_named_check_blocks_at_its_worst(key, verdict, is_blocked):
    assert check_rules.blocks(check(key, verdict), {ClaimCheck.PRICE, ClaimCheck.DATES}) is is_blocked


def test_the_refusal_says_what_was_found_and_what_can_be_done():
    with pytest.raises(RuleViolation, match=r"“某项”未通过.*说明 1。.*依据") as refusal:
        check_rules.check_blocking([check("dates", FAIL), check("price")], {ClaimCheck.PRICE})
    assert refusal.value.code == "blocking_check" and set(check_rules.REMEDIES) == set(ClaimCheck)


def test_a_word_is_asked_of_each_check_that_is_not_green_and_of_no_other():
    checks = [check("price", PASS), check("dates", FAIL), check("shared_file")]
    check_rules.check_explained(checks, {"dates": "已核实", "shared_file": "已核实"})
    for words in ({"dates": "已核实"}, {"dates": "已核实", "shared_file": "  "}):
        with pytest.raises(RuleViolation) as refusal:
            check_rules.check_explained(checks, words)
        assert refusal.value.field == "explained_shared_file"


def test_an_amber_check_is_explained_and_the_word_is_kept_for_good(db):
    claim = an_amber_claim()
    with pytest.raises(RuleViolation, match="请写明核实了什么"):
        approve(claim)
    done = approve(claim, own_share_paid=" 多付的一分为手续费。 ")
    row = db.session.query(ClaimExplanation).one()
    assert done.state is ClaimState.APPROVED and (row.claim_id, row.check_key, row.words) == (
        claim.id,
        "own_share_paid",
        "多付的一分为手续费。",
    )
    with pytest.raises(DBAPIError), db.session.begin_nested():
        db.session.query(ClaimExplanation).update({"words": "另一句"})


def test_who_came_onto_the_list_since_is_not_approved_and_without_a_check_of_before(db):
    claim = a_claim()
    by_id(Organisation, claim.firm.id).sanctioned_until = clock.today() + timedelta(days=30)
    db.session.flush()
    assert blocking_of(claim) == {ClaimCheck.STANDING}
    with pytest.raises(RuleViolation, match=r"“主体资格”未通过.*请待移出失信名单后再核准"):
        approve(claim, standing="已核实")


def test_a_programme_names_more_checks_that_block(db):
    programme = a_programme_with('[settlement.blocking_checks]\nvalue = ["shared_number", "dates"]')
    claim = a_claim(order=with_papers(an_order("redeemed", voucher=a_voucher(round_=a_round(programme=programme)))))
    assert blocking_of(claim) == {ClaimCheck.STANDING, ClaimCheck.SHARED_NUMBER, ClaimCheck.DATES}


@pytest.mark.engines("sqlite")
def test_the_page_asks_a_word_a_check_and_shows_it_to_staff_alone(browser):
    claim, officer = an_amber_claim(), an_officer()
    browser.sign_in(officer)
    path = f"/claims/{claim.id}/approve"
    assert "企业实付 5,000.01 元" in browser.get(path).select_one("#explained_own_share_paid-help").text
    page = browser.fill(path, {"opinion": "材料齐全。"}, status=422)
    assert (
        "请写明核实了什么" in page.select_one("#explained_own_share_paid-error").text and "材料齐全。" in page.select_one("#opinion").text
    )
    page = browser.fill(path, {"explained_own_share_paid": "一分为手续费。"})
    assert "核准说明：一分为手续费。" in page.text and officer.name in page.text and "材料齐全。" in page.select_one("aside").text
    browser.sign_in(user_of(claim.provider_id))
    page = browser.get(f"/claims/{claim.id}")
    assert "手续费" not in page.text and "材料齐全" not in page.text


@pytest.mark.engines("sqlite")
def test_the_page_of_an_approval_that_must_fail_says_why_and_offers_no_button(browser):
    claim = a_claim()
    by_id(Organisation, claim.firm.id).sanctioned_until = clock.today() + timedelta(days=30)
    db.session.flush()
    browser.sign_in(an_officer())
    page = browser.get(f"/claims/{claim.id}/approve")
    assert "现在还不能核准" in page.text and page.select_one("#approved") is None


def test_o2_what_was_said_of_a_check_goes_with_the_claim_into_the_export_and_the_form_that_is_signed(browser):
    claim = an_amber_claim()
    approve(spot_checked(claim), own_share_paid="多付的一分是手续费。")
    assert words_of([by_id(Claim, claim.id), a_claim("approved")]) == {claim.id: "企业付款：多付的一分是手续费。"}
    batch, _lines = a_batch("submitted", claims=[by_id(Claim, claim.id)])
    for user, path in ((an_officer(), "/claims/export?state=all"), (a_finance_officer(), f"/payments/{batch.id}/approval-form")):
        browser.sign_in(user)
        book = openpyxl.load_workbook(io.BytesIO(browser.download(path).data))
        cells = [str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row]
        assert any("企业付款：多付的一分是手续费。" in one for one in cells), path
