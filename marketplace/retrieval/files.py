"""Lists, judgements and answers as files: `id<TAB>text` in, a TREC run out. Every line counts: one that cannot be read ends the reading."""

import os
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile

from marketplace.kernel import typed
from marketplace.kernel.errors import N_, RuleViolation
from marketplace.retrieval.lines import Hit

Judgements = Mapping[str, Mapping[str, int]]  # query → line → grade
_PLACES = 6  # digits of a score


def texts(path: Path) -> dict[str, str]:
    """`id<TAB>text`, in the order of the file. Raises: RuleViolation with file and line."""
    found: dict[str, str] = {}
    for number, (name, *rest) in _rows(path):
        if len(rest) != 1 or not rest[0].strip():
            raise _fault(path, number, N_("应为“编号<TAB>文字”两列，且文字不能为空。"))
        _once(path, number, name, found)
        found[name] = rest[0]
    return found


def classes(path: Path) -> dict[str, str]:
    """`id<TAB>class`; further columns are passed over. Raises: RuleViolation with file and line."""
    found: dict[str, str] = {}
    for number, (name, *rest) in _rows(path):
        if not rest or not rest[0].strip():
            raise _fault(path, number, N_("应为“编号<TAB>类别”，且类别不能为空。"))
        if not rest[0].strip().isalnum() or not rest[0].strip().isascii():
            raise _fault(path, number, N_("类别应为字母和数字。"))
        _once(path, number, name, found)
        found[name] = rest[0].strip()
    return found


def judgements(path: Path) -> Judgements:
    """`query 0 line grade`. Raises: RuleViolation with file and line."""
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for number, words in _lines(path):
        parts = words.split()
        grade = typed.number(parts[3].removeprefix("-")) if len(parts) == 4 else None
        if grade is None:
            raise _fault(path, number, N_("应为“问题编号 0 条目编号 等级”四项，等级为整数。"))
        query, _, line, written = parts
        _once(path, number, line, found[query])
        found[query][line] = -grade if written.startswith("-") else grade
    return found


def write_run(path: Path, answers: Mapping[str, Sequence[Hit]], *, tag: str) -> None:
    """`query Q0 line rank score tag`, written whole or not at all. Scores fall from line to line, so that whoever sorts by them reads
    equal answers in our order.
    """
    with NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, prefix=f".{path.name}.", delete=False) as draft:
        try:
            for query, hits in answers.items():
                draft.writelines(
                    f"{query} Q0 {hit.line_id} {rank} {score:.{_PLACES}f} {tag}\n"
                    for rank, (hit, score) in enumerate(zip(hits, _falling(hits), strict=True), start=1)
                )
            os.chmod(draft.fileno(), 0o644)
            os.replace(draft.name, path)
        except BaseException:
            os.unlink(draft.name)
            raise


def _falling(hits: Sequence[Hit]) -> Iterator[float]:
    before = float("inf")
    for hit in hits:
        before = min(round(hit.score, _PLACES), before - 10**-_PLACES)
        yield before


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    for number, line in _lines(path):
        cells = line.split("\t")
        if not cells[0] or cells[0].split() != [cells[0]]:
            raise _fault(path, number, N_("编号不能为空，也不能含空白。"))
        yield number, cells


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Lines with their numbers, from 1."""
    number = 0
    for number, raw in enumerate(path.read_bytes().removesuffix(b"\n").split(b"\n"), start=1):
        try:
            line = raw.decode("utf-8-sig" if number == 1 else "utf-8").removesuffix("\r")
        except UnicodeDecodeError:
            raise _fault(path, number, N_("不是 UTF-8 编码，请另存为 UTF-8。")) from None
        if not line.strip():
            raise _fault(path, number, N_("空行。"))
        yield number, line


def _once(path: Path, number: int, name: str, found: Mapping[str, object]) -> None:
    if name in found:
        raise _fault(path, number, N_("编号“%(name)s”重复。"), name=name)


def _fault(path: Path, number: int, message: str, **params: object) -> RuleViolation:
    why = message % params if params else message
    return RuleViolation(N_("%(path)s 第 %(number)s 行：%(why)s"), path=str(path), number=number, why=why)
