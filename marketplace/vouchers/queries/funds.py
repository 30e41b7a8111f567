"""Where the money of a round stands, read off the ledger."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import aliased

from marketplace.kernel.db import db
from marketplace.kernel.money import Fen
from marketplace.ledger import queries as ledger_queries
from marketplace.ledger.models import Account, Transfer
from marketplace.ledger.rules import AccountKind, account_id
from marketplace.vouchers import money
from marketplace.vouchers.models import Appropriation, Round, Voucher
from marketplace.vouchers.rules.states import SPENDABLE, VoucherState

LIVING = SPENDABLE | {VoucherState.USED_UP, VoucherState.FROZEN}
CHUNK = 500


def appropriations_of(round_id: UUID) -> list[Appropriation]:
    """The documents by which money arrived, newest first."""
    wanted = select(Appropriation).where(Appropriation.round_id == round_id)
    return list(db.session.scalars(wanted.order_by(Appropriation.dated_on.desc(), Appropriation.id.desc())))


def pool_fen(round_: Round) -> Fen:
    """What the round's pool holds."""
    return ledger_queries.balance_fen(round_.programme.book_id, money.pool(round_.id))


def unused_fen(round_: Round) -> Fen:
    """What living vouchers of a round may still draw: money on their accounts, or quota the pool has to serve."""
    living = list(
        db.session.execute(select(Voucher.id, Voucher.instrument).where(Voucher.round_id == round_.id, Voucher.state.in_(LIVING)))
    )
    codes = [money.voucher_account(key) if kind == "face_value" else money.voucher_limit(key) for key, kind in living]
    total = 0
    for start in range(0, len(codes), CHUNK):
        total += sum(ledger_queries.balances_fen(round_.programme.book_id, codes[start : start + CHUNK]).values())
    return Fen(total)


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
    issued, count = db.session.execute(
        select(func.coalesce(func.sum(Voucher.face_fen), 0), func.count()).where(Voucher.round_id == round_.id)
    ).one()
    orders = _order_accounts(round_)
    return Gauge(
        appropriated_fen=_sum(select(func.sum(Appropriation.amount_fen)).where(Appropriation.round_id == round_.id)),
        surrendered_fen=_moved(book_id, [account_id(book_id, money.pool(round_.id))], AccountKind.SURRENDERED),
        pool_fen=pool_fen(round_),
        voucher_fen=_balance(book_id, _voucher_accounts(round_)),
        reserved_fen=_balance(book_id, orders),
        redeemed_fen=_balance(book_id, _redeemed(book_id, orders)),
        approved_fen=_moved(book_id, _redeemed(book_id, orders), AccountKind.PAYABLE),
        issued_fen=int(issued),
        vouchers=int(count),
    )


def _voucher_accounts(round_: Round) -> list[UUID]:
    rows = db.session.scalars(select(Voucher.id).where(Voucher.round_id == round_.id, Voucher.instrument == "face_value"))
    return [account_id(round_.programme.book_id, money.voucher_account(key)) for key in rows]


def _order_accounts(round_: Round) -> list[UUID]:
    """The reservation accounts that ever received money of this round."""
    book_id = round_.programme.book_id
    origins = [account_id(book_id, money.pool(round_.id)), *_voucher_accounts(round_)]
    return _targets(book_id, origins, AccountKind.RESERVED)


def _redeemed(book_id: UUID, reserved: list[UUID]) -> list[UUID]:
    return _targets(book_id, reserved, AccountKind.REDEEMED)


def _targets(book_id: UUID, origins: list[UUID], kind: AccountKind) -> list[UUID]:
    """Accounts of a kind that were credited from some accounts."""
    found: set[UUID] = set()
    for start in range(0, len(origins), CHUNK):
        statement = (
            select(Transfer.credit_account_id)
            .distinct()
            .join(Account, (Account.book_id == Transfer.book_id) & (Account.id == Transfer.credit_account_id))
            .where(Transfer.book_id == book_id, Transfer.debit_account_id.in_(origins[start : start + CHUNK]), Account.kind == kind)
        )
        found |= set(db.session.scalars(statement))
    return sorted(found)


def _moved(book_id: UUID, origins: list[UUID], kind: AccountKind) -> int:
    """What went from some accounts to accounts of a kind."""
    target, total = aliased(Account), 0
    for start in range(0, len(origins), CHUNK):
        total += _sum(
            select(func.sum(Transfer.amount_fen))
            .join(target, (target.book_id == Transfer.book_id) & (target.id == Transfer.credit_account_id))
            .where(Transfer.book_id == book_id, Transfer.debit_account_id.in_(origins[start : start + CHUNK]), target.kind == kind)
        )
    return total


def _balance(book_id: UUID, accounts: list[UUID]) -> int:
    total = 0
    for start in range(0, len(accounts), CHUNK):
        total += _sum(
            select(func.sum(Account.credits_fen - Account.debits_fen)).where(
                Account.book_id == book_id, Account.id.in_(accounts[start : start + CHUNK])
            )
        )
    return total


def _sum(statement: Select[int]) -> int:
    return int(db.session.scalar(statement) or 0)
