"""An officer asks for a replay, waits for it, and takes the result away."""

import io
from uuid import uuid4

import pytest
from openpyxl import load_workbook
from sqlalchemy import func, select

from marketplace.kernel import jobs
from marketplace.kernel.db import db
from marketplace.kernel.jobs import Job, JobState
from marketplace.ledger.models import Entry
from marketplace.policy.programme_file import PROGRAMMES, load_programme
from marketplace.whatif.presenter import not_replayed
from tests.factories import a_programme, a_round, a_voucher, an_auditor, an_officer
from tests.order_factories import an_order
from tests.policy.amount_cases import XIZANG
from tests.programmes_of import a_programme_with, content_with

pytestmark = pytest.mark.engines("sqlite")
HALF = "补贴"


def a_past():
    round_ = a_round(programme=a_programme_with())
    order = an_order("redeemed", voucher=a_voucher(round_=round_), contract_fen=300_000)
    return round_, order


def address(round_):
    return f"/office/programmes/{round_.programme_id}/what-if"


def upload(*tables, **without):
    return {"source": "file", "file": (io.BytesIO(content_with(*tables, **without)), "新规则.toml")}


def the_job():
    return db.session.scalars(select(Job).where(Job.kind == "whatif.replay").order_by(Job.id.desc())).first()


def test_an_officer_asks_with_a_file_and_takes_the_result_away(browser):
    round_, order = a_past()
    entries = select(func.count()).select_from(Entry)
    before = db.session.scalar(entries)
    browser.sign_in(an_officer())

    page = browser.fill(address(round_), upload('[caps.low]\nscope = "order"\namount_fen = 10_000'))

    assert "正在逐单重算" in page.text or "排队中" in page.text
    jobs.run_all()
    page = browser.get(f"/office/what-if/{the_job().id}")
    assert "100.00" in page.select_one("main").text
    assert "试算补贴" in page.text and order.enterprise.organisation.name not in page.select_one("h1").text
    book = load_workbook(io.BytesIO(browser.download(f"/office/what-if/{the_job().id}/orders.xlsx").data))
    assert order.number in str([[cell.value for cell in row] for row in book.active.iter_rows()])
    book = load_workbook(io.BytesIO(browser.download(f"/office/what-if/{the_job().id}/firms.xlsx").data))
    assert "减少" in str([[cell.value for cell in row] for row in book.active.iter_rows()])
    drawn = browser.download(f"/office/what-if/{the_job().id}/picture")
    assert drawn.mimetype == "image/svg+xml"
    assert "<rect" in drawn.text
    assert drawn.headers["Content-Disposition"].isascii(), "a server refuses other signs in a header"
    assert db.session.scalar(entries) == before, "nothing moves in the ledger"
    assert "100.00" not in browser.get(f"/orders/{order.id}").text

    unsaid = "统一收回和补发结转按当时的金额计入"
    assert unsaid not in page.text
    round_.called_in_on, round_.call_in_reason = round_.use_from, "统筹资金"
    db.session.flush()
    assert unsaid in browser.get(f"/office/what-if/{the_job().id}").text
    book = load_workbook(io.BytesIO(browser.download(f"/office/what-if/{the_job().id}/firms.xlsx").data))
    assert unsaid in str([cell.value for cell in book.active["A"]]), "and in what is taken away"


def test_each_thing_that_is_not_reckoned_again_is_said_by_itself(app):
    parts, chosen = (load_programme(PROGRAMMES / f"{name}.toml") for name in ("ningbo_2016_service_voucher", "haidian_model_voucher"))
    with app.test_request_context():
        assert not_replayed([XIZANG], []) == []
        assert [one[:9] for one in not_replayed([XIZANG, parts, chosen], [])] == ["批次资金的分项配额", "选定机构的额度和遴"]


def test_a_wrong_file_is_answered_with_key_and_remedy(browser):
    round_, _order = a_past()
    browser.sign_in(an_officer())

    page = browser.fill(address(round_), upload('[caps.low]\nscope = "nowhere"\namount_fen = 10_000'), status=422)

    assert "caps.low.scope" in page.text
    assert the_job() is None


