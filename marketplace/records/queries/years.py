"""Years of the register: their figures, whether they are closed, what was written for them afterwards."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from sqlalchemy import Row, case, distinct, extract, func, or_, select

from marketplace.identity import queries as identity
from marketplace.identity.models import Organisation
from marketplace.identity.queries import in_areas
from marketplace.identity.scope import acted_on, may_act
from marketplace.kernel.db import db, found_by
from marketplace.kernel.errors import N_
from marketplace.policy.fees import FeeKind
from marketplace.records.models import ServiceRecord
from marketplace.records.queries import in_year, is_counted, is_current
from marketplace.records.rules import SME_SIZES, UNSURE_SIZES
from marketplace.records.year_models import ClosedYear, YearFigure

_r = ServiceRecord
# Firms are counted apart from services and person-times: the three are never mixed, nor added to one another.
_COLUMNS = (
    func.count().label("services"),
    func.count(distinct(case((_r.firm_size.in_(SME_SIZES), _r.enterprise_id)))).label("firms"),
    func.count(distinct(case((_r.firm_size.in_(SME_SIZES | UNSURE_SIZES), _r.enterprise_id)))).label("firms_possible"),
    func.coalesce(func.sum(_r.person_times), 0).label("person_times"),
    func.coalesce(func.sum(case((_r.fee_kind != FeeKind.STANDARD, 1), else_=0)), 0).label("benefit"),
)


@dataclass(frozen=True, slots=True)
class YearCount:
    """What a register says of a year."""

    services: int = 0
    firms: int = 0  # distinct ones that surely were small or medium when they were served
    firms_possible: int = 0  # with those whose size nobody knew
    person_times: int = 0
    benefit: int = 0  # services that were free or cheap

    @classmethod
    def of(cls, row: Row[Any]) -> Self:
        return cls(*(int(value) for value in row[-len(_COLUMNS) :]))

    def kept(self) -> dict[str, int]:
        """As it is kept with a closed year."""
        return asdict(self)

    def words(self) -> dict[str, str]:
        """As a page shows it: what is sure, and how much it can be."""
        open_ = f"{self.firms}–{self.firms_possible}" if self.firms_possible > self.firms else str(self.firms)
        return {name: str(value) for name, value in self.kept().items()} | {"firms": open_}

    @classmethod
    def read(cls, kept: Mapping[str, int]) -> Self:
        return cls(**{name: kept[name] for name in cls.__slots__})


@dataclass(frozen=True, slots=True)
class YearLine:
    """A year of an area's register."""

    year: int
    now: YearCount  # with every correction
    closed: ClosedYear | None = None  # asked for, or closed
    frozen: YearCount | None = None  # as it was closed
    later: int = 0  # rows that were written for it afterwards

    @property
    def differs(self) -> bool:
        """Whether what was written afterwards would change the figures."""
        return self.frozen is not None and self.frozen != self.now

    @property
    def waits(self) -> bool:
        """Whether somebody asked for it, and nobody closed it yet."""
        return self.closed is not None and self.frozen is None

    @property
    def label(self) -> str:
        return N_("待确认封存") if self.waits else N_("已封存") if self.closed else N_("未封存")

    @property
    def tone(self) -> str:
        return "amber" if self.waits else "green" if self.closed else "neutral"

    @property
    def shown(self) -> dict[str, str]:
        """The figures that stand."""
        return (self.frozen or self.now).words()

    @property
    def after(self) -> dict[str, str]:
        """The figures with what was written afterwards."""
        return self.now.words()


def count_in(area_code: str, year: int) -> YearCount:
    """What an area's register says of a year that is not closed: of all that providers there did."""
    there = select(Organisation.id).where(in_areas((area_code,)))
    row = db.session.execute(select(*_COLUMNS).where(is_counted(), in_year(year), _r.provider_id.in_(there))).one()
    return YearCount.of(row)


