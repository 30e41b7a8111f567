"""What a holder takes away proves itself to a stranger, and what was touched does not."""

import io
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import typst
from sqlalchemy import select

from marketplace.audit import sealing as audit_sealing
from marketplace.audit.models import AuditEvent
from marketplace.identity.roles import Role
from marketplace.kernel import clock, seals
from marketplace.kernel.db import in_transaction
from marketplace.kernel.seal_keys import publish_key, signing_key
from marketplace.ledger.sealing import stream_of
from tests.factories import a_firm, a_user, user_of
from tests.order_factories import a_batch, an_order
from tests.settlement.acts import pay
from tests.settlement.test_bounces import bounce
from tests.settlement.test_part_payments import part

OPTIONS = {".pem": "--keys", ".jsonl": "--heads"}


@pytest.fixture
def published(app, tmp_path, monkeypatch):
    """Where this test publishes."""
    monkeypatch.setitem(app.config, "SEALS_ROOT", str(tmp_path / "seals"))
    return tmp_path / "seals"


@pytest.fixture
def order(db):
    """Accepted by the firm: money was issued, reserved and redeemed."""
    return an_order("redeemed")


@pytest.fixture
def voucher(order):
    return order.voucher


def seal(published, stream):
    key = signing_key(published.parent / "key.pem", may_make=True)
    publish_key(key, published)
    in_transaction(lambda: seals.seal(stream, key, now=clock.now()))
    seals.publish(published, stream.name)


def sealed(published, voucher):
    seal(published, stream_of(voucher.programme.book_id))


def signed_in(browser, voucher):
    browser.sign_in(user_of(voucher.enterprise_id))
    return browser


def receipt_from(browser, voucher) -> bytes:
    return browser.download(f"/proofs/mine/{voucher.id}.json").data


def checked(browser, content, status=200):
    browser.get("/proofs")
    return browser.fill("/proofs", {"file": (io.BytesIO(content), "凭证.json")}, status=status)


def test_the_holder_sees_every_transfer_with_its_block(browser, published, voucher):
    sealed(published, voucher)

    page = signed_in(browser, voucher).get(f"/proofs/mine/{voucher.id}")

    rows = [row.get_text(" ", strip=True) for row in page.select("tbody tr")]
    assert len(rows) >= 3
    assert all("第 1 块" in row for row in rows)
    assert any("下单占用" in row for row in rows)
    assert any("验收核销" in row for row in rows)
    assert page.select_one(".sheet__qr svg")
    assert "还没有封存" not in page.get_text()


def test_what_waits_for_its_seal_is_said(browser, published, voucher):
    page = signed_in(browser, voucher).get(f"/proofs/mine/{voucher.id}")

    assert "笔还没有封存" in page.get_text()
    assert "待封存" in page.get_text()


def test_the_page_checks_a_receipt_that_was_downloaded(browser, published, voucher):
    sealed(published, voucher)
    receipt = receipt_from(signed_in(browser, voucher), voucher)
    browser.sign_out()

    page = checked(browser, receipt)

    assert "列出的内容属实" in page.get_text()
    assert page.select_one(f"a[href$='/proofs/vouchers/{voucher.number}']")


def test_a_receipt_goes_on_to_the_bank_by_parts_and_back(browser, published, db):
    _batch, (line,) = a_batch()
    voucher = line.claim.order.voucher
    part(line, 1_234_57)
    pay(a_batch(claims=[line.claim])[1][0], "ZF-2")
    bounce(line, 1_234_57)
    sealed(published, voucher)
    receipt = receipt_from(signed_in(browser, voucher), voucher)
    verbs = [item["entry"]["verb"] for item in json.loads(receipt)["items"] if item["kind"] == "transfer"]
    assert {"payment.settle", "payment.bounce"} <= set(verbs) and "payment.plan" not in verbs
    assert "列出的内容属实" in checked(browser, receipt).get_text()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda receipt: receipt["items"][1]["row"].update(amount_fen=1), "内容与摘要不符"),
        (lambda receipt: receipt["blocks"][0].update(head="00" * 32), "内容与区块摘要不符"),
        (lambda receipt: receipt.update(stream="../../etc/passwd"), "凭证不能证明"),
        (lambda receipt: receipt.update(items=[]), "没有可以核验的内容"),
    ],
    ids=["amount", "head", "stream", "nothing"],
)
def test_the_page_says_what_was_touched(browser, published, voucher, change, said):
    sealed(published, voucher)
    receipt = json.loads(receipt_from(signed_in(browser, voucher), voucher))
    change(receipt)

    page = checked(browser, json.dumps(receipt).encode())

    assert "凭证不能证明" in page.get_text()
    assert said in page.get_text()


