import copy
import json
import runpy
import subprocess
import sys
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from marketplace.audit import receipts as trail_receipts
from marketplace.audit import sealing as audit_sealing
from marketplace.audit import service as audit
from marketplace.audit.models import AuditEvent
from marketplace.kernel import clock, seals
from marketplace.kernel.db import in_transaction
from marketplace.kernel.seal_keys import publish_key, signing_key
from marketplace.ledger import queries as ledger
from marketplace.ledger import receipts, sealing
from tests.ledger.books import SUBJECT, a_book, a_command, post

OWN = ("voucher:v", "order:o:reserved", "order:o:redeemed")
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
    """Of three transfers in two blocks."""
    book = a_book(voucher_v=500)
    stream = sealing.stream_of(book)
    seal(stream, algorithm=algorithm)
    held = ("order:o:reserved", "order:o:redeemed")
    post(book, ("voucher:v", held[0], 200), ("voucher:v", held[1], 7), opens=held)
    seal(stream, algorithm=algorithm)
    return receipts.receipt_of(book, ledger.entries_of(book, [SUBJECT]), OWN)


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
    assert [item["kind"] for item in receipt["items"]] == ["book", *["transfer"] * 3]
    assert [block["algorithm"] for block in receipt["blocks"]] == [algorithm] * 2

    status, said = run(receipt, place, tmp_path)

    assert status == 0, said
    assert "列出的 4 项内容（2 笔分录）属实" in said


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


def seen(receipt, keys, heads):
    return CHECK["faults"](receipt, keys, heads) or CHECK["unlisted"](receipt)


def test_a_change_of_any_field_is_found(db, seal, place):
    receipt = a_receipt(seal)
    keys, heads = CHECK["read_keys"]([place / "keys"]), CHECK["read_heads"](place.glob("*.jsonl"))
    assert CHECK["faults"](receipt, keys, heads) == []
    spots = list(leaves_of(receipt))
    assert len(spots) > 100
    unseen = [path for path, value in spots if not seen(changed(receipt, path, another(value)), keys, heads)]
    unseen += [path for path, _ in spots if not CHECK["faults"](changed(receipt, path, [[]]), keys, heads)]  # nor does nonsense crash it
    assert unseen == []


def test_a_transfer_left_out_or_shown_twice_is_found(db, seal, place):
    receipt = a_receipt(seal)
    keys = CHECK["read_keys"]([place / "keys"])
    without = {**receipt, "items": receipt["items"][:-1]}
    twice = {**receipt, "items": [*receipt["items"], receipt["items"][-1]]}
    assert CHECK["faults"](without, keys, None)
    assert CHECK["faults"](twice, keys, None)


def a_story(seal):
    """A voucher with two orders, the first of them accepted, granted and paid; and another voucher of the same book beside it."""
    book = a_book(pool_fen=900)
    other = UUID("01900000-0000-7000-8000-00000000000f")
    post(book, ("pool:p", "voucher:v", 500), opens=("voucher:v",))
    post(book, ("pool:p", "voucher:w", 300), command=a_command(subject_id=other), opens=("voucher:w",))
    for order, amount_fen in (("o", 200), ("n", 100)):
        post(book, ("voucher:v", f"order:{order}:reserved", amount_fen), opens=(f"order:{order}:reserved", f"order:{order}:redeemed"))
    post(book, ("order:o:reserved", "order:o:redeemed", 200))
    post(book, ("order:o:redeemed", "provider:x:payable", 200), opens=("provider:x:payable",))
    post(book, ("provider:x:payable", "paid", 200), opens=("paid",))
    seal(sealing.stream_of(book))
    own = [*OWN, "order:n:reserved", "order:n:redeemed"]
    whole, beside = (ledger.entries_of(book, [one]) for one in (SUBJECT, other))
    return receipts.receipt_of(book, whole, own), receipts.receipt_of(book, beside, ["voucher:w"])


def entries(receipt, *numbers, whole=None):
    """The receipt with only some of its entries, as somebody would cut it; as long as it says, unless told otherwise."""
    items = [receipt["items"][0], *(receipt["items"][number] for number in numbers)]
    kept = {**receipt, "items": items}
    return {key: value for key, value in kept.items() if key != "stands"} | {"format": "quanlian-receipt-1"} if whole is None else kept


@pytest.mark.parametrize(
    ("kept", "said"),
    [
        pytest.param([1, 3], "voucher:v 缺少第 2 次变动", id="an order in the middle"),
        pytest.param([1, 3, 4, 5, 6], "不属于这张券", id="what an acceptance stands on"),
        pytest.param([1, 2, 3, 5, 6], "order:o:redeemed 缺少第 1 次变动", id="the acceptance"),
        pytest.param([2, 3, 4, 5, 6], "voucher:v 缺少第 1 次变动", id="the issue"),
        pytest.param([1, 2, 3, 4, 6], "不属于这张券", id="the approval that made the payment due"),
    ],
)
def test_entries_left_out_leave_a_gap(db, seal, place, kept, said):
    receipt, _other = a_story(seal)
    keys = CHECK["read_keys"]([place / "keys"])
    assert CHECK["faults"](receipt, keys, None) == []
    assert said in CHECK["faults"](entries(receipt, *kept), keys, None)[0]


def test_entries_of_another_voucher_are_none_of_this_receipt(db, seal, place):
    receipt, other = a_story(seal)
    keys = CHECK["read_keys"]([place / "keys"])
    mixed = {**receipt, "items": [*receipt["items"], other["items"][1]]}
    assert CHECK["faults"](mixed, keys, None) == ["含有另一张券的记账"]


def test_a_receipt_that_ends_early_is_genuine_up_to_there_and_not_called_whole(db, seal, place, tmp_path):
    receipt, _other = a_story(seal)
    early = entries(receipt, 1, 2)
    status, said = run(early, place, tmp_path)
    assert status == 0
    assert "2 笔分录）属实" in said
    assert "只能证明到第 2 笔为止；之后的记账这里没有列出" in said

    status, said = run(entries(receipt, 1, 2, whole=False), place, tmp_path)  # it still says how far it should go
    assert status == 3
    assert "凭证不全" in said


def test_a_receipt_says_up_to_which_version_and_block_it_goes(db, seal, place):
    receipt, _other = a_story(seal)
    assert receipt["format"] == "quanlian-receipt-2"
    last = {"voucher:v": 3, "order:o:reserved": 2, "order:o:redeemed": 2, "order:n:reserved": 1}
    assert receipt["stands"] == {"block": 1, "accounts": last}
    keys = CHECK["read_keys"]([place / "keys"])
    for wrong in (
        {"block": 2},
        {"block": 1, "accounts": {}},
        {"block": 1, "accounts": {**last, "voucher:v": 2}},
        {"block": [], "accounts": last},
    ):
        assert CHECK["faults"]({**receipt, "stands": wrong}, keys, None), wrong


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
    status, said = run(receipts.receipt_of(book, ledger.entries_of(book, [SUBJECT]), OWN), place, tmp_path)
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
