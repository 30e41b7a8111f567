#!/usr/bin/env python3
"""核验券链凭证：不联网，不需要安装本平台，只要 Python 3.11 和 cryptography。

  python verify_receipt.py 凭证.json --keys 公钥文件夹或文件.pem --heads 封存记录.jsonl

公钥和封存记录从平台公开页面下载，最好早先另行留存。退出码 0：列出的内容全部属实；1：有不符之处，逐条列出；2：文件读不出来；
3：列出的内容属实，但凭证自己写明的后续记账没有列在里面。凭证之后有没有新的记账，离线无法得知，请在平台的核验页上核对。

Offline check of a receipt: leaves, inclusion proofs (RFC 6962), block heads, signatures, published heads; then that the entries are those
of one voucher, and that on each of its accounts no version is missing and every balance follows from the one before. A receipt may end
early: what it lists is genuine up to its last entry, and nobody can see offline whether there is more.
"""

import argparse
import hashlib
import json
import re
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID, uuid5

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

FORMATS = ("quanlian-receipt-1", "quanlian-receipt-2")  # 2 says besides how far it goes: the last version of each account
MOST_BYTES = 4_000_000
ACCOUNTS = UUID("6c1f9f0e-5d0b-5f6a-9a35-6f6f1e8d2c11")  # account ids follow from book and code
# Column and type of each leaf, in the order of format 1. U uuid, T instant, D date, I integer, S text; ? may be empty.
BOOK = {"id": "U", "code": "S", "name": "S", "opened_at": "T"}
ENTRY = {
    "book_id": "U", "id": "U", "verb": "S", "actor_id": "U?", "subject_type": "S", "subject_id": "U", "idempotency_key": "S",
    "request_hash": "S", "effective_on": "D", "recorded_at": "T", "reverses_id": "U?", "transfer_count": "I",
}  # fmt: skip
TRANSFER = {
    "book_id": "U", "id": "U", "entry_id": "U", "position": "I", "debit_account_id": "U", "credit_account_id": "U", "amount_fen": "I",
    "debit_version": "I", "debit_balance_fen": "I", "credit_version": "I", "credit_balance_fen": "I",
}  # fmt: skip
EVENT = {
    "id": "U", "at": "T", "action": "S", "actor_id": "U?", "subject_type": "S", "subject_id": "U?", "book_id": "U?", "details": "S",
}  # fmt: skip
BLOCK = {
    "block_format": "I", "stream": "S", "number": "I", "size": "I", "total": "I", "root": "S", "previous_head": "S", "algorithm": "S",
    "key_id": "S", "sealed_at": "T",
}  # fmt: skip
SHAPES = {
    "book": {"kind", "row", "leaf", "seal"},
    "event": {"kind", "row", "leaf", "seal"},
    "transfer": {"kind", "row", "entry", "debit_code", "credit_code", "leaf", "seal"},
}
VOUCHER = re.compile(r"(?:limit:)?voucher:([^:]+)(?::used)?")  # accounts of a voucher: face value, quota and its other side
ORDER = re.compile(r"order:([^:]+):\w+")
PAYABLE = re.compile(r"provider:[^:]+:payable")
FUND = re.compile(r"limit:source:[^:]+(?::\w+)?")  # which document pays: beside the money, and no move of it


class Wrong(Exception):
    """Something does not fit; the message says what."""


def digest(data: bytes, algorithm: str = "sha256") -> bytes:
    if algorithm == "sha256":
        return hashlib.sha256(data).digest()
    if algorithm == "sm3":
        made = hashes.Hash(hashes.SM3())
        made.update(data)
        return made.finalize()
    raise Wrong(f"不认识的摘要算法 {algorithm!a}")


