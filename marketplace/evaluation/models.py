"""Settings of a rule set, judgements by people."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.identity.models import Organisation
from marketplace.kernel import clock
from marketplace.kernel.append_only import ROWS
from marketplace.kernel.db import HasId, Model
from marketplace.vouchers.rules.kept_facts import Kept


class RulesetSetting(HasId, Model):
    """How an ambiguous clause is read in an area, by whom and why. The newest row of the widest area that has one counts."""

    __tablename__ = "ruleset_settings"
    __table_args__ = (Index(None, "ruleset", "key"), {"info": {"kept": ROWS}})

    ruleset: Mapped[str] = mapped_column(String(80))
    area_code: Mapped[str] = mapped_column(String(6))  # an area of authority
    key: Mapped[str] = mapped_column(String(80))
    value: Mapped[str] = mapped_column(String(80))
    reason: Mapped[str] = mapped_column(String(300))
    actor_id: Mapped[UUID]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


class Judgement(HasId, Model):
    """What a person says of a criterion that figures cannot settle, or a prefecture's own test. The newest row counts."""

    __tablename__ = "judgements"
    __table_args__ = (
        CheckConstraint("verdict IN ('met', 'unmet', 'unknown')", name="verdict_known"),
        Index(None, "organisation_id", "ruleset", "year"),
        {"info": {"kept": ROWS}},
    )

    ruleset: Mapped[str] = mapped_column(String(80))
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    year: Mapped[int]
    criterion_id: Mapped[str] = mapped_column(String(80))
    verdict: Mapped[str] = mapped_column(String(10))
    opinion: Mapped[str] = mapped_column(Text)
    value: Mapped[int | None]  # a figure of the judge's own, e.g. satisfaction in basis points
    file_id: Mapped[UUID | None] = mapped_column(ForeignKey("stored_files.id"))
    actor_id: Mapped[UUID]
    facts: Mapped[Kept | None] = mapped_column(JSON(none_as_null=True))  # what the verdict follows from; None: not kept yet
    created_at: Mapped[datetime] = mapped_column(default=clock.now)

    organisation: Mapped[Organisation] = relationship(lazy="joined")
