"""Programme files: read, checked whole, frozen as a version, thawed again, and changed one signed value at a time."""

import json
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from copy import deepcopy
from dataclasses import replace
from datetime import date, time
from functools import lru_cache
from pathlib import Path
from typing import Any

import tomli_w

from marketplace.kernel.errors import N_
from marketplace.kernel.policyfiles.kinds import Codes
from marketplace.kernel.policyfiles.problems import Complaint, PolicyFileError
from marketplace.kernel.policyfiles.provenance import CONTRADICTION, ORIGIN_KEYS, Source, to_sign
from marketplace.kernel.policyfiles.reading import CONFIG, Reading, Table
from marketplace.policy import programme_spec
from marketplace.policy.programme_checks import sense_problems
from marketplace.policy.programme_demands import belongs
from marketplace.policy.programme_spec import GROUPS, ROOTS, TABLES, ProgrammeSpec, at, table_at, tables_of
from marketplace.policy.programme_stacking import Links, link_problems, links_said
from marketplace.policy.programme_words import Format
from marketplace.policy.service_categories import category_names

PROGRAMMES = CONFIG / "programmes"

# Keys people try because an announcement prints them; they belong to the round, so an old file can serve next year.
ROUND_KEYS = frozenset(
    {"budget", "budget_fen", "total_fen", "region", "area", "round", "rounds", "window", "windows", "date", "dates", "year"}
    | {"from", "until", "start", "end", "opens_at", "closes_at", "valid_from", "valid_until", "deadline"}
)
READ_BY_NOTHING = Complaint(N_("没有规则执行这一项，写了也不会生效。"), N_("请删去这一项。"))
BELONGS_TO_ROUND = Complaint(N_("日期、预算和开展地区不写在规则文件里。"), N_("请删去，在建立批次时填写。"))


class ProgrammeFileError(PolicyFileError):
    """A programme file with everything that is wrong with it, not only the first thing."""

    default_code = "programme_file"
    sentence = N_("项目规则文件有 %(count)s 处需要更正：%(first)s")
    document: Mapping[str, Any] = {}  # as far as it could be read: what its parts are called


def _names(group: object) -> Iterable[str]:
    return group if isinstance(group, dict) else ()


class ProgrammeReading(Reading):
    """A programme file, or a stored version: that one may hold signatures, and keys that nothing reads any more."""

    error = ProgrammeFileError
    document: Mapping[str, Any] = {}
    instrument: object = None  # what the file says it is, as it lies there

    @property
    def before_contradictions(self) -> str:
        """The first format has none."""
        return Format.PROGRAMME_2.rpartition("/")[2] if Format.PROGRAMME_2 in self.to_come else ""

    def parse(self, content: bytes) -> Any:
        """The document of a content, its codes spelt one way."""
        document = super().parse(content)
        for key in [*TABLES, *(f"{group}.{name}" for group in GROUPS for name in _names(document.get(group)))]:
            table, said = table_at(key), at(document, key)
            for name, kind in table.fields.items() if table and isinstance(said, dict) else ():
                if isinstance(kind, Codes) and name in said:
                    said[name] = kind.spelt(said[name])
        return document

    def settle(self) -> None:
        """Raises: ProgrammeFileError with every problem found, and with what it was found in."""
        try:
            super().settle()
        except ProgrammeFileError as refusal:
            refusal.document = self.document
            raise

    def asks(self, path: str) -> bool:
        """Without what is said of orders, where there are none."""
        return belongs(path, self.instrument)

    def barred(self, path: str, given: object) -> Complaint | None:
        """Dates, and keys that no rule reads."""
        if isinstance(given, date | time):  # a datetime is a date
            return BELONGS_TO_ROUND
        group, _, rest = path.partition(".")
        known = f"{group}.{rest.partition('.')[2]}" if group in GROUPS else path
        return READ_BY_NOTHING if known in programme_spec.UNREAD and not self.signed_allowed else None

    def stranger(self, path: str, given: object) -> Complaint:
        """What belongs to the round is told so."""
        is_of_round = path.rpartition(".")[2] in ROUND_KEYS or isinstance(given, date | time)
        return BELONGS_TO_ROUND if is_of_round else super().stranger(path, given)


Value = int | str | bool | list[str] | Mapping[str, Any]


def load_programme(path: Path, *, categories: Mapping[str, str] | None = None) -> ProgrammeSpec:
    """Read one programme file, beside those that it names: shipped ones, and those that lie in its folder.

    Raises: ProgrammeFileError with every problem found.
    """
    spec = _checked(ProgrammeReading(path.name).open(path), path.name, categories, stored=False)
    if spec.beneficiaries.links.named:
        check_links(spec, links_in(PROGRAMMES, path.parent), file=path.name)
    return spec


def links_in(*folders: Path) -> dict[str, Links]:
    """What the files of some folders say of each other; a file that cannot be read says nothing here."""
    found: dict[str, Links] = {}
    for path in (one for folder in folders for one in sorted(folder.glob("*.toml"))):
        with suppress(ProgrammeFileError):
            document = ProgrammeReading(path.name).open(path)
            found[str(document.get("slug"))] = links_said(document)
    return found


