"""Cases, and what was decided in them; spot checks, what entered their draws and what was found."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, composite, mapped_column, relationship

from marketplace.identity.models import Organisation
from marketplace.kernel import clock
from marketplace.kernel.append_only import ROWS
from marketplace.kernel.db import HasId, Model, only, state_enum
from marketplace.kernel.money import CNY
from marketplace.kernel.sentences import Sentence
from marketplace.policy.terms import TermColumns
from marketplace.supervision.check_rules import CheckForm, PickedBy, Population, SpotPlan
from marketplace.supervision.lifecycle import CaseState, DrawState
from marketplace.supervision.rules import AppealAnswer, CaseSource, MeasureKind, MeasureState


class SupervisionCase(HasId, TermColumns, Model):
    """Something that may be wrong with an organisation, looked into until it is decided and past its appeal."""

    __tablename__ = "supervision_cases"
    __table_args__ = (
        CheckConstraint("decided_by IS NULL OR (found_by IS NOT NULL AND decided_by <> found_by)", name="decided_by_another"),
        CheckConstraint(
            "answered_by IS NULL OR (decided_by IS NOT NULL AND answered_by <> decided_by AND answered_by <> found_by)",
            name="answered_by_a_third",
        ),
        CheckConstraint("state IN ('investigating', 'found') OR decided_by IS NOT NULL", name="decided_by_somebody"),
        CheckConstraint("state <> 'appealed' OR length(appeal) > 0", name="appeal_says_why"),
        CheckConstraint("found_at IS NULL OR length(finding) > 0", name="finding_said"),
        Index(None, "organisation_id", "state"),
        Index(None, "region_code", "state"),
        Index(None, "opened_at", "id"),  # the order of the list
        Index(None, "subject_id"),
        Index("uq_supervision_cases_source_id", "source_id", unique=True, **only("source_id IS NOT NULL")),  # once for each cause
    )

    number: Mapped[str] = mapped_column(String(24), unique=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))  # whom it is about
    region_code: Mapped[str] = mapped_column(String(6))  # where that was when the case was opened
    source: Mapped[CaseSource] = mapped_column(state_enum(CaseSource, "source_known"))
    source_id: Mapped[UUID | None]  # signal, item of a check, tip
    subject_type: Mapped[str] = mapped_column(String(64))  # what it is about, as the trail calls it
    subject_id: Mapped[UUID]
    reason_message: Mapped[str] = mapped_column("reason", Text)  # why it was opened
    reason_values: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    reason: Mapped[Sentence] = composite("reason_message", "reason_values")
    state: Mapped[CaseState] = mapped_column(state_enum(CaseState, "state_known"), default=CaseState.INVESTIGATING)
    is_established: Mapped[bool | None]  # what was found; None: nobody has said yet
    finding: Mapped[str] = mapped_column(Text, default="")  # facts, and on what they stand
    found_by: Mapped[UUID | None]
    found_at: Mapped[datetime | None]
    decision: Mapped[str] = mapped_column(Text, default="")  # what the party reads with the measures
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]
    appeal: Mapped[str] = mapped_column(Text, default="")
    appeal_file_id: Mapped[UUID | None] = mapped_column(ForeignKey("stored_files.id"))
    appealed_at: Mapped[datetime | None]
    appeal_answer: Mapped[AppealAnswer | None] = mapped_column(state_enum(AppealAnswer, "appeal_answer_known"))
    answer: Mapped[str] = mapped_column(Text, default="")
    answered_by: Mapped[UUID | None]
    opened_by: Mapped[UUID | None]
    opened_at: Mapped[datetime] = mapped_column(default=clock.now)
    closed_at: Mapped[datetime | None]

    organisation: Mapped[Organisation] = relationship(lazy="joined")

    @property
    def may_be_appealed(self) -> bool:
        """Whether it is decided and its days for an appeal run."""
        return self.state is CaseState.DECIDED


class CaseMeasure(HasId, Model):
    """One thing that a decision does: proposed by who found, in force once decided, lifted by an appeal."""

    __tablename__ = "case_measures"
    __table_args__ = (
        UniqueConstraint("case_id", "kind", "target_id"),  # nothing is struck twice in one way
        CheckConstraint("kind <> 'recovery' OR amount_fen > 0", name="recovery_has_amount"),
        CheckConstraint("kind NOT IN ('suspension', 'ban') OR until_on IS NOT NULL", name="ends_on_a_day"),
        CheckConstraint("kind <> 'referral' OR length(receiver) > 0", name="referral_has_receiver"),
        CheckConstraint("length(currency) = 3", name="currency_code"),
        Index(None, "target_id"),
    )

    case_id: Mapped[UUID] = mapped_column(ForeignKey("supervision_cases.id"))
    kind: Mapped[MeasureKind] = mapped_column(state_enum(MeasureKind, "kind_known"))
    target_id: Mapped[UUID]  # claim, title, service record; the organisation, where it strikes that
    target_number: Mapped[str] = mapped_column(String(60), default="")
    until_on: Mapped[date | None]  # last day
    currency: Mapped[str] = mapped_column(String(3), default=CNY)  # of the amount
    amount_fen: Mapped[int | None] = mapped_column(BigInteger)  # to be recovered
    receiver: Mapped[str] = mapped_column(String(120), default="")
    note: Mapped[str] = mapped_column(String(500), default="")
    state: Mapped[MeasureState] = mapped_column(state_enum(MeasureState, "state_known"), default=MeasureState.PROPOSED)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


class SpotDraw(HasId, Model):
    """A spot check: its rule and its seed are fixed first, then who enters it, then it is drawn."""

    __tablename__ = "spot_draws"
    __table_args__ = (
        CheckConstraint("until_on >= from_on", name="days_in_order"),
        CheckConstraint("size >= 0 AND (size > 0 OR above_fen IS NOT NULL)", name="draws_something"),
        CheckConstraint("length(seed) = 64 AND length(commitment) = 64", name="seed_committed"),
        CheckConstraint("drawn_at IS NULL OR (drawn_at > planned_at AND entered > 0 AND length(digest) = 64)", name="drawn_of_something"),
        CheckConstraint("(state = 'planned') = (drawn_at IS NULL)", name="drawn_when_drawn"),
        Index(None, "area_code", "state"),
        Index(None, "planned_at", "id"),  # the order of the list
    )

    number: Mapped[str] = mapped_column(String(24), unique=True)
    title: Mapped[str] = mapped_column(String(120))
    form: Mapped[CheckForm] = mapped_column(state_enum(CheckForm, "form_known"))
    population: Mapped[Population] = mapped_column(state_enum(Population, "population_known"))
    area_code: Mapped[str] = mapped_column(String(6))
    from_on: Mapped[date]
    until_on: Mapped[date]  # included
    size: Mapped[int]  # drawn by lot
    above_fen: Mapped[int | None] = mapped_column(BigInteger)  # all above it are drawn besides
    by_risk: Mapped[bool] = mapped_column(default=False)  # by weights, else all alike
    is_social: Mapped[bool] = mapped_column(default=False, server_default=false())  # a social supervisor sees each thing first
    seed: Mapped[str] = mapped_column(String(64))  # secret until it is drawn; of a surprise check until that is over
    commitment: Mapped[str] = mapped_column(String(64))  # its SHA-256, published when it was planned
    state: Mapped[DrawState] = mapped_column(state_enum(DrawState, "state_known"), default=DrawState.PLANNED)
    entered: Mapped[int] = mapped_column(default=0)  # how many entered it
    digest: Mapped[str] = mapped_column(String(64), default="")  # SHA-256 of their names, sorted, each on a line
    planned_by: Mapped[UUID]
    planned_in: Mapped[UUID | None]  # organisation of who planned it
    planned_at: Mapped[datetime] = mapped_column(default=clock.now)
    drawn_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]

    @property
    def plan(self) -> SpotPlan:
        """Its rule, as a value."""
        return SpotPlan(
            form=self.form,
            population=self.population,
            area_code=self.area_code,
            from_on=self.from_on,
            until_on=self.until_on,
            size=self.size,
            above_fen=self.above_fen,
            by_risk=self.by_risk,
            is_social=self.is_social,
        )

    @property
    def is_shown(self) -> bool:
        """Whether everybody may read who entered and who was drawn."""
        return self.state is DrawState.CLOSED or (self.state is DrawState.DRAWN and self.form is not CheckForm.SURPRISE)


class SpotEntry(HasId, Model):
    """One that entered a draw, with what decided; never changed."""

    __tablename__ = "spot_entries"
    __table_args__ = (
        UniqueConstraint("draw_id", "place"),
        UniqueConstraint("draw_id", "subject_id"),
        CheckConstraint("weight >= 1", name="weight_positive"),
        {"info": {"kept": ROWS}},
    )

    draw_id: Mapped[UUID] = mapped_column(ForeignKey("spot_draws.id"))
    place: Mapped[int]  # by name, from 1
    subject_type: Mapped[str] = mapped_column(String(64))
    subject_id: Mapped[UUID]
    name: Mapped[str] = mapped_column(String(60))  # what it draws by: a number that is printed
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))  # whose work it is
    other_id: Mapped[UUID | None]  # the other party
    decided_by: Mapped[UUID | None]  # who decided on it before
    amount_fen: Mapped[int] = mapped_column(BigInteger, default=0)
    weight: Mapped[int] = mapped_column(default=1)
    picked_by: Mapped[PickedBy] = mapped_column(state_enum(PickedBy, "picked_by_known"))

    organisation: Mapped[Organisation] = relationship(lazy="joined")


class SpotItem(HasId, Model):
    """One that was drawn, and what was found on the spot."""

    __tablename__ = "spot_items"
    __table_args__ = (
        CheckConstraint("checked_by IS NULL OR (length(report) > 0 AND finding IN ('good', 'bad'))", name="checked_says_what"),
        Index(None, "draw_id", "checked_by"),
    )

    draw_id: Mapped[UUID] = mapped_column(ForeignKey("spot_draws.id"))
    entry_id: Mapped[UUID] = mapped_column(ForeignKey("spot_entries.id"), unique=True)
    checked_by: Mapped[UUID | None]
    checked_at: Mapped[datetime | None]
    finding: Mapped[str | None] = mapped_column(String(10))  # good, bad
    report: Mapped[str] = mapped_column(String(2000), default="")
    file_id: Mapped[UUID | None] = mapped_column(ForeignKey("stored_files.id"))

    entry: Mapped[SpotEntry] = relationship(lazy="joined")
    draw: Mapped[SpotDraw] = relationship(lazy="joined")