def encoded(value: object, kind: str) -> bytes:
    """One value as the platform hashes it: a letter for its kind, its length, its bytes."""
    if value is None and kind.endswith("?"):
        return b"N" + bytes(8)
    letter = kind[0]
    if letter == "I":
        if type(value) is not int:
            raise TypeError
        body = str(value).encode()
    elif type(value) is not str:
        raise TypeError
    elif letter == "U":
        body = UUID(value).bytes
    elif letter == "D":
        body = date.fromisoformat(value).isoformat().encode()
    elif letter == "T":
        instant = datetime.fromisoformat(value)
        if instant.tzinfo is None:
            raise ValueError
        body = instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ").encode()
    else:
        body = value.encode("utf-8", "surrogatepass")
    return letter.encode() + len(body).to_bytes(8, "big") + body


def columns(row: dict, fields: dict, what: str, *more: str) -> bytes:
    """The encoding of a row; it has these columns and no others."""
    if not isinstance(row, dict) or set(row) != {*fields, *more}:
        raise Wrong(f"{what}：栏目缺失或多余")
    parts = []
    for name, kind in fields.items():
        try:
            parts.append(encoded(row[name], kind))
        except (TypeError, ValueError):
            raise Wrong(f"{what}：“{name}”的值不合格式") from None
    return b"".join(parts)


def leaf_of(item: dict, what: str) -> str:
    """The leaf that an item's columns make."""
    if item["kind"] == "transfer":
        label, body = "ledger_transfer", columns(item["entry"], ENTRY, what) + columns(item["row"], TRANSFER, what, "leaf_format")
    elif item["kind"] == "book":
        label, body = "ledger_book", columns(item["row"], BOOK, what, "leaf_format")
    else:
        label, body = "audit_event", columns(item["row"], EVENT, what, "leaf_format")
    if item["row"]["leaf_format"] != 1:
        raise Wrong(f"{what}：不认识的摘要格式")
    return digest(b"\x00" + encoded(label, "S") + encoded(1, "I") + body).hex()


def root_from(leaf: bytes, index: int, size: int, proof: list, algorithm: str) -> bytes:
    """Where a proof leads (RFC 9162, 2.1.3.2)."""
    if type(index) is not int or not 0 <= index < size:
        raise Wrong("在区块中的位置不成立")
    at, last, found = index, size - 1, leaf
    for step in proof:
        if last == 0:
            raise Wrong("包含证明过长")
        left = at & 1 or at == last
        found = digest(b"\x01" + (bytes.fromhex(step) + found if left else found + bytes.fromhex(step)), algorithm)
        while left and not at & 1 and at:
            at, last = at >> 1, last >> 1
        at, last = at >> 1, last >> 1
    if last:
        raise Wrong("包含证明过短")
    return found


def check_block(block: dict, keys: dict, heads: dict | None, what: str) -> None:
    """Head, signature, and that it is among what was published."""
    body = columns(block, BLOCK, what, "head", "signature")
    head = digest(encoded("seal_block", "S") + body, block["algorithm"])
    if block["block_format"] != 1 or head.hex() != block["head"]:
        raise Wrong(f"{what}：内容与区块摘要不符")
    key = keys.get(block["key_id"])
    if key is None:
        raise Wrong(f"{what}：公钥 {block['key_id']!a} 不在给出的公钥之中")
    try:
        key.verify(bytes.fromhex(block["signature"]), head)
    except (InvalidSignature, ValueError, TypeError):
        raise Wrong(f"{what}：签名不成立") from None
    if heads is not None and heads.get((block["stream"], block["number"])) != block["head"]:
        raise Wrong(f"{what}：不在公布的封存记录中，或与公布的不同")


def check_item(item: dict, blocks: dict, stream: str, what: str) -> None:
    if not isinstance(item, dict) or not isinstance(item.get("kind"), str) or set(item) != SHAPES.get(item["kind"]):
        raise Wrong(f"{what}：栏目缺失或多余")
    leaf = leaf_of(item, what)
    if leaf != item["leaf"]:
        raise Wrong(f"{what}：内容与摘要不符，有栏目被改动")
    check_place(item, stream, what)
    seal = item["seal"]
    if seal is None:
        raise Wrong(f"{what}：尚未封存，暂时不能证明")
    if not isinstance(seal, dict) or set(seal) != {"block", "position", "proof"} or seal["block"] not in blocks:
        raise Wrong(f"{what}：封存信息缺失")
    block = blocks[seal["block"]]
    try:
        root = root_from(bytes.fromhex(leaf), seal["position"], block["size"], seal["proof"], block["algorithm"])
    except (TypeError, ValueError):
        raise Wrong(f"{what}：包含证明不合格式") from None
    except Wrong as wrong:
        raise Wrong(f"{what}：{wrong}") from None
    if root.hex() != block["root"]:
        raise Wrong(f"{what}：包含证明得不出区块的树根")


