"""Whom a row concerns, and what a measure strikes: rows of other capabilities by their subjects and numbers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select

from marketplace.capabilities import modules
from marketplace.enterprises.queries import title_numbered
from marketplace.identity.models import Organisation
from marketplace.kernel.db import by_id, db
from marketplace.kernel.errors import N_, RuleViolation
from marketplace.kernel.money import CNY
from marketplace.records import queries as records
from marketplace.records.models import ServiceRecord
from marketplace.settlement.models import Claim
from marketplace.settlement.queries import levels
from marketplace.settlement.queries.paid import paid_of
from marketplace.settlement.queries.recoveries import recoverable_fen
from marketplace.supervision.models import SpotEntry, SupervisionCase
from marketplace.supervision.rules import MeasureKind

ORGANISATION = "organisation"

_PARTIES: dict[str, tuple[Any, tuple[Any, ...]]] = {}  # subject → key of its rows, and the columns that name whom a case may be about
for _module in modules("subjects"):
    _PARTIES |= getattr(_module, "PARTIES", {})


def parties_of(subject_type: str, subject_id: UUID) -> list[Organisation]:
    """The organisations that a row concerns, none where it concerns none."""
    if subject_type in _PARTIES:
        key, columns = _PARTIES[subject_type]
        ids = list(db.session.execute(select(*columns).where(key == subject_id)).first() or ())
    else:
        ids = [subject_id]
    found = {row.id: row for row in db.session.scalars(select(Organisation).where(Organisation.id.in_(ids)))}
    return [found[one] for one in dict.fromkeys(ids) if one in found]


def concerned_by(entry: SpotEntry) -> frozenset[UUID]:
    """The organisations that one of a draw concerns."""
    named = (one.id for one in parties_of(entry.subject_type, entry.subject_id))
    return frozenset(one for one in (entry.organisation_id, entry.other_id, *named) if one is not None)


@dataclass(frozen=True, slots=True)
class Target:
    """What a measure strikes, and in which currency its amounts are."""

    id: UUID
    number: str = ""
    currency: str = CNY
    paid_fen: int = 0  # of a claim, what the bank paid and did not send back
    demanded_fen: int = 0  # of that, what recoveries ask back, whoever opened them


def target_of(case: SupervisionCase, kind: MeasureKind, number: str) -> Target:
    """What a number names: a claim for a recovery, a title, a service that was counted; else the organisation itself.

    Raises: RuleViolation: nothing of the case's organisation has that number.
    """
    find = _FINDERS.get(kind)
    if find is None:
        return Target(case.organisation_id)
    found = find(case, number.strip())
    if found is None:
        raise RuleViolation(
            N_(
                "没有找到 %(name)s 编号为“%(number)s”的可处理对象，请核对：追回资金填已付款的兑付申请，撤销称号填已采信的证书，"
                "冲销计数填有效台账记录的来源编号。"
            ),
            field="target",
            code="no_such_target",
            name=case.organisation.name,
            number=number.strip(),
        )
    return found


def claim_numbered(number: str) -> Claim | None:
    """A claim by its printed number."""
    return db.session.scalars(select(Claim).where(Claim.number == number.strip().upper())).one_or_none()


def _claim(case: SupervisionCase, number: str) -> Target | None:
    claim = claim_numbered(number)
    if claim is None or case.organisation_id not in claim.parties:
        return None
    paid = paid_of([claim.id]).get(claim.id, 0)
    return Target(claim.id, claim.number, claim.currency, paid, paid - recoverable_fen(claim.id)) if paid else None


def _title(case: SupervisionCase, number: str) -> Target | None:
    row = title_numbered(case.organisation_id, number)
    return Target(row.id, row.number) if row is not None else None


def _record(case: SupervisionCase, number: str) -> Target | None:
    row = db.session.scalars(record_numbered(case.organisation_id, number).limit(1)).first()
    return Target(row.id, row.source_number) if row is not None else None


def record_numbered(organisation_id: UUID, number: str) -> Select[ServiceRecord]:
    """The services that count of a provider, by the number of order, match or report that they come from."""
    wanted = records.current().where(ServiceRecord.provider_id == organisation_id, ServiceRecord.source_number == number.upper())
    return wanted.order_by(ServiceRecord.id)


_FINDERS: dict[MeasureKind, Callable[[SupervisionCase, str], Target | None]] = {
    MeasureKind.RECOVERY: _claim,
    MeasureKind.TITLE: _title,
    MeasureKind.COUNT: _record,
}


def record(record_id: UUID) -> ServiceRecord:
    """A record of the register, whoever it belongs to."""
    return by_id(ServiceRecord, record_id)


def claim_of(subject_type: str, subject_id: UUID) -> Claim | None:
    """The claim that something is, or that of its order."""
    if subject_type == "claim":
        return db.session.get(Claim, subject_id)
    wanted = select(Claim).where(Claim.order_id == subject_id)
    return db.session.scalars(wanted).one_or_none() if subject_type == "order" else None


def subject_claim(case: SupervisionCase) -> Claim | None:
    """The claim that a case is about, or that of its order."""
    return claim_of(case.subject_type, case.subject_id)


def judged_by(subject_type: str, subject_id: UUID) -> frozenset[UUID]:
    """Everybody who gave an opinion or decided on the claim that something is, or that of its order."""
    claim = claim_of(subject_type, subject_id)
    return frozenset(levels.everybody(claim)) if claim is not None else frozenset()
