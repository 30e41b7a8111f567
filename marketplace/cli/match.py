"""`flask match …`: needs and supplies from two Excel files, the plan to a third; and their templates."""

from dataclasses import dataclass
from pathlib import Path

import click
from flask.cli import with_appcontext

from marketplace.kernel import clock
from marketplace.kernel.errors import DomainError
from marketplace.kernel.sheets import SheetResult, SheetSpec, as_workbook, template, with_errors
from marketplace.matching import lists, queries
from marketplace.matching.lines import need_line, supply_line
from marketplace.matching.proposing import propose
from marketplace.matching.redoing import decided
from marketplace.matching.rules import Direction
from marketplace.matching.service import learning
from marketplace.matching.settings import preferences
from marketplace.matching.snapshot import differences
from marketplace.matching.workbook import plan_workbook

SPECS = {"needs": lists.NEEDS, "supplies": lists.SUPPLIES}


@click.group("match")
def match() -> None:
    """供需对接：需求清单与供给清单。"""


@match.command("template")
@click.argument("kind", type=click.Choice(sorted(SPECS)))
@click.option("--out", required=True, type=click.Path(path_type=Path, dir_okay=False), help="写到哪个 .xlsx 文件")
def template_command(kind: str, out: Path) -> None:
    """生成填写模板。"""
    out.write_bytes(template(SPECS[kind]))
    click.echo(f"已生成：{out}")


@dataclass(frozen=True, slots=True)
class Wishes:
    """How the user wants books read that are not wholly good."""

    is_sure: bool
    only_good: bool


def _read(path: Path, spec: SheetSpec, wishes: Wishes) -> SheetResult:
    """Read a list; a file that cannot be used ends the command with every row's reason, and the book with them beside it."""
    try:
        content = path.read_bytes()
        result = lists.read_list(spec, content)
    except OSError as error:
        raise click.ClickException(f"{path}：打不开（{error.strerror}）。请核对文件路径。") from None
    except DomainError as refusal:
        raise click.ClickException(f"{path}：{refusal.text()}") from None
    if result.errors:
        for problem in result.errors:
            click.echo(f"{path}：{problem.text()}", err=True)
        book = path.with_name(f"{path.stem}（错误说明）.xlsx")
        book.write_bytes(with_errors(spec, as_workbook(content), result.errors))
        if not wishes.only_good:
            raise click.ClickException(f"{path}：共 {len(result.errors)} 处需要更正，没有生成计划。带错误说明的原表：{book}")
        click.echo(f"{path}：有错误的行没有读入，带错误说明的原表：{book}", err=True)
    for told in result.unread:
        click.echo(f"{path}：{told.text()}", err=True)
    if result.unread and not wishes.is_sure:
        click.confirm(f"{path}：以上内容请先看过。继续吗？", abort=True, err=True)
    return result


@match.command("run")
@click.option("--needs", "needs_path", required=True, type=click.Path(path_type=Path, dir_okay=False), help="需求清单 .xlsx")
@click.option("--supplies", "supplies_path", required=True, type=click.Path(path_type=Path, dir_okay=False), help="供给清单 .xlsx")
@click.option("--out", required=True, type=click.Path(path_type=Path, dir_okay=False), help="计划写到哪个 .xlsx 文件")
@click.option("--leader", default="leader", help="需求方的统一社会信用代码；给出后，供给方写明不与它合作的不推荐")
@click.option("--leader-name", default="", help="需求方名称；给出后，把它列为拟配套对象的在理由中说明")
@click.option("--yes", "is_sure", is_flag=True, help="有没有读入的内容也继续，不再询问")
@click.option("--good-rows", "only_good", is_flag=True, help="有错误的行不读入，其余照常；带错误说明的原表写在原文件旁边")
def run(needs_path: Path, supplies_path: Path, out: Path, leader: str, leader_name: str, **wishes: bool) -> None:
    """由两张清单生成对接计划。"""
    today, wanted = clock.today(), Wishes(**wishes)
    books = ((needs_path, lists.NEEDS), (supplies_path, lists.SUPPLIES_OF_ANYBODY))
    needs_rows, supply_rows = (_read(path, spec, wanted).rows for path, spec in books)
    needs = [
        lists.need_item(
            need_line(row.values),
            f"n{row.number}",
            lists.Owner(leader, name=leader_name),
            direction=Direction(str(row.values.get("direction") or Direction.UPSTREAM)),
        )
        for row in needs_rows
    ]
    supplies = [
        lists.supply_item(
            supply_line(row.values),
            f"s{row.number}",
            lists.Owner(str(row.values["uscc"]), str(row.values.get("region_code") or "")),
            today=today,
        )
        for row in supply_rows
    ]
    outcome = propose(needs, supplies, today=today, preferences=preferences())
    firms = {f"s{row.number}": str(row.values["name"]) for row in supply_rows}
    book = plan_workbook(
        outcome, {item.id: item for item in needs}, {item.id: item for item in supplies}, firms, title=needs_path.name, at=clock.now()
    )
    out.write_bytes(book)
    planned = sum(1 for proposal in outcome.proposals if proposal.planned)
    click.echo(f"{len(needs)} 项需求，{len(supplies)} 项供给：推荐 {len(outcome.proposals)} 对，列入计划 {planned} 对，"
               f"未满足 {len(outcome.unmet)} 项，与理论上限差距 {outcome.plan.gap:.2%}。已写入 {out}")  # fmt: skip


class CannotRedo(click.ClickException):
    """The run cannot be decided again."""

    exit_code = 2


@match.command("redo")
@click.argument("run_name", metavar="RUN")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="重算结果写到哪个文件；不写则写到标准输出")
@with_appcontext
def redo(run_name: str, out: Path | None) -> None:
    """由快照重新作出一次匹配（RUN 为批次编号），写出规范 JSON，并与当时的结果对照。

    退出码：0 逐字节相同，1 有差异（逐行列出），2 不能重算。
    """
    run = queries.run_by_name(run_name)
    if run is None:
        raise CannotRedo(f"没有编号为“{run_name}”的匹配批次。")
    kept = queries.snapshot_of(run.id)
    if kept is None:
        raise CannotRedo(f"匹配批次 {run.number} 没有快照：它产生于开始保存快照之前，不能重算。")
    try:
        content, answer = queries.opened(kept)
    except ValueError:
        raise CannotRedo(f"匹配批次 {run.number} 的快照与校验值不符，不能作为重算依据。") from None
    made = decided(content, learning.by_fingerprint)[1]
    if out is None:
        click.echo(made.answer, nl=False)
    else:
        out.write_bytes(made.answer)
    if made.answer == answer:
        click.echo(f"{run.number}：与当时的结果逐字节相同（程序 {made.build}）。", err=True)
        return
    for line in differences(answer, made.answer):
        click.echo(line, err=True)
    click.echo(f"{run.number}：与当时的结果不同（当时的程序 {kept.build}，现在的程序 {made.build}）。", err=True)
    raise SystemExit(1)
