"""A contract of a match: one side registers it, the other confirms, only then it counts; an officer or auditor may void it by a new row.

A void is final. Where it was a mistake, the two sides register and confirm the contract again: what counts has always been said by both.
"""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select

from marketplace.kernel.clock import civil_date
from marketplace.kernel.db import by_id, db, locked
from marketplace.kernel.errors import N_, Conflict, RuleViolation
from marketplace.kernel.files import checksum
from marketplace.kernel.typed import checked_reason
from marketplace.matching import rules
from marketplace.matching.items import told_in
from marketplace.matching.models import Match, MatchContract, MatchVoid
from marketplace.matching.service import broker_of, market
from marketplace.matching.service.market import waiting
from marketplace.matching.service.steps import StepFacts, finished, opened
from marketplace.matching.step_models import MatchCorrection
from marketplace.moves.service import Act, By
from marketplace.policy.fees import FeeKind
from marketplace.policy.programme_words import ServiceFunction
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


def register_contract(contract_id: UUID, match_id: UUID, signed: Signed, *, actor_id: UUID, by: UUID, now: datetime) -> MatchContract:
    """One side registers a signed contract; the other is asked to confirm. The same id answers the same row.

    Raises: NotFound: not a side; RuleViolation: not recommended yet, one waits already, no amount, no paper, a day that cannot be, more
        than others have left of the capacity, or one firm on both sides.
    """
    content = asdict(signed) | {"file_id": checksum(signed.file_id)}
    act = opened("contract", match_id, By(actor_id, now, contract_id, content), by=by)
    if act.is_repeat:
        return by_id(MatchContract, contract_id)
    if waiting(match_id) is not None:
        raise RuleViolation(N_("已登记的签约正在等待对方确认，不能再登记一份。"))
    rules.check_two_parties(act.row.leader_id, act.row.enterprise_id)
    rules.check_contract(
        signed.signed_on, signed.amount_fen, has_paper=signed.file_id is not None, proposed_on=civil_date(act.row.created_at),
        today=civil_date(now),
    )  # fmt: skip
    _check_room(act.row, signed.quantity, signed.unit, civil_date(now), beside_reserved=True)
    row = MatchContract(
        id=contract_id, match_id=match_id, signed_on=signed.signed_on, amount_fen=signed.amount_fen, quantity=signed.quantity,
        unit=signed.unit if signed.quantity else "", file_id=signed.file_id, registered_by=by, registered_actor=actor_id, registered_at=now,
    )  # fmt: skip
    db.session.add(row)
    finished(act, contract=contract_id, amount_fen=signed.amount_fen, signed_on=signed.signed_on, file=signed.file_id)
    return row


def _check_room(match: Match, quantity: int | None, unit: str, today: date, *, beside_reserved: bool) -> None:
    """Raises: RuleViolation: others have not left that much. What cannot be compared rules nothing out."""
    wanted, unit = (quantity, unit or match.planned_unit) if quantity else (match.planned_quantity, match.planned_unit)
    room = market.room(match, today, beside_reserved=beside_reserved)
    if wanted is not None and room is not None:
        rules.check_room(told_in(room.unit, [(wanted, unit)]), room)


def confirm(contract_id: UUID, *, actor_id: UUID, by: UUID, now: datetime) -> MatchContract:
    """The other side confirms: the match is contracted, and exactly one service record is written.

    Raises: NotFound: not a side; Conflict: answered before; RuleViolation: one's own registration, or other contracts have taken the
        capacity since it was registered.
    """
    act, row = _answered("confirm_contract", contract_id, actor_id=actor_id, by=by, now=now)
    match = act.row
    rules.check_confirms_other(row.registered_by, by)
    _check_room(match, row.quantity, row.unit, civil_date(now), beside_reserved=False)
    row.confirmed_by, row.confirmed_actor, row.confirmed_at = by, actor_id, now
    match.contract_fen, match.contracted_on, match.file_id = row.amount_fen, row.signed_on, row.file_id
    match.contract_quantity, match.contract_unit = row.quantity, row.unit
    said = StepFacts(row.signed_on, row.amount_fen, row.quantity, row.unit)
    finished(act, by=by, told=said, contract=row.id, contract_fen=row.amount_fen, contracted_on=row.signed_on)
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
    return row


def _answered(verb: str, contract_id: UUID, *, actor_id: UUID, by: UUID, now: datetime) -> tuple[Act[Match], MatchContract]:
    """A side answers a contract. Its match is locked first: every change of a match waits in one line."""
    act = opened(verb, by_id(MatchContract, contract_id).match_id, By(actor_id, now), by=by)
    row = locked(MatchContract, contract_id)
    if row.declined_at is not None:
        raise Conflict(N_("这份签约已被退回，请重新登记。"))
    if row.confirmed_at is not None:
        raise Conflict(N_("这份签约已由双方确认，后来作废；请重新登记。"))
    return act, row


