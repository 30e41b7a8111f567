"""`flask ledger …`: verification of the books and the trail."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from flask import current_app

from marketplace.kernel import clock
from marketplace.kernel.db import snapshot
from marketplace.kernel.parallel_reading import usable_processes
from marketplace.kernel.raw_rows import Fault
from marketplace.ledger import journal
from marketplace.ledger.verify import Since, Verification
from marketplace.ledger.verify.run import Progress
from marketplace.oversight.verification import faults
from marketplace.vouchers import chart

TABLES = {
    "ledger_books": "账本", "ledger_accounts": "账户", "ledger_entries": "分录", "ledger_transfers": "转账", "audit_events": "留痕",
    "seal_blocks": "封存区块", "seal_members": "封存名册", "appropriations": "资金下达", "vouchers": "券", "orders": "订单",
    "claims": "兑付申请", "subsidies": "奖励和补助申请", "payment_lines": "拨付明细",
}  # fmt: skip


@click.group("ledger")
def ledger() -> None:
    """账本。"""


def _since(_context: click.Context, _parameter: click.Parameter, value: str | None) -> Since | None:
    try:
        return Since.read(value) if value else None
    except ValueError:
        raise click.BadParameter("请写日期（2026-03-16）、时刻（2026-03-16T10:00）或区块编号。") from None


@ledger.command("verify")
@click.option("--json", "as_json", is_flag=True, help="结果以 JSON 写到标准输出，其余写到标准错误。")
@click.option(
    "--since", callback=_since, help="只读此后封存和未封存的行：日期、时刻（不写时区为北京时间）或区块编号。余额和版本号始终全部核对。"
)
def verify(as_json: bool, since: Since | None) -> None:
    """核验账本、操作留痕与封存区块，并与资金下达、券、订单、兑付申请和拨付明细逐行对账。

    有问题时逐行列出，退出码为 1；数据库损坏时也会核验到底。
    """
    with snapshot() as connection, bar("核验") as progress:
        run = Verification(connection, Path(current_app.config["SEALS_ROOT"]), clock.now(), progress, usable_processes(), since)
        found = 0
        for fault in faults(run):
            _tell(fault, as_json, is_first=not found)
            found += 1
        not_read = run.scope.not_read(connection)
    if as_json:
        click.echo(_rest(run, found, not_read))
    else:
        click.echo(f"核验 {_counted(run.counts)}：" + (f"发现 {found} 处问题。" if found else "没有发现问题。"))
        if since:
            click.echo(f"{_points(run)}没有重新读取：{_counted(not_read) or '无'}；它们的正确性以起点区块及其对外公布的摘要为准。")
    raise SystemExit(1 if found else 0)


def _tell(fault: Fault, as_json: bool, *, is_first: bool) -> None:
    """One fault as it is found: a broken database may have a million of them."""
    if as_json:
        said = {"check": fault.check, "table": fault.table, "row": fault.row, "message": fault.text()}
        click.echo(('{"faults": [' if is_first else ", ") + json.dumps(said, ensure_ascii=False), nl=False)
    else:
        click.echo(f"{fault.table} {fault.row}：{fault.text()}")


def _rest(run: Verification, found: int, not_read: dict[str, int]) -> str:
    """What ends the JSON object that the faults began."""
    rest: dict[str, Any] = {"clean": not found, "found": found, "checked": dict(run.counts)}
    if run.since:
        rest["since"] = {"asked": run.since.asked, "points": dict(run.scope.points), "not_read": not_read}
    return ("], " if found else '{"faults": [], ') + json.dumps(rest, ensure_ascii=False)[1:]


def _points(run: Verification) -> str:
    count = len(run.scope.points)
    return f"起点为 {count} 条封存链上不晚于 {run.since.asked} 的最后区块。" if run.since and count else "没有这样的起点，已全部核验。"


def _counted(counts: Any) -> str:
    return "、".join(f"{name} {counts[table]}" for table, name in TABLES.items() if counts.get(table))


@ledger.command("export")
@click.option("--format", "form", type=click.Choice(["journal"]), default="journal", help="纯文本账本，beancount 和 hledger 可读（默认）。")
@click.option("--book", "codes", multiple=True, help="账本代码，即项目的网址名；可写多次，不写则导出全部。")
@click.option("--output", type=click.Path(dir_okay=False, writable=True, path_type=Path), help="写入的文件；不写则写到标准输出。")
def export(form: str, codes: tuple[str, ...], output: Path | None) -> None:  # noqa: ARG001 - one format so far
    """导出全部分录和余额，供其他记账软件独立核对。

    例：flask --app wsgi ledger export --output books.beancount，然后 bean-check books.beancount。
    """
    with snapshot() as connection:
        unknown = journal.unknown(connection, codes)
        if unknown:
            raise click.BadParameter(f"没有代码为 {'、'.join(unknown)} 的账本。", param_hint="--book")
        written = journal.lines(connection, list(codes) or None)
        if output is None:
            sys.stdout.writelines(written)
            return
        with output.open("w", encoding="utf-8") as file:
            file.writelines(written)
    click.echo(f"已写入 {output}。", err=True)


@contextmanager
def bar(label: str) -> Iterator[Progress | None]:
    """A progress bar on standard error, where somebody looks at it."""
    if not sys.stderr.isatty():
        yield None
        return
    with click.progressbar(length=0, label=label, file=sys.stderr, show_pos=True) as bar:

        def progress(done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        yield progress


@ledger.command("chart")
def chart_command() -> None:
    """列出科目表：类别、名称、账户代码、方向、所记内容。"""
    for line in chart.lines():
        click.echo(" | ".join(line))
