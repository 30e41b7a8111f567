"""O6: what is decided together is announced in one table; an objection has evidence, a day, and another person's decision."""

from uuid import uuid4

import pytest

from marketplace.kernel import clock as the_clock
from marketplace.kernel.db import in_transaction
from marketplace.kernel.errors import Denied, NotFound, RuleViolation
from marketplace.notices.queries import of_user
from marketplace.publicity import queries, service
from marketplace.publicity.models import ObjectionState, PublicNoticeState
from marketplace.publicity.service import NamedObjection, ObjectionProof
from marketplace.publicity.sweep import sweep
from marketplace.settlement.queries.holds import why_not_payable
from tests.factories import a_notice, a_programme, a_provider, a_round, a_voucher, an_objection, an_offering, an_officer, with_value
from tests.files import a_pdf
from tests.order_factories import a_claim, an_order, with_papers

GROUNDS = "该企业没有购买过这项服务，合同是后补的。"


@pytest.fixture
def round_(db):
    return a_round(programme=with_value(a_programme(), "times.notice", {"days": 5, "day_kind": "working"}))


def approved(round_, officer):
    provider = a_provider(bank_name="测试银行", bank_account="62280001")
    order = an_order("redeemed", voucher=a_voucher(round_=round_), offering=an_offering(provider=provider))
    return a_claim("approved", order=with_papers(order), officer=officer)


def object_to(notice, row=None, *, evidence="合同编号可查。", files=()):
    said, key = NamedObjection("卓玛", "0891-6222222", GROUNDS), uuid4()
    proof = ObjectionProof(row and row.id, files, evidence)
    return in_transaction(lambda: service.raise_objection(notice.id, said, address="", request_key=key, now=the_clock.now(), proof=proof))


def decide(objection, officer, decision=ObjectionState.UPHELD):
    said = {"answer": "已核实。", "actor_id": officer.id, "request_key": uuid4(), "now": the_clock.now()}
    return in_transaction(lambda: service.decide_objection(objection.id, decision, **said))


def why(claim):
    found = why_not_payable(claim, the_clock.now())
    return found and found.code


def test_o6_claims_approved_on_one_day_stand_in_one_notice_and_those_of_the_next_in_another(round_, clock):
    officer = an_officer("540100")
    first, second = approved(round_, officer), approved(round_, officer)
    clock.shift(days=1)
    third = approved(round_, officer)

    notices = [queries.of_subject(one.id) for one in (first, second, third)]

    assert notices[0] == notices[1] != notices[2] and all(len(one) == 1 for one in notices)
    rows = queries.all_rows(notices[0][0].id)
    shown = [(row.number, row.amount_fen, row.position) for row in rows]
    assert shown == [(one.number, one.approved_fen, place) for place, one in enumerate((first, second), start=1)]
    assert notices[0][0].area_code == "540100"


def test_o6_an_objection_to_one_row_holds_and_stops_that_row_alone(round_, clock):
    officer, other = an_officer(), an_officer()
    first, second = approved(round_, officer), approved(round_, officer)
    (notice,) = queries.of_subject(first.id)
    objection = object_to(notice, queries.all_rows(notice.id)[0])
    clock.shift(days=14)
    assert (why(first), why(second)) == ("objection_waits", None)

    decide(objection, other)

    assert (why(first), why(second)) == ("notice_stopped", None) and notice.state is PublicNoticeState.OPEN
    assert sweep(now=the_clock.now()) == 1 and notice.state is PublicNoticeState.CLOSED
    assert (why(first), why(second)) == ("notice_stopped", None)


def test_o6_whoever_decided_on_a_thing_decides_on_no_objection_to_it(round_):
    officer, other = an_officer(), an_officer()
    claim = approved(round_, officer)
    (notice,) = queries.of_subject(claim.id)
    for objection in (object_to(notice, queries.all_rows(notice.id)[0]), object_to(notice)):
        with pytest.raises(Denied, match="另一位工作人员"):
            decide(objection, officer, ObjectionState.REJECTED)
        assert decide(objection, other, ObjectionState.REJECTED).decided_by == other.id


