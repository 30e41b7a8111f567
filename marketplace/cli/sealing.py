"""What the two sealing commands share: seal every stream, publish every head."""

from datetime import datetime
from pathlib import Path

from flask import current_app
from sqlalchemy.exc import IntegrityError

from marketplace.audit import sealing as audit_sealing
from marketplace.audit import service as audit
from marketplace.kernel import clock, merkle, seals
from marketplace.kernel.db import db, in_transaction
from marketplace.kernel.errors import N_, Conflict, DomainError
from marketplace.kernel.seal_keys import SigningKey, publish_key, signing_key
from marketplace.kernel.seals import SealBlock, Stream
from marketplace.ledger import sealing as ledger_sealing


def open_key() -> SigningKey:
    """The key of the settings, else one made on this machine; its public half is laid beside the heads.

    Raises: DomainError: no key in production, or not a key; a hash that is not known.
    """
    if (algorithm := current_app.config["SEAL_ALGORITHM"]) not in merkle.HASHES:
        raise DomainError(
            N_("设置 SEAL_ALGORITHM 只能是 sha256 或 sm3，现在是“%(found)s”。"), code="seal_algorithm_unknown", found=algorithm
        )
    in_production = current_app.config["ENVIRONMENT"] == "production"
    named = current_app.config["SEAL_KEY_FILE"] or (None if in_production else Path(current_app.config["INSTANCE"]) / "seal_key.pem")
    key = signing_key(Path(named) if named else None, may_make=not in_production)
    for folder in _folders():
        publish_key(key, folder)
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
        published = max(seals.last_published(folder, stream.name) for folder in _folders())
        try:
            block = in_transaction(lambda: _next_block(stream, key, since, published))  # noqa: B023
        except (IntegrityError, Conflict) as faster:
            if isinstance(faster, Conflict) and faster.code != "used_key":
                raise
            return made  # another sealer was faster: the rows are in its block
        if block is None:
            break
        made.append(block)
        _publish(stream)
        if block.size < seals.LEAVES_PER_BLOCK:
            break
    if not made and since is None:
        _publish(stream)  # what an earlier run committed and could not publish any more
    return made


def accept_restore(reason: str) -> list[tuple[str, int]]:
    """Go on after a restore: heads of blocks that are gone are set aside, and the trail says so. Streams, and how many heads of each.

    Raises: Conflict: the last block of the database is not one that was published, so this is no older copy of what there was.
    """
    now, done = clock.now(), []
    trail = audit_sealing.stream()
    for stream in [*ledger_sealing.streams(), *([trail] if trail else [])]:
        last = seals.last_block(stream.name)
        number = last.number if last else 0
        newer = [folder for folder in _folders() if seals.last_published(folder, stream.name) > number]
        if not newer:
            continue
        for folder in newer:
            known = {head.get("number"): head.get("head") for head in seals.published_heads(folder, stream.name)}
            if last and known.get(number) != last.head:
                raise Conflict(
                    N_("“%(stream)s”的第 %(number)s 块与公布的不同，不是较早的备份，没有改动。请运行 ledger verify 查明。"),
                    code="seal_rewritten", stream=stream.name, number=number,
                )  # fmt: skip
        count = max(seals.last_published(folder, stream.name) for folder in newer) - number
        in_transaction(lambda s=stream.name, n=number, c=count: _record_restore(s, n, c, reason))  # type: ignore[misc]
        for folder in newer:
            seals.set_aside(folder, stream.name, number, now=now)
        done.append((stream.name, count))
    return done


def _record_restore(stream: str, number: int, count: int, reason: str) -> None:
    audit.record(
        "seal.restored",
        actor_id=None,
        subject_type="seal",
        subject_id=None,
        stream=stream,
        kept_until=number,
        set_aside=count,
        reason=reason,
    )


def _next_block(stream: Stream, key: SigningKey, since: datetime | None, published: int) -> SealBlock | None:
    algorithm = current_app.config["SEAL_ALGORITHM"]
    return seals.seal(stream, key, now=clock.now(), since=since, published=published, algorithm=algorithm)


def _publish(stream: Stream) -> None:
    for folder in _folders():
        seals.publish(folder, stream.name)


def _folders() -> list[Path]:
    """Where heads are published: a second place makes it harder to lose or to rewrite them."""
    return [Path(place) for place in (current_app.config["SEALS_ROOT"], current_app.config["SEALS_COPY"]) if place]
