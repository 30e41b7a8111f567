"""Many rows decided on together: listed, with what is left out and why; then each by the rules of one, as it was listed, and once."""

import pytest

from marketplace.enterprises.models import Enterprise
from marketplace.identity.lifecycle import OrganisationState
from marketplace.identity.models import Organisation
from marketplace.kernel import clock, jobs
from marketplace.kernel.db import by_id, db, in_transaction
from marketplace.piles.models import PileLine, PileRun
from marketplace.piles.work import PILES
from marketplace.vouchers.models import Application
from marketplace.vouchers.rules.states import ApplicationDecision
from marketplace.vouchers.service import reviewing
from tests.factories import a_firm, a_round, an_application, an_auditor, an_officer

REVIEWED = "xizang_innovation_voucher"


def listed(browser, where: str, form: str, **sent: object):
    """The preview that the list's form leads to."""
    page = browser.get(where)
    return browser.post(page.select_one(f"form[action*='{form}']")["action"], {"rows": "all", **sent})


def confirmed(browser, page, reason: str = ""):
    """Asked for, carried out by the worker, and looked at again."""
    path = page.select_one("form[action*='/together/']")["action"]
    browser.fill(path, {"reason": reason} if reason else {})
    jobs.run_all()
    return browser.get(path)


def state(firm) -> OrganisationState:
    return by_id(Organisation, firm.id).state


@pytest.mark.engines("sqlite")
def test_all_that_match_the_filter_are_verified_and_nobody_else(browser):
    lhasa, other, far = (
        a_firm(verified=False, region="540102"),
        a_firm(verified=False, region="540102"),
        a_firm(verified=False, region="540202"),
    )
    browser.sign_in(an_officer())
    page = listed(browser, "/enterprises?state=pending&region=540102", "together")
    assert "2 件" in page.text and lhasa.organisation.name in page.text and far.organisation.name not in page.text
    late = a_firm(verified=False, region="540102")
    assert "已核实 2 件" in confirmed(browser, page).text
    assert [state(one) for one in (lhasa, other, far, late)] == [OrganisationState.VERIFIED] * 2 + [OrganisationState.PENDING] * 2


@pytest.mark.engines("sqlite")
def test_what_was_ticked_is_listed_with_what_will_be_left_out_and_why(browser):
    waiting, done = a_firm(verified=False), a_firm()
    browser.sign_in(an_officer())
    page = listed(browser, "/enterprises", "together", rows="ticked", picks=[str(waiting.id), str(done.id)])
    assert "不办理，原因见下" in page.text and "当前为“已核实”，不需要核实" in page.text
    page = confirmed(browser, page)
    assert "已核实 1 件" in page.text and state(waiting) is OrganisationState.VERIFIED
    assert "没有可以一起办理" in listed(browser, "/enterprises", "together", rows="ticked").text
    other = a_firm(verified=False)
    db.session.refresh(by_id(Enterprise, other.id))
    assert "都不能办理" in listed(browser, "/enterprises", "together", rows="ticked", picks=[str(done.id)]).text


@pytest.mark.engines("sqlite")
def test_what_lies_elsewhere_is_not_listed_for_who_names_it(browser):
    far = a_firm(verified=False, region="540202")
    browser.sign_in(an_officer("540100"))
    a_firm(verified=False, region="540102")
    page = browser.get("/enterprises")
    path = page.select_one("form[action*='together']")["action"]
    browser.post(path, {"rows": "ticked", "picks": str(far.id)}, status=404)
    browser.sign_in(an_auditor())
    assert page.select_one("form[action*='together']") and not browser.get("/enterprises").select_one("form[action*='together']")


@pytest.mark.engines("sqlite")
def test_of_several_applications_only_those_are_decided_that_are_as_the_preview_showed_them(browser):
    round_ = a_round(REVIEWED, state="claiming")
    moved, same, over = (an_application(round_, a_firm()) for _ in range(3))
    decided(over, ApplicationDecision.REFUSE)
    browser.sign_in(an_officer())
    ticked = [str(one.id) for one in (moved, same, over)]
    page = listed(browser, "/office/applications?state=", "together", rows="ticked", picks=ticked, decision="refuse")
    assert "当前为“未获批准”，不能再审核" in page.text or "不能再审核" in page.text
    decided(moved, ApplicationDecision.PASS)
    path = page.select_one("form[action*='/together/']")["action"]
    assert "请写明一起办理的理由" in browser.fill(path, {"reason": ""}, status=422).text
    for _ in range(2):  # pressed twice
        page = confirmed(browser, page, "不在支持范围") if page.select_one("form[action*='/together/']") else browser.get(path)
    assert "已不予发放 1 件" in page.text and "留下 1 件" in page.text and "预览之后有变动" in page.text
    assert [by_id(Application, one.id).state for one in (moved, same, over)] == ["reviewing", "refused", "refused"]
    assert len(by_id(Application, same.id).reviews) == 1


def decided(row, decision: ApplicationDecision) -> None:
    said, officer = reviewing.Reviewed(decision, "不在支持范围"), an_officer()
    in_transaction(lambda: reviewing.decide(row.id, said, actor_id=officer.id, now=clock.now()))


@pytest.mark.engines("sqlite")
def test_a_preview_says_what_each_becomes_and_who_may_not_pass_the_next_level(browser):
    officer, row = an_officer(), an_application(a_round(REVIEWED, state="claiming"), a_firm())
    browser.sign_in(officer)
    page = listed(browser, "/office/applications", "together", decision="pass")
    assert "审核中" in page.text, "of two levels the first does not grant"
    said = reviewing.Reviewed(ApplicationDecision.PASS, "")
    in_transaction(lambda: reviewing.decide(row.id, said, actor_id=officer.id, now=clock.now()))
    assert "都不能办理" in listed(browser, "/office/applications", "together", decision="pass").text
    for unknown in ("", "nonsense"):
        assert "请选择要办理的事项" in listed(browser, "/office/applications", "together", decision=unknown).text


def test_every_list_that_is_decided_on_together_says_what_it_does(app):
    for work in PILES.values():
        assert work.title and all(one.label and one.done for one in work.decisions.values())
        assert work.back in app.view_functions


def test_the_tables_keep_a_reason_for_what_was_left_out(db):
    run = PileRun(kind="x", actor_id=an_officer().id, decision="y")
    db.session.add(run)
    db.session.flush()
    db.session.add(PileLine(run_id=run.id, row_id=run.id, place=1, mark="0", outcome="left_out"))
    with pytest.raises(Exception, match="left_out_with_reason"):
        db.session.flush()
