"""`flask worker`: does jobs, sends the outbox, and lets each room catch up with what happened below it."""

import logging
import signal
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import takewhile
from types import FrameType, ModuleType
from uuid import uuid4

import click
from flask import Flask, current_app
from flask.cli import with_appcontext

from marketplace.capabilities import modules
from marketplace.kernel import clock, jobs, leases, outbox, sms, stopping
from marketplace.kernel.db import db
from marketplace.kernel.errors import DomainError

log = logging.getLogger(__name__)

IDLE_SECONDS = 1.0
SWEEP_SECONDS = 60.0
FAILED_SECONDS = 5.0
GRACE_SECONDS = 10.0  # as long as a mail server may take
WORKER = uuid4()  # this process among the others


def sweeps() -> Iterator[ModuleType]:
    """Modules with an idempotent sweep(now=…): what a high room does because something happened in a low one."""
    yield from modules("periods")
    yield from modules("sweep")


def queues() -> Iterator[ModuleType]:
    """Modules with an idempotent serve(now=…): who waits for an answer has it each second, from any worker."""
    yield from modules("queues")


def sweep_all() -> dict[str, int]:
    """Run every sweep; how much each did. One room's failure does not keep the others from catching up."""
    done = {}
    for module in takewhile(stopping.goes_on, sweeps()):
        name = module.__name__.removeprefix("marketplace.")
        try:
            done[name] = module.sweep(now=clock.now())
        except DomainError as refusal:
            log.warning("sweep of %s refused: %s", name, refusal.text())
        except Exception:  # whatever went wrong, the worker goes on
            log.exception("sweep of %s failed", name)
            db.session.rollback()
    return done


def _senders() -> dict[str, outbox.Sender]:
    config, found = current_app.config, dict[str, outbox.Sender]()
    if config["MAIL_SERVER"]:
        found["email"] = outbox.smtp_sender(config["MAIL_SERVER"], config["MAIL_PORT"], config["MAIL_SENDER"])
    texts = sms.sender(config)
    return found | {"sms": texts} if texts else found


def _work() -> float:
    return 0.0 if jobs.run_next() else IDLE_SECONDS


def _send() -> float:
    outbox.dispatch(_senders())
    return IDLE_SECONDS


def _sweep() -> float:
    with leases.held("sweeps", WORKER, rests=timedelta(seconds=SWEEP_SECONDS)) as is_ours:
        if is_ours:
            sweep_all()
    return SWEEP_SECONDS


def _serve() -> float:
    """Answer who waits in a queue: any worker does, so that the death of another keeps nobody waiting."""
    done = sum(module.serve(now=clock.now()) for module in takewhile(stopping.goes_on, queues()))
    return 0.0 if done else IDLE_SECONDS


# each in a thread of its own: a long job or a slow mail server keeps no door closed; jobs have two, so that a small one passes a long one
LOOPS: dict[str, Callable[[], float]] = {"jobs": _work, "jobs beside": _work, "outbox": _send, "queues": _serve, "sweeps": _sweep}


def _loop(app: Flask, name: str, turn: Callable[[], float], told: threading.Event) -> None:
    """Take turns until told to stop. What breaks is logged, and the loop goes on: the database may be away for a while."""
    stopping.stop_on(told)
    while not told.is_set():
        with app.app_context():
            try:
                pause = turn()
            except Exception:
                log.exception("worker loop %s failed", name)
                pause = FAILED_SECONDS
            finally:
                db.session.remove()
        told.wait(pause)


def run(app: Flask, told: threading.Event) -> None:
    """Run every loop until told to stop; each ends the row or message in hand. What takes longer is left: its lease runs out."""
    threads = [threading.Thread(target=_loop, args=(app, name, turn, told), name=name, daemon=True) for name, turn in LOOPS.items()]
    for thread in threads:
        thread.start()
    while not told.is_set():
        time.sleep(0.1)
    deadline = time.monotonic() + GRACE_SECONDS
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    if left := [thread.name for thread in threads if thread.is_alive()]:
        log.warning("left in the middle: %s", ", ".join(left))


@click.command("worker")
@with_appcontext
def worker() -> None:
    """处理后台任务、发送通知、定时清理。按 Ctrl-C 停止。"""
    told = threading.Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        told.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    log.info("worker started")
    run(current_app._get_current_object(), told)  # type: ignore[attr-defined]
    log.info("worker stopped")
