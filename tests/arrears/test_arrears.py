"""What SMEs are owed: on the list by two people, planned by month, a word a week, and a report whose sums are those of its rows."""

import io
from datetime import timedelta

import pytest
from openpyxl import load_workbook
from sqlalchemy.exc import DBAPIError

from marketplace.arrears import queries
from marketplace.arrears.lifecycle import ArrearState
from marketplace.arrears.models import Arrear
from marketplace.arrears.queries import ArrearFilter
from marketplace.arrears.rules import month_of
from marketplace.kernel import clock as the_clock
from marketplace.kernel.db import db as the_db
from marketplace.kernel.db import in_transaction
from marketplace.kernel.errors import Conflict, Denied, RuleViolation
from tests.arrears.making import act, an_arrear, an_open_arrear
from tests.factories import a_firm, an_auditor, an_officer

pytestmark = pytest.mark.engines("sqlite", "postgresql")


def quiet():
    return list(the_db.session.scalars(queries.arrears(("540000",), ArrearFilter(quiet_on=the_clock.today()))))


def test_O9_an_arrear_is_listed_by_another_than_who_registered_it(db):
    officer = an_officer()
    row = an_arrear(officer=officer)
    with pytest.raises(Denied, match="不能核实自己"):
        act("confirm", row, officer)
    with pytest.raises(RuleViolation, match="不予列入的原因"):
        act("drop", row)
    assert act("confirm", row).listed_on == the_clock.today()
    assert act("drop", an_arrear(), words="已经诉讼").state is ArrearState.DROPPED
    with pytest.raises(RuleViolation, match="还没有过"):
        an_arrear(days=0)


def test_O9_a_week_without_a_word_is_seen_and_progress_is_only_added(db, clock):
    row = an_open_arrear()
    assert not quiet()
    clock.move_to(f"{the_clock.today() + timedelta(days=7)} 09:00")
    assert [one.id for one in quiet()] == [row.id]
    with pytest.raises(RuleViolation, match="尚欠金额之间"):
        act("report", row, fen=100_001, words="全额")
    with pytest.raises(RuleViolation, match="写明进展"):
        act("report", row, fen=0)
    act("report", row, fen=0, words="预算未下达")
    assert not quiet()
    assert act("report", row, fen=100_000, words="一次付清").state is ArrearState.CLEARED
    with pytest.raises(Conflict, match="已清偿"):
        act("report", row, fen=0, words="再付")
    with pytest.raises(RuleViolation, match="不超过已登记"):
        act("reverse", row, fen=100_001, words="误记")
    assert act("reverse", row, fen=40_000, words="误记").state is ArrearState.OPEN
    assert queries.paid_fen([row]) == {row.id: 60_000}
    with pytest.raises(DBAPIError):
        in_transaction(lambda: the_db.session.execute(the_db.text("UPDATE arrear_progress SET amount_fen = 0")))


def test_O9_the_sums_of_a_month_are_those_of_its_rows(db, clock):
    old, new = an_open_arrear(amount_fen=100_000), None
    act("report", old, fen=30_000, words="首付")
    this = month_of(the_clock.today())
    named = this.strftime("%Y-%m")
    act("plan", old, fen=50_000, month=named)
    act("plan", old, fen=20_000, month=named, words="减少")
    assert queries.planned_fen(old.id, this) == 20_000, "the newest counts"
    first = queries.month_total(("540000",), this)
    assert (first.opening_fen, first.new_fen, first.planned_fen, first.paid_fen, first.left_fen) == (0, 100_000, 20_000, 30_000, 70_000)
    later = month_of(this + timedelta(days=40))
    clock.move_to(f"{later} 09:00")
    with pytest.raises(RuleViolation, match="过去的月份"):
        act("plan", old, fen=1, month=named)
    new = an_open_arrear(amount_fen=5_000)
    act("report", old, fen=70_000, words="付清")
    rows = list(the_db.session.scalars(queries.in_month(("540000",), later)))
    sums = queries.month_sums(rows, later)
    total = queries.month_total(("540000",), later)
    assert {row.id for row in rows} == {old.id, new.id}
    for name in ("opening_fen", "new_fen", "planned_fen", "paid_fen", "left_fen"):
        assert sum(getattr(one, name) for one in sums.values()) == getattr(total, name)
    assert (total.opening_fen, total.new_fen, total.paid_fen, total.left_fen) == (70_000, 5_000, 70_000, 5_000)
    after = month_of(later + timedelta(days=40))
    assert [row.id for row in the_db.session.scalars(queries.in_month(("540000",), after))] == [new.id], "what is cleared is gone"
    assert queries.month_total(("540000",), this) == first, "a report of before stays what it was"
    assert queries.month_total(("650000",), later).left_fen == 0


def test_O9_the_pages_of_an_arrear_by_two_officers_and_the_report_as_excel(db, browser):
    firm, first, second = a_firm(region="540102"), an_officer(), an_officer()
    browser.sign_in(first)
    browser.get("/arrears/new")
    typed = {
        "creditor": firm.organisation.uscc,
        "debtor": "某县某局",
        "debtor_kind": "bureau",
        "amount": "1000",
        "due_on": "2025-06-30",
        "evidence": "合同和发票",
    }
    assert "没有这个信用代码" in browser.post("/arrears/new", typed | {"creditor": "91540100MA6T1UX12K"}, status=422).text
    browser.get("/arrears/new")
    browser.post("/arrears/new", typed)
    row = db.session.query(Arrear).one()
    browser.sign_in(second)
    assert row.number in browser.get("/arrears?state=registered&by=others").text
    browser.get(f"/arrears/{row.id}/confirm")
    browser.post(f"/arrears/{row.id}/confirm", {})
    for way, said in (("plan", {"month": "2099-01", "amount": "400"}), ("report", {"amount": "250", "words": "首付"})):
        browser.get(f"/arrears/{row.id}/{way}")
        browser.post(f"/arrears/{row.id}/{way}", said)
    assert "250.00" in browser.get(f"/arrears/{row.id}").text
    assert "750.00" in browser.get("/arrears/report").text
    browser.sign_in(an_auditor())
    book = load_workbook(io.BytesIO(browser.download("/arrears/report/sheet").data))
    assert any(
        [row.number] == [line[0].value] and [cell.value for cell in line[-5:]] == [0, 1000, 0, 250, 750] for line in book.active.iter_rows()
    )
    browser.get(f"/arrears/{row.id}/report", status=403)
    browser.sign_in(an_officer("650000"))
    browser.get(f"/arrears/{row.id}", status=404)
