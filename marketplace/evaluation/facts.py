"""What measures are taken of: rows as values, loaded once for an assessment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from marketplace.evaluation.rowref import RowKind, RowRef
from marketplace.policy.fees import FeeKind
from marketplace.policy.programme_words import ServiceFunction
from marketplace.records.rules import Mode


@dataclass(frozen=True, slots=True)
class Served:
    """One service record that counts to the platform."""

    id: UUID
    enterprise_id: UUID
    is_sme: bool | None  # medium, small or micro; None: the size class is not known
    function: ServiceFunction
    mode: Mode
    fee_kind: FeeKind
    fee_fen: int
    subsidised: bool
    person_times: int
    activity: str
    activity_kind: str
    delivered_on: date

    @property
    def row(self) -> RowRef:
        """Its name among the rows behind a figure."""
        return RowRef.to(RowKind.SERVICE_RECORD, self.id)


@dataclass(frozen=True, slots=True)
class Declared:
    """One item of the yearly dossier."""

    id: UUID
    year: int
    kind: str
    title: str
    number: int | None
    dated_on: date
    is_accepted: bool
    is_returned: bool
    reason: str

    @property
    def row(self) -> RowRef:
        """Its name among the rows behind a figure."""
        return RowRef.to(RowKind.DOSSIER_ITEM, self.id)


@dataclass(frozen=True, slots=True)
class Person:
    """One member of the service staff, or an expert of the own pool."""

    id: UUID
    degree: bool | None
    title: bool | None


@dataclass(frozen=True, slots=True)
class Member:
    """One membership of the platform."""

    id: UUID
    provider_id: UUID
    from_on: date
    until_on: date | None
    is_accepted: bool
    waits: bool

    def counts_on(self, day: date) -> bool:
        """Whether the provider is a member body on a day."""
        return self.is_accepted and self.from_on <= day and (self.until_on is None or day <= self.until_on)


@dataclass(frozen=True, slots=True)
class Opinion:
    """What somebody says of a criterion."""

    id: UUID
    verdict: str
    opinion: str
    value: int | None

    @property
    def row(self) -> RowRef:
        """Its name among the rows behind a figure."""
        return RowRef.to(RowKind.JUDGEMENT, self.id)


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything an organisation is measured by, for a year."""

    year: int
    as_of: date  # the year's last day, or today in the year that runs
    services: Mapping[int, tuple[Served, ...]] = field(default_factory=dict)  # by year; a year without any is not there
    reviews: tuple[tuple[RowRef, int], ...] = ()  # (row, score of 1 to 5)
    dossier: tuple[Declared, ...] = ()  # of this year and before, newest first
    staff: tuple[Person, ...] = ()  # serving on the day
    staff_known: bool = False  # somebody was ever entered
    experts: tuple[Person, ...] = ()
    members: tuple[Member, ...] = ()  # every membership, whatever became of it
    opinions: Mapping[str, Opinion] = field(default_factory=dict)  # by criterion: the newest

    def of_year(self) -> tuple[Served, ...]:
        """The services of the year assessed."""
        return self.services.get(self.year, ())
