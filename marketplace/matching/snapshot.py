"""Everything a run decides from, as bytes that decide it again; and what it decided, as bytes that can be compared. Pure."""

import hashlib
import json
import types
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields, is_dataclass
from datetime import date
from enum import Enum
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

from marketplace.matching.items import ListedLine
from marketplace.matching.outcome import Answered, Outcome
from marketplace.matching.rules import Obstacle, Reason
from marketplace.matching.settings import Preferences, TieOrder
from marketplace.matching.settings import read as read_settings

_PLACES = 9  # digits of a score that are compared


@dataclass(frozen=True, slots=True, kw_only=True)
class RunInput:
    """What a run looks at: the day, both lists with what is bound of them, what people answered, settings, and which weights."""

    day: date
    needs: Sequence[ListedLine]
    supplies: Sequence[ListedLine]
    answered: Answered
    settings: Mapping[str, object]  # as their files say them
    weights: str  # their fingerprint

    @property
    def preferences(self) -> Preferences:
        return read_settings(self.settings)


@dataclass(frozen=True, slots=True)
class RunDecided:
    """A run as it is kept: what it decided from, and what it decided."""

    build: str
    content: bytes
    answer: bytes
    supplies: int  # how many were searched
    ties: TieOrder  # who came first among equals


def written(given: RunInput) -> bytes:
    """The input in canonical JSON."""
    refused = [[*pair, _told(why)] for pair, why in sorted((given.answered.refused or {}).items())]
    return canonical(
        {
            "day": given.day.isoformat(),
            "needs": [_told(line) for line in given.needs],
            "supplies": [_told(line) for line in given.supplies],
            "under_way": sorted(map(list, given.answered.under_way)),
            "refused": refused,
            "precedents": sorted(map(list, given.answered.precedents)),
            "settings": given.settings,
            "weights": given.weights,
        }
    )


def read(content: bytes, *, only: Collection[str] | None = None) -> RunInput:
    """The input of a run as it was kept.

    Args:
        only: ids of the supplies that are wanted, for whoever asks about some of many.
    """
    found = json.loads(content)
    return RunInput(
        day=date.fromisoformat(found["day"]),
        needs=[_made(ListedLine, line) for line in found["needs"]],
        supplies=[_made(ListedLine, line) for line in found["supplies"] if only is None or line["side"]["line_id"] in only],
        answered=Answered(
            frozenset((need, supply) for need, supply in found["under_way"]),
            {(need, supply): _reason(why) for need, supply, why in found["refused"]},
            tuple((wording, line, votes) for wording, line, votes in found.get("precedents", ())),
        ),
        settings=found["settings"],
        weights=found["weights"],
    )


def answer(outcome: Outcome, given: RunInput) -> bytes:
    """What a run decided, in canonical JSON: nothing in it depends on the hour, the machine or the order of rows."""
    return canonical(
        {
            "versions": {**outcome.versions, "weights_hash": given.weights},
            "day": given.day.isoformat(),
            "proposals": {
                f"{one.need_id} {one.supply_id}": {
                    "rank": one.rank,
                    "score": round(one.score, _PLACES),
                    "closeness": round(one.closeness, _PLACES),
                    "reasons": [_said(why) for why in one.reasons],
                    "planned": one.planned,
                    "quantity": one.planned_quantity,
                    "unit": one.planned_unit,
                }
                for one in outcome.proposals
            },
            "excluded": {f"{one.need_id} {one.supply_id}": [_said(why) for why in one.obstacles] for one in outcome.excluded},
            "unmet": {one.need_id: {"quantity": one.quantity, "unit": one.unit, "why": one.sentence} for one in outcome.unmet},
            "plan": {"objective": round(outcome.plan.objective, _PLACES), "bound": round(outcome.plan.bound, _PLACES)},
        }
    )


def differences(kept: bytes, made: bytes) -> list[str]:
    """What differs between two answers, one line each: the place, what was kept, what was made."""
    return list(_differing("", json.loads(kept), json.loads(made)))


def canonical(content: object) -> bytes:
    """One spelling of JSON: keys in order, no blanks, one line."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode() + b"\n"


def fingerprint(content: bytes) -> str:
    """What bytes are known by."""
    return hashlib.sha256(content).hexdigest()


def _said(why: Reason) -> list[object]:
    return [why.code.value, why.message, _told(why.params), round(why.effect, _PLACES)]


def _differing(place: str, kept: object, made: object) -> Iterator[str]:
    if isinstance(kept, dict) and isinstance(made, dict):
        for name in sorted(kept.keys() | made.keys()):
            yield from _differing(f"{place}.{name}" if place else name, kept.get(name), made.get(name))
    elif kept != made:
        yield f"{place}: {_short(kept)} → {_short(made)}"


def _short(value: object) -> str:
    return "—" if value is None else json.dumps(value, ensure_ascii=False)


# -- values as JSON, and back --------------------------------------------------------------------------------------------


def _told(value: Any) -> Any:
    """What differs from the default of its field; sets in order."""
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value) and not isinstance(value, type):
        mine = {one.name: (getattr(value, one.name), one.default) for one in fields(value)}
        return {name: _told(given) for name, (given, default) in mine.items() if default is MISSING or given != default}
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, frozenset):
        return sorted(map(_told, value))
    if isinstance(value, tuple | list):
        return [_told(one) for one in value]
    if isinstance(value, Mapping):
        return {str(name): _told(one) for name, one in value.items()}
    return value if isinstance(value, str | int | float | None) else str(value)


@cache
def _hints(kind: Any) -> dict[str, object]:
    return get_type_hints(kind)


def _made(kind: Any, value: Any) -> Any:
    if is_dataclass(kind):
        hints: dict[str, object] = _hints(kind)  # type: ignore[arg-type]
        return kind(**{name: _made(hints[name], one) for name, one in value.items()})  # type: ignore[operator]
    if kind is date:
        return date.fromisoformat(value)
    origin, inner = get_origin(kind), get_args(kind)
    if origin in {Union, types.UnionType}:
        return None if value is None else _made(next(one for one in inner if one is not types.NoneType), value)
    if origin is frozenset:
        return frozenset(_made(inner[0], one) for one in value)
    if origin is tuple:
        kinds = [inner[0]] * len(value) if inner[-1] is Ellipsis else inner
        return tuple(_made(one, given) for one, given in zip(kinds, value, strict=True))
    return kind(value) if isinstance(kind, type) and issubclass(kind, Enum) else value


def _reason(value: Mapping[str, Any]) -> Reason:
    return Reason(Obstacle(value["code"]), value["message"], value.get("params", {}), value.get("effect", 0.0))
