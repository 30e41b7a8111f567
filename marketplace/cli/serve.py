"""`flask serve`: web, worker and sealer on one machine, under one parent that stops them together."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext

ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE_SECONDS = 35  # a little longer than gunicorn gives its last requests


def supervise(commands: Sequence[Sequence[str]]) -> int:
    """Run the commands side by side until one ends or we are told to stop; then stop them all.

    Each runs in a process group of its own, so Ctrl-C reaches them in our order, once, and not from the terminal as well.

    Returns: 0 after a signal, else 1: a part that ends by itself has failed, and the rest must not go on as if nothing had happened.
    """
    told: list[int] = []
    earlier = {number: signal.signal(number, lambda received, _frame: told.append(received)) for number in (signal.SIGINT, signal.SIGTERM)}
    running = [subprocess.Popen(command, cwd=ROOT, start_new_session=True) for command in commands]  # noqa: S603 – our own programs
    try:
        while not told and all(process.poll() is None for process in running):
            time.sleep(0.2)
    finally:
        _stop(running)
        for number, handler in earlier.items():
            signal.signal(number, handler)
    return 0 if told else 1


def _stop(running: Sequence[subprocess.Popen[bytes]]) -> None:
    for process in running:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
    deadline = time.monotonic() + PATIENCE_SECONDS
    for process in running:
        try:
            process.wait(timeout=max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _say_who_can_sign_in() -> None:
    path = Path(current_app.config["INSTANCE"]) / "demo_accounts.json"
    if not current_app.config["DEMO"] or not path.exists():
        return
    click.echo("演示账号（登录页上也有）：")
    for account in json.loads(path.read_text(encoding="utf-8")):
        click.echo(f"  {account['login']:<15} {account['password']}  {account['role']}：{account['name']}，{account['organisation']}")


@click.command("serve")
@with_appcontext
def serve() -> None:
    """在本机启动网站、后台任务和封存进程，按 Ctrl-C 一并停止。"""
    bind = os.environ.get("BIND", "127.0.0.1:8000")
    flask = [sys.executable, "-m", "flask", "--app", "wsgi"]
    web = [sys.executable, "-m", "gunicorn", "--config", str(ROOT / "config" / "gunicorn.conf.py"), "wsgi:app"]
    _say_who_can_sign_in()
    click.echo(f"券链  http://{bind}/  （{current_app.config['ENVIRONMENT']}，按 Ctrl-C 停止）")
    sys.exit(supervise([web, [*flask, "worker"], [*flask, "sealer"]]))
