"""Rounds whose seed decides something: lots, and claims that are checked on the spot; and applications with their sheets."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from marketplace.recomputing.queries.reading import ReadProgramme, told_of
from marketplace.recomputing.rules.draws import DrawnLot, DrawnLots, GivenSheet, ScoredApplication
from marketplace.vouchers.lot_models import Lot, Lottery
from marketplace.vouchers.models import Application, ApplicationScore, Round

SCORED = "application.scored"


def rounds_of(reading: ReadProgramme) -> Sequence[Any]:
    """The rounds of a programme with their seeds."""
    wanted = select(Round.id, Round.number, Round.area_code, Round.version_id, Round.draw_seed, Round.draw_commitment)
    return reading.connection.execute(wanted.where(Round.programme_id == reading.programme_id).order_by(Round.id)).all()


def lots_of(reading: ReadProgramme, round_id: UUID, number: str) -> DrawnLots | None:
    """The draw of a round; None where there is none."""
    one = Lottery
    asked = select(one.id, one.seed, one.commitment, one.lots_digest, one.drawn_at).where(one.round_id == round_id)
    row = reading.connection.execute(asked).one_or_none()
    if row is None:
        return None
    wanted = select(Lot.id, Lot.application_id, Lot.name, Lot.place, Application.place.label("application_place"))
    wanted = wanted.join(Application, Application.id == Lot.application_id).where(Lot.round_id == round_id)
    lots = [DrawnLot(**each._asdict()) for each in reading.connection.execute(wanted.order_by(Lot.name))]
    return DrawnLots(
        id=row.id,
        number=number,
        round_id=round_id,
        seed=row.seed,
        commitment=row.commitment,
        digest=row.lots_digest,
        is_drawn=row.drawn_at is not None,
        lots=lots,
    )


def scored_in(reading: ReadProgramme, round_id: UUID) -> Sequence[ScoredApplication]:
    """The applications of a round that were scored, in the order of arrival: as many as a panel reads."""
    wanted = select(Application.id, Application.number, Application.sequence, Application.place).where(Application.round_id == round_id)
    sheets = _sheets(reading, round_id)
    rows = [row for row in reading.connection.execute(wanted.order_by(Application.sequence)) if row.id in sheets]
    told = told_of(reading.connection, [row.id for row in rows], [SCORED])
    return [ScoredApplication(**row._asdict(), sheets=sheets[row.id], told=told.get(row.id, ())) for row in rows]


def _sheets(reading: ReadProgramme, round_id: UUID) -> Mapping[UUID, Sequence[GivenSheet]]:
    one = ApplicationScore
    wanted = select(one.application_id, one.id, one.scorer_id, one.points).join(Application, Application.id == one.application_id)
    wanted = wanted.where(Application.round_id == round_id).order_by(one.created_at, one.id)
    found: dict[UUID, list[GivenSheet]] = defaultdict(list)
    for application_id, sheet_id, scorer_id, points in reading.connection.execute(wanted):
        found[application_id].append(GivenSheet(id=sheet_id, scorer_id=scorer_id, points=points))
    return found
