"""Goes through everything that was decided, one decision after the other, and counts what came of it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from marketplace.kernel.money import CNY
from marketplace.recomputing.queries import draws, grants, orders, payments, subsidies
from marketplace.recomputing.queries.assessments import decided_judgements, decided_readings
from marketplace.recomputing.queries.claims import claims_in_turn
from marketplace.recomputing.queries.reading import ReadProgramme, readings
from marketplace.recomputing.rules.assessments import DecidedJudgement, DecidedReading, rejudged, reread
from marketplace.recomputing.rules.claims import DecidedClaim, reapproved, reheard
from marketplace.recomputing.rules.draws import SampledClaim, places_by_points, redrawn, relisted, resampled, rescored, resealed
from marketplace.recomputing.rules.grants import regranted
from marketplace.recomputing.rules.orders import DecidedOrder, requoted, reredeemed
from marketplace.recomputing.rules.outcome import DecisionKind, Mismatch, Redecided
from marketplace.recomputing.rules.payments import resplit
from marketplace.recomputing.rules.subsidies import DecidedSubsidy, resubsidised
from marketplace.vouchers.queries.spending import spec_of
from marketplace.vouchers.rules import scoring

Progress = Callable[[int, int], None]
STEP = 1_000  # decisions between two words of progress


@dataclass(slots=True)
class Tally:
    """How much of a kind was decided again, and what came of it."""

    checked: int = 0
    older: int = 0  # than their stored facts
    different: int = 0

    def add(self, one: Redecided) -> None:
        """One more."""
        self.checked += not one.is_older
        self.older += one.is_older
        self.different += bool(one.mismatches)


@dataclass(slots=True)
class Recomputation:
    """A run over some programmes."""

    readings: list[ReadProgramme]
    progress: Progress
    judged: Iterable[DecidedJudgement | DecidedReading] = ()  # which belong to no programme
    tallies: dict[DecisionKind, Tally] = field(default_factory=lambda: {kind: Tally() for kind in DecisionKind})
    done: int = 0

    def differences(self) -> Iterator[Redecided]:
        """Every decision that does not follow from its rules and facts, as it is found."""
        total = sum(_number(one) for one in self.readings)
        self.progress(0, total)
        for one in chain(chain.from_iterable(map(_outcomes, self.readings)), map(_of_judged, self.judged)):
            self.tallies[one.kind].add(one)
            self.done += 1
            if self.done % STEP == 0:
                self.progress(self.done, max(total, self.done))
            if one.mismatches:
                yield one
        self.progress(self.done, self.done)

    def counted(self) -> Mapping[str, Mapping[str, int]]:
        """The counts by the word of each kind."""
        return {kind.value: {"checked": one.checked, "older": one.older, "different": one.different} for kind, one in self.tallies.items()}


def everything(connection: Connection, since: datetime | None, progress: Progress) -> Recomputation:
    """A run over all programmes and what belongs to none: of all time, or of what was decided since a moment."""
    judged = chain[DecidedJudgement | DecidedReading](decided_judgements(connection, since), decided_readings(connection, since))
    return Recomputation(readings(connection, None, since), progress, judged)


def _number(reading: ReadProgramme) -> int:
    return 2 * orders.number_of(reading)


def _outcomes(reading: ReadProgramme) -> Iterator[Redecided]:
    yield from _of_vouchers(reading)
    for order, claim in orders.decided_orders(reading):
        yield from _of_order(order)
        yield from _of_claim(claim) if claim else ()
    for subsidy, claim in subsidies.decided_subsidies(reading):
        yield _of_subsidy(subsidy)
        yield from _of_claim(claim) if claim else ()
    yield from _of_lines(reading)
    for row in draws.rounds_of(reading):
        yield from _of_round(reading, row)


def _row(one: Any, address: str) -> Mapping[str, Any]:
    return {"row_id": one.id, "number": one.number, "address": address, "currency": one.currency, "area_code": one.area_code}


def _of_vouchers(reading: ReadProgramme) -> Iterator[Redecided]:
    for one in grants.decided_vouchers(reading):
        found = () if one.is_older else tuple(regranted(one))
        yield Redecided(kind=DecisionKind.GRANT, **_row(one, f"/office/rounds/{one.round_id}"), is_older=one.is_older, mismatches=found)


def _of_order(one: DecidedOrder) -> Iterator[Redecided]:
    said, is_older = _row(one, f"/orders/{one.id}"), one.facts is None
    yield Redecided(kind=DecisionKind.QUOTE, **said, is_older=is_older, mismatches=() if is_older else tuple(requoted(one)))
    yield Redecided(kind=DecisionKind.REDEMPTION, **said, mismatches=tuple(reredeemed(one)))


def _of_claim(one: DecidedClaim) -> Iterator[Redecided]:
    said = _row(one, f"/claims/{one.id}")
    yield Redecided(kind=DecisionKind.APPROVAL, **said, is_older=one.is_older, mismatches=tuple(reapproved(one)))
    for opinion, found in reheard(one):
        yield Redecided(kind=DecisionKind.OPINION, **{**said, "row_id": opinion.id}, mismatches=found)


def _of_subsidy(one: DecidedSubsidy) -> Redecided:
    said, is_older = _row(one, f"/office/rounds/{one.round_id}"), one.facts is None
    return Redecided(kind=DecisionKind.GRANT, **said, is_older=is_older, mismatches=() if is_older else tuple(resubsidised(one)))


def _of_lines(reading: ReadProgramme) -> Iterator[Redecided]:
    for one in payments.decided_lines(reading):
        said, is_older = _row(one, f"/payments/{one.batch_id}"), one.is_older
        yield Redecided(kind=DecisionKind.SPLIT, **said, is_older=is_older, mismatches=() if is_older else tuple(resplit(one)))


def _of_judged(one: DecidedJudgement | DecidedReading) -> Redecided:
    if isinstance(one, DecidedReading):
        address, number, is_older = f"/evaluation/settings/{one.ruleset}", f"{one.key} {one.area_code}", False
        found = tuple(reread(one))
    else:
        address, number = (
            f"/evaluation/{one.organisation_id}/{one.ruleset}/{one.criterion_id}?year={one.year}",
            f"{one.name} {one.criterion_id}",
        )
        is_older = one.facts is None
        found = () if is_older else tuple(rejudged(one))
    return Redecided(
        kind=DecisionKind.ASSESSMENT,
        row_id=one.id,
        number=number,
        address=address,
        area_code=one.area_code,
        currency=CNY,
        is_older=is_older,
        mismatches=found,
    )


def _of_round(reading: ReadProgramme, row: Any) -> Iterator[Redecided]:
    """What fell by the seeds of a round, and who stands where by points."""
    for kind, row_id, number, mismatches in _of_seeds(reading, row):
        address = f"/office/rounds/{row.id}"
        said = {"row_id": row_id, "number": number, "address": address, "currency": reading.currency, "area_code": row.area_code}
        yield Redecided(kind=kind, **said, mismatches=tuple(mismatches))


def _of_seeds(reading: ReadProgramme, row: Any) -> Iterator[tuple[DecisionKind, UUID, str, Iterable[Mismatch]]]:
    spec = spec_of(row.version_id)
    if row.draw_seed is not None:
        yield DecisionKind.SAMPLE, row.id, row.number, resealed(row.draw_seed, row.draw_commitment or "")
        for claim, found in resampled(spec.sample, row.draw_seed, (_sampled(one) for one in claims_in_turn(reading, row.id))):
            yield DecisionKind.SAMPLE, claim.id, claim.number, found
    if (lots := draws.lots_of(reading, row.id, row.number)) is not None:
        yield DecisionKind.DRAW, lots.id, lots.number, relisted(lots)
        for lot, found in redrawn(lots):
            yield DecisionKind.DRAW, lot.id, lot.name, found
    if scoring.is_scored(spec):
        scored = draws.scored_in(reading, row.id)
        places = places_by_points(spec, scored)
        for one in scored:
            yield DecisionKind.SCORE, one.id, one.number, rescored(spec, one, places)


def _sampled(row: Any) -> SampledClaim:
    return SampledClaim(id=row.id, number=row.number, amount_fen=row.requested_fen, place=row.draw_place, why=row.drawn_by)