def test_a_file_of_another_programme_is_refused(browser):
    round_, _order = a_past()
    content = content_with().replace(b"xizang_enterprise_service_voucher", b"another_programme")
    browser.sign_in(an_officer())

    page = browser.fill(address(round_), {"source": "file", "file": (io.BytesIO(content), "别的.toml")}, status=422)

    assert "another_programme" in page.text
    assert "请改用本项目的规则文件" in page.text


@pytest.mark.parametrize(
    ("said", "words"),
    [({"rounds": []}, "请至少选择一个批次"), ({"source": "file"}, "请选择要试算的规则文件")],
)
def test_what_is_missing_is_said_beside_its_field(browser, said, words):
    round_, _order = a_past()
    browser.sign_in(an_officer())

    assert words in browser.fill(address(round_), said, status=422).text


def test_real_and_simulated_rounds_are_not_mixed(browser):
    round_, _order = a_past()
    rerun = a_round(programme=round_.programme, simulated=True)
    browser.sign_in(an_officer())

    page = browser.fill(address(round_), {"rounds": [str(round_.id), str(rerun.id)]}, status=422)

    assert "不能与真实批次一起试算" in page.text
    assert "（模拟）" in browser.get(address(round_)).text


def test_a_version_that_no_round_uses_is_tried_from_its_own_page(browser):
    round_, _order = a_past()
    officer = an_officer()
    browser.sign_in(officer)
    page = browser.get(f"/office/programmes/{round_.programme_id}/versions")
    link = next(link["href"] for link in page.select("a") if "/what-if?version=1" in link["href"])

    page = browser.get(link)

    assert page.select_one("select[name=version] option[selected]")["value"] == "1"


def test_a_replay_is_called_off_and_asked_again(browser):
    round_, _order = a_past()
    browser.sign_in(an_officer())
    browser.fill(address(round_), {})

    page = browser.post(f"/office/what-if/{the_job().id}/cancel")

    assert "已按您的要求停止试算" in page.text
    assert jobs.run_all() == 0
    assert the_job().state is JobState.FAILED
    browser.post(f"/office/what-if/{the_job().id}/cancel")
    browser.fill(address(round_), {})
    assert jobs.run_all() == 1


def test_nobody_else_sees_it(browser):
    round_, _order = a_past()
    browser.sign_in(an_officer())
    browser.fill(address(round_), {})
    job = the_job()

    browser.sign_in(an_officer("540100"))
    browser.get(address(round_), status=403)
    browser.get(f"/office/what-if/{job.id}", status=404)
    browser.sign_in(an_auditor())
    browser.get(address(round_), status=403)
    browser.get(f"/office/what-if/{uuid4()}", status=403)
    browser.sign_in(an_officer())
    assert "还没有试算过" in browser.get(address(round_)).text


def test_details_go_when_their_days_are_over(browser, clock):
    round_, _order = a_past()
    officer = an_officer()
    browser.sign_in(officer)
    browser.fill(address(round_), {})
    jobs.run_all()
    from marketplace.kernel import clock as the_clock
    from marketplace.whatif.sweep import sweep

    assert sweep(now=the_clock.now()) == 0
    clock.shift(days=400)
    assert sweep(now=the_clock.now()) >= 2
    browser.sign_in(officer)
    page = browser.get(f"/office/what-if/{the_job().id}")
    assert "已超过保留期" in page.text
    assert "已经删除" in browser.download(f"/office/what-if/{the_job().id}/orders.xlsx", status=422).text


def test_another_programme_has_its_own_page(browser):
    programme = a_programme()
    browser.sign_in(an_officer())

    assert "规则试算" in browser.get(f"/office/programmes/{programme.id}").text


def test_a_programme_without_a_round_says_that_there_is_nothing_to_reckon_again(browser):
    programme = a_programme("lishui_service_voucher")
    browser.sign_in(an_officer())
    page = browser.get(f"/office/programmes/{programme.id}/what-if")
    assert "还没有可以重算的批次" in page.text and not page.select("form [name=rounds]")