def test_a_block_that_was_never_published_proves_nothing(browser, published, voucher):
    sealed(published, voucher)
    receipt = receipt_from(signed_in(browser, voucher), voucher)
    for path in published.glob("*.jsonl"):
        path.write_text("", encoding="utf-8")

    assert "不在公布的封存记录中" in checked(browser, receipt).get_text()


@pytest.mark.parametrize("content", [b"", b"[1]", b"hello", "表".encode("gbk"), b"[" * 100_000, b"null"])
def test_a_file_that_is_no_receipt_gets_a_sentence(browser, published, content):
    browser.get("/proofs")
    page = browser.fill("/proofs", {"file": (io.BytesIO(content), "x.json")}, status=200 if content in {b"[1]", b"null"} else 422)

    assert re.search("不是凭证|不是本平台的凭证|请选择", page.get_text())


def test_nothing_is_checked_where_no_file_was_chosen(browser, published):
    browser.get("/proofs")

    assert "请选择从本平台下载" in browser.fill("/proofs", {}, status=422).get_text()


def test_what_is_downloaded_from_the_pages_verifies_offline(browser, published, voucher, tmp_path):
    """The whole way of a stranger: receipt from the holder, everything else from the public page."""
    sealed(published, voucher)
    receipt = receipt_from(signed_in(browser, voucher), voucher)
    browser.sign_out()
    page = browser.get("/proofs")
    taken = tmp_path / "taken"
    taken.mkdir()
    links = [str(link["href"]) for link in page.select("main a") if re.search(r"\.(py|pem|jsonl)$", str(link["href"]))]
    for link in links:
        (taken / Path(link).name).write_bytes(browser.download(link).data)
    (taken / "receipt.json").write_bytes(receipt)
    shutil.rmtree(published)

    keys, heads = [
        [part for path in taken.glob(kind) for part in (option, path.name)]
        for option, kind in (("--keys", "*.pem"), ("--heads", "*.jsonl"))
    ]
    command = [sys.executable, "-I", "verify_receipt.py", "receipt.json", *keys, *heads]
    done = subprocess.run(command, cwd=taken, capture_output=True, text=True, check=False, timeout=30)

    assert done.returncode == 0, done.stdout + done.stderr


def test_the_number_on_a_receipt_leads_to_its_hashes_and_to_nobody(browser, published, voucher, order):
    sealed(published, voucher)

    page = browser.get(f"/proofs/vouchers/{voucher.number}")

    words = page.get_text()
    assert page.select("code")
    assert order.enterprise.organisation.name not in words
    assert f"{order.subsidy_fen / 100:,.2f}" not in words
    browser.get("/proofs/vouchers/Q-AAAAAAAA-A", status=404)


def test_another_firm_gets_none_of_the_three_forms(browser, published, voucher):
    browser.sign_in(user_of(a_firm()))

    for suffix in ("", ".json", ".pdf"):
        browser.download(f"/proofs/mine/{voucher.id}{suffix}", status=404)


@pytest.mark.parametrize("path", ["heads/..%2f..%2fkey.jsonl", "heads/nothing.jsonl", "keys/..%2fkey.pem", "keys/x.pem", "keys/ .pem"])
def test_only_what_was_published_is_handed_out(browser, published, voucher, path):
    sealed(published, voucher)

    browser.download(f"/proofs/{path}", status=404)


def test_the_pdf_says_what_the_page_says(browser, published, voucher):
    sealed(published, voucher)

    content = signed_in(browser, voucher).download(f"/proofs/mine/{voucher.id}.pdf").data

    assert content.startswith(b"%PDF-1.")
    assert b"pdfaid:part" in content
    assert len(content) > 10_000  # the font is in it


def test_without_a_chinese_font_the_pdf_is_refused_in_words(browser, voucher, monkeypatch):
    compiled = typst.compile
    monkeypatch.setattr(typst, "compile", lambda *args, **more: compiled(*args, **more, ignore_system_fonts=True))

    page = signed_in(browser, voucher).get(f"/proofs/mine/{voucher.id}.pdf")

    assert "服务器没有中文字体" in page.get_text()


def test_an_auditor_takes_away_the_proof_of_an_event(browser, published, voucher, db):
    seal(published, audit_sealing.stream())
    event = db.session.scalars(select(AuditEvent).order_by(AuditEvent.at.desc(), AuditEvent.id.desc()).limit(1)).one()
    browser.sign_in(a_user(Role.AUDITOR))
    assert browser.get("/oversight/trail").select_one(f"a[href$='/proofs/events/{event.id}.json']")

    receipt = browser.download(f"/proofs/events/{event.id}.json").data

    assert "列出的内容属实" in checked(browser, receipt).get_text()
