"""A service that was delivered, as whoever saw it tells the register. Pure."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from marketplace.kernel.money import CNY
from marketplace.policy.fees import FeeKind
from marketplace.policy.programme_words import ServiceFunction
from marketplace.records.rules import ActivityKind, EvidenceGrade, Mode, RecordSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """One service to one firm."""

    source_kind: RecordSource
    source_id: UUID
    provider_id: UUID
    enterprise_id: UUID
    function: ServiceFunction
    title: str
    mode: Mode
    fee_kind: FeeKind
    delivered_on: date
    category: str = ""
    currency: str = CNY
    fee_fen: int = 0  # what the service cost, the subsidised part included
    subsidised: bool = False
    person_times: int = 1
    activity: str = ""  # name of the event, where it was one
    activity_kind: ActivityKind | None = None
    source_number: str = ""  # printed number of the order, match or report: a provider who reports the service again is told it
    accepted_by: str = ""  # of an order: firm, default (it said nothing in time) or officer
    evidence_grade: EvidenceGrade = EvidenceGrade.SYSTEM
    file_id: UUID | None = None
    corrects_id: UUID | None = None
    is_void: bool = False
    simulated: bool = False  # of a simulated round: counted nowhere
