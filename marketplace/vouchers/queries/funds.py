"""Where the money of a round stands, read off the ledger."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import CTE, ColumnElement, Select, Uuid, case, func, literal, select, union_all
from sqlalchemy.orm import aliased

from marketplace.kernel.db import db, uuid_text
from marketplace.kernel.money import Fen
from marketplace.ledger import queries as ledger_queries
from marketplace.ledger.models import Account, Transfer
from marketplace.ledger.rules import AccountKind, account_id
from marketplace.vouchers import money
from marketplace.vouchers.models import Appropriation, Round, Voucher
from marketplace.vouchers.rules.states import SPENDABLE, VoucherState

LIVING = SPENDABLE | {VoucherState.USED_UP, VoucherState.FROZEN}


def appropriations_of(round_id: UUID) -> list[Appropriation]:
    """The documents by which money arrived, newest first."""
    wanted = select(Appropriation).where(Appropriation.round_id == round_id)
    return list(db.session.scalars(wanted.order_by(Appropriation.dated_on.desc(), Appropriation.id.desc())))


def pool_fen(round_: Round) -> Fen:
    """What the round's pool holds."""
    return ledger_queries.balance_fen(round_.programme.book_id, money.pool(round_.id))


def unused_fen(round_: Round) -> Fen:
    """What living vouchers of a round may still draw: money on their accounts, or quota the pool has to serve."""
    prefix = case((Voucher.instrument == "face_value", money.voucher_account("")), else_=money.voucher_limit(""))
    held = (
        select(func.sum(Account.credits_fen - Account.debits_fen))
        .join(Voucher, Account.code == prefix + uuid_text(Voucher.id))
        .where(Account.book_id == round_.programme.book_id, Voucher.round_id == round_.id, Voucher.state.in_(LIVING))
    )
    return Fen(_sum(held))


def free_fen(round_: Round) -> Fen:
    """What can still be promised: the pool, less the quota that is out and not used."""
    quota = db.session.scalar(select(Voucher.id).where(Voucher.round_id == round_.id, Voucher.instrument == "quota").limit(1))
    promised = unused_fen(round_) if quota else 0
    return Fen(max(0, pool_fen(round_) - promised))


@dataclass(frozen=True, slots=True)
class Gauge:
    """A round's money from end to end. The five parts of `appropriated_fen` add up to it."""

    appropriated_fen: int
    surrendered_fen: int
    pool_fen: int
    voucher_fen: int  # on face-value vouchers, not used
    reserved_fen: int
    redeemed_fen: int
    approved_fen: int  # to be paid, or paid
    issued_fen: int  # face and quota given out, ended vouchers included
    vouchers: int


def gauge(round_: Round) -> Gauge:
    """Where every fen of a round is now, from the transfers of its pool and vouchers."""
    book_id = round_.programme.book_id
    pool, vouchers = account_id(book_id, money.pool(round_.id)), _voucher_accounts(round_)
    origins = union_all(select(literal(pool, Uuid()).label("id")), select(vouchers.c.id)).cte("origins")
    reserved = _targets(book_id, origins, AccountKind.RESERVED)
    redeemed = _targets(book_id, reserved, AccountKind.REDEEMED)
    issued = select(func.sum(Voucher.face_fen)).where(Voucher.round_id == round_.id)
    appropriated = select(func.sum(Appropriation.amount_fen)).where(Appropriation.round_id == round_.id)
    figures: dict[str, Select[Any]] = {
        "appropriated_fen": appropriated,
        "surrendered_fen": _moved(book_id, Transfer.debit_account_id.in_(select(origins.c.id)), AccountKind.SURRENDERED),
        "pool_fen": _balance(book_id, Account.id == pool),
        "voucher_fen": _balance(book_id, Account.id.in_(select(vouchers.c.id))),
        "reserved_fen": _balance(book_id, Account.id.in_(select(reserved.c.id))),
        "redeemed_fen": _balance(book_id, Account.id.in_(select(redeemed.c.id))),
        "approved_fen": _moved(book_id, Transfer.debit_account_id.in_(select(redeemed.c.id)), AccountKind.PAYABLE),
        "issued_fen": issued,
        "vouchers": select(func.count()).select_from(Voucher).where(Voucher.round_id == round_.id),
    }
    row = db.session.execute(select(*(figure.scalar_subquery().label(name) for name, figure in figures.items()))).one()
    return Gauge(**{name: int(value or 0) for name, value in row._mapping.items()})


def _voucher_accounts(round_: Round) -> CTE:
    """The accounts of the round's face-value vouchers."""
    return (
        select(Account.id)
        .join(Voucher, Account.code == money.voucher_account("") + uuid_text(Voucher.id))
        .where(Account.book_id == round_.programme.book_id, Voucher.round_id == round_.id, Voucher.instrument == "face_value")
        .cte("voucher_accounts")
    )


def _targets(book_id: UUID, origins: CTE, kind: AccountKind) -> CTE:
    """Accounts of a kind that were credited from some accounts."""
    return (
        select(Transfer.credit_account_id.label("id"))
        .distinct()
        .join(Account, (Account.book_id == Transfer.book_id) & (Account.id == Transfer.credit_account_id))
        .where(Transfer.book_id == book_id, Transfer.debit_account_id.in_(select(origins.c.id)), Account.kind == kind)
        .cte(f"{kind.value}_accounts")
    )


def _moved(book_id: UUID, out_of: ColumnElement[bool], kind: AccountKind) -> Select[Any]:
    """What went from some accounts to accounts of a kind."""
    target = aliased(Account)
    return (
        select(func.sum(Transfer.amount_fen))
        .join(target, (target.book_id == Transfer.book_id) & (target.id == Transfer.credit_account_id))
        .where(Transfer.book_id == book_id, out_of, target.kind == kind)
    )


def _balance(book_id: UUID, which: ColumnElement[bool]) -> Select[Any]:
    return select(func.sum(Account.credits_fen - Account.debits_fen)).where(Account.book_id == book_id, which)


def _sum(statement: Select[Any]) -> int:
    return int(db.session.scalar(statement) or 0)
