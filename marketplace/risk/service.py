"""Raising signals, answering them, and keeping somebody away for a time."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select

from marketplace.audit import service as audit
from marketplace.audit.leaves import canonical_json
from marketplace.kernel.db import db, insert_new, locked, table_of
from marketplace.kernel.errors import N_
from marketplace.kernel.ids import uuid7
from marketplace.kernel.sentences import Sentence
from marketplace.moves import service as moves
from marketplace.risk import rules
from marketplace.risk.models import Bar, CreditLimit, CreditReview, RiskSignal, Severity, SignalState
from marketplace.risk.rules import BarKind


@dataclass(frozen=True, slots=True)
class Signal:
    """A reason to open a file, as a check found it."""

    kind: str
    severity: Severity
    subject_type: str
    subject_id: UUID
    reason: str
    evidence: Mapping[str, Any]
    region_code: str | None = None
    cause: str = ""  # what tells a new reason from one that was raised before; empty: the kind has one reason for a subject


def raise_signal(found: Signal, *, now: datetime) -> bool:
    """Once per kind, subject and cause, in the caller's transaction. Whether it is new."""
    message, values = Sentence(found.reason).__composite_values__()
    row = {one.name: getattr(found, one.name) for one in fields(found)}
    row |= {"reason": message, "reason_values": values, "evidence": canonical_json(dict(found.evidence))}
    return insert_new(table_of(RiskSignal), row | {"id": uuid7(), "state": SignalState.OPEN, "answer": "", "raised_at": now})


def close_signal(signal_id: UUID, *, verdict: SignalState, answer: str, actor_id: UUID | None, now: datetime) -> RiskSignal:
    """What a signal came to, in words: explained, or confirmed; by an officer, or by itself.

    Raises:
        NotFound: no such signal.
        Conflict: it was closed already.
        RuleViolation: no verdict, or nothing said.
    """
    row = locked(RiskSignal, signal_id)
    if row.state is not SignalState.OPEN:
        raise moves.decided_already(N_("风险提示"), row.state, row.closed_by, row.closed_at)
    rules.check_close(verdict, answer)
    row.state, row.answer, row.closed_by, row.closed_at = verdict, answer.strip(), actor_id, now
    audit.record(
        f"signal.{verdict.value}", actor_id=actor_id, subject_type="risk_signal", subject_id=row.id, kind=row.kind, answer=row.answer
    )
    return row


def bar(bar_id: UUID, organisation_id: UUID, kind: BarKind, *, until_on: date, number: str, today: date) -> Bar:
    """Keep an organisation from orders, offerings and applications from today up to a last day, by the decision of a number."""
    row = Bar(id=bar_id, organisation_id=organisation_id, kind=kind, from_on=today, until_on=until_on, number=number)
    db.session.add(row)
    db.session.flush()
    return row


def lift_bar(bar_id: UUID, *, today: date) -> None:
    """Let an organisation in again before its day. Done twice it is the same."""
    row = locked(Bar, bar_id)
    row.lifted_on = row.lifted_on or today


def limit_by_credit(organisation_id: UUID, *, points: int, most_fen: int, until_on: date) -> CreditLimit:
    """Let an organisation order, and be ordered from, up to an amount until a last day. What was reckoned before gives way."""
    row = db.session.scalars(select(CreditLimit).where(CreditLimit.organisation_id == organisation_id)).one_or_none()
    row = row or CreditLimit(organisation_id=organisation_id)
    row.points, row.most_fen, row.until_on = points, most_fen, until_on
    db.session.add(row)
    db.session.flush()
    return row


def lift_credit_limit(organisation_id: UUID) -> None:
    """Enough points are back."""
    db.session.execute(delete(CreditLimit).where(CreditLimit.organisation_id == organisation_id))


def review_by_credit(organisation_id: UUID, *, points: int, floor: int, until_on: date) -> CreditReview:
    """Have one person more look at the claims of an organisation until a last day. What was reckoned before gives way."""
    row = db.session.scalars(select(CreditReview).where(CreditReview.organisation_id == organisation_id)).one_or_none()
    row = row or CreditReview(organisation_id=organisation_id)
    row.points, row.floor, row.until_on = points, floor, until_on
    db.session.add(row)
    db.session.flush()
    return row


def end_credit_review(organisation_id: UUID) -> None:
    """Enough points are back."""
    db.session.execute(delete(CreditReview).where(CreditReview.organisation_id == organisation_id))