def decline(contract_id: UUID, *, reason: str, actor_id: UUID, by: UUID, now: datetime) -> MatchContract:
    """The other side says what is wrong, or the side that registered it takes it back.

    Raises: NotFound: not a side; Conflict: answered before; RuleViolation: no reason.
    """
    act, row = _answered("decline_contract", contract_id, actor_id=actor_id, by=by, now=now)
    row.declined_at, row.decline_reason = now, checked_reason(reason, N_("请写明哪里不对，让对方知道怎么改。"))
    finished(act, contract=row.id, reason=row.decline_reason)
    return row


def void(void_id: UUID, contract_id: UUID, *, reason: str, actor_id: UUID, now: datetime) -> MatchVoid:
    """Declare a confirmed contract void: a new row says so, and a new row of the register takes its service record away.

    The match goes back to negotiation. The same id again answers the same row; a void cannot be voided.

    Raises: Conflict: void already; RuleViolation: no reason, or not confirmed by both.
    """
    contract = by_id(MatchContract, contract_id)
    content = {"contract": contract_id, "reason": reason}
    act = opened("void_contract", contract.match_id, By(actor_id, now, void_id, content))
    if act.is_repeat:
        return by_id(MatchVoid, void_id)
    if _void_of(contract_id) is not None:
        raise Conflict(N_("这份签约已经作废，不能再次作废，也不能撤销作废；如属误作废，请双方重新登记并确认。"))
    if contract.confirmed_at is None:
        raise RuleViolation(N_("只有双方确认过的签约才能作废。"))
    row = MatchVoid(id=void_id, contract_id=contract_id, reason=checked_reason(reason, N_("请写明作废的理由。")), actor_id=actor_id)
    db.session.add(row)
    act.row.contract_fen = act.row.contracted_on = act.row.contract_quantity = act.row.file_id = None
    act.row.contract_unit = ""
    finished(act, said=row.reason, contract=contract_id, reason=row.reason)
    _take_back(contract, row, actor_id, now)
    return row


def correct(correction_id: UUID, contract_id: UUID, facts: StepFacts, *, reason: str, actor_id: UUID, now: datetime) -> MatchCorrection:
    """Amount and quantity of a contract that stands were written down wrongly: a new row says what is right, and one record stays.

    A wrong day or paper is no matter of this: the contract is voided, and the sides register it anew.

    Raises: RuleViolation: no amount, no reason, more than others have left of the capacity, or a contract that does not stand.
    """
    contract = by_id(MatchContract, contract_id)
    content = {"told": facts, "contract": contract_id, "reason": reason}
    act = opened("correct_contract", contract.match_id, By(actor_id, now, correction_id, content))
    if act.is_repeat:
        return by_id(MatchCorrection, correction_id)
    if contract.confirmed_at is None or _void_of(contract_id) is not None:
        raise RuleViolation(N_("只有双方确认过、没有作废的签约才能更正。"))
    if facts.amount_fen is None or facts.amount_fen <= 0:
        raise RuleViolation(N_("请填写金额。"), field="amount_fen")
    match, unit = act.row, facts.unit if facts.quantity else ""
    _check_room(match, facts.quantity, unit, civil_date(now), beside_reserved=False)
    row = MatchCorrection(
        id=correction_id,
        contract_id=contract_id,
        amount_fen=facts.amount_fen,
        quantity=facts.quantity,
        unit=unit,
        actor_id=actor_id,
        reason=checked_reason(reason, N_("请写明更正的理由。")),
        created_at=now,
    )
    db.session.add(row)
    match.contract_fen, match.contract_quantity, match.contract_unit = row.amount_fen, row.quantity, row.unit
    finished(act, said=row.reason, contract=contract_id, amount_fen=row.amount_fen, reason=row.reason)
    return row


def corrections_of(match_id: UUID) -> dict[UUID, list[MatchCorrection]]:
    """What was corrected of a match's contracts, oldest first, by contract."""
    wanted = select(MatchCorrection).join(MatchContract, MatchContract.id == MatchCorrection.contract_id)
    found: dict[UUID, list[MatchCorrection]] = {}
    for row in db.session.scalars(
        wanted.where(MatchContract.match_id == match_id).order_by(MatchCorrection.created_at, MatchCorrection.id)
    ):
        found.setdefault(row.contract_id, []).append(row)
    return found


def _void_of(contract_id: UUID) -> MatchVoid | None:
    return db.session.scalars(select(MatchVoid).where(MatchVoid.contract_id == contract_id)).first()


def _take_back(contract: MatchContract, row: MatchVoid, actor_id: UUID, now: datetime) -> None:
    """Reverse the record that stands for the contract, whatever corrected it since; one that was taken away already stays away."""
    written = register.by_source("match", contract.id)
    if written is not None:
        records.take_back(written, row.id, today=civil_date(now), actor_id=actor_id)
