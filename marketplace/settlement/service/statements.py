"""What is said of a statement's differences: one person explains, another one confirms. Nothing of the statement changes."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from marketplace.audit import service as audit
from marketplace.kernel.commands import Command, begin
from marketplace.kernel.db import by_id, db, in_turn
from marketplace.kernel.errors import N_, Conflict, RuleViolation
from marketplace.kernel.typed import checked_reason, fitting
from marketplace.settlement import rules
from marketplace.settlement.queries import statements
from marketplace.settlement.statement_models import AgreedDifference, BankStatement, BankStatementRow, ExplainedDifference


def add_statement(row: BankStatement) -> None:
    """Keep a statement, unless an earlier part of its file did."""
    if db.session.get(BankStatement, row.id) is None:
        db.session.add(row)
        db.session.flush()


def add_statement_rows(rows: Sequence[BankStatementRow]) -> None:
    """Keep lines of a statement."""
    db.session.add_all(rows)
    db.session.flush()


def note_statement(statement_id: UUID, *, actor_id: UUID) -> None:
    """A statement is there as a whole."""
    row = by_id(BankStatement, statement_id)
    audit.record("statement.recorded", actor_id=actor_id, subject_type="bank_statement", subject_id=row.id, number=row.number)


def explain_difference(
    statement_id: UUID, item_id: UUID, *, reason: str, actor_id: UUID, now: datetime, request_key: UUID
) -> ExplainedDifference | None:
    """Say why a line has no counterpart; None: said before by this very form.

    Raises: RuleViolation: no reason, or no such difference. Conflict: somebody else said it.
    """
    row = _alone(statement_id)
    if not begin(Command(request_key, "statement.explained", actor_id, item_id, {"reason": reason}), now=now):
        return None
    reason = fitting(checked_reason(reason, N_("请写明差异的原因。")), 500)
    found = statements.matching_of(row)
    if item_id not in {one.id for one in (*found.bank_only, *found.books_only)}:
        raise RuleViolation(N_("这一笔已经对上，没有差异要说明。"), code="no_difference")
    if item_id in statements.said_of(statement_id):
        raise Conflict(N_("这一笔差异已有说明，等另一位财政人员确认。"), code="explained_already")
    said = ExplainedDifference(statement_id=statement_id, item_id=item_id, reason=reason, proposed_by=actor_id, created_at=now)
    db.session.add(said)
    db.session.flush()
    _trail("statement.explained", row, actor_id, reason)
    return said


def confirm_explanation(statement_id: UUID, item_id: UUID, *, actor_id: UUID, now: datetime, request_key: UUID) -> None:
    """A second person agrees.

    Raises: Denied: the one who said it. RuleViolation: nothing was said. Conflict: it was confirmed before.
    """
    row = _alone(statement_id)
    if not begin(Command(request_key, "statement.confirmed", actor_id, item_id, {}), now=now):
        return
    said = statements.said_of(statement_id).get(item_id)
    if said is None:
        raise RuleViolation(N_("这一笔差异还没有说明，请先说明原因。"), code="not_explained")
    if said.is_confirmed:
        raise Conflict(N_("这一笔差异的说明已经确认过。"), code="confirmed_already")
    proposed_by = said.explanation.proposed_by
    rules.check_two_people(proposed_by, actor_id, N_("差异由您说明，请由另一位财政人员确认。"))
    one = AgreedDifference(explanation_id=said.explanation.id, proposed_by=proposed_by, confirmed_by=actor_id, created_at=now)
    db.session.add(one)
    db.session.flush()
    _trail("statement.confirmed", row, actor_id, said.explanation.reason)


def _alone(statement_id: UUID) -> BankStatement:
    """A statement about which two people decide one after the other. The row itself never changes, so it cannot be locked."""
    in_turn(statement_id)
    return by_id(BankStatement, statement_id)


def _trail(event: str, row: BankStatement, actor_id: UUID, reason: str) -> None:
    audit.record(event, actor_id=actor_id, subject_type="bank_statement", subject_id=row.id, number=row.number, reason=reason)
