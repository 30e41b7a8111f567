"""What offices and firms read of applications without an order: a list of its own, with what waits first, and what comes next."""

import io

import openpyxl
import pytest

from marketplace.kernel import clock as the_clock
from marketplace.kernel import db as database
from marketplace.kernel.db import in_transaction
from marketplace.settlement import queries, service
from marketplace.settlement.lifecycle import ClaimState
from marketplace.settlement.queries import ClaimFilters
from tests.factories import an_officer, user_of
from tests.order_factories import a_claim
from tests.subsidies.awards import AREA, a_titled_firm, an_award, an_award_round, ask

AREAS = (AREA,)


@pytest.fixture
def row(db):
    return an_award_round()


def returned(claim, reason="请核对编号"):
    actor_id = an_officer(AREA).id
    return in_transaction(lambda: service.send_back(claim.id, reason=reason, actor_id=actor_id, now=the_clock.now()))


def rows(**facts):
    return [one.id for one in database.db.session.scalars(queries.queue(AREAS, ClaimFilters(**facts))).unique()]


def test_a_list_of_one_kind_holds_that_kind_with_what_waits_first(row, clock):
    done, waits = an_award("approved", round_=row), an_award(round_=row)
    order = a_claim()
    assert rows(kind="direct") == [waits.id, done.id], "what has a day stands above what has none"
    assert rows(kind="direct", states=(ClaimState.APPROVED,)) == [done.id]
    assert order.id not in rows(kind="direct") and not set(rows(kind="orders")) & {done.id, waits.id}
    assert queries.counts(AREAS, direct=True) == {ClaimState.APPROVED: 1, ClaimState.SUBMITTED: 1}


def test_an_officer_reads_searches_and_takes_away_the_list(row, browser):
    firm = a_titled_firm()
    claim, other = ask(row, firm), ask(row, a_titled_firm())
    returned(claim)
    browser.sign_in(an_officer(AREA))
    assert "审核奖励和补助申请：1 项" in browser.get("/home").text
    assert other.number in browser.get("/office/subsidies").text
    text = browser.get(f"/office/subsidies?state=all&q={claim.number}").text
    assert claim.number in text and other.number not in text and "请核对编号" in text
    book = openpyxl.load_workbook(io.BytesIO(browser.download("/office/subsidies/export?state=all").data))
    cells = {str(cell.value) for line in book.active.iter_rows() for cell in line}
    assert {claim.number, other.number, firm.organisation.name, "请核对编号"} <= cells


def test_another_area_sees_none_of_it(row, browser):
    claim = ask(row, a_titled_firm())
    browser.sign_in(an_officer("540000"))
    assert claim.number not in browser.get("/office/subsidies?state=all").text


def test_a_firm_reads_what_comes_next_and_why(row, browser):
    firm = a_titled_firm()
    claim = ask(row, firm)
    browser.sign_in(user_of(firm))
    assert "等待主管部门审核" in browser.get("/my/subsidies").text
    returned(claim)
    text = browser.get("/my/subsidies?view=returned").text
    assert "请核对编号" in text and "请补正后重新提交" in text
    assert claim.number not in browser.get("/my/subsidies?view=open").text
