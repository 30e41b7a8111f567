"""Long lists leave as a file that the worker writes; short ones at once; and every list leaves through the same door."""

import ast
import io
import os
from uuid import uuid4

import openpyxl
import pytest

from marketplace.audit.models import AuditEvent
from marketplace.exports import offers, rules, service, writing
from marketplace.exports.models import Export
from marketplace.exports.sweep import sweep
from marketplace.identity.models import UserState
from marketplace.identity.roles import Role
from marketplace.kernel import clock as the_clock
from marketplace.kernel import jobs
from marketplace.kernel.db import db as the_db
from marketplace.kernel.db import in_transaction
from marketplace.kernel.errors import N_, RuleViolation
from marketplace.kernel.jobs import Job, JobState
from marketplace.notices.models import Notice
from tests.factories import a_firm, a_user, an_officer
from tests.test_architecture import CODE, ROOT

HELD = "/enterprises/export"


@pytest.fixture
def long_list(app, db, monkeypatch):
    """Three firms, where two rows are as many as are handed out at once."""
    monkeypatch.setitem(app.config, "EXPORT_ROWS", 2)
    monkeypatch.setattr(offers, "PIECE", 2)
    return [a_firm() for _ in range(3)]


def rows_of(content: bytes) -> list[tuple[object, ...]]:
    return list(openpyxl.load_workbook(io.BytesIO(content), read_only=True).worksheets[0].iter_rows(values_only=True))[4:]


def asked(browser, address=HELD, **more):
    browser.get(address)
    browser.post(address, more)
    return the_db.session.query(Export).order_by(Export.asked_at.desc()).first()


def test_a_short_list_is_handed_out_at_once(browser, app, db):
    a_firm()
    browser.sign_in(an_officer())
    response = browser.knock("GET", HELD)
    assert response.mimetype == offers.XLSX_MIME
    assert len(rows_of(response.data)) == 1
    assert db.session.query(Export).count() == 0


def test_a_long_list_becomes_a_file_that_tells_when_it_is_there(browser, long_list, db):
    officer = an_officer()
    browser.sign_in(officer)
    page = browser.get(HELD)
    assert "2+" in page.text
    assert "生成文件" in page.text
    assert db.session.query(Export).count() == 0, "looking asks for nothing"

    export = asked(browser, f"{HELD}?q=")
    assert (export.actor_id, export.row_count, export.job.state) == (officer.id, None, JobState.QUEUED)
    assert browser.get(f"/exports/{export.id}").select_one("progress")
    browser.get(f"/exports/{export.id}/file", status=422)

    assert jobs.run_all() == 1
    assert "下载文件" in browser.get(f"/exports/{export.id}").text
    assert len(rows_of(browser.knock("GET", f"/exports/{export.id}/file").data)) == 3
    assert export.title in browser.get("/exports").text
    told = db.session.query(Notice).filter_by(user_id=officer.id, url=f"/exports/{export.id}").one()
    assert "可以下载" in told.title
    trail = [one.action for one in db.session.query(AuditEvent).filter_by(subject_id=export.id).order_by(AuditEvent.id)]
    assert trail == ["export.asked", "export.produced"]


def test_pressing_twice_gives_one_job(browser, long_list, db):
    browser.sign_in(an_officer())
    key = str(uuid4())
    first = asked(browser, request_key=key)
    again = asked(browser, request_key=key)
    other_tab = asked(browser)
    assert first.id == again.id == other_tab.id
    assert db.session.query(Job).filter_by(kind=service.KIND).count() == 1
    assert asked(browser, f"{HELD}?q=").id != first.id, "another question is another file"


def test_nobody_asks_with_the_key_of_somebody_else(browser, long_list):
    browser.sign_in(an_officer())
    export = asked(browser)
    browser.sign_in(an_officer())
    browser.get(HELD)
    browser.post(HELD, {"request_key": str(export.id)}, status=409)


def test_the_file_is_for_who_asked_and_who_may_read_the_same(browser, long_list, db):
    officer = an_officer()
    browser.sign_in(officer)
    export = asked(browser)
    jobs.run_all()
    for user, status in [
        (an_officer(), 200),  # of the same area
        (an_officer("540100"), 404),
        (a_user(Role.SME), 404),
        (officer, 200),
    ]:
        browser.sign_in(user)
        assert browser.knock("GET", f"/exports/{export.id}/file").status_code == status
        assert browser.knock("GET", f"/exports/{export.id}").status_code == status


@pytest.mark.parametrize(
    ("written_for", "own", "colleague", "may"),
    [
        ([], (), True, True),
        ([], (), False, False),
        ([], ("540000",), False, False),
        (["540100"], ("540000",), False, True),
        (["540000"], ("540100",), True, False),
        (["540100", "540200"], ("540100",), True, False),
        (["540100"], (), True, False),
        (None, ("540000",), True, False),
        (None, None, False, True),
        (["540100"], None, False, True),
    ],
)
def test_who_sees_less_may_not_take_the_file(written_for, own, colleague, may):
    assert rules.may_take(written_for, own, is_colleague=colleague) is may


def test_what_the_asker_may_no_longer_read_is_not_written(browser, long_list, db):
    officer = an_officer()
    browser.sign_in(officer)
    export = asked(browser)

    def stop():
        row = the_db.session.merge(officer)
        row.state, row.state_reason = UserState.SUSPENDED, "离职"

    in_transaction(stop)
    jobs.run_all()
    the_db.session.refresh(export.job)
    assert export.job.state is JobState.FAILED
    assert "已停用" in export.job.error
    assert export.written_at is None


