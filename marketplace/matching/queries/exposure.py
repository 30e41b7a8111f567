"""Who is shown, and how often: published supplies by how often runs have proposed them, by region and by size of the firm."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, case, func, select

from marketplace.enterprises.models import Enterprise
from marketplace.enterprises.rules import FirmSize
from marketplace.identity.models import Organisation
from marketplace.identity.queries import in_areas
from marketplace.kernel.db import db
from marketplace.kernel.errors import N_
from marketplace.kernel.lifecycle import Word
from marketplace.matching.models import Match, Supply, SupplyList
from marketplace.matching.rules import BETWEEN_LEADER_AND_SEARCH, SIGNED, SupplyState


class Exposure(Word):
    """How often a supply was proposed."""

    NEVER = "never", N_("从未被推荐")
    SOME = "some", N_("被推荐过")
    OFTEN = "often", N_("经常被推荐")


@dataclass(frozen=True, slots=True)
class TimesShown:
    """What became of a supply in all runs."""

    shown: int = 0  # proposed by a run
    planned: int = 0
    followed: int = 0  # recommended, and what came after
    contracted: int = 0


@dataclass(frozen=True, slots=True)
class ExposureCell:
    """Supplies of one region and size."""

    region_code: str
    size: FirmSize
    supplies: int
    never: int
    often: int


_SHOWN = (
    select(Supply.lineage_id, func.count(Match.id).label("times"))
    .join_from(Match, Supply, Supply.id == Match.supply_id)
    .group_by(Supply.lineage_id)
    .subquery()
)
_TIMES = func.coalesce(_SHOWN.c.times, 0)


def supplies(areas: Sequence[str], often_from: int, *, shown: Exposure | None, region: str, size: FirmSize | None) -> Select[Supply]:
    """Published supplies of firms in the areas, the least shown first; those shown often the other way round."""
    wanted: Select[Supply] = _published(select(Supply), areas)
    if shown is not None:
        wanted = wanted.where(_is(shown, often_from))
    if region:
        wanted = wanted.where(Organisation.region_code == region)
    if size is not None:
        wanted = wanted.where(Enterprise.size_class == size.value)
    return wanted.order_by(_TIMES.desc() if shown is Exposure.OFTEN else _TIMES, Supply.id)


def times(lines: Sequence[Supply]) -> dict[UUID, TimesShown]:
    """By line, over all versions of its list."""
    rows = db.session.execute(
        select(
            Supply.lineage_id,
            func.count(Match.id),
            _many(Match.planned.is_(True)),
            _many(Match.state.not_in(BETWEEN_LEADER_AND_SEARCH)),
            _many(Match.state.in_(SIGNED)),
        )
        .join_from(Match, Supply, Supply.id == Match.supply_id)
        .where(Supply.lineage_id.in_([line.lineage_id for line in lines]))
        .group_by(Supply.lineage_id)
    )
    found = {lineage_id: TimesShown(*map(int, counts)) for lineage_id, *counts in rows}
    return {line.id: found.get(line.lineage_id, TimesShown()) for line in lines}


def firms(lines: Sequence[Supply]) -> dict[UUID, Organisation]:
    """Whose lines these are."""
    wanted = select(Organisation).where(Organisation.id.in_({line.enterprise_id for line in lines}))
    return {row.id: row for row in db.session.scalars(wanted)}


def cells(areas: Sequence[str], often_from: int) -> list[ExposureCell]:
    """How many supplies each region and size has, and how many of them are never or often shown."""
    counted = (func.count(Supply.id), _many(_is(Exposure.NEVER, often_from)), _many(_is(Exposure.OFTEN, often_from)))
    asked = _published(select(Organisation.region_code, Enterprise.size_class, *counted), areas)
    rows = db.session.execute(
        asked.group_by(Organisation.region_code, Enterprise.size_class).order_by(Organisation.region_code, Enterprise.size_class)
    )
    return [ExposureCell(region, FirmSize(size), int(all_), int(never), int(often)) for region, size, all_, never, often in rows]


def _published(statement: Any, areas: Sequence[str]) -> Any:
    return (
        statement.select_from(Supply)
        .join(SupplyList, SupplyList.id == Supply.list_id)
        .join(Organisation, Organisation.id == Supply.enterprise_id)
        .join(Enterprise, Enterprise.id == Supply.enterprise_id)
        .outerjoin(_SHOWN, _SHOWN.c.lineage_id == Supply.lineage_id)
        .where(SupplyList.state == SupplyState.PUBLISHED, in_areas(areas))
    )


def _is(shown: Exposure, often_from: int) -> ColumnElement[bool]:
    return {Exposure.NEVER: _TIMES == 0, Exposure.SOME: _TIMES > 0, Exposure.OFTEN: often_from <= _TIMES}[shown]


def _many(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)
