import copy
import json
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select

from marketplace.audit import receipts as trail_receipts
from marketplace.audit import sealing as audit_sealing
from marketplace.audit import service as audit
from marketplace.audit.models import AuditEvent
from marketplace.kernel import clock, seals
from marketplace.kernel.db import in_transaction
from marketplace.kernel.seal_keys import publish_key, signing_key
from marketplace.ledger import receipts, sealing
from tests.ledger.books import SUBJECT, a_book, post

SCRIPT = Path(__file__).parent.parent.parent / "static" / "tools" / "verify_receipt.py"
CHECK = runpy.run_path(str(SCRIPT))


@pytest.fixture
def place(tmp_path):
    """Where heads and keys are published."""
    return tmp_path / "published"


@pytest.fixture
def seal(tmp_path, place):
    key = signing_key(tmp_path / "key.pem", may_make=True)
    publish_key(key, place)

    def sealed(stream, **settings):
        in_transaction(lambda: seals.seal(stream, key, now=clock.now(), **settings))
        seals.publish(place, stream.name)

    return sealed


def a_receipt(seal, algorithm="sha256"):
    """Of four transfers in two blocks."""
    book = a_book(voucher_v=500)
    stream = sealing.stream_of(book)
    seal(stream, algorithm=algorithm)
    post(book, ("voucher:v", "order:o:reserved", 200), ("voucher:v", "order:o:redeemed", 7), opens=("order:o:reserved", "order:o:redeemed"))
    seal(stream, algorithm=algorithm)
    return receipts.receipt_of(book, [SUBJECT])


def run(receipt, place, tmp_path):
    """The script as a stranger runs it: by itself, outside the project."""
    file = tmp_path / "receipt.json"
    file.write_text(receipt if isinstance(receipt, str) else json.dumps(receipt), encoding="utf-8")
    heads = [part for path in place.glob("*.jsonl") for part in ("--heads", str(path))]
    command = [sys.executable, "-I", str(SCRIPT), str(file), "--keys", str(place / "keys"), *heads]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=30)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("algorithm", ["sha256", "sm3"])
def test_a_stranger_verifies_a_receipt_offline(db, seal, place, tmp_path, algorithm):
    receipt = a_receipt(seal, algorithm)
    assert [item["kind"] for item in receipt["items"]] == ["book", *["transfer"] * 4]
    assert [block["algorithm"] for block in receipt["blocks"]] == [algorithm] * 2

    status, said = run(receipt, place, tmp_path)

    assert status == 0, said
    assert "全部相符：5 项" in said


def leaves_of(value, path=()):
    """Where every value of a document stands."""
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves_of(inner, (*path, key))
    else:
        yield path, value


def changed(receipt, path, value):
    copied = copy.deepcopy(receipt)
    spot = copied
    for key in path[:-1]:
        spot = spot[key]
    spot[path[-1]] = value
    return copied


def another(value):
    if value is None:
        return "01900000-0000-7000-8000-00000000ffff"
    if isinstance(value, int):
        return value + 1
    return value[:-1] + ("0" if value[-1:] != "0" else "1") if value else "x"


def test_a_change_of_any_field_is_found(db, seal, place):
    receipt = a_receipt(seal)
    keys, heads = CHECK["read_keys"]([place / "keys"]), CHECK["read_heads"](place.glob("*.jsonl"))
    assert CHECK["faults"](receipt, keys, heads) == []
    spots = list(leaves_of(receipt))
    assert len(spots) > 100
    unseen = [path for path, value in spots if not CHECK["faults"](changed(receipt, path, another(value)), keys, heads)]
    unseen += [path for path, _ in spots if not CHECK["faults"](changed(receipt, path, [[]]), keys, heads)]  # nor does nonsense crash it
    assert unseen == []


def test_a_transfer_left_out_or_shown_twice_is_found(db, seal, place):
    receipt = a_receipt(seal)
    keys = CHECK["read_keys"]([place / "keys"])
    without = {**receipt, "items": receipt["items"][:-1]}
    twice = {**receipt, "items": [*receipt["items"], receipt["items"][-1]]}
    assert CHECK["faults"](without, keys, None)
    assert CHECK["faults"](twice, keys, None)


def test_a_change_is_named_and_the_script_answers_1(db, seal, place, tmp_path):
    receipt = a_receipt(seal)
    status, said = run(changed(receipt, ("items", 1, "row", "amount_fen"), 1), place, tmp_path)
    assert status == 1
    assert "第 2 项：内容与摘要不符" in said


def test_a_chain_made_anew_with_another_key_is_found(db, seal, place, tmp_path):
    receipt = a_receipt(seal)
    for path in (place / "keys").glob("*.pem"):
        path.unlink()
    publish_key(signing_key(tmp_path / "other.pem", may_make=True), place)
    status, said = run(receipt, place, tmp_path)
    assert status == 1
    assert "不在给出的公钥之中" in said


def test_what_is_not_sealed_yet_is_not_proved(db, seal, place, tmp_path):
    book = a_book(voucher_v=500)
    seal(sealing.stream_of(book))
    post(book, ("voucher:v", "pool:p", 5))
    status, said = run(receipts.receipt_of(book, [SUBJECT]), place, tmp_path)
    assert status == 1
    assert "尚未封存" in said


@pytest.mark.parametrize("text", ["", "[", "[]", "{}", "null", "[" * 100_000, '{"format": "quanlian-receipt-1"}'])
def test_what_is_no_receipt_gets_a_sentence(place, tmp_path, text):
    (place / "keys").mkdir(parents=True)
    status, said = run(text, place, tmp_path)
    assert status in {1, 2}
    assert "Traceback" not in said


def test_an_event_of_the_trail_is_proved_the_same_way(db, seal, place, tmp_path):
    in_transaction(lambda: audit.record("test.happened", actor_id=None, subject_type="test", subject_id=None, note="第一次"))
    seal(audit_sealing.stream())
    receipt = trail_receipts.receipt_of(db.session.scalars(select(AuditEvent.id).where(AuditEvent.action == "test.happened")).one())
    assert run(receipt, place, tmp_path)[0] == 0
    details = ("items", 0, "row", "details")
    assert run(changed(receipt, details, '{"note":"第二次"}'), place, tmp_path)[0] == 1
