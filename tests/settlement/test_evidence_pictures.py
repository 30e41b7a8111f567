"""The pages of a claim's files stand beside the decision, for whoever may open the files, and are drawn again when they are gone."""

import shutil
from pathlib import Path

import pytest
from flask import current_app

from marketplace.kernel import jobs
from marketplace.kernel.blobs import BlobStore
from marketplace.kernel.db import by_id, db
from marketplace.kernel.files import StoredFile
from marketplace.orders.queries import live_documents
from marketplace.settlement.models import Claim
from tests.factories import a_provider, an_officer, user_of
from tests.files import PDF, a_drawable_pdf
from tests.order_factories import a_claim


def filled(claim: Claim, content: bytes) -> StoredFile:
    """The first paper of a claim with bytes behind it."""
    file = by_id(StoredFile, live_documents(claim.order_id)[0].file_id)
    file.sha256 = BlobStore(Path(current_app.config["FILES_ROOT"])).put(content)
    db.session.flush()
    return file


def work() -> None:
    while jobs.run_next():
        pass


@pytest.mark.engines("sqlite")
def test_pages_stand_beside_the_decision_and_go_to_whom_the_file_goes(browser):
    claim, officer = a_claim(), an_officer()
    file = filled(claim, a_drawable_pdf(2))
    work()
    browser.sign_in(officer)
    for place in ("", "/approve", "/return", "/refuse"):
        page = browser.get(f"/claims/{claim.id}{place}")
        shown = page.select(".file-pages details")[0]
        assert [one["alt"].split("，")[1] for one in shown.select("img")] == ["第 1 页", "第 2 页"]
    address = shown.img["src"]
    answer = browser.knock("GET", address)
    assert answer.status_code == 200 and answer.mimetype == "image/jpeg" and answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "attachment" not in answer.headers.get("Content-Disposition", "") and "no-store" in answer.headers["Cache-Control"]
    assert browser.knock("GET", address.replace("/pages/1", "/pages/3")).status_code == 404
    for stranger in (user_of(a_provider()), an_officer("540200")):
        browser.sign_in(stranger)
        assert browser.knock("GET", address).status_code == 404

    shutil.rmtree(Path(current_app.config["FILES_ROOT"]) / "pictures" / file.sha256[:2])
    browser.sign_in(officer)
    page = browser.get(f"/claims/{claim.id}")
    assert "页面图还没有生成" in page.text
    browser.post(f"/claims/{claim.id}/pictures")
    work()
    assert len(browser.get(f"/claims/{claim.id}").select(".file-pages img")) == 2


@pytest.mark.engines("sqlite")
def test_what_cannot_be_drawn_says_so_and_stays_a_download(browser):
    claim = a_claim()
    filled(claim, PDF)
    work()
    browser.sign_in(an_officer())
    page = browser.get(f"/claims/{claim.id}/approve")
    shown = page.select(".file-pages details")[0]
    assert "文件损坏或没有内容" in shown.text and shown.find("a", string="下载原件")["href"].startswith("/orders/documents/")


def test_of_a_decided_claim_nothing_is_drawn_by_itself(db):
    claim = a_claim("approved")
    file = filled(claim, a_drawable_pdf(1))
    work()
    assert not (Path(current_app.config["FILES_ROOT"]) / "pictures" / file.sha256[:2]).exists()
