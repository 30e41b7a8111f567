"""Of which appropriation and which source of money payments took how much, and what is left: as the books say it.

What was paid before accounts were kept per appropriation is history: its split was written with the payment line, and is read from there.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, cast, func, select

from marketplace.kernel.db import db, uuid_text
from marketplace.ledger import queries as ledger
from marketplace.ledger.models import Account
from marketplace.ledger.queries import TransferRow
from marketplace.orders.models import Order
from marketplace.settlement.bounce_models import PaymentBounce
from marketplace.settlement.draw_rules import Fund, PaidCause, shares, spread
from marketplace.settlement.lifecycle import LineState
from marketplace.settlement.models import Claim, PaymentLine
from marketplace.settlement.recovery_models import Recovery, RecoveryInstalment
from marketplace.vouchers import chart
from marketplace.vouchers.models import SOURCES, Appropriation, Programme, Voucher
from marketplace.vouchers.queries.reruns import is_real
from marketplace.vouchers.queries.sources import left_of_round

_OLD = PaymentLine.draws.is_(None) & (PaymentLine.state == LineState.PAID)
Brought = Sequence[tuple[UUID, str, int]]  # appropriations of a round: which, of which source, how much


def funds_of(round_id: UUID) -> list[Fund]:
    """What each appropriation of a round has left that no payment under way will take."""
    return [
        Fund(one.id, one.source, left or 0, one.dated_on, {name: tuple(words) for name, words in one.bound_to.items()}, one.use_by)
        for one, left in left_of_round(round_id)
    ]


def causes_of(claims: Iterable[Claim]) -> dict[UUID, PaidCause]:
    """By claim, what it is for, as far as money may be bound to it."""
    rows = list(claims)
    vouchers = {one.order.voucher_id for one in rows if isinstance(one.order, Order)}
    classes = dict(db.session.execute(select(Voucher.id, Voucher.class_key).where(Voucher.id.in_(vouchers))).all()) if vouchers else {}
    return {one.id: cause_of(one, _class_of(one, classes)) for one in rows}


def cause_of(claim: Claim, class_key: str = "") -> PaidCause:
    """What a claim is for; without its class of firm where that does not matter."""
    name = claim.order.offering.title if claim.order is not None else claim.subsidy.title_label if claim.subsidy is not None else ""
    return PaidCause(claim.region_code, class_key, claim.cause.category, name)


def _class_of(claim: Claim, classes: Mapping[UUID, str]) -> str:
    if claim.order is not None and claim.order.voucher_id is not None:
        return classes[claim.order.voucher_id]
    return claim.subsidy.class_key if claim.subsidy is not None else ""


def brought_to(round_ids: Iterable[UUID]) -> dict[UUID, list[tuple[UUID, str, int]]]:
    """By round, what its appropriations brought."""
    wanted = select(Appropriation.round_id, Appropriation.id, Appropriation.source, Appropriation.amount_fen)
    found: dict[UUID, list[tuple[UUID, str, int]]] = {}
    wanted = wanted.where(Appropriation.round_id.in_(set(round_ids))).order_by(Appropriation.id)
    for round_id, key, source, fen in db.session.execute(wanted):
        found.setdefault(round_id, []).append((key, source, fen))
    return found


def recoverable_of(claim: Claim) -> dict[UUID, int]:
    """What each appropriation paid of a claim and did not get back, neither from the bank nor from the payee."""
    brought = brought_to([claim.round_id])[claim.round_id]
    left = Counter(paid_of(claim, brought))
    left.subtract(_recovered_of(claim, brought))
    return {key: fen for key, fen in left.items() if fen}


def documents_over(claim: Claim, today: date) -> list[str]:
    """The documents that paid a claim, not all of it come back, whose last day of use is over."""
    keys = list(recoverable_of(claim))
    wanted = select(Appropriation.document_number).where(Appropriation.id.in_(keys), Appropriation.use_by < today)
    return list(db.session.scalars(wanted.order_by(Appropriation.document_number)))


def paid_of(claim: Claim, brought: Brought) -> dict[UUID, int]:
    """What each appropriation paid of a claim, less what the bank sent back."""
    lines = list(db.session.scalars(select(PaymentLine).where(PaymentLine.claim_id == claim.id)).unique())
    paid = Counter(_on(chart.PAID_FROM, _transfers(claim.book_id, [one.id for one in lines])))
    old = old_paid(PaymentLine.claim_id == claim.id) if any(one.is_history for one in lines) else {}
    paid.update(spread(old, brought))
    return dict(paid)


def _recovered_of(claim: Claim, brought: Brought) -> dict[UUID, int]:
    cases = list(db.session.scalars(select(Recovery.id).where(Recovery.claim_id == claim.id)))
    rows = _transfers(claim.book_id, cases)
    back = Counter({key: -fen for key, fen in _on(chart.RECOVERED_FROM, rows).items()})
    if any(row.debit_code == chart.RECOVERED.of() for row in rows):  # instalments of before
        told = Counter(_sums(_by_source(RecoveryInstalment.split).where(RecoveryInstalment.recovery_id.in_(cases))))
        told.subtract(shares(back, {key: source for key, source, _fen in brought}))
        back.update(spread({source: fen for source, fen in told.items() if fen > 0}, brought))
    return dict(back)


def _transfers(book_id: UUID, subject_ids: Sequence[UUID]) -> list[TransferRow]:
    entries = ledger.entries_of(book_id, subject_ids) if subject_ids else []
    return ledger.transfers_of(book_id, [one.id for one in entries])


def _on(place: chart.Place, rows: Iterable[TransferRow]) -> dict[UUID, int]:
    """What some transfers left on the accounts of appropriations, by appropriation."""
    sums = Counter[UUID]()
    for row in rows:
        for code, fen in ((row.credit_code, row.transfer.amount_fen), (row.debit_code, -row.transfer.amount_fen)):
            if chart.place_of(code) is place and (owner := chart.owner_of(code)):
                sums[owner[1]] += fen
    return {key: fen for key, fen in sums.items() if fen}


def paid_by_source(programme_ids: Sequence[UUID]) -> dict[str, int]:
    """What the real rounds of some programmes paid of each source of money, less what the bank sent back."""
    real = Appropriation.programme_id.in_(programme_ids), is_real(Appropriation.round_id)
    return _paid(real, (Claim.programme_id.in_(programme_ids), is_real(Claim.round_id)))


def paid_of_round(round_id: UUID) -> dict[str, int]:
    """The same of one real round."""
    return _paid((Appropriation.round_id == round_id,), (Claim.round_id == round_id,))


def _paid(brought: Iterable[ColumnElement[bool]], claimed: Iterable[ColumnElement[bool]]) -> dict[str, int]:
    """By source, what some appropriations paid as the books say it, and what claims were paid before the books did."""
    on = (Account.book_id == Programme.book_id) & (Account.code == chart.PAID_FROM.around(uuid_text(Appropriation.id)))
    wanted = select(Appropriation.source, func.sum(Account.credits_fen - Account.debits_fen))
    wanted = wanted.join(Programme, Programme.id == Appropriation.programme_id).join(Account, on)
    rows = db.session.execute(wanted.where(*brought).group_by(Appropriation.source))
    paid = Counter({source: int(fen) for source, fen in rows})
    paid.update(old_paid(*claimed))
    return {source: fen for source, fen in paid.items() if fen}


def old_paid(*conditions: ColumnElement[bool]) -> dict[str, int]:
    """What was paid of each source before accounts were kept per appropriation, less what the bank sent back; conditions on lines and
    claims."""
    lines = _by_source(PaymentLine.split).select_from(PaymentLine).join(Claim, Claim.id == PaymentLine.claim_id)
    came_back = _by_source(PaymentBounce.split).select_from(PaymentBounce).join(PaymentLine, PaymentLine.id == PaymentBounce.line_id)
    paid = Counter(_sums(lines.where(_OLD, *conditions)))
    paid.subtract(_sums(came_back.join(Claim, Claim.id == PaymentLine.claim_id).where(_OLD, *conditions)))
    return {source: fen for source, fen in paid.items() if fen}


def old_recovered(*conditions: ColumnElement[bool]) -> dict[str, int]:
    """What was paid back, by the sources that it had come from; conditions on instalments and claims."""
    rows = _by_source(RecoveryInstalment.split).select_from(RecoveryInstalment)
    rows = rows.join(Recovery, Recovery.id == RecoveryInstalment.recovery_id).join(Claim, Claim.id == Recovery.claim_id)
    return _sums(rows.where(*conditions))


def _by_source(split: Any) -> Any:
    return select(*(func.sum(cast(split[source].as_string(), BigInteger)) for source in SOURCES))


def _sums(wanted: Any) -> dict[str, int]:
    row = db.session.execute(wanted).one()
    return {source: int(fen) for source, fen in zip(SOURCES, row, strict=True) if fen}