def check_place(item: dict, stream: str, what: str) -> None:
    """That it belongs to this chain, and that its accounts are those it names."""
    if item["kind"] == "event":
        if not stream.startswith("audit:"):
            raise Wrong(f"{what}：不属于这条封存链")
        return
    row = item["row"]
    book = row["id"] if item["kind"] == "book" else row["book_id"]
    if stream != f"book:{book}":
        raise Wrong(f"{what}：不属于这个账本")
    if item["kind"] == "transfer":
        if (item["entry"]["id"], item["entry"]["book_id"]) != (row["entry_id"], book):
            raise Wrong(f"{what}：转账与分录不是一笔")
        for side in ("debit", "credit"):
            if str(uuid5(ACCOUNTS, f"{UUID(book)}/{item[f'{side}_code']}")) != row[f"{side}_account_id"]:
                raise Wrong(f"{what}：账户代码与账户编号不符")


def check_whole(items: list) -> None:
    """Every transfer of every entry is there, once."""
    found: dict = {}
    for item in items:
        if item["kind"] == "transfer":
            found.setdefault((item["entry"]["id"], item["entry"]["transfer_count"]), []).append(item["row"]["position"])
    for (entry, count), positions in found.items():
        if sorted(positions) != list(range(count)):
            raise Wrong(f"分录 {entry} 的转账不全或重复")


def sides(item: dict) -> list:
    """Both accounts of a transfer: code, version, balance after, and what was moved onto it."""
    row = item["row"]
    return [
        (item["debit_code"], row["debit_version"], row["debit_balance_fen"], -row["amount_fen"]),
        (item["credit_code"], row["credit_version"], row["credit_balance_fen"], row["amount_fen"]),
    ]


def entries_of(items: list) -> list:
    """Transfers by entry, in the order of the file."""
    found: dict = {}
    for item in items:
        if item["kind"] == "transfer":
            found.setdefault(item["entry"]["id"], []).append(item)
    return list(found.values())


def voucher_of(items: list) -> str | None:
    """The id of the voucher whose entries these are; None: no voucher is in it."""
    codes = {code for item in items if item["kind"] == "transfer" for code, *_ in sides(item)}
    found = {match[1] for code in codes if (match := VOUCHER.fullmatch(code))}
    if len(found) > 1:
        raise Wrong("含有另一张券的记账")
    return next(iter(found), None)


def own_codes(entries: list, voucher: str) -> set:
    """The accounts that are this voucher's alone: its own, and those of the orders that drew on it."""
    own = {f"voucher:{voucher}", f"limit:voucher:{voucher}", f"limit:voucher:{voucher}:used"}
    drew = [{code for item in entry for code, *_ in sides(item)} for entry in entries]
    orders = {match[1] for codes in drew if codes & own for code in codes if (match := ORDER.fullmatch(code))}
    return own | {code for codes in drew for code in codes if (match := ORDER.fullmatch(code)) and match[1] in orders}


def check_belongs(entries: list, own: set) -> None:
    """Every entry moves one of the voucher's accounts, pays out what its orders made payable, or brings such a payment back."""
    owed: dict = {}
    for entry in entries:
        is_own = any(code in own for item in entry for code, *_ in sides(item))
        rest = [item for item in entry if not all(FUND.fullmatch(code) for code, *_ in sides(item))]
        for item in rest or entry:
            due = [(code, version, moved) for code, version, _balance, moved in sides(item) if PAYABLE.fullmatch(code)]
            if not due and not is_own:
                raise Wrong(f"分录 {item['entry']['id']} 不属于这张券")
            for code, version, moved in due:
                owed.setdefault(code, []).append((version, moved, is_own, item["entry"]["id"]))
    for moves in owed.values():
        check_owed(sorted(moves))


