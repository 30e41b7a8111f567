"""`flask evaluate RULESET USCC`: how an organisation stands against a rule set."""

import json

import click
from flask.cli import with_appcontext

from marketplace.evaluation import queries
from marketplace.evaluation.rules import Assessment, value_text
from marketplace.evaluation.rulesets import ruleset as ruleset_of
from marketplace.identity import queries as identity
from marketplace.identity.uscc import check_uscc
from marketplace.kernel import clock
from marketplace.kernel.errors import N_, DomainError, NotFound

UNKNOWN_NAME = 2


@click.command("evaluate")
@click.argument("ruleset")
@click.argument("uscc")
@click.option("--year", type=click.IntRange(2000, 2100), help="评价年度，默认今年。")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出到标准输出。")
@with_appcontext
def evaluate(ruleset: str, uscc: str, year: int | None, as_json: bool) -> None:
    """按评价规则 RULESET（文件名，不带后缀）评价信用代码为 USCC 的单位；能评价即退出码 0，名称不识为 2。"""
    today = clock.today()
    try:
        assessment = _assessed(ruleset, uscc, year or today.year)
    except DomainError as refusal:
        click.echo(refusal.text(), err=True)
        raise SystemExit(UNKNOWN_NAME) from None
    if as_json:
        click.echo(json.dumps(assessment.to_json(), ensure_ascii=False, indent=2))
    else:
        _tell(assessment)


def _assessed(ruleset: str, uscc: str, year: int) -> Assessment:
    """Raises: DomainError: no such rule set, a code that cannot be, or one that nobody here has."""
    ruleset_of(ruleset)
    organisation = identity.by_uscc(check_uscc(uscc))
    if organisation is None:
        raise NotFound(N_("平台上没有统一社会信用代码为 %(uscc)s 的单位。"), uscc=uscc)
    return queries.assess(organisation.id, ruleset, year, today=clock.today())


def _tell(assessment: Assessment) -> None:
    click.echo(f"{assessment.ruleset.name}，{assessment.organisation}，{assessment.year} 年：{assessment.verdict.label}")
    for result in assessment.criteria:
        indent = "    " if result.criterion.parent else "  "
        value = value_text(result.value, result.criterion.unit)
        click.echo(f"{indent}{result.verdict.label}  {result.criterion.label}：{value}（{result.criterion.clause}）")
        for sentence in result.gap if result.criterion.call else ():
            click.echo(f"{indent}    {sentence.text()}")
