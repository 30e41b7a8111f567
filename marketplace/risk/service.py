"""Raising signals, and answering them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from marketplace.audit import service as audit
from marketplace.audit.leaves import canonical_json
from marketplace.kernel.db import insert_new, locked, table_of
from marketplace.kernel.errors import N_
from marketplace.kernel.ids import uuid7
from marketplace.kernel.sentences import Sentence
from marketplace.moves import service as moves
from marketplace.risk import rules
from marketplace.risk.models import RiskSignal, Severity, SignalState


def raise_signal(
    kind: str,
    severity: Severity,
    *,
    subject_type: str,
    subject_id: UUID,
    reason: str,
    evidence: Mapping[str, Any],
    region_code: str | None,
    now: datetime,
) -> bool:
    """A check found a reason to open a file: once per kind and subject, in the caller's transaction. Whether it is new."""
    message, values = Sentence(reason).__composite_values__()
    row = {
        "id": uuid7(),
        "kind": kind,
        "severity": severity,
        "subject_type": subject_type,
        "subject_id": subject_id,
        "region_code": region_code,
        "reason": message,
        "reason_values": values,
        "evidence": canonical_json(dict(evidence)),
        "state": SignalState.OPEN,
        "answer": "",
        "raised_at": now,
    }
    return insert_new(table_of(RiskSignal), row)


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
