"""A contract of a match: one side registers it, the other confirms, only then it counts; an officer or auditor may void it by a new row.

A void is final. Where it was a mistake, the two sides register and confirm the contract again: what counts has always been said by both.
"""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select

from marketplace.audit import service as audit
from marketplace.identity import queries as identity
from marketplace.kernel.clock import civil_date
from marketplace.kernel.db import db, got, locked
from marketplace.kernel.errors import N_, NotFound, RuleViolation
from marketplace.kernel.sentences import Sentence
from marketplace.kernel.typed import checked_reason
from marketplace.matching import rules
from marketplace.matching.models import Match, MatchContract, MatchVoid
from marketplace.matching.rules import MatchState
from marketplace.matching.service import broker_of
from marketplace.matching.service.market import waiting
from marketplace.notices import service as notices
from marketplace.policy.fees import FeeKind
from marketplace.policy.vocabulary import ServiceFunction
from marketplace.records import queries as register
from marketplace.records import service as records
from marketplace.records.rules import Mode, RecordSource


@dataclass(frozen=True, slots=True)
class Signed:
    """What a contract says."""

    signed_on: date
    amount_fen: int | None
    file_id: UUID | None
    quantity: int | None = None
    unit: str = ""


def all_of(match_id: UUID) -> list[tuple[MatchContract, MatchVoid | None]]:
    """Every contract that was registered for a match, oldest first, with what voided it."""
    wanted = select(MatchContract, MatchVoid).outerjoin(MatchVoid, MatchVoid.contract_id == MatchContract.id)
    rows = db.session.execute(wanted.where(MatchContract.match_id == match_id).order_by(MatchContract.registered_at, MatchContract.id))
    return [(contract, void) for contract, void in rows.unique()]


def _side(match: Match, by: UUID) -> UUID:
    """Raises: NotFound: neither of the two sides."""
    if by not in {match.leader_id, match.enterprise_id}:
        raise NotFound
    return by


def _tell_other(match: Match, by: UUID, sentence: str) -> None:
    title = Sentence(sentence, {"need": match.need.product, "supply": match.supply.product})
    for side in {match.leader_id, match.enterprise_id} - {by}:
        notices.tell(identity.user_ids_of(side), title, "", f"/matches/{match.id}")


