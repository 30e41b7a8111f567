"""What fell by a seed: lots, and claims that are checked on the spot; and who stands where by points. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import tee
from uuid import UUID

from marketplace.kernel import draw
from marketplace.kernel.errors import N_, RuleViolation
from marketplace.policy.programme_decisions import SampleRule
from marketplace.policy.programme_spec import ProgrammeSpec
from marketplace.recomputing.rules.outcome import Mismatch, unlike
from marketplace.recomputing.rules.posted import TrailEvent
from marketplace.settlement import spot_rules
from marketplace.vouchers.rules import scoring

_SEED = N_("种子：与事先公布的摘要相符")
_LIST = N_("签号清单：与事先公布的摘要相符")
_PLACE = N_("签位：按种子重新抽取")
_RANK = N_("名次：与抽签结果一致")


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnLot:
    """A lot, and the place of its application where it was answered."""

    id: UUID
    application_id: UUID
    name: str
    place: int | None
    application_place: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnLots:
    """The draw of a round."""

    id: UUID
    number: str  # of the round
    round_id: UUID
    seed: str
    commitment: str
    digest: str  # of the list; empty: not closed yet
    is_drawn: bool
    lots: Sequence[DrawnLot]


def resealed(seed: str, commitment: str) -> Iterator[Mismatch]:
    """Whether a seed is the one that was committed to."""
    if not draw.fits(seed, commitment):
        yield Mismatch(_SEED, commitment, draw.commitment(seed), is_money=False)


def relisted(one: DrawnLots) -> Iterator[Mismatch]:
    """The seed and the list of a draw."""
    yield from resealed(one.seed, one.commitment)
    if one.digest:
        yield from unlike(_LIST, one.digest, draw.digest(lot.name for lot in one.lots), is_money=False)


def redrawn(one: DrawnLots) -> Iterator[tuple[DrawnLot, tuple[Mismatch, ...]]]:
    """Each lot with its place."""
    places = {name: place for place, name in enumerate(draw.in_order(one.seed, (lot.name for lot in one.lots)), start=1)}
    for lot in one.lots:
        found = [*unlike(_PLACE, lot.place, places[lot.name] if one.is_drawn else None, is_money=False)]
        if lot.application_place is not None:
            found += unlike(_RANK, lot.application_place, places[lot.name], is_money=False)
        yield lot, tuple(found)


# Spot checks


_SAMPLED = N_("是否抽中抽查：按种子和冻结规则重抽")
_IN_TURN = N_("抽查次序：按提交先后")


@dataclass(frozen=True, slots=True, kw_only=True)
class SampledClaim:
    """A claim as it entered the draw of its round."""

    id: UUID
    number: str
    amount_fen: int
    place: int | None  # None: it came before there was a draw
    why: str | None


def resampled(rule: SampleRule, seed: str, claims: Iterable[SampledClaim]) -> Iterator[tuple[SampledClaim, tuple[Mismatch, ...]]]:
    """The draw of a round, from its first claim on."""
    mine, theirs = tee(claims)
    again = spot_rules.recomputed(rule, seed, (spot_rules.entered(rule, one.number, one.amount_fen) for one in theirs))
    for place, (one, why) in enumerate(zip(mine, again, strict=True), start=1):
        found = [*unlike(_SAMPLED, one.why, why.value, is_money=False), *unlike(_IN_TURN, one.place, place, is_money=False)]
        yield one, tuple(found)


# Points


_POINTS = N_("评分：在评分表的范围内")
_SCORED = N_("评分：有评分人完整的操作留痕")
_SHEET = N_("评分：与操作留痕封存的摘要一致")
_ORDER = N_("名次：按评分重排")


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenSheet:
    """What one of the panel gave."""

    id: UUID
    scorer_id: UUID
    points: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredApplication:
    """An application with its sheets."""

    id: UUID
    number: str
    sequence: int
    place: int | None
    sheets: Sequence[GivenSheet]
    told: Sequence[TrailEvent]


def rescored(spec: ProgrammeSpec, one: ScoredApplication, places: Mapping[UUID, int]) -> Iterator[Mismatch]:
    """The sheets of an application, and where it stands by them."""
    for sheet in one.sheets:
        try:
            scoring.check_points(spec, sheet.points)
        except RuleViolation as refusal:
            yield Mismatch(_POINTS, str(dict(sheet.points)), refusal.text(), is_money=False)
        told = next((event for event in one.told if event.actor_id == sheet.scorer_id), None)
        if told is None or not told.is_whole:
            yield Mismatch(_SCORED, str(sheet.scorer_id), None, is_money=False)
        elif "sheet" in told.details:  # sheets of before were not sealed
            yield from unlike(_SHEET, scoring.sheet_digest(sheet.id, sheet.points), told.details["sheet"], is_money=False)
    if one.place is not None:
        yield from unlike(_ORDER, one.place, places[one.id], is_money=False)


def places_by_points(spec: ProgrammeSpec, scored: Sequence[ScoredApplication]) -> dict[UUID, int]:
    """By application, where it stands by its points."""
    sheets = [scoring.Scored(one.id, one.sequence, tuple(sheet.points for sheet in one.sheets)) for one in scored if one.sheets]
    try:
        order = scoring.in_order(spec, sheets)
    except (KeyError, ZeroDivisionError):  # a sheet that lacks a criterion: told above, and the order cannot be known
        return {one.id: 0 for one in scored}
    return {one.application_id: place for place, one in enumerate(order, start=1)}
