"""`flask worker`: does jobs, sends the outbox, and lets each room catch up with what happened below it."""

import importlib
import logging
import signal
import threading
from types import FrameType

import click
from flask import current_app
from flask.cli import with_appcontext

from marketplace.kernel import clock, jobs, outbox
from marketplace.kernel.db import db
from marketplace.kernel.errors import DomainError

log = logging.getLogger(__name__)

IDLE_SECONDS = 1.0
SWEEP_SECONDS = 60.0

# modules with an idempotent sweep(now=…, today=…): what a high room does because something happened in a low one
SWEEPS: tuple[str, ...] = (
    "catalogue.periods",  # before notices are closed
    "publicity.sweep",
    "catalogue.sweep",
    "vouchers.sweep",
    "orders.sweep",
    "settlement.sweep",
    "oversight.sweep",
)


def sweep_all() -> dict[str, int]:
    """Run every sweep; how much each did. One room's failure does not keep the others from catching up."""
    done = {}
    for name in SWEEPS:
        module = importlib.import_module(f"marketplace.{name}")
        try:
            done[name] = module.sweep(now=clock.now(), today=clock.today())
        except DomainError as refusal:
            log.warning("sweep of %s refused: %s", name, refusal.text())
        except Exception:  # whatever went wrong, the worker goes on
            log.exception("sweep of %s failed", name)
            db.session.rollback()
    return done


def _senders() -> dict[str, outbox.Sender]:
    config = current_app.config
    if not config["MAIL_SERVER"]:
        return {}
    return {"email": outbox.smtp_sender(config["MAIL_SERVER"], config["MAIL_PORT"], config["MAIL_SENDER"])}


def _round(since_sweep: float) -> float:
    """One turn of the loop; seconds since the last sweep afterwards."""
    worked = jobs.run_next()
    outbox.dispatch(_senders())
    if since_sweep >= SWEEP_SECONDS:
        sweep_all()
        since_sweep = 0.0
    db.session.remove()
    return since_sweep if worked else since_sweep + IDLE_SECONDS


@click.command("worker")
@with_appcontext
def worker() -> None:
    """处理后台任务、发送通知、定时清理。按 Ctrl-C 停止。"""
    stopping = threading.Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        stopping.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    log.info("worker started")
    since_sweep = SWEEP_SECONDS
    while not stopping.is_set():
        before = since_sweep
        try:
            since_sweep = _round(since_sweep)
        except Exception:  # the database may be away for a while
            log.exception("worker round failed")
            db.session.rollback()
            stopping.wait(5)
            continue
        if since_sweep > before or since_sweep == 0.0:
            stopping.wait(IDLE_SECONDS)
    log.info("worker stopped")