def register_contract(contract_id: UUID, match_id: UUID, signed: Signed, *, actor_id: UUID, by: UUID, now: datetime) -> MatchContract:
    """One side registers a signed contract; the other is asked to confirm. The same id again answers the same row.

    Raises: NotFound: not a side; RuleViolation: not in contact yet, one waits already, no amount, no paper, or a day that cannot be.
    """
    match = locked(Match, match_id)
    _side(match, by)
    known = db.session.get(MatchContract, contract_id)
    if known is not None and known.match_id == match_id:
        return known
    rules.check_transition(match.state, MatchState.CONTRACTED)
    if waiting(match_id) is not None:
        raise RuleViolation(N_("已登记的签约正在等待对方确认，不能再登记一份。"))
    rules.check_contract(
        signed.signed_on, signed.amount_fen, has_paper=signed.file_id is not None, proposed_on=civil_date(match.created_at),
        today=civil_date(now),
    )  # fmt: skip
    row = MatchContract(
        id=contract_id, match_id=match_id, signed_on=signed.signed_on, amount_fen=signed.amount_fen, quantity=signed.quantity,
        unit=signed.unit if signed.quantity else "", file_id=signed.file_id, registered_by=by, registered_actor=actor_id, registered_at=now,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    audit.record("match.contract_registered", actor_id=actor_id, subject_type="match", subject_id=match_id, contract=contract_id,
                 amount_fen=signed.amount_fen, signed_on=signed.signed_on, file=signed.file_id)  # fmt: skip
    _tell_other(match, by, N_("对方登记了“%(need)s — %(supply)s”的签约，请核对后确认"))
    return row


def confirm(contract_id: UUID, *, actor_id: UUID, by: UUID, now: datetime) -> MatchContract:
    """The other side confirms: the match is contracted, and exactly one service record is written. A second click changes nothing.

    Raises: NotFound: not a side; RuleViolation: one's own registration, or answered otherwise.
    """
    row = _locked_contract(contract_id)
    match = row.match
    _side(match, by)
    rules.check_confirms_other(row.registered_by, by)
    if row.confirmed_at is not None:
        return row
    if row.declined_at is not None:
        raise RuleViolation(N_("这份签约已被退回，请重新登记。"))
    rules.check_transition(match.state, MatchState.CONTRACTED)
    row.confirmed_by, row.confirmed_actor, row.confirmed_at = by, actor_id, now
    match.contract_fen, match.contracted_on, match.file_id = row.amount_fen, row.signed_on, row.file_id
    match.state = MatchState.CONTRACTED
    audit.record("match.contracted", actor_id=actor_id, subject_type="match", subject_id=match.id, contract=row.id,
                 contract_fen=row.amount_fen, contracted_on=row.signed_on)  # fmt: skip
    told = records.Delivered(
        source_kind=RecordSource.MATCH,
        source_id=row.id,
        provider_id=broker_of(match),
        enterprise_id=match.enterprise_id,
        function=ServiceFunction.INFORMATION,
        title=N_("供需对接签约：%(need)s", need=match.need.product),
        mode=Mode.BOTH,
        fee_kind=FeeKind.PUBLIC_BENEFIT,
        delivered_on=row.signed_on,
        source_number=match.number,
        file_id=row.file_id,
    )
    records.write(told, today=civil_date(now), actor_id=actor_id)
    _tell_other(match, by, N_("对方已确认“%(need)s — %(supply)s”的签约，已计入服务台账"))
    return row


def _locked_contract(contract_id: UUID) -> MatchContract:
    """The contract, with its match locked first: every change of a match waits in one line."""
    match_id = got(MatchContract, contract_id).match_id
    locked(Match, match_id)
    return locked(MatchContract, contract_id)


def decline(contract_id: UUID, *, reason: str, actor_id: UUID, by: UUID, now: datetime) -> MatchContract:
    """The other side says what is wrong, or the side that registered it takes it back. A second click changes nothing.

    Raises: NotFound: not a side; RuleViolation: no reason, or confirmed already.
    """
    row = _locked_contract(contract_id)
    _side(row.match, by)
    if row.declined_at is not None:
        return row
    if row.confirmed_at is not None:
        raise RuleViolation(N_("签约已由双方确认，不能退回；确有错误时请联系主管部门作废。"))
    checked_reason(reason, N_("请写明哪里不对，让对方知道怎么改。"))
    row.declined_at, row.decline_reason = now, reason.strip()
    audit.record("match.contract_declined", actor_id=actor_id, subject_type="match", subject_id=row.match_id, contract=row.id,
                 reason=reason.strip())  # fmt: skip
    _tell_other(row.match, by, N_("“%(need)s — %(supply)s”的签约登记被退回，请核对后重新登记"))
    return row


def void(void_id: UUID, contract_id: UUID, *, reason: str, actor_id: UUID, now: datetime) -> MatchVoid:
    """Declare a confirmed contract void: a new row says so, and a new row of the register takes its service record away.

    The match goes back to negotiation. The same id again answers the same row; a void cannot be voided.

    Raises: RuleViolation: no reason; not confirmed by both; void already.
    """
    match_id = got(MatchContract, contract_id).match_id
    match = locked(Match, match_id)
    known = db.session.get(MatchVoid, void_id)
    if known is not None and known.contract_id == contract_id:
        return known
    checked_reason(reason, N_("请写明作废的理由。"))
    if db.session.scalars(select(MatchVoid).where(MatchVoid.contract_id == contract_id)).first() is not None:
        raise RuleViolation(N_("这份签约已经作废，不能再次作废，也不能撤销作废；如属误作废，请双方重新登记并确认。"))
    contract = got(MatchContract, contract_id)
    if contract.confirmed_at is None:
        raise RuleViolation(N_("只有双方确认过的签约才能作废。"))
    row = MatchVoid(id=void_id, contract_id=contract_id, reason=reason.strip(), actor_id=actor_id)
    db.session.add(row)
    match.state = MatchState.NEGOTIATING
    match.contract_fen = match.contracted_on = match.file_id = None
    db.session.flush()
    _take_back(contract, row, actor_id, now)
    audit.record("match.contract_voided", actor_id=actor_id, subject_type="match", subject_id=match_id, contract=contract_id,
                 reason=reason.strip())  # fmt: skip
    title = N_("“%(need)s — %(supply)s”的签约已被作废", need=match.need.product, supply=match.supply.product)
    for side in (match.leader_id, match.enterprise_id):
        notices.tell(identity.user_ids_of(side), title, reason.strip(), f"/matches/{match.id}")
    return row


def _take_back(contract: MatchContract, row: MatchVoid, actor_id: UUID, now: datetime) -> None:
    """Reverse the record that stands for the contract, whatever corrected it since; one that was taken away already stays away."""
    written = register.by_source("match", contract.id)
    last = register.chain_of(written)[-1] if written is not None else None
    if last is None or last.is_void:
        return
    told = records.Delivered(
        source_kind=RecordSource.MATCH,
        source_id=row.id,
        provider_id=last.provider_id,
        enterprise_id=last.enterprise_id,
        function=last.function,
        title=last.title,
        mode=last.mode,
        fee_kind=last.fee_kind,
        fee_fen=last.fee_fen,
        delivered_on=last.delivered_on,
        source_number=last.source_number,
        corrects_id=last.id,
        is_void=True,
    )
    records.write(told, today=civil_date(now), actor_id=actor_id)
