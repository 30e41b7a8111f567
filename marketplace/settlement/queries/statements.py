"""Statements of bank accounts, and the payments of their days with which they are compared."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from marketplace.identity.scope import acted_on
from marketplace.kernel.db import db, found_by
from marketplace.settlement.bounce_models import PaymentBounce
from marketplace.settlement.lifecycle import LineState
from marketplace.settlement.models import BankTransfer, Claim, PaymentBatch, PaymentLine
from marketplace.settlement.recovery_models import Recovery, RecoveryInstalment
from marketplace.settlement.statement_models import AgreedDifference, BankStatement, BankStatementRow, ExplainedDifference
from marketplace.settlement.statement_rules import BankMove, Matching, matched
from marketplace.vouchers.models import Programme


@dataclass(frozen=True, slots=True)
class ComparedPeriod:
    """Whose payments a statement is compared with: an area's, in a currency, of some days (both inclusive)."""

    area_code: str
    currency: str
    first_on: date
    last_on: date


def statements(areas: Iterable[str]) -> Select[BankStatement]:
    """Statements of some areas, the newest first."""
    return (
        select(BankStatement)
        .where(acted_on(BankStatement.area_code, areas))
        .order_by(BankStatement.last_on.desc(), BankStatement.id.desc())
    )


def with_unconfirmed(areas: Iterable[str], *, not_by: UUID | None = None) -> Select[BankStatement]:
    """Those with a difference that one person explained and nobody confirmed.

    Args:
        not_by: explained by somebody else than this person, who may confirm it.
    """
    agreed = exists().where(AgreedDifference.explanation_id == ExplainedDifference.id)
    others = () if not_by is None else (ExplainedDifference.proposed_by != not_by,)
    return statements(areas).where(exists().where(ExplainedDifference.statement_id == BankStatement.id, ~agreed, *others))


def statement_in(statement_id: UUID, areas: Iterable[str]) -> BankStatement:
    """A statement of one's own area. Raises: NotFound."""
    return found_by(statements(areas).where(BankStatement.id == statement_id))


def is_known(account: str, currency: str, first_on: date, last_on: date) -> bool:
    """Whether a statement of this account and period is there."""
    same = (BankStatement.account == account, BankStatement.currency == currency)
    return bool(db.session.scalar(select(exists().where(*same, BankStatement.first_on == first_on, BankStatement.last_on == last_on))))


def row_count(statement_id: UUID) -> int:
    """How many lines of a statement are stored."""
    return db.session.scalar(select(func.count()).where(BankStatementRow.statement_id == statement_id)) or 0


def rows_of(statement_id: UUID) -> list[BankMove]:
    """The lines of a statement, in its order."""
    found = db.session.scalars(
        select(BankStatementRow).where(BankStatementRow.statement_id == statement_id).order_by(BankStatementRow.place)
    )
    return [
        BankMove(
            id=row.id,
            day=row.booked_on,
            amount_fen=row.amount_fen,
            key=row.reference_key,
            account=row.counter_account,
            label=" ".join(part for part in (str(row.place), row.reference, row.counterparty, row.purpose) if part),
        )
        for row in found
    ]


def payments_of(account: ComparedPeriod) -> list[BankMove]:
    """What was recorded here as moved by the bank in these days: transfers, what came back, what was paid back."""
    return [*_transfers(account), *_bounces(account), *_instalments(account)]


def _of(account: ComparedPeriod, day: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
    return and_(
        Programme.area_code == account.area_code,
        Claim.currency == account.currency,
        day >= account.first_on,
        day <= account.last_on,
    )


def _transfers(account: ComparedPeriod) -> list[BankMove]:
    whole = and_(BankTransfer.line_id.is_(None), BankTransfer.batch_id == PaymentLine.batch_id)
    wanted = (
        select(
            BankTransfer.id,
            BankTransfer.reference_key,
            func.min(PaymentLine.paid_on),
            func.sum(PaymentLine.amount_fen),
            func.min(PaymentLine.payee_account),
            func.min(PaymentBatch.number),
            func.min(Claim.number),
            func.count(),
        )
        .select_from(BankTransfer)
        .join(PaymentLine, or_(BankTransfer.line_id == PaymentLine.id, whole))
        .join(PaymentBatch, PaymentBatch.id == PaymentLine.batch_id)
        .join(Claim, Claim.id == PaymentLine.claim_id)
        .join(Programme, Programme.id == PaymentBatch.programme_id)
        .where(_of(account, PaymentLine.paid_on), PaymentBatch.simulated.is_(False))
        .where(PaymentLine.state.in_((LineState.PAID, LineState.BOUNCED)))
        .group_by(BankTransfer.id, BankTransfer.reference_key)
    )
    return [
        BankMove(
            id=row_id,
            day=day,
            amount_fen=-int(fen),
            key=key,
            account=payee if count == 1 else "",
            label=f"{batch} {claim}" if count == 1 else f"{batch}（{count}）",
        )
        for row_id, key, day, fen, payee, batch, claim, count in db.session.execute(wanted)
        if day is not None
    ]


def _bounces(account: ComparedPeriod) -> list[BankMove]:
    wanted = select(PaymentBounce, PaymentLine.payee_account, Claim.number).join(PaymentLine, PaymentLine.id == PaymentBounce.line_id)
    wanted = wanted.join(Claim, Claim.id == PaymentLine.claim_id).join(Programme, Programme.id == Claim.programme_id)
    return [
        BankMove(id=row.id, day=row.bounced_on, amount_fen=row.amount_fen, key=row.reference_key, account=payee, label=number)
        for row, payee, number in db.session.execute(wanted.where(_of(account, PaymentBounce.bounced_on)))
    ]


def _instalments(account: ComparedPeriod) -> list[BankMove]:
    wanted = select(RecoveryInstalment, Recovery.number).join(Recovery, Recovery.id == RecoveryInstalment.recovery_id)
    wanted = wanted.join(Claim, Claim.id == Recovery.claim_id).join(Programme, Programme.id == Claim.programme_id)
    return [
        BankMove(id=row.id, day=row.received_on, amount_fen=row.amount_fen, key=row.reference_key, account="", label=number)
        for row, number in db.session.execute(wanted.where(_of(account, RecoveryInstalment.received_on)))
    ]


def matching_of(statement: BankStatement) -> Matching:
    """A statement beside the payments of its days, as they are recorded now."""
    account = ComparedPeriod(statement.area_code, statement.currency, statement.first_on, statement.last_on)
    return matched(rows_of(statement.id), payments_of(account))


@dataclass(frozen=True, slots=True)
class DifferenceSaid:
    """What was said of a line without a counterpart."""

    explanation: ExplainedDifference
    is_confirmed: bool


def said_of(statement_id: UUID) -> dict[UUID, DifferenceSaid]:
    """What was said of a statement's differences, by the line or payment that each is about."""
    wanted = select(ExplainedDifference, AgreedDifference.id).outerjoin(
        AgreedDifference, AgreedDifference.explanation_id == ExplainedDifference.id
    )
    rows = db.session.execute(wanted.where(ExplainedDifference.statement_id == statement_id))
    return {row.item_id: DifferenceSaid(row, confirmed is not None) for row, confirmed in rows}
