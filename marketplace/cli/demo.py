"""`flask demo load`: the demo region, once, on an empty database."""

import time

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import event

from marketplace.demo import accounts
from marketplace.demo import load as loading
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import DomainError


@click.group("demo")
def demo() -> None:
    """演示数据。"""


@demo.command("load")
@with_appcontext
def load() -> None:
    """把演示地区装入空库；已装入时不作改动。只在开启 DEMO 的环境可用。"""
    if not current_app.config["DEMO"]:
        raise click.ClickException("当前环境没有开启演示（DEMO），不能装入演示数据。")
    if loading.is_loaded():
        accounts.write(current_app.config["INSTANCE"])  # the folder may be another one than last time
        click.echo("演示数据已在库中，没有改动。")
        return
    began = time.monotonic()
    _flush_nothing()
    click.echo("正在装入演示数据……")
    try:
        loading.load(clock.now(), say=lambda line: click.echo(f"  {line}"))
    except DomainError as refusal:
        raise click.ClickException(refusal.text()) from None
    click.echo(f"演示数据已装入，用时 {time.monotonic() - began:.0f} 秒。账号如下（登录页上也有）：")
    for line in accounts.table(accounts.write(current_app.config["INSTANCE"])):
        click.echo(f"  {line}")


def _flush_nothing() -> None:
    """SQLite waits for the disk at each of four thousand commits. Where the machine dies while the demo is laid, it is laid anew."""
    if db.engine.dialect.name == "sqlite":
        event.listen(db.engine, "checkout", lambda connection, *_: connection.execute("PRAGMA synchronous = OFF"))
