"""Amounts are moved between kinds of service of a voucher (分类额度调整): each move an entry and a row."""

from datetime import datetime
from uuid import UUID

from marketplace.audit import service as audit
from marketplace.identity import queries as identity
from marketplace.kernel.currencies import format_money
from marketplace.kernel.db import db, locked
from marketplace.kernel.errors import N_, NotFound
from marketplace.kernel.ids import uuid7
from marketplace.kernel.typed import fitting
from marketplace.ledger.rules import EntryCommand
from marketplace.moves.service import currency_of
from marketplace.notices import service as notices
from marketplace.policy.programme_words import PortionMover
from marketplace.vouchers import chart, money
from marketplace.vouchers.models import PortionMoved, Voucher
from marketplace.vouchers.queries.portions import parts_of
from marketplace.vouchers.queries.spending import spec_of
from marketplace.vouchers.rules.portions import PortionStanding, Shift, check_shift
from marketplace.vouchers.rules.states import check_spendable


def move(voucher_id: UUID, shift: Shift, *, enterprise_id: UUID | None, actor_id: UUID, now: datetime) -> Voucher:
    """Move an amount from one kind of service to another, as the rules let the firm or its officer.

    Args:
        enterprise_id: whose voucher it is, if its firm moves; None: an officer does.

    Raises: NotFound: not this firm's. RuleViolation: not allowed, not so much, no reason, or the voucher cannot be used.
    """
    voucher = locked(Voucher, voucher_id)
    if enterprise_id not in {None, voucher.enterprise_id}:
        raise NotFound
    by = PortionMover.OFFICER if enterprise_id is None else PortionMover.FIRM
    check_spendable(voucher.state)
    parts = {one.name: one for one in parts_of(voucher)}
    check_shift(spec_of(voucher.round.version_id), shift, parts, by=by)
    row = PortionMoved(id=uuid7(), voucher_id=voucher.id, source=shift.source, target=shift.target, amount_fen=shift.amount_fen)
    row.moved_by, row.actor_id, row.created_at = by.value, actor_id, now
    row.reason = fitting(shift.reason, 300, field="reason")
    db.session.add(row)
    source, target = (chart.PORTION.of(voucher.id, name) for name in (shift.source, shift.target))
    command = EntryCommand("portion.move", f"portion.move:{row.id}", actor_id, "voucher", voucher.id, {"amount_fen": shift.amount_fen})
    money.shift(voucher, source, target, shift.amount_fen, command, today=voucher.day_of(now))
    given = dict(voucher.portions)
    given[shift.source] = given.get(shift.source, 0) - shift.amount_fen
    given[shift.target] = given.get(shift.target, 0) + shift.amount_fen
    voucher.portions = given
    _noted(voucher, row, parts)
    return voucher


def _noted(voucher: Voucher, row: PortionMoved, parts: dict[str, PortionStanding]) -> None:
    said = {"source": parts[row.source].label, "target": parts[row.target].label}
    told = {
        "number": voucher.number,
        "amount_fen": row.amount_fen,
        "portion_from": said["source"],
        "portion_to": said["target"],
        "reason": row.reason,
        **currency_of(voucher),
    }
    key, book_id = voucher.id, voucher.programme.book_id
    audit.record("voucher.portion_moved", actor_id=row.actor_id, subject_type="voucher", subject_id=key, book_id=book_id, **told)
    if row.moved_by == PortionMover.OFFICER:
        title = N_("服务券 %(number)s 的分类额度有调整", number=voucher.number)
        amount = format_money(row.amount_fen, voucher.currency)
        body = N_("%(amount)s 元由“%(source)s”调到“%(target)s”：%(reason)s", amount=amount, reason=row.reason, **said)
        notices.tell(identity.user_ids_of(voucher.enterprise_id), title, body, f"/wallet/{voucher.id}")