def counts_of_providers(area_code: str, year: int) -> dict[UUID, YearCount]:
    """The same of each provider there that served anybody, and was not closed with another area."""
    there = select(Organisation.id).where(in_areas((area_code,)))
    done = select(YearFigure.provider_id).where(YearFigure.year == year, YearFigure.provider_id == _r.provider_id)
    statement = select(_r.provider_id, *_COLUMNS).where(is_counted(), in_year(year), _r.provider_id.in_(there), ~done.exists())
    return {row.provider_id: YearCount.of(row) for row in db.session.execute(statement.group_by(_r.provider_id))}


def lines_of(area_code: str) -> list[YearLine]:
    """The years of an area's register, newest first."""
    there = select(Organisation.id).where(in_areas((area_code,)))
    year = extract("year", _r.delivered_on)
    current = select(year.label("year"), *_COLUMNS).where(is_current(), _r.provider_id.in_(there)).group_by(year)
    now = {int(row.year): YearCount.of(row) for row in db.session.execute(current)}
    after = select(year.label("year"), func.count().label("rows")).where(_r.after_close, _r.provider_id.in_(there)).group_by(year)
    later = {int(row.year): int(row.rows) for row in db.session.execute(after)}
    closed = {one.year: one for one in db.session.scalars(select(ClosedYear).where(ClosedYear.area_code == area_code))}
    return [_line(one, now, later, closed) for one in sorted(set(now) | set(closed), reverse=True)]


def _line(year: int, now: Mapping[int, YearCount], later: Mapping[int, int], closed: Mapping[int, ClosedYear]) -> YearLine:
    row = closed.get(year)
    frozen = YearCount.read(row.figures) if row is not None and row.figures is not None else None
    return YearLine(year, now.get(year, YearCount()), row, frozen, later.get(year, 0))


def closed_in(area_code: str, year: int) -> ClosedYear | None:
    """The closing of an area's year, asked for or done."""
    return db.session.scalars(select(ClosedYear).where(ClosedYear.area_code == area_code, ClosedYear.year == year)).one_or_none()


def closing_in(closed_id: UUID, area_codes: Iterable[str]) -> ClosedYear:
    """A closing of an area under one of some areas. Raises: NotFound."""
    return found_by(select(ClosedYear).where(ClosedYear.id == closed_id, acted_on(ClosedYear.area_code, list(area_codes))))


def is_closed(provider_id: UUID, years: Iterable[int]) -> bool:
    """Whether one of these years is closed for a provider: with figures of its own, or with the area where it stands."""
    asked = sorted(set(years))
    own = select(YearFigure.id).where(YearFigure.provider_id == provider_id, YearFigure.year.in_(asked))
    if db.session.scalars(own.limit(1)).first() is not None:
        return True
    areas = db.session.scalars(select(ClosedYear.area_code).where(ClosedYear.year.in_(asked), ClosedYear.closed_at.is_not(None))).all()
    if not areas:
        return False
    place = identity.organisation(provider_id)
    return may_act(areas, place.region_code, place.park_code)


def closed_on(provider_id: UUID, year: int) -> datetime | None:
    """When a provider's year was closed, if it was."""
    statement = select(ClosedYear.closed_at).join(YearFigure, YearFigure.closed_id == ClosedYear.id)
    return db.session.scalar(statement.where(YearFigure.provider_id == provider_id, YearFigure.year == year))


def closed_years_of(provider_id: UUID) -> list[int]:
    """The years of a provider that are closed."""
    place = identity.organisation(provider_id)
    own = set(db.session.scalars(select(YearFigure.year).where(YearFigure.provider_id == provider_id)))
    rows = db.session.execute(select(ClosedYear.area_code, ClosedYear.year).where(ClosedYear.closed_at.is_not(None)))
    return sorted(own | {year for area, year in rows if may_act([area], place.region_code, place.park_code)})


def later_rows(provider_id: UUID, year: int) -> list[ServiceRecord]:
    """What was written for a provider's year after it was closed, newest first."""
    corrected = select(_r.id).where(in_year(year))
    statement = select(_r).where(_r.after_close, _r.provider_id == provider_id, or_(in_year(year), _r.corrects_id.in_(corrected)))
    return list(db.session.scalars(statement.order_by(_r.created_at.desc(), _r.id.desc())))
