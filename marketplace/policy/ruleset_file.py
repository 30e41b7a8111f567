"""Read a rule set of an evaluation from config/evaluation/*.toml: everything wrong with a file is told at once, with a remedy.

The document itself (`read`) is plain data and can be frozen in the database; `parse` makes the same rule set of it again.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from marketplace.kernel.errors import N_, RuleViolation
from marketplace.kernel.policyfiles.problems import Complaint, Problem
from marketplace.policy import ruleset_checks
from marketplace.policy.rulesets import (
    Assumed,
    Basis,
    Call,
    Criterion,
    Defect,
    Document,
    Group,
    Kind,
    Logic,
    Operator,
    Option,
    RuleSet,
    Setting,
    SettingValue,
    Source,
    Step,
    Threshold,
    Vocabulary,
)
from marketplace.policy.toml_reader import Reader, Table

FORMAT = "ruleset/1"
LARGEST_FILE = 256 * 1024
_HEAD = {"format", "name", "title", "authority", "times_a_year", "document", "group", "criterion", "setting", "step", "material", "defect"}


class RuleSetFileError(RuleViolation):
    """A rule set file with everything that is wrong with it, not only the first thing."""

    default_code = "ruleset_file"

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(N_("评价规则文件有 %(count)s 处需要更正：%(first)s"), count=len(problems), first=str(problems[0]))
        self.problems = tuple(problems)


def load(path: Path, vocabulary: Vocabulary) -> RuleSet:
    """The rule set of a file; its id is the file's name.

    Raises: RuleSetFileError naming every problem by file, key and remedy.
    """
    return parse(read(path), path.name, vocabulary)


def read(path: Path) -> dict[str, Any]:
    """The document of a file, unchecked but well-formed. Raises: RuleSetFileError."""
    if path.stat().st_size > LARGEST_FILE:
        raise RuleSetFileError([Problem(path.name, "", N_("文件超过 256 KB。"), N_("请确认这是一份评价规则文件。"))])
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        raise RuleSetFileError([Problem(path.name, "", N_("文件不是 UTF-8 编码。"), N_("请另存为 UTF-8 编码后再试。"))]) from None
    except tomllib.TOMLDecodeError as error:
        remedy = N_("请按提示的行列更正：%(detail)s。")
        raise RuleSetFileError([Problem(path.name, "", N_("文件不是合法的 TOML。"), remedy, {"detail": str(error)})]) from None


def parse(document: Mapping[str, Any], file: str, vocabulary: Vocabulary) -> RuleSet:
    """A rule set from a document; `file` names it in problems and gives its id. Raises: RuleSetFileError."""
    reader = Reader(file)
    head = Table(reader, document, "")
    head.only(_HEAD)
    head.choice("format", [FORMAT])
    ruleset = RuleSet(
        id=file.rsplit("/", 1)[-1].removesuffix(".toml"),
        name=head.text("name"),
        title=head.text("title"),
        authority=head.text("authority"),
        times_a_year=head.whole("times_a_year", 1, 12),
        document=_document(head.table("document")),
        groups=tuple(_group(t) for t in head.tables("group")),
        criteria=tuple(_criterion(t) for t in head.tables("criterion")),
        settings=tuple(_setting(t) for t in head.tables("setting", required=False)),
        workflow=tuple(_step(t) for t in head.tables("step", required=False)),
        materials=head.texts("material", required=False),
        defects=tuple(_defect(t) for t in head.tables("defect", required=False)),
    )
    if not reader.problems:  # what the parts say about each other makes sense only once each is well-formed
        reader.problems += [complaint.at(file, key) for key, complaint in ruleset_checks.complaints(ruleset, vocabulary)]
    if reader.problems:
        raise RuleSetFileError(reader.problems)
    return ruleset


def _document(table: Table) -> Document:
    table.only({"name", "number", "printed_in", "region", "effective_from", "effective_until"})
    return Document(
        name=table.text("name"),
        number=table.text("number"),
        printed_in=table.text("printed_in", required=False),
        region=table.text("region"),
        effective_from=table.text("effective_from", required=False),
        effective_until=table.text("effective_until", required=False),
    )


def _group(table: Table) -> Group:
    table.only({"id", "name", "logic", "min", "clause"})
    return Group(
        id=table.identifier("id"),
        name=table.text("name"),
        logic=Logic(table.choice("logic", [logic.value for logic in Logic]) or Logic.ALL),
        minimum=table.whole("min", 1, 100, default=1),
        clause=table.text("clause"),
    )


_CRITERION = {
    *("id", "group", "parent", "kind", "label", "text", "clause", "measure", "params", "item", "operator", "threshold", "unit"),
    *("min", "applies_when", "source", "assumed"),
}


def _criterion(table: Table) -> Criterion:
    table.only(_CRITERION)
    name = table.identifier("id")
    kind = Kind(table.choice("kind", [kind.value for kind in Kind]) or Kind.MANUAL)
    basis = _basis(table)
    measured = kind is Kind.MEASURE
    operator = _operator(table) if measured else _usual_operator(kind)
    return Criterion(
        id=name,
        group=table.text("group"),
        parent=table.text("parent", required=False) or None,
        kind=kind,
        label=table.text("label"),
        text=table.text("text"),
        clause=basis.clause if isinstance(basis, Source) else table.text("clause"),
        call=_call_of(table, kind, name),
        operator=operator,
        threshold=_threshold(table, operator) if measured else operator is Operator.YES or None,
        unit=table.text("unit") if measured else "yes_no" if operator else "items",
        minimum=table.whole("min", 1, 100, default=1),
        applies_when=_item(table, "applies_when") if table.has("applies_when") else None,
        basis=basis,
    )


def _operator(table: Table) -> Operator:
    return Operator(table.choice("operator", [operator.value for operator in Operator]) or Operator.YES)


def _usual_operator(kind: Kind) -> Operator | None:
    return Operator.YES if kind in {Kind.DOSSIER, Kind.MANUAL} else None


def _call_of(table: Table, kind: Kind, name: str) -> Call | None:
    if kind is Kind.MEASURE:
        params = table.table("params", required=False)
        return Call(table.text("measure"), tuple(sorted((key, params.text(key)) for key in params.names())))
    if kind is Kind.DOSSIER:
        return _item(table, "item")
    return Call("opinion", (("criterion", name),)) if kind is Kind.MANUAL else None


def _item(table: Table, key: str) -> Call:
    return Call("dossier", (("item", table.text(key)),))


def _threshold(table: Table, operator: Operator | None) -> Threshold:
    if operator is Operator.YES:
        return True
    if operator is Operator.ONE_OF:
        return table.texts("threshold")
    return table.whole("threshold", 0, 10**15)


def _basis(table: Table) -> Basis:
    """Exactly one of source and assumed."""
    if table.has("source") == table.has("assumed"):
        table.complain(
            "source",
            Complaint(
                N_("出处要写且只写一种。"),
                N_("请写 source（document、clause）；没有文件依据的写 assumed（author、reason）。"),
            ),
        )
        return Assumed("", "")
    if table.has("source"):
        source = table.table("source")
        source.only({"document", "clause"})
        return Source(source.text("document"), source.text("clause"))
    assumed = table.table("assumed")
    assumed.only({"author", "reason"})
    return Assumed(assumed.text("author"), assumed.text("reason"))


def _setting(table: Table) -> Setting:
    table.only({"id", "name", "option", "low", "high", "default", "source", "assumed"})
    name, options = table.identifier("id"), tuple(_option(t) for t in table.tables("option", required=False))
    chosen: SettingValue
    if options:
        low = high = 0
        chosen = table.text("default")
    else:
        low, high = table.whole("low", 0, 10**6), table.whole("high", 0, 10**6)
        chosen = table.whole("default", 0, 10**6)
    return Setting(name, table.text("name"), options, low, high, chosen, _basis(table))


def _option(table: Table) -> Option:
    table.only({"value", "label"})
    return Option(table.text("value"), table.text("label"))


def _step(table: Table) -> Step:
    table.only({"id", "name", "actor", "on", "working_days", "source", "assumed"})
    return Step(
        id=table.identifier("id"),
        name=table.text("name"),
        actor=table.text("actor"),
        on=table.flag("on"),
        working_days=table.whole("working_days", 1, 365) if table.has("working_days") else None,
        basis=_basis(table),
    )


def _defect(table: Table) -> Defect:
    table.only({"clause", "printed", "reading"})
    return Defect(table.text("clause"), table.text("printed"), table.text("reading"))