def check_owed(moves: list) -> None:
    """Of what a payee is owed no more is paid than the voucher's orders made payable, and no more comes back than was paid."""
    open_fen = paid_fen = 0
    for _version, moved, is_own, entry in moves:
        open_fen += moved
        paid_fen -= 0 if is_own else moved
        if open_fen < 0 or paid_fen < 0:
            raise Wrong(f"分录 {entry} 不属于这张券")


def last_versions(items: list, own: set) -> dict:
    """How far each of the voucher's accounts is listed. Raises where a version is missing or a balance does not follow."""
    steps: dict = {}
    for item in items:
        if item["kind"] == "transfer":
            for code, *step in sides(item):
                if code in own:
                    steps.setdefault(code, []).append(tuple(step))
    for code, found in steps.items():
        balance = 0
        for place, (version, after, moved) in enumerate(sorted(found), 1):
            if version != place:
                raise Wrong(f"账户 {code} 缺少第 {place} 次变动")
            balance += moved
            if after != balance:
                raise Wrong(f"账户 {code} 第 {place} 次变动前后的余额不连续")
    return {code: len(found) for code, found in steps.items()}


def check_story(receipt: dict) -> None:
    """That the entries are one voucher's, without a gap; and that it does not go further than it says."""
    items = receipt["items"]
    entries, voucher = entries_of(items), voucher_of(items)
    if not entries:
        return  # an event of the trail stands for itself
    if voucher is None:
        raise Wrong("没有发放这张券的记账，无从核对")
    own = own_codes(entries, voucher)
    check_belongs(entries, own)
    listed, stands = last_versions(items, own), receipt.get("stands")
    if stands is not None and any(listed[code] > stands["accounts"].get(code, 0) for code in listed):
        raise Wrong("列出的记账比凭证写明的还多")


def check_stands(receipt: dict) -> None:
    """That a receipt of format 2 says how far it goes: a block of its own chain, and versions of accounts."""
    stands = receipt.get("stands")
    if (receipt["format"] == FORMATS[1]) != (stands is not None):
        raise Wrong("凭证没有写明截止到哪里，或格式版本不符")
    if stands is None:
        return
    if not isinstance(stands, dict) or set(stands) != {"block", "accounts"} or not isinstance(stands["accounts"], dict):
        raise Wrong("凭证写明的截止点不合格式")
    versions = stands["accounts"].values()
    if not versions or any(type(version) is not int or version < 1 for version in versions):
        raise Wrong("凭证写明的截止点不合格式")
    numbers = [block["number"] for block in receipt["blocks"]]
    if stands["block"] not in numbers or stands["block"] != max(numbers):
        raise Wrong("凭证写明的截止区块不在其中")


def unlisted(receipt: dict) -> int:
    """How many movements the receipt itself names but does not list; 0: it is as long as it says."""
    if not receipt.get("stands"):
        return 0
    items = receipt["items"]
    listed = last_versions(items, own_codes(entries_of(items), voucher_of(items) or ""))
    return sum(version - listed.get(code, 0) for code, version in receipt["stands"]["accounts"].items())


def sound_blocks(listed: list, stream: str, keys: dict, heads: dict | None) -> tuple:
    """The blocks that hold, by number, and what is wrong with the others."""
    blocks: dict = {}
    found: list = []
    for place, block in enumerate(listed, 1):
        what = f"第 {place} 个区块"
        try:
            check_block(block, keys, heads, what)
            if block["stream"] != stream or block["number"] in blocks:
                raise Wrong(f"{what}：不属于这条封存链，或重复")
            blocks[block["number"]] = block
        except Wrong as wrong:
            found.append(str(wrong))
    return blocks, found


