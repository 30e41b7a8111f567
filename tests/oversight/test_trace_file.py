"""O4: the file of a yuan both ways, with its papers, as a page and as ZIP with a manifest; what one 文号 paid."""

import csv
import hashlib
import io
import json
import zipfile

import pytest
from sqlalchemy import select, update

from marketplace.exports import writing
from marketplace.exports.models import Export
from marketplace.kernel.db import db as the_db
from marketplace.kernel.db import in_transaction
from marketplace.kernel.files import StoredFile
from marketplace.orders.queries import live_documents
from marketplace.oversight.queries import appropriated, trace
from marketplace.oversight.views import trace_file
from marketplace.settlement.queries.sources import paid_by_source
from marketplace.vouchers.models import Appropriation
from marketplace.web.uploads import blobs
from tests.factories import a_provider, an_auditor, an_officer, user_of
from tests.files import PDF
from tests.order_factories import a_batch
from tests.settlement.acts import pay


@pytest.fixture
def line(db):
    _batch, (line,) = a_batch()
    blobs().put(PDF)
    paper = next(one for one in live_documents(line.claim.order_id) if one.number_key)
    kept = {"sha256": hashlib.sha256(PDF).hexdigest(), "size_bytes": len(PDF)}
    in_transaction(lambda: db.session.execute(update(StoredFile).where(StoredFile.id == paper.file_id).values(**kept)))
    return pay(line, "YH 2026-0001")


def opened(browser, address):
    return zipfile.ZipFile(io.BytesIO(browser.download(address).data))


def stored_papers(found):
    return [one for one in found.namelist() if one.startswith("材料/")]


def test_o4_the_trace_leads_to_claim_batch_papers_and_document_and_each_opens(browser, line):
    browser.sign_in(an_auditor())
    page = browser.get(f"/oversight/trace/payment/{line.id}")
    links = {one["href"] for one in page.select("main table a")}
    wanted = {f"/claims/{line.claim_id}", f"/payments/{line.batch_id}"}
    assert wanted <= links and any("/documents/" in one for one in links) and any("/appropriations/" in one for one in links)
    for address in sorted(one for one in links if "documents" not in one):
        assert browser.knock("GET", address).status_code == 200, address


def test_o4_the_zip_holds_what_the_page_shows_and_its_manifest_fits(browser, line):
    browser.sign_in(an_auditor())
    found = opened(browser, f"/oversight/trace/claim/{line.claim_id}.zip")
    manifest = json.loads(found.read("manifest.json"))
    assert {one["name"] for one in manifest["files"]} == set(found.namelist()) - {"manifest.json"}
    for one in manifest["files"]:
        content = found.read(one["name"])
        assert (hashlib.sha256(content).hexdigest(), len(content)) == (one["sha256"], one["size"]), one["name"]
    rows = list(csv.reader(io.StringIO(found.read("每一笔.csv").decode("utf-8-sig"))))
    assert len(rows) - 1 == len(trace.of_claim(line.claim_id, None).rows)
    assert line.bank_reference in found.read("付款.csv").decode() and len(stored_papers(found)) == 1
    assert manifest["not_in_store"] and not manifest["not_permitted"]
    assert json.loads(found.read("凭证.json"))["items"]


def test_o4_a_file_too_big_to_wait_for_is_written_by_the_worker_with_progress(browser, line, monkeypatch):
    monkeypatch.setattr(trace_file, "MOST_BYTES", 1)
    address = f"/oversight/trace/claim/{line.claim_id}.zip"
    browser.sign_in(an_auditor())
    assert "资金档案" in browser.get(address).text
    browser.post(address)
    export = the_db.session.scalars(select(Export)).one()
    steps = []
    writing.write({"export_id": str(export.id)}, lambda done, total: steps.append((done, total)))
    found = opened(browser, f"/exports/{export.id}/file")
    assert stored_papers(found) and json.loads(found.read("manifest.json"))["files"]
    assert steps and steps[-1][0] == steps[-1][1] and export.name.endswith(".zip")


def test_o4_who_sees_the_money_and_not_the_firm_gets_no_papers_and_a_stranger_nothing(browser, line):
    address = f"/oversight/trace/order/{line.claim.order_id}.zip"
    browser.sign_in(an_officer("540200"))
    browser.download(address, status=404)
    browser.sign_in(user_of(a_provider()))
    browser.download(address, status=403)
    browser.sign_in(an_auditor("650000"))
    found = opened(browser, address)
    assert not stored_papers(found) and json.loads(found.read("manifest.json"))["not_permitted"]


def test_o4_a_document_number_tells_what_it_paid_to_the_fen(browser, line):
    given = line_document(line)
    (brought, *_more) = appropriated.of_document(given.document_number, None)
    assert brought.paid_fen == paid_by_source([given.programme_id])[given.source] and brought.appropriation.amount_fen <= brought.source_fen
    browser.sign_in(an_auditor())
    page = browser.get(f"/oversight/find?q={given.document_number}")
    page = browser.get(page.select_one("main table a")["href"])
    assert line.claim.number in page.text and f"{line.amount_fen / 100:,.2f}" in page.text
    assert browser.download(f"/oversight/appropriations/{given.id}.xlsx").data.startswith(b"PK")
    browser.sign_in(an_officer("650000"))
    browser.get(f"/oversight/appropriations/{given.id}", status=404)


def line_document(line):
    return the_db.session.scalars(select(Appropriation).where(Appropriation.round_id == line.claim.round_id)).first()
