"""How far somebody's areas of authority reach. Reading and acting are two questions: say which one is asked.

Acting needs that mine covers theirs. Reading also goes upwards: a county reads what its region decided for it.
An area counts only with the role that gave it: take it from `SignedIn.areas_for(permission)`, never from anywhere else.
"""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, false, or_
from sqlalchemy.orm import InstrumentedAttribute

from marketplace.identity import regions


def may_act(areas: Iterable[str], region_code: str, park_code: str | None = None) -> bool:
    """Whether one of the areas covers the place, by its region or by its park."""
    return any(regions.covers(area, region_code, park_code) for area in areas)


def whole_provinces(areas: Iterable[str]) -> tuple[str, ...]:
    """Those of the areas that are a province: who holds one answers for what has no place, or concerns everybody."""
    return tuple(area for area in areas if regions.area_level(area) is regions.RegionLevel.PROVINCE)


def provinces_of(areas: Iterable[str]) -> tuple[str, ...]:
    """The provinces in which the areas lie: as far as offices look across to one another."""
    return tuple(sorted({f"{area[:2]}0000" for area in areas}))


def may_see(areas: Iterable[str], region_code: str) -> bool:
    """Whether the place lies in one of the areas, or above it. Enough to read, never to act."""
    return any(regions.covers(area, region_code) or regions.covers(region_code, area) for area in areas)


def acted_on(column: InstrumentedAttribute[str] | InstrumentedAttribute[str | None], areas: Iterable[str]) -> ColumnElement[bool]:
    """SQL condition: `may_act` for a column of areas."""
    return or_(false(), *(column.startswith(regions.sql_prefix(area)) for area in areas))


def seen(column: InstrumentedAttribute[str], areas: Iterable[str]) -> ColumnElement[bool]:
    """SQL condition: `may_see` for a column of areas."""
    own = tuple(areas)
    above = {code for area in own for code in (f"{area[:2]}0000", f"{area[:4]}00")}
    return or_(acted_on(column, own), column.in_(sorted(above)))
