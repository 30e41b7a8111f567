"""Shape of a programme file: known keys, kinds and bounds of values, a provenance for every decision. All problems, not the first."""

import re
from collections.abc import Iterator, Mapping
from datetime import date, time

from marketplace.kernel.errors import N_
from marketplace.kernel.policyfiles.kinds import LONGEST_ECHO, Field
from marketplace.kernel.policyfiles.problems import Complaint
from marketplace.kernel.policyfiles.provenance import PROVENANCE
from marketplace.kernel.policyfiles.reading import NAME_PATTERN
from marketplace.policy import programme_schema
from marketplace.policy.programme_schema import GROUPS, HEAD, ROUND_KEYS, SECTIONS, TABLES, Table

Found = Iterator[tuple[str, Complaint]]

MISSING_PROVENANCE = Complaint(
    N_("没有写明出处。"),
    N_('有文件的写 source = { document = "文号", clause = "条款" }，没有的写 assumed = { author = "谁", reason = "理由" }。'),
)
READ_BY_NOTHING = Complaint(N_("没有规则执行这一项，写了也不会生效。"), N_("请删去这一项。"))
BELONGS_TO_ROUND = Complaint(N_("日期、预算和开展地区不写在规则文件里。"), N_("请删去，在建立批次时填写。"))


def shape_problems(document: Mapping[str, object], *, signed_allowed: bool) -> Found:
    """Keys and complaints; nothing if every value can be read.

    Args:
        signed_allowed: a frozen version may carry signatures, a file on disk may not: signing happens in the application.
    """
    yield from _fields("", {key: value for key, value in document.items() if key in HEAD}, HEAD)
    for key, value in document.items():
        if key not in HEAD:
            yield from _node(key, value, signed_allowed=signed_allowed)
    for path, table in TABLES.items():
        if table.required and at(document, path) is None:
            yield path, Complaint(N_("缺少“%(label)s”。"), N_("请补上 [%(path)s] 及其出处。"), {"label": table.label, "path": path})
    for group, table in GROUPS.items():
        if table.required and not document.get(group):
            yield group, Complaint(N_("缺少“%(label)s”。"), N_("请至少写一组 [%(path)s.名称]。"), {"label": table.label, "path": group})


def at(document: Mapping[str, object], path: str) -> object:
    """What stands at a dotted path; None if nothing does."""
    node: object = document
    for step in path.split("."):
        node = node.get(step) if isinstance(node, dict) else None
    return node


def _node(path: str, value: object, *, signed_allowed: bool) -> Found:
    if path in TABLES:
        yield from _table(path, value, TABLES[path], signed_allowed=signed_allowed)
    elif path not in GROUPS and path not in SECTIONS:
        yield path[:LONGEST_ECHO], _unknown(path, value)
    elif not isinstance(value, dict):
        yield path, Complaint(N_("这里应是一组设置。"), N_("请写成 [%(path)s.名称] 的形式。"), {"path": path})
    elif path in SECTIONS:
        for name, inner in value.items():
            yield from _node(f"{path}.{name}", inner, signed_allowed=signed_allowed)
    else:
        for name, inner in value.items():
            yield from _named(path, name, inner, signed_allowed=signed_allowed)


def _named(group: str, name: str, value: object, *, signed_allowed: bool) -> Found:
    path = f"{group}.{name[:LONGEST_ECHO]}"
    if re.fullmatch(NAME_PATTERN, name):
        yield from _table(path, value, GROUPS[group], signed_allowed=signed_allowed)
    else:
        yield path, Complaint(N_("名称写法不对。"), N_("名称以小写字母开头，只含小写字母、数字和下划线，最多 40 个字符。"))


def _table(path: str, value: object, table: Table, *, signed_allowed: bool) -> Found:
    if not isinstance(value, dict):
        yield (
            path,
            Complaint(
                N_("“%(label)s”要写成带出处的一组。"),
                N_("请写成 [%(path)s]，下面写值和 source 或 assumed。"),
                {"label": table.label, "path": path},
            ),
        )
        return
    found = list(_fields(path, {key: inner for key, inner in value.items() if key not in PROVENANCE}, table.fields))
    if not signed_allowed:  # a file on disk
        kind = path if path in TABLES else path.split(".", maxsplit=1)[0]
        found += [(f"{path}.{key}", READ_BY_NOTHING) for key in value if f"{kind}.{key}" in programme_schema.UNREAD]
    if not found and table.rule and (complaint := table.rule(value)):
        found.append((path, complaint))
    yield from found
    yield from _provenance(path, value, signed_allowed=signed_allowed)


def _provenance(path: str, table: Mapping[str, object], *, signed_allowed: bool) -> Found:
    given = [key for key in ("source", "assumed") if key in table]
    if not given:
        yield f"{path}.source", MISSING_PROVENANCE
    if len(given) > 1:
        yield f"{path}.source", Complaint(N_("同时写了 source 和 assumed。"), N_("有文件依据的只留 source，没有的只留 assumed。"))
    if "signed" in table and not (signed_allowed and "assumed" in table):
        yield f"{path}.signed", Complaint(N_("签认不能写在文件里。"), N_("请删去，由主管部门人员在系统中签认。"))
    for key, fields in PROVENANCE.items():
        origin = table.get(key)
        if isinstance(origin, dict):
            yield from _fields(f"{path}.{key}", origin, fields)
        elif key in table:
            yield f"{path}.{key}", MISSING_PROVENANCE


def _fields(path: str, values: Mapping[str, object], fields: Mapping[str, Field]) -> Found:
    """Each value against its field, then what is missing."""
    prefix = f"{path}." if path else ""
    for key, value in values.items():
        where = f"{prefix}{key[:LONGEST_ECHO]}"
        if isinstance(value, (date, time)):  # a datetime is a date
            yield where, BELONGS_TO_ROUND
        elif key not in fields:
            yield where, _unknown(key, value)
        elif complaint := fields[key].complaint(value):
            yield where, complaint
    for key, field in fields.items():
        if field.required and key not in values:
            yield f"{prefix}{key}", Complaint(N_("缺少“%(label)s”。"), N_("请补上这一项。"), {"label": field.label})


def _unknown(path: str, value: object) -> Complaint:
    if path.rsplit(".", 1)[-1] in ROUND_KEYS or isinstance(value, (date, time)):
        return BELONGS_TO_ROUND
    return Complaint(N_("不认识的项。"), N_("请核对拼写，或删去这一项。"))
