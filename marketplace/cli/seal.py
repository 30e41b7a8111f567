"""`flask seal`: seal once."""

import click

from marketplace.cli.sealing import accept_restore, open_key, seal_all
from marketplace.kernel.errors import DomainError


@click.command("seal")
@click.option(
    "--after-restore",
    "reason",
    help="恢复较早的备份之后继续封存：写明原因，记入操作留痕；不复存在的区块另存为 .forked 文件。",
)
def seal(reason: str | None) -> None:
    """把账本和操作留痕中尚未封存的行封成区块，签名并公布。"""
    if reason is not None and not reason.strip():
        raise click.BadParameter("请写明恢复备份的原因。", param_hint="--after-restore")
    try:
        for stream, count in accept_restore(reason.strip()[:300]) if reason else ():
            click.echo(f"{stream}：{count} 个区块在恢复后不复存在，它们的封存记录已另存。")
        blocks = seal_all(open_key(), whole=True)
    except DomainError as refusal:
        raise click.ClickException(refusal.text()) from None
    for block in blocks:
        click.echo(f"{block.stream} 第 {block.number} 块，{block.size} 行，摘要 {block.head[:16]}…")
    if not blocks:
        click.echo("没有新的内容需要封存。")
