"""What the parts of a rule set say about each other: names that exist, measures that can answer, parts that add up."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from marketplace.identity import regions
from marketplace.kernel.errors import N_
from marketplace.kernel.policyfiles.kinds import MISSING
from marketplace.kernel.policyfiles.problems import Complaint
from marketplace.policy.dossier import YES_NO_KINDS
from marketplace.policy.ruleset_spec import (
    Call,
    Criterion,
    CriterionKind,
    Group,
    Interpretation,
    Logic,
    MeasureSpec,
    Operator,
    RuleSet,
    Value,
    Vocabulary,
)

Found = Iterator[tuple[str, Complaint]]

_HOLDERS = {CriterionKind.COMPOSITE, CriterionKind.ANY_OF}
_OPERATORS = {
    Value.NUMBER: {Operator.AT_LEAST, Operator.MORE, Operator.AT_MOST, Operator.LESS},
    Value.YES_NO: {Operator.YES},
    Value.WORD: {Operator.ONE_OF},
}
_NEEDED = {"measure": "measure", "operator": "compared", "unit": "counted_in"}  # key and attribute, of a measure


def complaints(ruleset: RuleSet, vocabulary: Vocabulary) -> Found:
    """Everything that does not fit together, with the key it concerns."""
    for name in ("effective_from", "effective_until"):
        yield from _day(f"document.{name}", getattr(ruleset.document, name))
    if not ruleset.document.is_national and not regions.exists(ruleset.document.region):
        yield "document.region", Complaint(N_("没有这个行政区划代码。"), N_("请填写 6 位代码，例如 540000。"))
    for group in ruleset.groups:
        yield from _group(ruleset, group)
    seen: dict[str, Criterion] = {}
    for criterion in ruleset.criteria:
        yield from _place(ruleset, criterion, seen)
        yield from _missing(criterion)
        yield from _answer(ruleset, criterion, vocabulary)
        seen[criterion.id] = criterion
    for setting in ruleset.settings:
        yield from _setting(setting, vocabulary)


def _day(where: str, given: str) -> Found:
    try:
        date.fromisoformat(given or "2000-01-01")
    except ValueError:
        yield where, Complaint(N_("日期的写法不对。"), N_("请写成 2026-04-01 这样。"))


def _group(ruleset: RuleSet, group: Group) -> Found:
    heads = len(ruleset.heads_of(group.id))
    if heads == 0:
        yield f"group[{group.id}]", Complaint(N_("这一组没有任何条件。"), N_("请至少写一条 group 为它的条件，或删去这一组。"))
    elif group.logic is Logic.ANY and group.minimum > heads:
        yield f"group[{group.id}].min", _too_many(heads)


def _too_many(parts: int) -> Complaint:
    return Complaint(N_("要求满足的项数多于实有的 %(parts)s 项。"), N_("请改为不超过 %(parts)s。"), {"parts": parts})


def _place(ruleset: RuleSet, criterion: Criterion, seen: dict[str, Criterion]) -> Found:
    """A criterion lies in a known group; what it is part of stands before it, so nothing can be part of itself."""
    where = f"criterion[{criterion.id}]"
    if criterion.group not in {g.id for g in ruleset.groups}:
        yield (
            f"{where}.group",
            Complaint(N_("没有这一组。"), N_("请填写已有的组：%(groups)s。"), {"groups": "、".join(g.id for g in ruleset.groups)}),
        )
    if criterion.parent:
        above = seen.get(criterion.parent)
        if above is None or above.kind not in _HOLDERS or above.group != criterion.group:
            yield (
                f"{where}.parent",
                Complaint(N_("上级条件不存在、不在同组，或不能分项。"), N_("请填写写在前面、同一组、kind 为 composite 或 any_of 的条件。")),
            )
    parts = len(ruleset.parts_of(criterion.id))
    if criterion.kind in _HOLDERS and parts == 0:
        yield where, Complaint(N_("这一条没有分项。"), N_("请写出 parent 为它的分项，或改用 measure、dossier、manual。"))
    elif criterion.kind is CriterionKind.ANY_OF and criterion.minimum > parts:
        yield f"{where}.min", _too_many(parts)


def _missing(criterion: Criterion) -> Found:
    """Keys that this kind of criterion cannot do without."""
    needed = {"clause": "clause"} | (_NEEDED if criterion.kind is CriterionKind.MEASURE else {})
    if criterion.kind is CriterionKind.MEASURE and criterion.operator is not Operator.YES:
        needed["threshold"] = "limit"
    for name, attribute in needed.items():
        if getattr(criterion, attribute) in (None, ""):
            yield f"criterion[{criterion.id}].{name}", Complaint(MISSING, N_("请补上这一项。"), {"label": ""})


def _answer(ruleset: RuleSet, criterion: Criterion, vocabulary: Vocabulary) -> Found:
    where = f"criterion[{criterion.id}]"
    if criterion.applies_when is not None:
        yield from _item(f"{where}.applies_when", criterion.applies_when)
    if criterion.kind is CriterionKind.DOSSIER and criterion.call is not None:
        yield from _item(f"{where}.item", criterion.call)
    if criterion.kind is not CriterionKind.MEASURE or criterion.call is None or not criterion.measure:
        return
    spec = vocabulary.measures.get(criterion.call.measure)
    if spec is None:
        known = {"known": "、".join(vocabulary.measures)}
        yield f"{where}.measure", Complaint(N_("没有这个指标。"), N_("可用的指标：%(known)s。"), known)
        return
    yield from _params(where, criterion.call, spec)
    yield from _comparison(where, criterion, spec, vocabulary)
    missing = sorted(spec.settings - {s.id for s in ruleset.settings})
    if missing:
        names = {"names": "、".join(missing)}
        yield f"{where}.measure", Complaint(N_("这个指标需要的设置项没有写：%(names)s。"), N_("请补上 [[setting]]：%(names)s。"), names)


def _item(key: str, call: Call) -> Found:
    if dict(call.params).get("item") not in YES_NO_KINDS:
        known = {"known": "、".join(sorted(YES_NO_KINDS))}
        yield key, Complaint(N_("年度档案没有这一项，或它不是“有、没有”的项。"), N_("可用的项：%(known)s。"), known)


def _params(where: str, call: Call, spec: MeasureSpec) -> Found:
    for name, value in call.params:
        allowed = spec.params.get(name)
        if allowed is None:
            yield f"{where}.params.{name}", Complaint(N_("这个指标没有该参数。"), N_("请删去，或核对指标名称。"))
        elif value not in allowed:
            options = {"allowed": "、".join(sorted(allowed))}
            yield f"{where}.params.{name}", Complaint(N_("参数取值不在可选范围内。"), N_("可选：%(allowed)s。"), options)


def _comparison(where: str, criterion: Criterion, spec: MeasureSpec, vocabulary: Vocabulary) -> Found:
    if criterion.operator and criterion.operator not in _OPERATORS[spec.value]:
        allowed = {"allowed": "、".join(sorted(_OPERATORS[spec.value]))}
        yield f"{where}.operator", Complaint(N_("比较方式与指标的取值不配套。"), N_("可用：%(allowed)s。"), allowed)
    if criterion.limit is not None and isinstance(criterion.limit, tuple) is not (criterion.operator is Operator.ONE_OF):
        yield f"{where}.threshold", Complaint(N_("门槛与比较方式不配套。"), N_("比较方式为 in 时写列表，其他写整数。"))
    elif isinstance(criterion.threshold, tuple) and not vocabulary.words >= set(criterion.threshold):
        words = {"allowed": "、".join(sorted(vocabulary.words))}
        yield f"{where}.threshold", Complaint(N_("门槛中有不认识的取值。"), N_("可用：%(allowed)s。"), words)
    if criterion.unit and criterion.unit != spec.unit:
        yield f"{where}.unit", Complaint(N_("单位与指标不一致。"), N_("请写 %(unit)s。"), {"unit": spec.unit})


def _setting(setting: Interpretation, vocabulary: Vocabulary) -> Found:
    where = f"setting[{setting.id}]"
    if setting.id not in vocabulary.settings:
        yield f"{where}.id", Complaint(N_("没有这个设置项。"), N_("可用的设置项：%(known)s。"), {"known": "、".join(vocabulary.settings)})
        return
    for name in ("low", "high"):
        if not setting.options and getattr(setting, name) is None:
            yield f"{where}.{name}", Complaint(MISSING, N_("请补上这一项。"), {"label": ""})
            return
    allowed = vocabulary.settings[setting.id]
    given = {o.value for o in setting.options}
    if (allowed is None) != (not given) or (allowed is not None and not given <= allowed):
        options = {"allowed": "、".join(sorted(allowed or {"整数"}))}
        yield f"{where}.option", Complaint(N_("选项与这个设置项不配套。"), N_("可用：%(allowed)s。"), options)
    if setting.complaint(setting.default) is not None:
        yield f"{where}.default", Complaint(N_("默认值不在可选范围内。"), N_("请改为选项之一或范围内的整数。"))
