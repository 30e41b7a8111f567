"""The check of a receipt, by the very script that is handed out: what our page says is what a stranger's machine says."""

import importlib.util
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import UUID

from marketplace.kernel import seals
from marketplace.kernel.errors import N_, RuleViolation

SCRIPT = Path(__file__).resolve().parents[2] / "static" / "tools" / "verify_receipt.py"


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found."""

    faults: list[str]
    items: int = 0
    entries: tuple[UUID, ...] = ()  # in the order of the file
    blocks: tuple[int, ...] = ()
    voucher_id: UUID | None = None  # whose accounts the entries move; None: an event of the trail
    missing: int = 0  # movements that the receipt names as having happened, but does not list
    stated: Mapping[str, str] = field(default_factory=dict)


@cache
def _script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("verify_receipt", SCRIPT)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def check(content: bytes, published: Path) -> Checked:
    """Check a receipt against the keys and heads in a folder.

    Raises: RuleViolation: the file is no receipt that can be read.
    """
    script = _script()
    if len(content) > script.MOST_BYTES:
        raise RuleViolation(N_("文件太大，不是本平台的凭证。"), field="file")
    try:
        receipt = json.loads(content)
    except (ValueError, RecursionError):
        raise RuleViolation(N_("这个文件不是凭证：请选择从本平台下载的 .json 文件。"), field="file") from None
    found = script.faults(receipt, script.read_keys(sorted((published / "keys").glob("*.pem"))), _heads(receipt, published))
    if not isinstance(receipt, dict) or found:
        return Checked(found)
    stated, items = receipt.get("stated"), receipt["items"]
    voucher = script.voucher_of(items)
    return Checked(
        found,
        items=len(items),
        entries=tuple(UUID(entry[0]["entry"]["id"]) for entry in script.entries_of(items)),
        blocks=tuple(sorted(block["number"] for block in receipt["blocks"])),
        voucher_id=_uuid(voucher),
        missing=script.unlisted(receipt),
        stated={str(key): str(value) for key, value in stated.items()} if isinstance(stated, dict) else {},
    )


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


def _heads(receipt: Any, published: Path) -> dict[tuple[str, int], str]:
    """What was published of the chain that a receipt names. The name is a stranger's: only one that a file has is looked at."""
    stream = receipt.get("stream") if isinstance(receipt, dict) else None
    if stream not in set(streams(published)):
        return {}
    lines = seals.published_heads(published, stream)
    return {(stream, line["number"]): line["head"] for line in lines if {"number", "head"} <= line.keys()}


def streams(published: Path) -> list[str]:
    """The chains whose heads are published."""
    return sorted(seals.stream_of_file(path) for path in published.glob("*.jsonl"))


def keys(published: Path) -> list[str]:
    """The names of the public keys."""
    return sorted(path.stem for path in (published / "keys").glob("*.pem"))
