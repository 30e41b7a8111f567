"""`flask ledger …`: verification of the books and the trail."""

import json
from pathlib import Path

import click
from flask import current_app

from marketplace.kernel import clock
from marketplace.kernel.db import snapshot
from marketplace.kernel.stored import Fault
from marketplace.ledger.verify import Verification


@click.group("ledger")
def ledger() -> None:
    """账本。"""


@ledger.command("verify")
@click.option("--json", "as_json", is_flag=True, help="结果以 JSON 写到标准输出。")
def verify(as_json: bool) -> None:
    """核验账本、操作留痕与封存区块；有问题时逐行列出，退出码为 1。"""
    with snapshot() as connection:
        run = Verification(connection, Path(current_app.config["SEALS_ROOT"]), clock.now())
        found = 0
        kept: list[Fault] = []
        for fault in run.faults():
            found += 1
            if as_json:
                kept.append(fault)
            else:
                click.echo(f"{fault.table} {fault.row}：{fault.text()}")
    if as_json:
        click.echo(json.dumps({"clean": not found, "checked": dict(run.counts), "faults": [_plain(f) for f in kept]}, ensure_ascii=False))
    else:
        click.echo(f"核验 {_counted(run)}：" + (f"发现 {found} 处问题。" if found else "没有发现问题。"))
    raise SystemExit(1 if found else 0)


def _plain(fault: Fault) -> dict[str, str]:
    return {"check": fault.check, "table": fault.table, "row": fault.row, "message": fault.text()}


def _counted(run: Verification) -> str:
    names = {
        "ledger_books": "账本", "ledger_accounts": "账户", "ledger_entries": "分录", "ledger_transfers": "转账", "audit_events": "留痕",
        "seal_blocks": "封存区块",
    }  # fmt: skip
    return "、".join(f"{name} {run.counts[table]}" for table, name in names.items())
