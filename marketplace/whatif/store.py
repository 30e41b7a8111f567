"""The details of a result, order by order and firm by firm: files beside the exports, kept as long as those."""

import gzip
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any
from uuid import UUID

from flask import current_app

from marketplace.kernel.errors import N_, RuleViolation
from marketplace.kernel.ids import uuid7

ORDERS, FIRMS = "orders", "firms"


def _root() -> Path:
    return Path(current_app.config["FILES_ROOT"]) / "whatif"


def _path(replay_id: UUID, kind: str) -> Path:
    return _root() / f"{replay_id}.{kind}.gz"


@contextmanager
def written(replay_id: UUID, kind: str) -> Iterator[IO[str]]:
    """A file of lines. It is there when the block ends, whole or not at all: what a worker that died left half written is tidied away."""
    _root().mkdir(parents=True, exist_ok=True)
    half = _root() / f"{uuid7()}.half"
    try:
        with gzip.open(half, "wt", compresslevel=1, encoding="utf-8") as lines:
            yield lines
        os.replace(half, _path(replay_id, kind))
    finally:
        half.unlink(missing_ok=True)


def lines_of(replay_id: UUID, kind: str) -> Iterator[list[Any]]:
    """The lines of a file. Raises: RuleViolation: it is no longer kept."""
    check_kept(replay_id, kind)
    with gzip.open(_path(replay_id, kind), "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def is_kept(replay_id: UUID, kind: str) -> bool:
    """Whether a file is still there."""
    return _path(replay_id, kind).exists()


def check_kept(replay_id: UUID, kind: str) -> None:
    """Raises: RuleViolation: it is no longer kept."""
    if not is_kept(replay_id, kind):
        raise RuleViolation(N_("试算明细已超过保留期，已经删除。需要时请按同样的条件再试算一次。"), code="lapsed")


def tidy(*, now: datetime) -> int:
    """Remove what is older than exports are kept, and what workers that died left behind yesterday; how many files."""
    day = timedelta(days=1)
    old = [path for path in _root().glob("*.gz") if _is_older(path, now - current_app.config["EXPORT_DAYS"] * day)]
    old += [path for path in _root().glob("*.half") if _is_older(path, now - day)]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


def _is_older(path: Path, moment: datetime) -> bool:
    return path.stat().st_mtime < moment.timestamp()
