"""The one log of commands: a page's key answers a second click, and is bound to who asked for what, of which row, with what content."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel import clock
from marketplace.kernel.db import Model, db, insert_new, table_of
from marketplace.kernel.errors import N_, Conflict

_OTHER = N_("这个页面已经提交过别的内容，这一次没有办理。请刷新页面，核对后再提交。")


class DoneCommand(Model):
    """A command that was carried out. Its key answers a repeat; its hash tells a repeat from another request."""

    __tablename__ = "commands"
    __table_args__ = (Index(None, "subject_id"),)

    key: Mapped[UUID] = mapped_column(primary_key=True)  # the page's, or made of row and event for what happens by itself
    verb: Mapped[str] = mapped_column(String(64))  # as in the trail; only the noun where it was carried out before verbs were kept
    actor_id: Mapped[UUID | None]  # None: nobody asked, or it was carried out before actors were kept
    subject_id: Mapped[UUID]
    request_hash: Mapped[str] = mapped_column(
        String(64)
    )  # hex sha256 over verb, actor, subject, content; empty: from before contents were kept
    done_at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class Command:
    """What somebody asked of a row. The same key with anything else is not a repeat.

    Only the outermost command has a key: what it brings about on the way is part of it. A row's id that served as its key is used up.
    """

    key: UUID
    verb: str
    actor_id: UUID | None  # None for what has a key by nature (a bank's result, a lapse): whoever brings it, it is the same
    subject_id: UUID
    content: Mapping[str, Any] = field(default_factory=dict)

    def hash(self, plain: Callable[[Any], Any] | None = None) -> str:
        """Hex sha256 over everything but the key. For ever the same: stored keys answer by it.

        Args:
            plain: how facts are written: by name, or with `str` as older keys were made.
        """
        parts = [self.verb, str(self.actor_id), str(self.subject_id), dict(self.content)]
        return hashlib.sha256(json.dumps(parts, sort_keys=True, ensure_ascii=False, default=plain or _named).encode()).hexdigest()


def _named(value: Any) -> Any:
    """Facts by name without those left at their default, so that one asked for later leaves a command of before what it was."""
    if not is_dataclass(value):
        return str(value)
    return {one.name: getattr(value, one.name) for one in fields(value) if getattr(value, one.name) != one.default}


def is_known(key: UUID) -> bool:
    """Whether a command was carried out under the key, whoever's."""
    return db.session.get(DoneCommand, key) is not None


def begin(command: Command, *, now: datetime | None = None, clash: str = _OTHER) -> bool:
    """Take the command's key in the caller's transaction, which has locked the row and seen whose it is. False: carried out before.

    Waits for the same key under way elsewhere. A refusal afterwards gives the key back with the transaction, so it may be tried again.

    Args:
        now: the clock's, where the command itself is not told the time.

    Raises: Conflict: the key was used by somebody else, for another verb or row, or with other content.
    """
    row = {
        "key": command.key, "verb": command.verb, "actor_id": command.actor_id, "subject_id": command.subject_id,
        "request_hash": command.hash(), "done_at": now or clock.now(),
    }  # fmt: skip
    if insert_new(table_of(DoneCommand), row):
        return True
    known = db.session.get_one(DoneCommand, command.key)
    if known.request_hash:
        is_repeat = known.request_hash in {row["request_hash"], command.hash(str)}
    else:
        is_repeat = (known.verb, known.actor_id, known.subject_id) == (command.verb, command.actor_id, command.subject_id)
    if not is_repeat:
        raise Conflict(clash, code="key_reused")
    return False
