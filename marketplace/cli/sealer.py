"""`flask sealer`: seal each second until told to stop."""

import logging
import signal
import threading
import time
from types import FrameType

import click
from sqlalchemy.exc import SQLAlchemyError

from marketplace.cli.sealing import open_key, seal_all
from marketplace.kernel import seals
from marketplace.kernel.db import db
from marketplace.kernel.errors import DomainError

log = logging.getLogger(__name__)

EVERY = 1.0  # seconds


@click.command("sealer")
def sealer() -> None:
    """每秒封存一次账本和操作留痕，直到收到停止信号。"""
    try:
        key = open_key()
    except DomainError as refusal:
        raise click.ClickException(refusal.text()) from None
    stopped = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopped.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    whole_at = 0.0
    while not stopped.is_set():
        whole = time.monotonic() >= whole_at  # at the start, and as often as "recent" reaches back
        if whole:
            whole_at = time.monotonic() + seals.RECENT.total_seconds()
        try:
            seal_all(key, whole=whole)
        except (DomainError, SQLAlchemyError, OSError) as error:  # the database is away, the disk is full, a restore: try again
            db.session.remove()
            log.warning("not sealed: %s", error)
        stopped.wait(EVERY)
