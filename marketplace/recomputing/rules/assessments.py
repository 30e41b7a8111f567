"""What people judged of an organisation, and how an area reads a clause: held to the kept rule set and the trail. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from marketplace.evaluation.rules import Verdict, verdict_on_share
from marketplace.kernel.errors import N_
from marketplace.recomputing.rules.outcome import Mismatch, unlike
from marketplace.recomputing.rules.posted import TrailEvent

JUDGED, CHOSEN = "judgement.given", "ruleset.setting_chosen"
OPINIONS = frozenset({Verdict.MET.value, Verdict.UNMET.value, Verdict.UNKNOWN.value})

_VERDICT = N_("评议结论：按当时评价规则的要求和录入的数值重判")
_RULES = N_("评价规则文件：与评议时所用的是同一份")
_THRESHOLD = N_("评价规则的要求：与所用的规则文件一致")
_TOLD = N_("评议意见：与操作留痕一致")
_NOT_TOLD = N_("评议意见：有评议人完整的操作留痕")
_READING = N_("评价口径：与操作留痕一致")
_NO_READING = N_("评价口径：有选定人完整的操作留痕")


@dataclass(frozen=True, slots=True)
class RuleFile:
    """A rule set's file as it lies there now: its SHA-256, and what it asks of a criterion; None: nothing in figures."""

    digest: str
    threshold_bp: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DecidedJudgement:
    """A judgement as it lies in the database."""

    id: UUID
    organisation_id: UUID
    name: str  # of the organisation
    area_code: str  # where it lies
    ruleset: str
    year: int
    criterion_id: str
    verdict: str
    value: int | None
    actor_id: UUID
    facts: Mapping[str, Any] | None  # None: given before they were kept
    file: RuleFile | None  # None: there is no such rule set, or no such criterion in it
    told: Sequence[TrailEvent]  # about the organisation


@dataclass(frozen=True, slots=True, kw_only=True)
class DecidedReading:
    """How an area reads a clause, as it lies in the database."""

    id: UUID
    ruleset: str
    area_code: str
    key: str
    value: str
    actor_id: UUID
    told: Sequence[TrailEvent]


def rejudged(one: DecidedJudgement) -> Iterator[Mismatch]:
    """A judgement whose facts were kept: the rule file is the one that it stood on, and its verdict follows from the figure, or is a
    person's word that the trail repeats.
    """
    assert one.facts is not None, "asked before"
    threshold = one.facts.get("threshold_bp")
    if threshold is None:
        again = one.verdict if one.verdict in OPINIONS and one.value is None else None
    else:
        again = None if one.value is None else verdict_on_share(one.value, threshold).value
    yield from unlike(_VERDICT, one.verdict, again, is_money=False)
    yield from unlike(_RULES, one.facts.get("rules"), one.file.digest if one.file else None, is_money=False)
    if one.file is not None and one.facts.get("rules") == one.file.digest:
        yield from unlike(_THRESHOLD, threshold, one.file.threshold_bp, is_money=False)
    told = next((event for event in one.told if event.details.get("judgement_id") == str(one.id)), None)
    if told is None or not told.is_whole or told.actor_id != one.actor_id:
        yield Mismatch(_NOT_TOLD, str(one.actor_id), None, is_money=False)
    else:
        named = ("ruleset", "year", "criterion", "verdict", "value")
        stored = (one.ruleset, one.year, one.criterion_id, one.verdict, one.value)
        yield from unlike(_TOLD, _said(stored), _said([told.details.get(name) for name in named]), is_money=False)


def reread(one: DecidedReading) -> Iterator[Mismatch]:
    """A reading of a clause is a person's word: the trail repeats it."""
    told = next((event for event in one.told if event.action == CHOSEN), None)
    if told is None or not told.is_whole or told.actor_id != one.actor_id:
        yield Mismatch(_NO_READING, str(one.actor_id), None, is_money=False)
    else:
        named = ("ruleset", "area", "key", "value")
        stored = (one.ruleset, one.area_code, one.key, one.value)
        yield from unlike(_READING, _said(stored), _said([told.details.get(name) for name in named]), is_money=False)


def _said(values: Sequence[object]) -> str:
    return ", ".join("—" if one is None else str(one) for one in values)
