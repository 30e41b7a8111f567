"""A programme that is still being written: a document that need not be right yet. The reader of files checks it, part by part.

A part is one decision, or one of the values above them, by its key; what is typed stands in it as a file would have it, and as it was typed
where it cannot be read.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from typing import Any, TypeAlias

import tomli_w

from marketplace.kernel.errors import N_
from marketplace.kernel.policyfiles.problems import Complaint, Problem
from marketplace.kernel.policyfiles.provenance import CONTRADICTION, PROVENANCE
from marketplace.policy.programme_file import ProgrammeFileError, ProgrammeReading, check_links, parse_programme, without_signature
from marketplace.policy.programme_lines import PLAIN
from marketplace.policy.programme_spec import GROUPS, TABLES, ProgrammeSpec, at, table_at
from marketplace.policy.programme_stacking import Links

Document: TypeAlias = Mapping[str, Any]  # as a file holds it, right or not
FILE = "draft.toml"  # what a draft is called where nothing else is known
ORIGINS = {name: PROVENANCE[name] for name in ("source", "assumed")}  # signing happens on a version
KEPT = CONTRADICTION  # written in a file, and kept as they are
NO_FORM = Complaint(N_("文件里有编辑页面没有的内容。"), N_("请按项目规则文件的格式改正后再放入草稿。"))
EMPTY: Mapping[str, Any] = {"format": ProgrammeSpec.FORMAT}


def drafted(spec: ProgrammeSpec) -> Document:
    """A version as a draft: what was signed is signed again, or carried over where it did not change."""
    return assembled(spec.document["format"], {key: without_signature(part) for key, part in _parts(spec.document).items()}, spec.document)


def copied(spec: ProgrammeSpec) -> Document:
    """The rules of one programme for another, which has a name and a code of its own."""
    return {name: inner for name, inner in drafted(spec).items() if name not in {"slug", "name", "name_en"}}


def document_of(content: bytes, *, file: str) -> Document:
    """A file as a draft; it need not be finished.

    Raises: ProgrammeFileError: no file of ours, or something in it has no place in the forms.
    """
    given = ProgrammeReading(file).parse(content)
    document: Document = json.loads(json.dumps(given, default=str))
    try:
        known = assembled(document.get("format"), _parts(document), document)
    except (AttributeError, TypeError):  # a plain value where tables belong
        known = {}
    if known != document:
        raise ProgrammeFileError(problems_of(given, file=file) or [NO_FORM.at(file, "")])
    return document


def problems_of(document: Document, *, file: str = FILE, known: Callable[[], Mapping[str, Links]] | None = None) -> tuple[Problem, ...]:
    """Everything that is wrong, as the reader of files finds it.

    Args:
        known: what all programmes say of each other, looked up where this one names some.
    """
    try:
        spec = parse_programme(as_toml(document), file=file)
        if known and spec.beneficiaries.links.named:
            check_links(spec, known(), file=file)
    except ProgrammeFileError as refusal:
        return refusal.problems
    return ()


def as_toml(document: Document) -> bytes:
    """The draft as a file."""
    return tomli_w.dumps(document).encode()


def with_parts(document: Document, keys: Iterable[str], parts: Mapping[str, Any]) -> Document:
    """The draft with some parts written anew; what `parts` lacks of the keys is gone. In a newer format where it needs one."""
    left = {key: part for key, part in parts_of(document).items() if key not in set(keys)}
    return _in_needed_format(assembled(document.get("format"), {**left, **parts}))


def parts_of(document: Document) -> Document:
    """Every part by its key."""
    return {**{name: document[name] for name in PLAIN if name in document}, **_parts(document)}


def mark_of(document: Document, keys: Iterable[str] | None = None) -> str:
    """Names what stands in a draft, or in some parts of it."""
    parts = parts_of(document)
    shown = parts if keys is None else {key: parts[key] for key in sorted(set(keys)) if key in parts}
    return hashlib.sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()[:32]


def merged(base: Mapping[str, Any], mine: Mapping[str, Any], theirs: Mapping[str, Any]) -> tuple[Document, list[str]]:
    """A draft with what others changed in the meantime, and the keys that both changed: there the draft's stand."""
    old, own, new = parts_of(base), parts_of(mine), parts_of(theirs)
    keys = list(dict.fromkeys([*new, *own]))
    both = [key for key in keys if own.get(key) != old.get(key) and new.get(key) not in (old.get(key), own.get(key))]
    chosen = {key: (new if own.get(key) == old.get(key) else own).get(key) for key in keys}
    kept = {key: part for key, part in chosen.items() if part is not None}
    return _in_needed_format(assembled(theirs.get("format"), kept)), both


def assembled(format_: Any, parts: Mapping[str, Any], plain: Mapping[str, Any] | None = None) -> Document:
    """The document of parts; plain values may stand in a document of their own."""
    document: Any = {} if format_ is None else {"format": format_}
    document |= {name: plain[name] for name in PLAIN if plain and name in plain}
    for key, part in parts.items():
        *way, last = key.split(".")
        node = document
        for step in way:
            node = node.setdefault(step, {})
        node[last] = deepcopy(part)
    made: Document = document
    return made


def _parts(document: Document) -> Document:
    """Every decision by its key, with those of its keys that have a form."""
    keys = [key for key in TABLES if at(document, key) is not None]
    keys += [f"{group}.{name}" for group in GROUPS for name in document.get(group, {})]
    return {key: _known(key, at(document, key)) for key in keys if "." not in key.partition(".")[2] or key in TABLES}


def _known(key: str, content: Mapping[str, Any]) -> Document:
    table = table_at(key)
    assert table is not None
    origins = {
        name: {part: text for part, text in content[name].items() if part in kinds} for name, kinds in ORIGINS.items() if name in content
    }
    return {name: inner for name, inner in content.items() if name in table.fields or name in KEPT} | origins


def _in_needed_format(document: Document) -> Document:
    """In the newest format where that has an answer to a problem which the draft's own has."""
    newer = {**document, "format": ProgrammeSpec.FORMAT}
    if document.get("format") == ProgrammeSpec.FORMAT:
        return document
    own, others = ({(one.key, one.message) for one in problems_of(one_document)} for one_document in (document, newer))
    return newer if own - others else document
