"""Programme files: read, checked whole, frozen as a version, thawed again, and changed one signed value at a time."""

import json
import tomllib
from collections.abc import Iterable, Mapping
from copy import deepcopy
from functools import lru_cache
from pathlib import Path
from typing import Any

from marketplace.kernel.errors import N_
from marketplace.kernel.policyfiles.problems import Complaint, PolicyFileError, Problem
from marketplace.kernel.policyfiles.provenance import PROVENANCE, Source
from marketplace.kernel.policyfiles.reading import CONFIG
from marketplace.policy.programme_build import build
from marketplace.policy.programme_schema import GROUPS, TABLES, Table
from marketplace.policy.programme_sense import sense_problems
from marketplace.policy.programme_shape import at, shape_problems
from marketplace.policy.programme_spec import ProgrammeSpec
from marketplace.policy.service_categories import category_names

LARGEST_FILE = 200_000  # bytes; the largest programme of ours is a twentieth of this
PROGRAMMES = CONFIG / "programmes"


class ProgrammeFileError(PolicyFileError):
    """A programme file with everything that is wrong with it, not only the first thing."""

    default_code = "programme_file"
    sentence = N_("项目规则文件有 %(count)s 处需要更正：%(first)s")


Value = int | str | bool | list[str] | Mapping[str, Any]


def load_programme(path: Path, *, categories: Mapping[str, str] | None = None) -> ProgrammeSpec:
    """Read one programme file.

    Raises: ProgrammeFileError with every problem found.
    """
    try:
        content = path.read_bytes()
    except OSError:
        raise ProgrammeFileError([Complaint(N_("文件打不开。"), N_("请核对路径，并确认文件存在、可以读取。")).at(str(path), "")]) from None
    return parse_programme(content, file=path.name, categories=categories)


def parse_programme(content: bytes, *, file: str, categories: Mapping[str, str] | None = None) -> ProgrammeSpec:
    """Read the content of a programme file.

    Args:
        file: its name, for the problems.
        categories: known service categories, code → name; those of the reference file if left out.

    Raises: ProgrammeFileError with every problem found.
    """
    if len(content) > LARGEST_FILE:
        raise ProgrammeFileError([Complaint(N_("文件超过 %(size)s 字节。"), N_("请确认选对了文件。"), {"size": LARGEST_FILE}).at(file, "")])
    try:
        document = tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise ProgrammeFileError([Complaint(N_("文件不是 UTF-8 编码。"), N_("请另存为 UTF-8 编码。")).at(file, "")]) from None
    except (ValueError, RecursionError) as error:  # a number of thousands of digits is a plain ValueError
        complaint = Complaint(N_("不是合格的 TOML 文件：%(error)s。"), N_("请检查该处的引号、括号和等号。"), {"error": str(error)[:200]})
        raise ProgrammeFileError([complaint.at(file, "")]) from None
    return _checked(document, file, categories, stored=False)


def load_all(directory: Path = PROGRAMMES) -> tuple[ProgrammeSpec, ...]:
    """Every programme shipped with the application, by slug.

    Raises: ProgrammeFileError for the first file with problems.
    """
    return tuple(load_programme(path) for path in sorted(directory.glob("*.toml")))


@lru_cache(maxsize=256)
def thaw(frozen: str) -> ProgrammeSpec:
    """The spec of a stored version, exactly as it was frozen.

    Categories are those the version itself names: a category the reference file has dropped since does not stop an old order.

    Raises: ProgrammeFileError if the stored text is not a version of ours.
    """
    document = json.loads(frozen)
    services = at(document, "services.value")
    known = {code: code for code in services if isinstance(code, str)} if isinstance(services, list) else {}
    return _checked(document, str(document.get("slug", "")), known, stored=True)


def with_value(
    spec: ProgrammeSpec, key: str, value: Value, *, source: Source | None = None, signed_by: str | None = None, reason: str = ""
) -> ProgrammeSpec:
    """A new version with one value replaced, or the same value signed.

    Args:
        key: path of the decision ("caps.year_small") or of one field of it ("times.accept.days").
        value: of the main field; a mapping replaces every field of the decision.
        source: the published document that now settles it, or
        signed_by: who answers for the assumed value.

    Raises:
        ProgrammeFileError: no such key, or the new rules do not hold together.
    """
    assert (source is None) != (signed_by is None), "a value is either published or signed"
    document = deepcopy(spec.document)
    content, table, field = _find(document, key, spec.slug)
    _replace(content, table, field, value)
    if source is not None:
        content.pop("assumed", None)
        content.pop("signed", None)
        content["source"] = {"document": source.document, "clause": source.clause} | ({"via": source.via} if source.via else {})
    else:
        _sign(content, spec.slug, key, signed_by, reason)
    return _next_version(spec, document)


def signed(spec: ProgrammeSpec, keys: Iterable[str], *, by: str, reason: str = "") -> ProgrammeSpec:
    """A new version in which somebody answers for assumed values as they stand.

    Raises: ProgrammeFileError: no such key, or a value that was published.
    """
    document = deepcopy(spec.document)
    for key in keys:
        content, _table, _field = _find(document, key, spec.slug)
        _sign(content, spec.slug, key, by, reason)
    return _next_version(spec, document)


def _sign(content: dict[str, Any], file: str, key: str, by: str | None, reason: str) -> None:
    if "assumed" not in content:
        complaint = Complaint(N_("这个值有来源文件，不能只凭签认改动。"), N_("请填写新的来源文件和条款。"))
        raise ProgrammeFileError([complaint.at(file, key)])
    content["signed"] = {"by": by} | ({"reason": reason} if reason else {})


def _next_version(spec: ProgrammeSpec, document: dict[str, Any]) -> ProgrammeSpec:
    """Checked whole; what the version itself named before goes on being known."""
    return _checked(document, spec.slug, {**category_names(), **{code: code for code in spec.services.value}}, stored=True)


def _find(document: dict[str, Any], key: str, file: str) -> tuple[dict[str, Any], Table, str | None]:
    """The decision a key names, and the field if it names one."""
    for path, field in ((key, None), (key.rpartition(".")[0], key.rpartition(".")[2])):
        group = path.partition(".")[0]
        table = TABLES.get(path) or (GROUPS.get(group) if path.count(".") == 1 else None)
        node: Any = document
        for step in path.split("."):
            node = node.get(step) if isinstance(node, dict) else None
        if table and isinstance(node, dict) and (field is None or field in table.fields):
            return node, table, field
    raise ProgrammeFileError([Complaint(N_("没有这一项。"), N_("请从设定值列表中选择。")).at(file, key)])


def _replace(content: dict[str, Any], table: Table, field: str | None, value: Value) -> None:
    if isinstance(value, Mapping):
        for old in [one for one in content if one not in PROVENANCE]:
            del content[old]
        content.update(value)
    else:
        content[field or table.main] = value


def _checked(document: dict[str, Any], file: str, categories: Mapping[str, str] | None, *, stored: bool) -> ProgrammeSpec:
    """A stored version may carry signatures, and codes that have been replaced since."""
    problems = _problems(file, shape_problems(document, signed_allowed=stored))
    if problems:
        raise ProgrammeFileError(problems)
    canonical = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    spec = build(json.loads(canonical), canonical)
    known = category_names() if categories is None else categories
    if problems := _problems(file, sense_problems(spec, categories=known, places_change=stored)):
        raise ProgrammeFileError(problems)
    return spec


def _problems(file: str, found: Any) -> list[Problem]:
    return [complaint.at(file, key) for key, complaint in found]
