"""Claims of which every check is green are approved together: as they were listed, each by the rules of one, and once."""

from dataclasses import replace
from uuid import uuid4

import pytest

from marketplace.catalogue.lifecycle import ProviderState
from marketplace.catalogue.models import Provider
from marketplace.kernel import clock, jobs
from marketplace.kernel.db import by_id, db, in_transaction
from marketplace.kernel.errors import Conflict, NotFound, RuleViolation
from marketplace.kernel.money import YUAN
from marketplace.ledger import queries as ledger
from marketplace.piles import queries as reads
from marketplace.piles import service as piles
from marketplace.piles.work import PileAsk
from marketplace.settlement import service
from marketplace.settlement.lifecycle import ClaimState
from marketplace.settlement.models import Claim
from marketplace.settlement.queries import ClaimFilters, approvals
from marketplace.settlement.queries.waiting import Reviewer
from marketplace.settlement.views.approvals import GREEN
from tests.factories import an_officer
from tests.order_factories import a_claim
from tests.settlement.test_explanations import an_amber_claim


def listed(officer, area: str = "540000"):
    who = Reviewer(officer.id, officer.organisation_id, (area,))
    work = replace(GREEN, matching=lambda _ticked: approvals.green_for(who, ClaimFilters()))
    asked = PileAsk(run_id=uuid4(), actor_id=officer.id, areas=(area,), decision="approve", reason="", now=clock.now())
    return in_transaction(lambda: piles.list_rows(work, None, asked, {}))


def ask(run, reason: str = "资料齐全，全部相符。") -> None:
    in_transaction(lambda: piles.ask_run(run.id, reason=reason, actor_id=run.actor_id, now=clock.now()))


def claims_in(run) -> set:
    return {one.row_id for one in db.session.scalars(reads.lines_of(run.id))}


def states(*claims: Claim) -> list[ClaimState]:
    return [by_id(Claim, one.id).state for one in claims]


def test_what_changed_after_the_preview_is_left_out_and_named_and_the_rest_goes_on(db):
    green, turned, moved, officer = a_claim(), a_claim(), a_claim(), an_officer()
    amber, later_on = an_amber_claim(), an_officer()
    run = listed(officer)
    later = a_claim()
    assert claims_in(run) == {green.id, turned.id, moved.id} and reads.sums_of(run.id) == [("CNY", 3, 15_000 * YUAN)]
    by_id(Provider, turned.provider_id).state = ProviderState.REMOVED
    db.session.flush()
    in_transaction(lambda: service.send_back(moved.id, reason="请补充说明", actor_id=later_on.id, now=clock.now()))
    for _ in range(2):  # pressed twice
        ask(run)
        jobs.run_all()
    with pytest.raises(Conflict, match="理由不能再改"):
        ask(run, "另一个理由")
    lines = reads.lines_by_row(run.id, [green.id, turned.id, moved.id])
    assert lines[green.id].outcome == "done" and by_id(Claim, green.id).approved_fen == green.requested_fen
    assert "“主体资格”不再是绿色" in lines[turned.id].why["message"] % lines[turned.id].why["params"]
    assert "退回补正" in lines[moved.id].why["message"] % lines[moved.id].why["params"]
    assert states(turned, amber, later) == [ClaimState.SUBMITTED] * 3 and by_id(Claim, turned.id).open_checks == 1
    assert ledger.balance_fen(green.book_id, f"provider:{green.payee_id}:payable") == 5_000 * YUAN
    assert claims_in(listed(officer)) == {later.id}


def test_nobody_lists_what_they_have_a_part_in_or_what_lies_elsewhere(db):
    claim, officer = a_claim(), an_officer()
    claim.submitted_by = officer.id
    db.session.flush()
    for who, area in ((officer, "540000"), (an_officer(), "540200")):
        with pytest.raises(RuleViolation, match="没有可以一起办理"):
            listed(who, area)
    run = listed(an_officer())
    with pytest.raises(NotFound):
        in_transaction(lambda: piles.ask_run(run.id, reason="同意", actor_id=officer.id, now=clock.now()))
    with pytest.raises(RuleViolation, match="理由"):
        ask(run, " ")


def test_who_lost_the_right_since_approves_nothing(db):
    claim, officer = a_claim(), an_officer("540200")
    run = listed(officer)  # as if the area had been taken from the person afterwards
    ask(run)
    jobs.run_all()
    assert states(claim) == [ClaimState.SUBMITTED] and reads.outcomes_of(run.id) == {"left_out": 1}


@pytest.mark.engines("sqlite")
def test_the_preview_says_how_many_and_how_much_and_asks_why(browser):
    claims = [a_claim() for _ in range(2)]
    browser.sign_in(an_officer())
    page = browser.get("/claims")
    assert "批量核准全部相符的 2 件" in page.text
    page = browser.post(page.select_one("form[action*='together']")["action"], {"rows": "all"})
    assert "2 件" in page.text and "10,000.00" in page.text and all(one.number in page.text for one in claims)
    path = page.select_one("form[action*='/claims/together/']")["action"]
    assert "请写明一起办理的理由" in browser.fill(path, {"reason": ""}, status=422).text
    browser.fill(path, {"reason": "全部相符。"})
    jobs.run_all()
    page = browser.get(path)
    assert "已核准 2 件" in page.text and "全部相符。" in browser.get(f"/claims/{claims[0].id}").text
    assert states(*claims) == [ClaimState.APPROVED] * 2
