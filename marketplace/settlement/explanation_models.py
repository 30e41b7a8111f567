"""What who approved a claim said of each check that was not green."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel import clock
from marketplace.kernel.append_only import ROWS
from marketplace.kernel.db import HasId, Model


class ClaimExplanation(HasId, Model):
    """Why a claim was approved although a check was not green: what the check said then, and the word on it."""

    __tablename__ = "claim_explanations"
    __table_args__ = (
        UniqueConstraint("claim_id", "submitted_at", "check_key"),  # one approval of a hand-in, one word a check
        CheckConstraint("length(words) > 0", name="words_said"),
        CheckConstraint("verdict IN ('warn', 'fail')", name="verdict_known"),
        {"info": {"kept": ROWS}},
    )

    claim_id: Mapped[UUID] = mapped_column(ForeignKey("claims.id"))
    submitted_at: Mapped[datetime]  # which hand-in it is about
    check_key: Mapped[str] = mapped_column(String(40))  # see policy.programme_guards.ClaimCheck
    verdict: Mapped[str] = mapped_column(String(10))  # warn, fail
    found: Mapped[Mapping[str, Any]] = mapped_column(JSON)  # what the check said, as {message, params}
    explained_by: Mapped[UUID]
    words: Mapped[str] = mapped_column(String(300))
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
