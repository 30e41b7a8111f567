"""The name of a row behind a figure, as assessments and exports keep it: what kind of row, and which. Pure."""

from enum import StrEnum
from typing import Self
from uuid import UUID


class RowKind(StrEnum):
    SERVICE_RECORD = "service_record"
    DOSSIER_ITEM = "dossier_item"
    STAFF = "staff"
    EXPERT = "expert"
    MEMBER = "member"
    REVIEW = "review"
    JUDGEMENT = "judgement"


class RowRef(str):
    """Printed as kind:id, and read again by the same."""

    __slots__ = ()

    @classmethod
    def to(cls, kind: RowKind, row_id: UUID) -> Self:
        return cls(f"{kind.value}:{row_id}")

    def parts(self) -> tuple[RowKind, UUID]:
        kind, _colon, row_id = self.partition(":")
        return RowKind(kind), UUID(row_id)
