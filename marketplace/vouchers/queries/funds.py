"""Where the money of a round stands, read off the ledger."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import CTE, ColumnElement, Select, Uuid, case, func, literal, select, union_all
from sqlalchemy.orm import InstrumentedAttribute, aliased

from marketplace.kernel.db import db, uuid_text
from marketplace.kernel.money import Fen
from marketplace.ledger import queries as ledger_queries
from marketplace.ledger.models import Account, Transfer
from marketplace.ledger.rules import AccountKind, account_id
from marketplace.vouchers import chart
from marketplace.vouchers.instruments import FACE_VALUE, SETTING_ASIDE, STRATEGIES, Strategy, left_codes
from marketplace.vouchers.models import Appropriation, Round, Voucher
from marketplace.vouchers.queries.spending import spec_of
from marketplace.vouchers.rules.states import SPENDABLE, VoucherState

LIVING = SPENDABLE | {VoucherState.USED_UP, VoucherState.FROZEN}
_BALANCE = Account.credits_fen - Account.debits_fen


def appropriations_of(round_id: UUID) -> list[Appropriation]:
    """The documents by which money arrived, newest first."""
    wanted = select(Appropriation).where(Appropriation.round_id == round_id)
    return list(db.session.scalars(wanted.order_by(Appropriation.dated_on.desc(), Appropriation.id.desc())))


def pool_fen(round_: Round) -> Fen:
    """What the round's pool holds."""
    return ledger_queries.balance_fen(round_.programme.book_id, chart.POOL.of(round_.id))


def unused_fen(round_: Round) -> Fen:
    """What living vouchers of a round may still draw: money on their accounts, or quota the pool has to serve."""
    parts = (_voucher_accounts(round_, instrument).where(Voucher.state.in_(LIVING)) for instrument in STRATEGIES.values())
    held = union_all(*parts).subquery()
    return Fen(int(db.session.scalar(select(func.sum(held.c.fen))) or 0))


def promised_by_part(round_: Round) -> dict[str, int]:
    """What living quotas of a round may still draw, by the part of the budget that they draw on."""
    found: dict[str, int] = {}
    for instrument in STRATEGIES.values():
        if not instrument.sets_aside:
            held = _voucher_accounts(round_, instrument).where(Voucher.state.in_(LIVING), Voucher.part_name != "")
            rows = held.add_columns(Voucher.part_name).subquery()
            found |= {
                part: int(fen)
                for part, fen in db.session.execute(select(rows.c.part_name, func.sum(rows.c.fen)).group_by(rows.c.part_name))
            }
    return found


def left_account() -> ColumnElement[str]:
    """The code of the account that says what is left of a voucher, in a query over vouchers."""
    return case(left_codes(uuid_text(Voucher.id)), value=Voucher.instrument)


def free_fen(round_: Round) -> Fen:
    """What can still be promised: the pool, less the quota that is out and not used. Where agreements pay, a quota promises nothing."""
    if spec_of(round_.version_id).by_agreement:
        return pool_fen(round_)
    promising = (Voucher.round_id == round_.id, Voucher.instrument.not_in(SETTING_ASIDE))
    promised = unused_fen(round_) if db.session.scalar(select(Voucher.id).where(*promising).limit(1)) else 0
    return Fen(max(0, pool_fen(round_) - promised))


@dataclass(frozen=True, slots=True)
class Gauge:
    """A round's money from end to end. The parts of `appropriated_fen` add up to it."""

    appropriated_fen: int
    surrendered_fen: int
    pool_fen: int
    voucher_fen: int  # on face-value vouchers, not used
    agreed_fen: int  # set aside for what was agreed with providers, not ordered
    reserved_fen: int
    redeemed_fen: int
    approved_fen: int  # to be paid, or paid
    issued_fen: int  # face and quota given out, ended vouchers included
    vouchers: int


