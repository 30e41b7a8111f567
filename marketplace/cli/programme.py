"""`flask programme …`: programme files."""

from pathlib import Path

import click

from marketplace.policy.check import check_programme
from marketplace.policy.programme_spec import ProgrammeSpec


@click.group("programme")
def programme() -> None:
    """服务券项目规则文件。"""


@programme.command("check")
@click.argument("file", type=click.Path(path_type=Path))
def check(file: Path) -> None:
    """检查一个项目规则文件；有问题时逐条列出文件、位置和改法，退出码为 1。"""
    report = check_programme(file)
    for problem in report.problems:
        click.echo(f"{problem.file}：{problem.key or '（整个文件）'}\n  问题：{problem.text()}\n  改法：{problem.remedy_text()}", err=True)
    if report.spec is None:
        click.echo(f"共 {len(report.problems)} 处需要更正。", err=True)
        raise SystemExit(report.exit_code)
    _summary(report.spec)


def _summary(spec: ProgrammeSpec) -> None:
    assumed = spec.assumed_values()
    click.echo(f"{spec.name}（{spec.slug}）可以使用。版本 {spec.version_hash[:12]}")
    click.echo(f"{len(assumed)} 项设定值没有文件依据，批次开放前须替换或签认：" if assumed else "每一项都有文件依据。")
    for one in assumed:
        click.echo(f"  {one.key}  {one.label}：{one.value_text}（{one.author}：{one.reason}）")
