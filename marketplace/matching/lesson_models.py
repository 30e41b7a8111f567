"""What the search learnt from outcomes, version by version."""

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel import clock
from marketplace.kernel.append_only import ROWS
from marketplace.kernel.db import HasId, Model


class MatchLesson(HasId, Model):
    """Weights that a night learnt, from what, and whether they held: only then runs use them."""

    __tablename__ = "match_lessons"
    __table_args__ = (
        CheckConstraint("length(weights_hash) = 64 AND length(training_hash) = 64", name="hashes_whole"),
        {"info": {"kept": ROWS}},
    )

    version: Mapped[str] = mapped_column(String(40))  # stands with every match
    way: Mapped[str] = mapped_column(String(20))  # kept, index, weights, memory, few
    weights: Mapped[dict[str, float]] = mapped_column(JSON)  # by feature
    weights_hash: Mapped[str] = mapped_column(String(64), index=True)
    training: Mapped[bytes] = mapped_column(LargeBinary)  # wordings, lines and votes: JSON, deflated (zlib)
    training_hash: Mapped[str] = mapped_column(String(64))  # SHA-256 of that JSON
    figures: Mapped[dict[str, float]] = mapped_column(JSON)  # mean reciprocal ranks that decided
    adopted: Mapped[bool]  # not worse on outcomes kept aside, on names, than what was used and than the index alone
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
