"""Rule sets as they were on a day, and assessments as they were made by them. Both are only added to."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.kernel import clock
from marketplace.kernel.append_only import ROWS
from marketplace.kernel.db import HasId, Model


class RulesetVersion(HasId, Model):
    """A rule set's file as it was when something was first decided by it."""

    __tablename__ = "ruleset_versions"
    __table_args__ = (UniqueConstraint("ruleset", "number"), UniqueConstraint("ruleset", "sha256"), {"info": {"kept": ROWS}})

    ruleset: Mapped[str] = mapped_column(String(80))
    number: Mapped[int]  # from 1
    sha256: Mapped[str] = mapped_column(String(64))  # of the content
    content: Mapped[str] = mapped_column(Text)  # the file
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


class KeptAssessment(HasId, Model):
    """How an organisation stood against a version of a rule set, with the facts it was held against."""

    __tablename__ = "assessments"
    __table_args__ = (
        CheckConstraint("verdict IN ('met', 'unmet', 'unknown', 'manual_review', 'not_applicable')", name="verdict_known"),
        Index(None, "organisation_id", "created_at"),
        {"info": {"kept": ROWS}},
    )

    version_id: Mapped[UUID] = mapped_column(ForeignKey("ruleset_versions.id"))
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    year: Mapped[int]  # whose services count
    applied_on: Mapped[date]  # on which the organisation stands as it is: years of operation, staff, member bodies
    verdict: Mapped[str] = mapped_column(String(16))
    settings: Mapped[dict[str, object]] = mapped_column(JSON)  # how clauses were read
    facts: Mapped[dict[str, object]] = mapped_column(JSON)  # what was measured, with the rows behind it
    result: Mapped[list[dict[str, object]]] = mapped_column(JSON)  # condition by condition
    sha256: Mapped[str] = mapped_column(String(64))  # of version, settings, facts and result
    actor_id: Mapped[UUID]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)

    version: Mapped[RulesetVersion] = relationship(lazy="joined")