def test_what_the_asker_may_no_longer_read_is_not_fetched(browser, long_list, db):
    officer = an_officer()
    browser.sign_in(officer)
    export = asked(browser)
    jobs.run_all()
    in_transaction(lambda: setattr(the_db.session.merge(officer).grants[0], "area_code", "540100"))
    browser.sign_in(officer)
    browser.get(f"/exports/{export.id}/file", status=404)
    assert "不能下载" in browser.get(f"/exports/{export.id}").text


def test_what_the_list_refuses_today_its_file_refuses_too(browser, long_list, monkeypatch):
    browser.sign_in(an_officer())
    export = asked(browser)
    jobs.run_all()

    def refuse():
        raise RuleViolation(N_("批次复核通过后才能导出银行清单。"))

    found = offers.OFFERS[export.endpoint]
    monkeypatch.setitem(offers.OFFERS, export.endpoint, offers.Offer(found.permission, refuse, found.areas))
    browser.get(f"/exports/{export.id}/file", status=422)


def test_a_job_that_failed_says_why_and_can_be_tried_again(browser, long_list, monkeypatch, db):
    browser.sign_in(an_officer())
    export = asked(browser)

    def too_long(*_args, **_more):
        raise RuleViolation(N_("记录超过 Excel 的行数上限。请先筛选，再分次导出。"))

    with monkeypatch.context() as patched:
        patched.setattr(offers.ExportedList, "write", too_long)
        jobs.run_all()
    page = browser.get(f"/exports/{export.id}")
    assert "超过 Excel 的行数上限" in page.text
    for _ in range(2):
        browser.post(f"/exports/{export.id}/again", {})
    assert db.session.query(Job).filter_by(kind=service.KIND).count() == 2, "pressed twice, tried once"
    jobs.run_all()
    assert "下载文件" in browser.get(f"/exports/{export.id}").text
    browser.sign_in(an_officer())
    browser.get("/exports")
    browser.post(f"/exports/{export.id}/again", {}, status=404)


def test_a_file_lapses_after_its_days(browser, long_list, app, clock, db):
    browser.sign_in(an_officer())
    export = asked(browser)
    jobs.run_all()
    name = export.sha256
    clock.shift(days=app.config["EXPORT_DAYS"] - 1)
    assert sweep(now=the_clock.now()) == 0
    clock.shift(days=2)
    assert sweep(now=the_clock.now()) == 1
    assert sweep(now=the_clock.now()) == 0
    assert not writing.files().exists(name)
    browser.sign_in(the_db.session.get(type(an_officer()), export.actor_id))
    assert "已经删除" in browser.get(f"/exports/{export.id}").text
    browser.get(f"/exports/{export.id}/file", status=422)


def test_every_list_leaves_through_the_one_door():
    """Who writes a book of rows elsewhere writes it in the request, however long it is."""
    books = {"export", "export_book", "write_book", "excel"}
    allowed = {  # a template, or a file that came in with its errors; the door itself; a command's own book
        "web/importing.py", "web/downloads.py", "exports/offers.py", "matching/workbook.py",
    }  # fmt: skip
    found = {
        f"{name}: {call.func.attr if isinstance(call.func, ast.Attribute) else call.func.id}"
        for path in CODE
        if (name := str(path.relative_to(ROOT / "marketplace"))) not in allowed and not name.startswith("kernel/sheets/")
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute | ast.Name)
        if (call.func.attr if isinstance(call.func, ast.Attribute) else call.func.id) in books
    }
    assert not found


def test_every_page_of_export_is_an_offer(app):
    words = ("export", ".xlsx", "bank-list")
    rules_of = [
        rule for rule in app.url_map.iter_rules() if any(word in rule.rule for word in words) and not rule.rule.startswith("/exports")
    ]
    assert len(rules_of) >= 15
    short = {"/disclosure.xlsx"}  # for everybody, who can wait for no worker's file: as many lines as a list may have at once
    assert {rule.rule for rule in rules_of if rule.endpoint not in offers.OFFERS} == short


def test_a_worker_that_was_too_late_keeps_no_second_file(browser, long_list, db, monkeypatch):
    browser.sign_in(an_officer())
    export, write = asked(browser), writing._written

    def late(*args):
        mine = write(*args)
        first = service.WrittenFile("f" * 64, mine.size_bytes, mine.row_count, mine.areas)
        in_transaction(lambda: service.keep(export.id, first, days=1, now=the_clock.now()))  # another worker, meanwhile
        written.append(mine.sha256)
        return mine

    written = []
    monkeypatch.setattr(writing, "_written", late)
    assert jobs.run_all() == 1
    assert (export.sha256, writing.files().exists(written[0])) == ("f" * 64, False)


def test_what_a_killed_worker_left_half_written_is_removed_after_a_day(app, db):
    root = writing.files().root
    folder, piece, young = root / "tmpkilled", root / "tmp" / "piece", root / "tmpyoung"
    for one in (folder, piece.parent, young):
        one.mkdir(parents=True, exist_ok=True)
    piece.write_bytes(b"x")
    (folder / "list.xlsx").write_bytes(b"x")
    moment = the_clock.now().timestamp()
    for path, age in ((folder, 90_000), (piece, 90_000), (young, 60)):
        os.utime(path, (moment - age, moment - age))
    assert writing.tidy(now=the_clock.now()) == 2
    assert (folder.exists(), piece.exists(), young.exists()) == (False, False, True)
    young.rmdir()
