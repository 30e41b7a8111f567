"""What is wrong with a draft, said to somebody who sees forms and no keys: which part and field, what, and what to do.

In Chinese as the reader of files says it, or in the words of whoever says it (`say`): the pages say it in the reader's language.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from marketplace.kernel.errors import N_
from marketplace.kernel.money import format_yuan
from marketplace.kernel.policyfiles.kinds import NOT_WHOLE, Amount, Whole
from marketplace.kernel.policyfiles.problems import Problem
from marketplace.kernel.policyfiles.provenance import HALF_CONTRADICTION, MISSING_PROVENANCE, PRINTED, PROVENANCE, TWO_PROVENANCES
from marketplace.kernel.policyfiles.reading import Table
from marketplace.policy.programme_file import ProgrammeFileError
from marketplace.policy.programme_lines import PLAIN, DecisionLine, lines_of, names_in
from marketplace.policy.programme_spec import GROUPS, TABLES, table_at

_TOKEN = re.compile(r'\[?"?\b([a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)*)(?:\.(?:名称|NAME))?\b"?\]?(?: = true)?')
_TWICE = re.compile(r"“([^“”]+)” ?[（(]\1[）)]")  # a word of the file stood beside what it means
_BETWEEN = N_("请填写 %(low)s 到 %(high)s 之间的数。")
_UNREAD = N_("“%(label)s”无法识别。")  # an amount with its decimals is no whole number, and rightly so
_ORIGINS = {
    MISSING_PROVENANCE.message: (N_("没有写明出处。"), N_("请填写来源文件和条款；没有文件规定的，写明设定理由。")),
    TWO_PROVENANCES.message: (N_("来源文件和设定理由都填写了。"), N_("有文件依据的只留来源文件和条款，没有的只留设定理由。")),
    HALF_CONTRADICTION.message: (HALF_CONTRADICTION.message, N_("请写明至少两处不同的写法及其条款，写明取值理由，不写设定理由。")),
}
_TYPED = {
    "_fen": N_("请填写金额，例如 20000 或 1234.56。"),
    "_bp": N_("请填写百分数，例如 30 或 12.5。"),
    "": N_("请填写整数，只用数字 0 至 9。"),
}


Say = Callable[[str, Mapping[str, object]], str]  # a sentence with what fills it


def plain(message: str, params: Mapping[str, object]) -> str:
    """In Chinese."""
    return message % params


def _named(word: str, say: Say) -> str:
    return say("%(word)s", {"word": word})


@dataclass(frozen=True, slots=True)
class DraftProblem:
    """One thing to mend in a draft."""

    part: str  # key of a decision, of a group of them, or of a value above them; empty: the whole
    field: str  # of that part, as the file calls it ("amount_fen", "source.clause"); empty: the part itself
    title: str
    text: str
    remedy: str
    key: str = ""  # where it stands in the file


def of_file(refusal: ProgrammeFileError, say: Say = plain) -> list[DraftProblem]:
    """The problems of a file that was brought in. What is no programme at all names its parts as the schema does."""
    try:
        return explained(refusal.problems, refusal.document, say)
    except (AttributeError, TypeError, ValueError):
        return explained(refusal.problems, {}, say)


def explained(problems: Iterable[Problem], document: Mapping[str, Any], say: Say = plain) -> list[DraftProblem]:
    """The problems of a draft in the words of its forms."""
    titles, names = {one.key: _title(one, say) for one in lines_of(document)}, names_in(document)
    called = {key.partition("/")[2]: name for key, name in names.items()}
    return [_told(one, titles, called, say) for one in problems]


def _title(line: DecisionLine, say: Say) -> str:
    return say(N_("%(part)s（%(of)s）"), {"part": line.label, "of": line.of}) if line.of else _named(line.label, say)


def _told(one: Problem, titles: Mapping[str, str], called: Mapping[str, str], say: Say) -> DraftProblem:
    part, field = _place(one.key)
    table = table_at(part) or GROUPS.get(part)
    title = titles.get(part) or _named(table.label if table else PLAIN[part].label if part in PLAIN else "", say)
    kind = table.fields.get(field) if table else None
    if table is not None and kind is not None and len(table.fields) > 1 and _named(kind.label, say) != title:
        title = say(N_("%(part)s：%(field)s"), {"part": title, "field": kind.label})
    text, remedy = _said(one, field, kind, say)
    words = _words_of(table, called, say)
    return DraftProblem(part, field, title, _in_words(text, words), _in_words(remedy, words), one.key)


def _place(path: str) -> tuple[str, str]:
    """The longest part that a key names, and what follows."""
    steps = path.split(".")
    for count in range(len(steps), 0, -1):
        part = ".".join(steps[:count])
        if part in PLAIN or part in GROUPS or table_at(part):
            return part, ".".join(steps[count:])
    return "", path


def _said(one: Problem, field: str, kind: Any, say: Say) -> tuple[str, str]:
    if one.message in _ORIGINS:
        text, remedy = _ORIGINS[one.message]
        return say(text, {}), say(remedy, {})
    if isinstance(kind, Whole) and {"low", "high"} <= set(one.params):
        params = {**one.params, "low": _shown(kind, kind.low), "high": _shown(kind, kind.high)}
        return say(one.message, params), say(_BETWEEN, params)
    if isinstance(kind, Whole) and one.message == NOT_WHOLE:
        return say(_UNREAD, one.params), say(_TYPED[next(ending for ending in _TYPED if field.endswith(ending))], {})
    return say(one.message, one.params), say(one.remedy, one.params).replace("在引号内", "")


def _shown(kind: Whole, value: int) -> str:
    """A bound as people read it; an amount as a sentence, whose unit is said in the reader's language."""
    return N_("%(amount)s 元", amount=format_yuan(value)) if isinstance(kind, Amount) else kind.show(value)


def _words_of(table: Table | None, called: Mapping[str, str], say: Say) -> Callable[[str], str | None]:
    """What a word of the file is called: first among those of the part itself, then of this draft, then of the whole schema."""
    near = _vocabulary([table] if table else [])
    far = _vocabulary([*TABLES.values(), *GROUPS.values()])
    labels = {key: one.label for key, one in {**TABLES, **GROUPS}.items()} | {key: one.label for key, one in PLAIN.items()}
    origins = {"source": N_("来源文件"), "assumed": N_("设定理由")} | {name: one.label for name, one in PROVENANCE["source"].items()}
    origins |= {"printed": PRINTED["text"].label, "read_as": PROVENANCE["read_as"]["reason"].label}

    def word(name: str) -> str | None:
        found = near.get(name) or called.get(name) or labels.get(name) or far.get(name) or origins.get(name)
        part, field = _place(name)
        found = found or (labels.get(part) if part and field else None)
        return found and _named(found, say)

    return word


def _vocabulary(of: Iterable[Table]) -> dict[str, str]:
    found: dict[str, str] = {}
    for table in of:
        for name, kind in table.fields.items():
            for word in getattr(kind, "words", ()):
                found.setdefault(word.value, word.label)
            if name != "value":
                found.setdefault(name, kind.label)
    return found


def _in_words(text: str, word: Callable[[str], str | None]) -> str:
    def named(match: re.Match[str]) -> str:
        found = word(match[1])
        return f"“{found}”" if found else match[0]

    return _TWICE.sub(r"“\1”", _TOKEN.sub(named, text)).replace("““", "“").replace("””", "”")
