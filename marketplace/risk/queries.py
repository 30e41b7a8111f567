"""Reads of signals, within areas of authority."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, Select, or_, select, true

from marketplace.identity.scope import acted_on, may_act, whole_provinces
from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound
from marketplace.risk.models import RiskSignal, Severity, SignalState

Areas = Iterable[str] | None  # None: the whole platform


def _in_areas(areas: Areas) -> ColumnElement[bool]:
    if areas is None:
        return true()
    return or_(RiskSignal.region_code.is_(None), acted_on(RiskSignal.region_code, areas))


@dataclass(frozen=True, slots=True)
class SignalFilter:
    """What a list of signals is narrowed to."""

    state: SignalState | None = None
    severity: Severity | None = None
    kind: str = ""
    closable: bool = False  # only those that an officer of the areas answers for


def signals(areas: Areas, chosen: SignalFilter) -> Select[RiskSignal]:
    """Signals of some areas, those without a place among them; newest first."""
    statement = select(RiskSignal).where(_in_areas(areas))
    if chosen.state is not None:
        statement = statement.where(RiskSignal.state == chosen.state)
    if chosen.severity is not None:
        statement = statement.where(RiskSignal.severity == chosen.severity)
    if chosen.kind:
        statement = statement.where(RiskSignal.kind == chosen.kind)
    if chosen.closable and not whole_provinces(areas or ()):
        statement = statement.where(RiskSignal.region_code.is_not(None))
    return statement.order_by(RiskSignal.raised_at.desc(), RiskSignal.id.desc())


def signal(signal_id: UUID, areas: Areas) -> RiskSignal:
    """One signal of some areas.

    Raises: NotFound: no such signal, or of another area.
    """
    row = db.session.scalars(select(RiskSignal).where(RiskSignal.id == signal_id, _in_areas(areas))).one_or_none()
    if row is None:
        raise NotFound
    return row


def may_close(row: RiskSignal, areas: Iterable[str]) -> bool:
    """Whether an officer of these areas answers for the signal; for one without a place only that of a province does."""
    return bool(whole_provinces(areas)) if row.region_code is None else may_act(areas, row.region_code)


def kinds(areas: Areas) -> list[str]:
    """The kinds that were ever raised in some areas."""
    return list(db.session.scalars(select(RiskSignal.kind).where(_in_areas(areas)).distinct().order_by(RiskSignal.kind)))
