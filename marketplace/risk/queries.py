"""Reads of signals, within areas of authority."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, or_, select, true

from marketplace.identity.models import Organisation
from marketplace.identity.scope import acted_on, may_act, whole_provinces
from marketplace.kernel.db import db, found_by
from marketplace.kernel.money import CNY
from marketplace.kernel.sentences import Sentence
from marketplace.risk import rules
from marketplace.risk.models import Bar, CreditLimit, CreditReview, RiskSignal, Severity, SignalState

_AT_ONCE = 500  # ids in one IN list
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
    return found_by(select(RiskSignal).where(RiskSignal.id == signal_id, _in_areas(areas)))


def may_close(row: RiskSignal, areas: Iterable[str]) -> bool:
    """Whether an officer of these areas answers for the signal; for one without a place only that of a province does."""
    return bool(whole_provinces(areas)) if row.region_code is None else may_act(areas, row.region_code)


def kinds(areas: Areas) -> list[str]:
    """The kinds that were ever raised in some areas."""
    return list(db.session.scalars(select(RiskSignal.kind).where(_in_areas(areas)).distinct().order_by(RiskSignal.kind)))


def stands(today: date) -> ColumnElement[bool]:
    """SQL condition: a bar that keeps somebody away on a day."""
    return and_(Bar.from_on <= today, Bar.until_on >= today, or_(Bar.lifted_on.is_(None), Bar.lifted_on > today))


def bars_of(organisation_id: UUID, today: date) -> list[Bar]:
    """What keeps an organisation away on a day, the longest first."""
    wanted = select(Bar).where(Bar.organisation_id == organisation_id, stands(today))
    return list(db.session.scalars(wanted.order_by(Bar.until_on.desc(), Bar.id)))


def check_not_barred(organisation_ids: Iterable[UUID], today: date) -> None:
    """None of some organisations is kept away by a decision today.

    Raises: RuleViolation, with its last day and the decision.
    """
    wanted = select(Bar, Organisation.name).join(Organisation, Organisation.id == Bar.organisation_id)
    wanted = wanted.where(Bar.organisation_id.in_(organisation_ids), stands(today)).order_by(Bar.until_on.desc(), Bar.id).limit(1)
    found = db.session.execute(wanted).first()
    if found is not None:
        bar, name = found
        raise rules.barred(name, bar.kind, bar.from_on, bar.until_on, bar.number)


def barred_of(organisation_ids: Collection[UUID], today: date) -> dict[UUID, Sentence]:
    """Those of some organisations that a decision keeps away today, with its last day and the decision."""
    found, ids = dict[UUID, Sentence](), list(organisation_ids)
    for start in range(0, len(ids), _AT_ONCE):
        wanted = select(Bar, Organisation.name).join(Organisation, Organisation.id == Bar.organisation_id)
        wanted = wanted.where(Bar.organisation_id.in_(ids[start : start + _AT_ONCE]), stands(today)).order_by(Bar.until_on, Bar.id)
        for row, name in db.session.execute(wanted):
            why = rules.barred(name, row.kind, row.from_on, row.until_on, row.number)
            found[row.organisation_id] = Sentence(why.message, why.params)
    return found


@dataclass(frozen=True, slots=True)
class FewPoints:
    """Why one person more looks at a claim."""

    organisation_id: UUID
    points: int
    floor: int


def fewest_points(organisation_ids: Iterable[UUID], today: date) -> FewPoints | None:
    """Of some organisations the one with the fewest credit points, where those are too few for an ordinary review; None: none has."""
    wanted = select(CreditReview).where(CreditReview.organisation_id.in_(organisation_ids), CreditReview.until_on >= today)
    row = db.session.scalars(wanted.order_by(CreditReview.points, CreditReview.organisation_id).limit(1)).first()
    return None if row is None else FewPoints(row.organisation_id, row.points, row.floor)


def credit_limit_of(organisation_id: UUID, today: date) -> CreditLimit | None:
    """Up to what an organisation may order on a day; None: up to anything."""
    wanted = select(CreditLimit).where(CreditLimit.organisation_id == organisation_id, CreditLimit.until_on >= today)
    return db.session.scalars(wanted).one_or_none()


def check_may_order(organisation_ids: Iterable[UUID], price_fen: int, currency: str, today: date) -> None:
    """None of some organisations is kept away by a decision today, nor has too few credit points for a price. In one statement.

    Raises: RuleViolation, with its last day, and the decision or the points.
    """
    wanted = (
        select(Organisation.name, Bar, CreditLimit)
        .outerjoin(Bar, and_(Bar.organisation_id == Organisation.id, stands(today)))
        .outerjoin(CreditLimit, and_(CreditLimit.organisation_id == Organisation.id, CreditLimit.until_on >= today))
        .where(Organisation.id.in_(organisation_ids), or_(Bar.id.is_not(None), CreditLimit.id.is_not(None)))
    )
    found: Iterable[tuple[str, Bar | None, CreditLimit]] = db.session.execute(wanted.order_by(Bar.until_on.desc().nulls_last(), Bar.id))
    for name, bar, limit in found:
        if bar is not None:
            raise rules.barred(name, bar.kind, bar.from_on, bar.until_on, bar.number)
        if currency == CNY and price_fen > limit.most_fen:
            raise rules.above_credit(name, limit.points, limit.most_fen, limit.until_on)
