"""An arrear is registered by one person and confirmed by another; plans and progress are added and never changed."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from marketplace.arrears import queries, rules
from marketplace.arrears.lifecycle import ARREAR, ArrearState, DebtorKind, Side
from marketplace.arrears.models import Arrear, ArrearPlan, ArrearProgress
from marketplace.arrears.rules import ArrearWords
from marketplace.enterprises.models import Enterprise
from marketplace.identity import queries as identity
from marketplace.identity.scope import may_act
from marketplace.kernel import commands
from marketplace.kernel.commands import Command
from marketplace.kernel.db import by_id, db, locked
from marketplace.kernel.errors import N_, Denied, RuleViolation
from marketplace.kernel.ids import printed_number
from marketplace.kernel.money import Fen
from marketplace.kernel.typed import checked_reason
from marketplace.moves import service as moves
from marketplace.moves.service import Act, By


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedArrear:
    """What is registered."""

    creditor: str  # its unified social credit code
    debtor: str
    debtor_kind: str
    amount_fen: Fen
    due_on: date
    evidence: str


def register(said: TypedArrear, areas: tuple[str, ...], *, by: By) -> Arrear:
    """An officer registers what an SME of the own areas is owed. A repeat answers with the same row.

    Args:
        by: its key is the row's id.

    Raises: RuleViolation beside the field.
    """
    assert by.key is not None and by.actor_id is not None and by.now is not None, "an officer registers on a page"
    if not commands.begin(Command(by.key, "arrear.registered", by.actor_id, by.key, {"said": said}), now=by.now):
        return by_id(Arrear, by.key)
    row = Arrear(id=by.key, state=ArrearState.REGISTERED, registered_by=by.actor_id, registered_at=by.now)
    act = moves.begun(ARREAR, "register", row, Side.OFFICER, By(by.actor_id, by.now))
    rules.check_arrear(said.amount_fen, said.due_on, today=act.today)
    firm = identity.by_uscc(said.creditor.strip().upper())
    if firm is None or db.session.get(Enterprise, firm.id) is None or not may_act(areas, firm.region_code, firm.park_code):
        raise RuleViolation(N_("本地区没有这个信用代码的中小企业，请核对。"), field="creditor", code="unknown_firm")
    row.number, row.creditor_id, row.region_code = printed_number("QK"), firm.id, firm.region_code
    row.debtor = checked_reason(said.debtor, N_("请填写欠款单位。"), field="debtor")
    row.debtor_kind, row.amount_fen, row.due_on = DebtorKind(said.debtor_kind), said.amount_fen, said.due_on
    row.evidence = checked_reason(said.evidence, N_("请写明合同、发票、验收等依据。"), field="evidence")
    db.session.add(row)
    db.session.flush()
    moves.done(act, amount_fen=row.amount_fen)
    others = [one for one in identity.user_ids_with("arrears.manage", row.region_code) if one != by.actor_id]
    moves.tell_people(act, others, "")
    return row


def confirm(arrear_id: UUID, _given: ArrearWords, *, by: By) -> Arrear:
    """Another person puts it on the list: from today it counts. Raises: Denied: who registered it."""
    act = _of_second("confirm", arrear_id, by)
    if not act.is_repeat:
        act.row.listed_on = act.row.looked_on = act.today
        moves.entered(act)
        moves.done(act)
    return act.row


def drop(arrear_id: UUID, given: ArrearWords, *, by: By) -> Arrear:
    """Another person leaves it off the list, and says why. Raises: Denied; RuleViolation: no reason."""
    act = _of_second("drop", arrear_id, by)
    if not act.is_repeat:
        act.row.answer = checked_reason(given.words, N_("请写明不予列入的原因。"), field="words")
        moves.entered(act)
        moves.done(act, reason=act.row.answer)
    return act.row


def _of_second(verb: str, arrear_id: UUID, by: By) -> Act[Arrear]:
    act = moves.begun(ARREAR, verb, locked(Arrear, arrear_id), Side.SECOND, by)
    if not act.is_repeat:
        if act.actor_id == act.row.registered_by:
            raise Denied(N_("登记人不能核实自己登记的欠款，请由另一位工作人员办理。"), code="same_person")
        act.row.confirmed_by = act.actor_id
    return act


def left_fen(row: Arrear) -> int:
    """What is not paid of it."""
    return row.amount_fen - queries.paid_fen([row])[row.id]


def plan(arrear_id: UUID, given: ArrearWords, *, by: By) -> Arrear:
    """How much is to be paid in a month; said again, the newest counts. Raises: RuleViolation beside the field."""
    act = moves.begun(ARREAR, "plan", locked(Arrear, arrear_id), Side.OFFICER, by)
    if not act.is_repeat:
        assert act.actor_id is not None and act.now is not None, "an officer plans on a page"
        amount = given.amount_fen or 0
        month = rules.check_plan(rules.month_named(given.month), amount, left_fen(act.row), today=act.today)
        row = ArrearPlan(arrear_id=arrear_id, month=month, amount_fen=amount, note=given.words, made_by=act.actor_id, made_at=act.now)
        db.session.add(row)
        moves.done(act, amount_fen=amount, month=given.month)
    return act.row


def report(arrear_id: UUID, given: ArrearWords, *, by: By) -> Arrear:
    """A week's word: what was paid, or why nothing was. What is whole is cleared. Raises: RuleViolation beside the field."""
    return _said("report", arrear_id, given, by, lambda amount, left, _paid: rules.check_paid(amount, left), sign=1)


def reverse(arrear_id: UUID, given: ArrearWords, *, by: By) -> Arrear:
    """An earlier word was wrong: a row below nought beside it. Raises: RuleViolation beside the field."""
    return _said("reverse", arrear_id, given, by, lambda amount, _left, paid: rules.check_reversed(amount, paid), sign=-1)


def _said(verb: str, arrear_id: UUID, given: ArrearWords, by: By, check: Callable[[int, int, int], None], *, sign: int) -> Arrear:
    act = moves.begun(ARREAR, verb, locked(Arrear, arrear_id), Side.OFFICER, by)
    if act.is_repeat:
        return act.row
    assert act.actor_id is not None and act.now is not None, "an officer says it on a page"
    words, amount, left = checked_reason(given.words, N_("请写明进展。"), field="words"), given.amount_fen or 0, left_fen(act.row)
    check(amount, left, act.row.amount_fen - left)
    said = ArrearProgress(
        arrear_id=arrear_id, said_on=act.today, amount_fen=sign * amount, note=words, said_by=act.actor_id, said_at=act.now
    )
    db.session.add(said)
    act.row.looked_on = act.today
    moves.entered(act, ArrearState.CLEARED if left == sign * amount else ArrearState.OPEN)
    moves.done(act, amount_fen=amount, reason=words)
    return act.row
