"""What the two sealing commands share: seal every stream, publish every head."""

from datetime import datetime
from pathlib import Path

from flask import current_app
from sqlalchemy.exc import IntegrityError

from marketplace.audit import sealing as audit_sealing
from marketplace.kernel import clock, seals
from marketplace.kernel.db import db, in_transaction
from marketplace.kernel.errors import Conflict
from marketplace.kernel.seal_keys import SigningKey, publish_key, signing_key
from marketplace.kernel.seals import SealBlock, Stream
from marketplace.ledger import sealing as ledger_sealing


def open_key() -> SigningKey:
    """The key of the settings, else one made on this machine; its public half is laid beside the heads.

    Raises: DomainError: no key in production, or not a key.
    """
    in_production = current_app.config["ENVIRONMENT"] == "production"
    named = current_app.config["SEAL_KEY_FILE"] or (None if in_production else Path(current_app.config["INSTANCE"]) / "seal_key.pem")
    key = signing_key(Path(named) if named else None, may_make=not in_production)
    publish_key(key, _folder())
    return key


def seal_all(key: SigningKey, *, whole: bool) -> list[SealBlock]:
    """Seal what is there, book by book and then the trail; the new blocks.

    Args:
        whole: look at all rows, not only at recent ones.

    Raises: Conflict: the database is older than what was published of a stream; the others are sealed before it is said.
    """
    streams: list[Stream] = ledger_sealing.streams()
    trail = audit_sealing.stream()
    db.session.rollback()  # end the read
    since = None if whole else clock.now() - seals.RECENT
    made: list[SealBlock] = []
    refused: Conflict | None = None
    for stream in [*streams, *([trail] if trail else [])]:
        try:
            made += _seal_stream(stream, key, since)
        except Conflict as conflict:
            refused = conflict
    db.session.remove()
    if refused:
        raise refused
    return made


def _seal_stream(stream: Stream, key: SigningKey, since: datetime | None) -> list[SealBlock]:
    made: list[SealBlock] = []
    while True:
        published = seals.last_published(_folder(), stream.name)
        try:
            block = in_transaction(lambda: seals.seal(stream, key, now=clock.now(), since=since, published=published))  # noqa: B023
        except IntegrityError:  # another sealer was faster: the rows are in its block
            return made
        if block is None:
            break
        made.append(block)
        seals.publish(_folder(), stream.name)
        if block.size < seals.LEAVES_PER_BLOCK:
            break
    if not made and since is None:
        seals.publish(_folder(), stream.name)  # what an earlier run committed and could not publish any more
    return made


def _folder() -> Path:
    return Path(current_app.config["SEALS_ROOT"])