def check_links(spec: ProgrammeSpec, known: Mapping[str, Links], *, file: str) -> None:
    """Raises: ProgrammeFileError: what the rules say of other programmes does not hold beside all that there are."""
    problems = [complaint.at(file, path) for path, complaint in link_problems(spec.slug, spec.beneficiaries.links, known)]
    if problems:
        refusal = ProgrammeFileError(problems)
        refusal.document = spec.document
        raise refusal


def parse_programme(content: bytes, *, file: str, categories: Mapping[str, str] | None = None) -> ProgrammeSpec:
    """Read the content of a programme file.

    Args:
        file: its name, for the problems.
        categories: known service categories, code → name; those of the reference file if left out.

    Raises: ProgrammeFileError with every problem found.
    """
    return _checked(ProgrammeReading(file).parse(content), file, categories, stored=False)


def upgraded(content: bytes, *, file: str) -> bytes:
    """The content of a file in the newest format; comments and order stay.

    Raises: ProgrammeFileError: the file is wrong, or of the newest format already.
    """
    spec = parse_programme(content, file=file)
    if spec.document["format"] == ProgrammeSpec.FORMAT:
        raise ProgrammeFileError([Complaint(N_("文件已经是最新格式。"), N_("不用转换。")).at(file, "format")])
    old = re.compile(rb"""(?m)^(\s*format\s*=\s*)(["'])programme/\d+(["'])""")
    newer = old.sub(rb"\1\2" + ProgrammeSpec.FORMAT.encode() + rb"\3", content, count=1)
    parse_programme(newer, file=file)
    return newer


def as_file(spec: ProgrammeSpec) -> bytes:
    """A version as a file: what was signed in the application is left out, a file may not hold it."""
    return tomli_w.dumps(_unsigned(spec.document)).encode()


def _unsigned(node: Mapping[str, object]) -> Mapping[str, object]:
    return {name: _unsigned(inner) if isinstance(inner, dict) else inner for name, inner in node.items() if name != "signed"}


def load_all(directory: Path = PROGRAMMES) -> tuple[ProgrammeSpec, ...]:
    """Every programme shipped with the application, by slug.

    Raises: ProgrammeFileError for the first file with problems.
    """
    return tuple(load_programme(path) for path in sorted(directory.glob("*.toml")))


@lru_cache(maxsize=1)
def shipped() -> Mapping[str, ProgrammeSpec]:
    """The programmes that are shipped, by slug."""
    return {spec.slug: spec for spec in load_all()}


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
        for old in ("assumed", "signed", *CONTRADICTION):
            content.pop(old, None)
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


def with_signatures_of(spec: ProgrammeSpec, before: ProgrammeSpec) -> ProgrammeSpec:
    """The rules with what was signed in a version before, where value and reason are still the same; what changed is signed anew."""
    document = deepcopy(spec.document)
    kept = 0
    for path, _table, content in tables_of(document):
        old = at(before.document, path)
        if to_sign(content) and isinstance(old, dict) and "signed" in old and without_signature(old) == content:
            content["signed"] = old["signed"]  # type: ignore[index]
            kept += 1
    return _next_version(spec, document) if kept else spec


def without_signature(content: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a decision says, whoever signed it."""
    return {name: inner for name, inner in content.items() if name != "signed"}


def _sign(content: dict[str, Any], file: str, key: str, by: str | None, reason: str) -> None:
    if not to_sign(content):
        complaint = Complaint(N_("这个值有来源文件，不能只凭签认改动。"), N_("请填写新的来源文件和条款。"))
        raise ProgrammeFileError([complaint.at(file, key)])
    content["signed"] = {"by": by} | ({"reason": reason} if reason else {})


def _next_version(spec: ProgrammeSpec, document: dict[str, Any]) -> ProgrammeSpec:
    """Checked whole; what the version itself named before goes on being known."""
    return _checked(document, spec.slug, {**category_names(), **{code: code for code in spec.categories}}, stored=True)


def _find(document: dict[str, Any], key: str, file: str) -> tuple[dict[str, Any], Table, str | None]:
    """The decision a key names, and the field if it names one."""
    for path, name in ((key, None), (key.rpartition(".")[0], key.rpartition(".")[2])):
        table, content = table_at(path), at(document, path)
        if table and isinstance(content, dict) and (name is None or name in table.fields):
            return content, table, name
    raise ProgrammeFileError([Complaint(N_("没有这一项。"), N_("请从设定值列表中选择。")).at(file, key)])


def _replace(content: dict[str, Any], table: Table, field: str | None, value: Value) -> None:
    if isinstance(value, Mapping):
        for old in [one for one in content if one not in ORIGIN_KEYS]:
            del content[old]
        content.update(value)
    else:
        content[field or table.main] = value


def _checked(document: dict[str, Any], file: str, categories: Mapping[str, str] | None, *, stored: bool) -> ProgrammeSpec:
    """A stored version may carry signatures, and codes that have been replaced since."""
    reading = ProgrammeReading(file, signed_allowed=stored)
    reading.document, reading.instrument = document, at(document, "instrument.value")
    spec = reading.root(document, *ROOTS)
    spec = replace(spec, canonical=json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":")))
    known = category_names() if categories is None else categories
    for path, complaint in sense_problems(spec, categories=known, places_change=stored):
        reading.note(path, complaint)
    reading.settle()
    return spec
