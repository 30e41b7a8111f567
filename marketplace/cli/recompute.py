"""`flask recompute`: everything that was decided, decided again."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict

import click
from flask.cli import with_appcontext

from marketplace.cli.ledger import bar
from marketplace.kernel.db import snapshot
from marketplace.recomputing.checking import Recomputation, everything
from marketplace.recomputing.queries.reading import readings
from marketplace.recomputing.rules.outcome import DecisionKind
from marketplace.recomputing.service import KeptDifference, as_kept

DIFFERENT, NOT_RUN = 1, 2


@click.command("recompute")
@click.option("--programme", "slug", help="只复算一个项目：项目代号；不写则全部。")
@click.option("--json", "as_json", is_flag=True, help="结果以 JSON 写到标准输出。")
@with_appcontext
def recompute(slug: str | None, as_json: bool) -> None:
    """按冻结的规则和保存的事实重新作出每一项决定，与保存的结果、账本和留痕对照。

    退出码：0 没有差异，1 有差异（逐行列出），2 未能完成。
    """
    found = 0
    with _could_not_run(), snapshot() as connection, bar("复算") as progress:
        chosen = readings(connection, slug, None)
        if slug is not None and not chosen:
            click.echo(f"没有代号为“{slug}”的项目。", err=True)
            raise SystemExit(NOT_RUN)
        run = everything(connection, None, progress or _silent) if slug is None else Recomputation(chosen, progress or _silent)
        for one in run.differences():
            for kept in as_kept(one):
                _tell(kept, as_json, is_first=not found)
                found += 1
    if as_json:
        click.echo(("], " if found else '{"differences": [], ') + json.dumps(_rest(run, found), ensure_ascii=False)[1:])
    else:
        click.echo(_counted(run) + (f"共有 {found} 处差异。" if found else "没有差异。"))
    raise SystemExit(DIFFERENT if found else 0)


def _silent(_done: int, _total: int) -> None:
    """Nobody looks."""


def _tell(kept: KeptDifference, as_json: bool, *, is_first: bool) -> None:
    if as_json:
        click.echo(('{"differences": [' if is_first else ", ") + json.dumps(asdict(kept), ensure_ascii=False), nl=False)
    else:
        label = DecisionKind(kept.kind).label
        click.echo(f"{label} {kept.number}：{kept.rule}：保存为 {kept.stored}，重算为 {kept.recomputed}")


def _rest(run: Recomputation, found: int) -> Mapping[str, object]:
    return {"clean": not found, "found": found, "kinds": run.counted()}


def _counted(run: Recomputation) -> str:
    said = [
        f"{kind.label} {one.checked}" + (f"（另有 {one.older} 项早于所存事实，不可复算）" if one.older else "")
        for kind, one in ((kind, run.tallies[kind]) for kind in DecisionKind)
        if one.checked or one.older
    ]
    return f"复算 {'、'.join(said) or '0 项'}："


@contextmanager
def _could_not_run() -> Iterator[None]:
    """A run that breaks off says so, and never looks like one without differences."""
    try:
        yield
    except Exception as error:
        click.echo(f"复算未能完成：{type(error).__name__}: {error}", err=True)
        raise SystemExit(NOT_RUN) from error