def gauge(round_: Round) -> Gauge:
    """Where every fen of a round is now, off the accounts that hold some: what is over is not looked at, however much of it there is."""
    book_id = round_.programme.book_id
    pool, vouchers = account_id(book_id, chart.POOL.of(round_.id)), _voucher_accounts(round_).cte("voucher_accounts")
    agreed = _agreed(book_id, pool)
    origins = union_all(select(literal(pool, Uuid()).label("id")), select(vouchers.c.id), select(agreed.c.id)).cte("origins")
    drawn = _drawn(book_id, origins)
    figures: dict[str, Select[Any]] = {
        "appropriated_fen": select(func.sum(Appropriation.amount_fen)).where(Appropriation.round_id == round_.id),
        "surrendered_fen": _surrendered(book_id, origins),
        "pool_fen": select(func.sum(_BALANCE)).where(Account.book_id == book_id, Account.id == pool),
        "voucher_fen": select(func.sum(vouchers.c.fen)),
        "agreed_fen": select(func.sum(agreed.c.fen)),
        "reserved_fen": select(func.sum(drawn.c.fen)).where(drawn.c.kind == AccountKind.RESERVED),
        "redeemed_fen": select(func.sum(drawn.c.fen)).where(drawn.c.kind == AccountKind.REDEEMED),
        "issued_fen": select(func.sum(Voucher.face_fen)).where(Voucher.round_id == round_.id),
        "vouchers": select(func.count()).select_from(Voucher).where(Voucher.round_id == round_.id),
    }
    row = db.session.execute(select(*(figure.scalar_subquery().label(name) for name, figure in figures.items()))).one()
    known = {name: int(value or 0) for name, value in row._mapping.items()}
    elsewhere = ("surrendered_fen", "pool_fen", "voucher_fen", "agreed_fen", "reserved_fen", "redeemed_fen")
    # No fen is lost in a book of two sides: the one way out that is left is that to providers.
    return Gauge(**known, approved_fen=known["appropriated_fen"] - sum(known[name] for name in elsewhere))


def _voucher_accounts(round_: Round, instrument: Strategy = FACE_VALUE) -> Select[UUID, int]:
    """The accounts of a round's vouchers of an instrument, and what stands on them."""
    return (
        select(Account.id, _BALANCE.label("fen"))
        .join(Voucher, Account.code == instrument.holds.around(uuid_text(Voucher.id)))
        .where(Account.book_id == round_.programme.book_id, Account.kind == instrument.holds.kind)
        .where(Voucher.round_id == round_.id, Voucher.instrument == instrument.word)
    )


def _agreed(book_id: UUID, pool: UUID) -> CTE:
    """The accounts of what was agreed with providers out of a pool, and what stands on them."""
    mine = [Account.book_id == book_id, Account.kind == AccountKind.VOUCHER, Account.code.startswith(chart.AGREEMENT.before)]
    return select(Account.id, _BALANCE.label("fen")).where(*mine, _giver(book_id, Account.id) == pool).cte("agreed")


def _drawn(book_id: UUID, origins: CTE) -> CTE:
    """What stands reserved and redeemed for orders that drew on some accounts; looked up account by account, for only what holds money."""
    holding = [Account.book_id == book_id, Account.kind.in_((AccountKind.RESERVED, AccountKind.REDEEMED)), _BALANCE > 0]
    held = select(Account.kind, _BALANCE.label("fen"), _giver(book_id, Account.id).label("giver")).where(*holding).cte("held")
    origin = case((held.c.kind == AccountKind.REDEEMED, _giver(book_id, held.c.giver)), else_=held.c.giver)
    return select(held.c.kind, held.c.fen).where(origin.in_(select(origins.c.id))).cte("drawn")


def _giver(book_id: UUID, account: ColumnElement[UUID] | InstrumentedAttribute[UUID]) -> ColumnElement[UUID]:
    """The account from which the first money of another came."""
    came = aliased(Transfer)
    first = (came.book_id == book_id) & (came.credit_account_id == account) & (came.credit_version == 1)
    return select(came.debit_account_id).where(first).scalar_subquery()


def _surrendered(book_id: UUID, origins: CTE) -> Select[Any]:
    """What went from some accounts to the treasury."""
    return (
        select(func.sum(Transfer.amount_fen))
        .join(Account, (Account.book_id == Transfer.book_id) & (Account.id == Transfer.credit_account_id))
        .where(Transfer.book_id == book_id, Transfer.debit_account_id.in_(select(origins.c.id)), Account.kind == AccountKind.SURRENDERED)
    )


def appropriated_by(round_ids: Iterable[UUID]) -> dict[UUID, int]:
    """How much money came into several rounds; those into which none came are not there."""
    wanted = select(Appropriation.round_id, func.sum(Appropriation.amount_fen)).where(Appropriation.round_id.in_(set(round_ids)))
    return {round_id: int(fen) for round_id, fen in db.session.execute(wanted.group_by(Appropriation.round_id))}
