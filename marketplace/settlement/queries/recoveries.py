"""Cases of money to be paid back, and what came in on them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, Select, cast, exists, func, or_, select

from marketplace.identity.models import Organisation
from marketplace.identity.queries import in_areas
from marketplace.kernel.db import db, found_by
from marketplace.orders.queries import Viewer
from marketplace.settlement.lifecycle import LineState, RecoveryState
from marketplace.settlement.models import Claim, PaymentLine
from marketplace.settlement.queries.paid import paid_of
from marketplace.settlement.recovery_models import Recovery, RecoveryInstalment
from marketplace.settlement.recovery_rules import Owed, Received, owed

OPEN = (RecoveryState.PROPOSED, RecoveryState.DEMANDED, RecoveryState.REFERRED)
PAYS_BACK = (RecoveryState.DEMANDED, RecoveryState.REFERRED)


@dataclass(frozen=True, slots=True)
class RecoveryFilters:
    """What the list is narrowed to."""

    state: RecoveryState | None = None
    text: str = ""  # number of the case or of the claim
    overdue_on: date | None = None  # demanded, and the day has passed
    not_by: UUID | None = None  # without those that this user opened


def _in_areas(areas: Iterable[str]) -> ColumnElement[bool]:
    return Recovery.enterprise_id.in_(select(Organisation.id).where(in_areas(areas)))


def of_area(areas: Iterable[str], filters: RecoveryFilters) -> Select[Recovery]:
    """The cases of an area, narrowed; what is due first comes first."""
    statement = select(Recovery).where(_in_areas(areas))
    if filters.state is not None:
        statement = statement.where(Recovery.state == filters.state)
    if filters.text:
        number = filters.text.strip().upper()
        statement = statement.where(or_(Recovery.number == number, Recovery.claim_id.in_(select(Claim.id).where(Claim.number == number))))
    if filters.overdue_on is not None:
        statement = statement.where(Recovery.state == RecoveryState.DEMANDED, Recovery.due_on < filters.overdue_on)
    if filters.not_by is not None:
        statement = statement.where(Recovery.opened_by.is_distinct_from(filters.not_by))
    return statement.order_by(Recovery.due_on.nulls_last(), Recovery.id)


def of_debtor(organisation_id: UUID, states: tuple[RecoveryState, ...] = ()) -> Select[Recovery]:
    """What an organisation has to pay back, or had to; what nobody has decided on is not its business yet."""
    told = states or tuple(one for one in RecoveryState if one not in {RecoveryState.PROPOSED, RecoveryState.DROPPED})
    wanted = select(Recovery).where(Recovery.debtor_id == organisation_id, Recovery.state.in_(told))
    return wanted.order_by(Recovery.due_on.nulls_last(), Recovery.id)


def in_area(recovery_id: UUID, areas: Iterable[str]) -> Recovery:
    """A case of one's own area. Raises: NotFound."""
    return found_by(select(Recovery).where(Recovery.id == recovery_id, _in_areas(areas)))


def visible(recovery_id: UUID, viewer: Viewer) -> Recovery:
    """A case of staff's area, or of one's own organisation once it was decided. Raises: NotFound."""
    if viewer.areas:
        return in_area(recovery_id, viewer.areas)
    return found_by(of_debtor(viewer.organisation_id).where(Recovery.id == recovery_id))


def of_claim(claim_id: UUID) -> list[Recovery]:
    """The cases of a claim, newest first."""
    return list(db.session.scalars(select(Recovery).where(Recovery.claim_id == claim_id).order_by(Recovery.id.desc())))


def is_known(recovery_id: UUID) -> bool:
    """Whether a case of this id was opened."""
    return bool(db.session.scalar(select(exists().where(Recovery.id == recovery_id))))


def instalments_of(recovery_id: UUID) -> list[RecoveryInstalment]:
    """What came in on a case, in the order in which it came."""
    rows = select(RecoveryInstalment).where(RecoveryInstalment.recovery_id == recovery_id).order_by(RecoveryInstalment.place)
    return list(db.session.scalars(rows))


def came_in_fen(recovery_id: UUID) -> int:
    """What came in on a case, interest with it."""
    total = func.sum(RecoveryInstalment.principal_fen + RecoveryInstalment.interest_fen)
    return int(db.session.scalar(select(total).where(RecoveryInstalment.recovery_id == recovery_id)) or 0)


def owed_on(row: Recovery, instalments: Iterable[RecoveryInstalment], day: date) -> Owed:
    """What there is to pay back of a case on a day, with interest."""
    return owed(row.amount_fen, row.interest, [Received(one.received_on, one.principal_fen, one.interest_fen) for one in instalments], day)


def recoverable_fen(claim_id: UUID) -> int:
    """What was paid of a claim, less what came back from the bank, and less what decisions recover of it."""
    decided = select(func.sum(Recovery.amount_fen)).where(Recovery.claim_id == claim_id, Recovery.state != RecoveryState.DROPPED)
    return paid_of([claim_id]).get(claim_id, 0) - int(db.session.scalar(select(cast(decided.scalar_subquery(), BigInteger))) or 0)


def paid_on(claim_id: UUID) -> date | None:
    """When the bank paid a claim last; a line that was not paid after all says nothing."""
    paid = (PaymentLine.claim_id == claim_id, PaymentLine.state == LineState.PAID)
    return db.session.scalar(select(func.max(PaymentLine.paid_on)).where(*paid))


def is_received(reference_key: str) -> bool:
    """Whether a number of the bank's was recorded for an instalment before."""
    return bool(db.session.scalar(select(exists().where(RecoveryInstalment.reference_key == reference_key))))


def running_over(touched: ColumnElement[bool]) -> list[UUID]:
    """Cases whose term runs over days of the calendar that changed."""
    return list(db.session.scalars(select(Recovery.id).where(Recovery.state == RecoveryState.DEMANDED, touched).order_by(Recovery.id)))


def sums(areas: Iterable[str]) -> list[tuple[str, int, int, int]]:
    """By currency: how many cases of an area wait for money, how much they demand, how much of it came in."""
    waiting = select(Recovery.currency, func.count(), func.sum(Recovery.amount_fen), func.sum(Recovery.recovered_fen))
    rows = db.session.execute(waiting.where(_in_areas(areas), Recovery.state.in_(PAYS_BACK)).group_by(Recovery.currency))
    return [(currency, int(count), int(amount), int(came)) for currency, count, amount, came in rows]
