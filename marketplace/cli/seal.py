"""`flask seal`: seal once."""

import click

from marketplace.cli.sealing import open_key, seal_all
from marketplace.kernel.errors import DomainError


@click.command("seal")
def seal() -> None:
    """把账本和操作留痕中尚未封存的行封成区块，签名并公布。"""
    try:
        blocks = seal_all(open_key(), whole=True)
    except DomainError as refusal:
        raise click.ClickException(refusal.text()) from None
    for block in blocks:
        click.echo(f"{block.stream} 第 {block.number} 块，{block.size} 行，摘要 {block.head[:16]}…")
    if not blocks:
        click.echo("没有新的内容需要封存。")