def test_o6_an_objection_has_a_day_and_evidence_and_is_to_a_row_of_its_notice(round_):
    claim = approved(round_, an_officer())
    (notice,) = queries.of_subject(claim.id)
    row = queries.all_rows(notice.id)[0]
    assert object_to(notice, row).due_on.isoformat() == "2026-03-26"
    with pytest.raises(RuleViolation, match="没有依据的异议无法核实"):
        object_to(notice, row, evidence="  ")
    with pytest.raises(NotFound):
        object_to(a_notice(), row)


def test_o6_who_answers_an_objection_is_reminded_before_its_day_and_no_more_once_it_is_answered(round_, clock):
    claim, officer = approved(round_, an_officer()), an_officer()
    (notice,) = queries.of_subject(claim.id)
    due, answered, elsewhere = object_to(notice), object_to(notice), an_officer("650000")
    decide(answered, officer, ObjectionState.REJECTED)

    def told(who):
        sweep(now=the_clock.now())
        return [one.title for one in of_user(who.id) if "最迟须在" in one.title]

    assert told(officer) == [], "who was given ten days knows of them"
    clock.shift(days=8)
    assert told(officer) == told(officer) == [f"异议 {due.number} 最迟须在 {due.due_on} 答复"]
    assert told(elsewhere) == []


def test_o6_files_prove_an_objection_and_only_officers_of_the_area_read_them(browser):
    notice = a_notice(area_code="540102")
    said = {"name": "次仁", "contact": "13800000000", "grounds": GROUNDS}
    page = browser.fill(f"/publicity/{notice.id}/object", said, status=422)
    assert "没有依据的异议无法核实" in page.select_one(".error-summary").text
    page = browser.fill(f"/publicity/{notice.id}/object", {**said, "file_1": a_pdf("合同.pdf"), "file_2": a_pdf("照片.pdf")})
    assert "2026-03-26 前答复" in page.text
    (objection,) = queries.objections_of(notice.id)
    files = queries.objection_files(objection.id)
    assert sorted(one.file.name for one in files) == ["合同.pdf", "照片.pdf"]
    address = f"/objections/{objection.id}/files/{files[0].file_id}"
    assert browser.knock("GET", address).status_code == 302, "to sign in"
    browser.sign_in(an_officer("650000"))
    assert browser.knock("GET", address).status_code == 404
    browser.sign_in(an_officer("540100"))
    assert files[0].file.name in browser.get(f"/objections/{objection.id}").text
    assert browser.download(address).data.startswith(b"%PDF")
    other = an_objection(a_notice())
    assert browser.knock("GET", address.replace(str(objection.id), str(other.id))).status_code == 404


def test_o6_everybody_reads_the_table_and_objects_to_a_row_of_it(browser, round_):
    claim = approved(round_, officer := an_officer())
    (notice,) = queries.of_subject(claim.id)
    page = browser.get(f"/publicity/{notice.id}")
    table = page.select_one("main table")
    assert claim.number in table.text and claim.firm.name in table.text and f"{claim.approved_fen / 100:,.2f}" in table.text
    page = browser.get(table.select_one("a")["href"])
    assert claim.number in page.select_one("main form").text
    action = page.select_one("main form")["action"]
    browser.post(action, {"name": "次仁", "contact": "13800000000", "grounds": GROUNDS, "evidence": "合同编号可查。"})
    (objection,) = queries.objections_of(notice.id)
    assert objection.row_id is not None
    browser.sign_in(officer)
    page = browser.get(f"/objections/{objection.id}")
    assert "须由另一位工作人员处理" in page.text and not page.select("main form")
    browser.sign_in(an_officer())
    browser.fill(f"/objections/{objection.id}", {"decision": "upheld", "answer": "合同确为后补。"})
    browser.sign_out()
    assert "已终止" in browser.get(f"/publicity/{notice.id}").select_one("main table").text
