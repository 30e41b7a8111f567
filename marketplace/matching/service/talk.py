"""What the two sides of a match write to each other, on the page where both look."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from marketplace.kernel.db import by_id, db
from marketplace.kernel.errors import N_
from marketplace.kernel.typed import checked_reason
from marketplace.matching.service.steps import finished, opened
from marketplace.matching.step_models import MatchMessage
from marketplace.moves.service import By


def write(message_id: UUID, match_id: UUID, body: str, *, actor_id: UUID, by: UUID, now: datetime) -> MatchMessage:
    """One more word to the other side. The same id again answers the same row.

    Raises: NotFound: not for that party; RuleViolation: nothing is said, or the firm has not heard of the match.
    """
    act = opened("message", match_id, By(actor_id, now, message_id, {"body": body}), by=by)
    if act.is_repeat:
        return by_id(MatchMessage, message_id)
    said = checked_reason(body, N_("请填写留言内容。"), field="body")
    row = MatchMessage(id=message_id, match_id=match_id, organisation_id=by, actor_id=actor_id, body=said, created_at=now)
    db.session.add(row)
    finished(act, by=by, said=said)
    return row


def thread_of(match_id: UUID) -> list[MatchMessage]:
    """What was written, oldest first."""
    wanted = select(MatchMessage).where(MatchMessage.match_id == match_id).order_by(MatchMessage.created_at, MatchMessage.id)
    return list(db.session.scalars(wanted))
