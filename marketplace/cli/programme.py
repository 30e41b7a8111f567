"""`flask programme …`: programme files."""

from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import click

from marketplace.kernel.policyfiles.problems import Problem
from marketplace.policy.check_report import check_programme
from marketplace.policy.programme_file import ProgrammeFileError, upgraded
from marketplace.policy.programme_spec import ProgrammeSpec


@click.group("programme")
def programme() -> None:
    """服务券项目规则文件。"""


@programme.command("check")
@click.argument("file", type=click.Path(path_type=Path))
def check(file: Path) -> None:
    """检查一个项目规则文件；有问题时逐条列出文件、位置和改法，退出码为 1。"""
    report = check_programme(file)
    if report.spec is None:
        _refuse(report.problems)
    else:
        _summary(report.spec)


@programme.command("upgrade")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--out", type=click.Path(path_type=Path), help="写到这个文件；不写则输出到屏幕。")
def upgrade(file: Path, out: Path | None) -> None:
    """把旧格式的项目规则文件转成最新格式，注释和顺序不变。"""
    try:
        content = upgraded(file.read_bytes(), file=file.name)
    except ProgrammeFileError as error:
        _refuse(error.problems)
    if out is None:
        click.echo(content.decode(), nl=False)
    else:
        out.write_bytes(content)
        click.echo(f"已写入 {out}。")


def _refuse(problems: Sequence[Problem]) -> NoReturn:
    for problem in problems:
        click.echo(f"{problem.file}：{problem.key or '（整个文件）'}\n  问题：{problem.text()}\n  改法：{problem.remedy_text()}", err=True)
    click.echo(f"共 {len(problems)} 处需要更正。", err=True)
    raise SystemExit(1)


def _summary(spec: ProgrammeSpec) -> None:
    assumed = spec.assumed_values()
    click.echo(f"{spec.name}（{spec.slug}）可以使用。版本 {spec.version_hash[:12]}")
    click.echo(f"{len(assumed)} 项设定值没有文件依据，批次开放前须替换或签认：" if assumed else "每一项都有文件依据。")
    for one in assumed:
        click.echo(f"  {one.key}  {one.label}：{one.value_text}（{one.author}：{one.reason}）")