def faults(receipt: object, keys: dict, heads: dict | None) -> list:
    """Everything that does not fit; nothing when the receipt holds."""
    wanted = {"format", "stream", "items", "blocks"}
    if not isinstance(receipt, dict) or not wanted <= set(receipt) <= wanted | {"stated", "stands"} or receipt["format"] not in FORMATS:
        return ["这不是本平台的凭证，或格式版本不同"]
    items, listed, stream = receipt["items"], receipt["blocks"], receipt["stream"]
    if not isinstance(items, list) or not items or not isinstance(listed, list) or not isinstance(stream, str):
        return ["凭证中没有可以核验的内容"]
    blocks, found = sound_blocks(listed, stream, keys, heads)
    for place, item in enumerate(items, 1):
        try:
            check_item(item, blocks, stream, f"第 {place} 项")
        except (Wrong, TypeError) as wrong:
            found.append(str(wrong) if isinstance(wrong, Wrong) else f"第 {place} 项：不合格式")
    if not found:
        try:
            check_whole(items)
            check_stands(receipt)
            named = {receipt["stands"]["block"]} if receipt.get("stands") else set()
            if {block["number"] for block in listed} != {item["seal"]["block"] for item in items} | named:
                raise Wrong("有区块与凭证内容无关")
            check_story(receipt)
        except (Wrong, TypeError) as wrong:
            found.append(str(wrong) if isinstance(wrong, Wrong) else "凭证写明的截止点不合格式")
    return found


def read_keys(places: list) -> dict:
    """Public keys by the name that the hash of each gives it."""
    files = [one for place in map(Path, places) for one in (sorted(place.glob("*.pem")) if place.is_dir() else [place])]
    found = {}
    for file in files:
        key = load_pem_public_key(file.read_bytes())
        if isinstance(key, Ed25519PublicKey):
            found[hashlib.sha256(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).hexdigest()[:16]] = key
    return found


def read_heads(places: list) -> dict | None:
    """Heads by chain and number, out of the published files; None: none were given."""
    if not places:
        return None
    lines = [json.loads(line) for place in places for line in Path(place).read_text(encoding="utf-8").splitlines() if line.strip()]
    return {(line["stream"], line["number"]): line["head"] for line in lines}


def main() -> int:
    parser = argparse.ArgumentParser(description="核验券链凭证（离线）")
    parser.add_argument("receipt", type=Path)
    parser.add_argument("--keys", action="append", required=True, help="公钥文件（PEM）或文件夹，可多次给出")
    parser.add_argument("--heads", action="append", default=[], help="公布的封存记录（JSONL），可多次给出")
    given = parser.parse_args()
    try:
        if given.receipt.stat().st_size > MOST_BYTES:
            raise ValueError("文件过大")
        receipt = json.loads(given.receipt.read_text(encoding="utf-8"))
        keys, heads = read_keys(given.keys), read_heads(given.heads)
    except (OSError, ValueError, KeyError, TypeError, RecursionError, UnsupportedAlgorithm) as error:
        print(f"文件读不出来：{error}", file=sys.stderr)
        return 2
    found = faults(receipt, keys, heads)
    for line in found:
        print(line)
    if found:
        return 1
    entries, more = len(entries_of(receipt["items"])), unlisted(receipt)
    print(f"列出的 {len(receipt['items'])} 项内容（{entries} 笔分录）属实：都在已签名的封存区块之中，封存后没有改动，前后连续。")
    if more:
        print(f"凭证不全：它自己写明的记账中有 {more} 次变动没有列出。")
    if entries:
        print(f"只能证明到第 {entries} 笔为止；之后的记账这里没有列出，有没有请在平台核验页上核对。")
    if heads is None:
        print("没有给出公布的封存记录（--heads），未核对区块是否已公布。")
    if receipt.get("stated"):
        print("注意：凭证中的单位名称、编号和截止点是平台的陈述，不在封存内容之中，请在平台核验页上核对。")
    return 3 if more else 0


if __name__ == "__main__":
    raise SystemExit(main())
