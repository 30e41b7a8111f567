"""Figures of simulated rounds (模拟): for their own page, and to be left out of the standing of a book that holds real rounds as well."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import fields
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, case, func, literal, select, union_all
from sqlalchemy.orm import aliased

from marketplace.agreements.models import Agreement
from marketplace.kernel.db import db, uuid_text
from marketplace.ledger.models import Account, Transfer
from marketplace.ledger.rules import Standing
from marketplace.orders.models import Order
from marketplace.settlement.lifecycle import ClaimState, LineState
from marketplace.settlement.models import Claim, PaymentLine
from marketplace.subsidies.models import Subsidy
from marketplace.vouchers import chart
from marketplace.vouchers.models import Appropriation, Programme, Round, Voucher
from marketplace.vouchers.queries.reruns import is_simulated

_BALANCE = func.sum(Account.credits_fen - Account.debits_fen)
_TERMS = {"recalled": "surrendered", "held": "reserved", "agreed": "issued_unused"}  # parts that stand in a term beside another
_NOTHING = {term.name: 0 for term in fields(Standing)}


def of_rounds(rounds: Iterable[Round]) -> dict[UUID, Standing]:
    """Where the money of some simulated rounds stands, by round, in one statement for all of them."""
    ids = [one.id for one in rounds]
    found = _standings(Round.id, Round.id.in_(ids)) if ids else {}
    return {key: found.get(key, Standing(**_NOTHING)) for key in ids}


def by_programme() -> dict[UUID, Standing]:
    """What of each programme's book is of simulated rounds; a programme without any is left out."""
    return _standings(Round.programme_id)


def less(standing: Standing, part: Standing | None) -> Standing:
    """A standing without a part of it."""
    if part is None:
        return standing
    return Standing(**{term: getattr(standing, term) - getattr(part, term) for term in _NOTHING})


def paid_fen() -> Select[Any]:
    """What was paid in simulated rounds, by currency."""
    return _paid(Claim.currency, func.sum(PaymentLine.amount_fen)).group_by(Claim.currency)


def _standings(by: Any, *conditions: ColumnElement[bool]) -> dict[UUID, Standing]:
    parts = {
        "appropriated": select(by, func.sum(Appropriation.amount_fen)).join(Round, Round.id == Appropriation.round_id),
        "unissued": _on(by, chart.POOL.around(uuid_text(Round.id))),
        "surrendered": _on(by, chart.VOIDED.around(uuid_text(Round.id))),
        "recalled": _recalled(by),
        "issued_unused": _on(by, chart.VOUCHER.around(uuid_text(Voucher.id)), Voucher),
        "agreed": _on(by, chart.AGREEMENT.around(uuid_text(Agreement.id)), Agreement),
        "reserved": _on(by, chart.RESERVED.around(uuid_text(Order.id)), Order),
        "held": _on(by, chart.SUBSIDY.around(uuid_text(Subsidy.id)), Subsidy),
        "redeemed": _on(by, chart.REDEEMED.around(uuid_text(Order.id)), Order),
        "payable": _payable(by),
        "paid": _paid(by, func.sum(PaymentLine.amount_fen)),
    }
    wanted = (
        part.add_columns(literal(term).label("term")).where(is_simulated(Round.id), *conditions).group_by(by)
        for term, part in parts.items()
    )
    found: dict[UUID, dict[str, int]] = defaultdict(lambda: dict(_NOTHING))
    for key, amount_fen, term in db.session.execute(union_all(*wanted)):
        found[key][_TERMS.get(term, term)] += int(amount_fen or 0)
    return {key: Standing(**terms) for key, terms in found.items()}


def _on(by: Any, code: ColumnElement[str], owner: Any = Round) -> Select[Any]:
    """What stands on an account of each round, or of each voucher, order or application in it."""
    held = select(by, _BALANCE).select_from(Round)
    if owner is not Round:
        held = held.join(owner, owner.round_id == Round.id)
    return held.join(Programme, Programme.id == Round.programme_id).join(
        Account, (Account.book_id == Programme.book_id) & (Account.code == code)
    )


def _recalled(by: Any) -> Select[Any]:
    """What went from the pool back to the treasury."""
    pool, target = aliased(Account), aliased(Account)
    return (
        select(by, func.sum(Transfer.amount_fen))
        .select_from(Round)
        .join(Programme, Programme.id == Round.programme_id)
        .join(pool, (pool.book_id == Programme.book_id) & (pool.code == chart.POOL.around(uuid_text(Round.id))))
        .join(Transfer, (Transfer.book_id == pool.book_id) & (Transfer.debit_account_id == pool.id))
        .join(target, (target.book_id == Transfer.book_id) & (target.id == Transfer.credit_account_id))
        .where(target.code == chart.RECALLED.of())
    )


def _payable(by: Any) -> Select[Any]:
    """What was approved and is not paid."""
    open_fen = func.sum(case((Claim.state.in_((ClaimState.APPROVED, ClaimState.BATCHED)), Claim.approved_fen), else_=0))
    return select(by, open_fen).select_from(Claim).join(Round, Round.id == Claim.round_id)


def _paid(*columns: Any) -> Select[Any]:
    return (
        select(*columns)
        .select_from(PaymentLine)
        .join(Claim, Claim.id == PaymentLine.claim_id)
        .join(Round, Round.id == Claim.round_id)
        .where(PaymentLine.state == LineState.PAID, is_simulated(Round.id))
    )
