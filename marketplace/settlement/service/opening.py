"""Books from before accounts were kept per appropriation: one entry says what each has left. No earlier transfer is touched.

What is left of a source is what it brought, less what the payment lines of then say it paid, less what went back. The sums must be what
the book's accounts hold that is not paid, or nothing is written.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, and_, exists, func, or_, select

from marketplace.kernel.db import by_id, db, locked, uuid_text
from marketplace.kernel.errors import N_, RuleViolation
from marketplace.ledger.models import Account, Entry, Transfer
from marketplace.ledger.rules import AccountKind, EntryCommand, account_id
from marketplace.settlement.draw_rules import parts_of, spread
from marketplace.settlement.lifecycle import LineState
from marketplace.settlement.models import Claim, PaymentLine
from marketplace.settlement.queries import sources
from marketplace.settlement.recovery_models import RecoveryInstalment
from marketplace.settlement.recovery_rules import ReturnsTo
from marketplace.vouchers import chart, fund_money
from marketplace.vouchers.models import Appropriation, Programme, Round

_HELD = (AccountKind.POOL, AccountKind.VOUCHER, AccountKind.RESERVED, AccountKind.REDEEMED, AccountKind.PAYABLE)
Draws = dict[UUID, int]


def unopened() -> list[UUID]:
    """Programmes whose book does not say of each appropriation what is left."""
    return list(db.session.scalars(_unopened()))


def _unopened() -> Select[UUID]:
    own = and_(Account.book_id == Programme.book_id, Account.code == chart.FUND.around(uuid_text(Appropriation.id)))
    lacking = select(Appropriation.id).where(Appropriation.programme_id == Programme.id, ~exists().where(own))
    return select(Programme.id).where(lacking.exists()).order_by(Programme.id)


def open_sources(programme_id: UUID, *, now: datetime) -> bool:
    """Open what is left of the appropriations of a programme, in one entry; whether there was something to open.

    Raises: RuleViolation: the sums are not what the book holds; nothing is written.
    """
    if db.session.scalar(_unopened().where(Programme.id == programme_id)) is None:
        return False
    programme = locked(Programme, programme_id)
    left, planned = Counter[UUID](), Counter[UUID]()
    for round_id, brought in _unopened_of(programme).items():
        of_round = by_id(Round, round_id)
        wanted = _planned(of_round, brought)
        whole = _left(of_round, brought, wanted)
        planned.update(wanted)
        left.update({key: fen - wanted.get(key, 0) for key, fen in whole.items()})
    _check(programme, sum(left.values()) + sum(planned.values()))
    if left.total() or planned.total():
        command = EntryCommand("sources.open", f"sources.open:{programme.book_id}:{min(left | planned)}", None, "programme", programme.id)
        fund_money.open_funds(programme.book_id, left, planned, command, today=by_id(Round, round_id).day_of(now))
    return True


def _unopened_of(programme: Programme) -> Mapping[UUID, list[tuple[UUID, str, int]]]:
    """By round, its appropriations without an account: which, of which source, how much."""
    rounds = db.session.scalars(select(Round.id).where(Round.programme_id == programme.id))
    brought = sources.brought_to(rounds)
    ids = {account_id(programme.book_id, chart.FUND.of(key)): key for rows in brought.values() for key, _source, _fen in rows}
    known = db.session.scalars(select(Account.id).where(Account.book_id == programme.book_id, Account.id.in_(ids)))
    opened = {ids[one] for one in known}
    found = {round_id: [row for row in rows if row[0] not in opened] for round_id, rows in brought.items()}
    return {round_id: rows for round_id, rows in found.items() if rows}


def _planned(of_round: Round, brought: list[tuple[UUID, str, int]]) -> Draws:
    """What payments under way will take: from now on their lines say so too."""
    wanted = select(PaymentLine).join(Claim, Claim.id == PaymentLine.claim_id)
    wanted = wanted.where(Claim.round_id == of_round.id, PaymentLine.state == LineState.WAITING, PaymentLine.draws.is_(None))
    planned = Counter[UUID]()
    for line in db.session.scalars(wanted).unique():
        draws = spread(line.split, brought)
        line.draws = {str(key): fen for key, fen in draws.items()}
        planned.update(draws)
    return dict(planned)


def _left(of_round: Round, brought: list[tuple[UUID, str, int]], planned: Draws) -> Draws:
    """What is left of each appropriation: by its source, less what went back to the treasury, pro rata."""
    paid = sources.old_paid(Claim.round_id == of_round.id)
    back = sources.old_recovered(Claim.round_id == of_round.id, RecoveryInstalment.returned_to == ReturnsTo.POOL)
    by_source: dict[str, int] = defaultdict(int)
    for _key, source, fen in brought:
        by_source[source] += fen
    for source, fen in by_source.items():
        by_source[source] = max(0, fen - paid.get(source, 0) + back.get(source, 0))
    unspent = sum(fen for _key, _source, fen in brought) - sum(paid.values()) + sum(back.values()) - _recalled(of_round)
    free = Counter(spread(by_source, brought))
    free.subtract(planned)
    rest = unspent - sum(planned.values())
    more = parts_of(rest, {key: fen for key, fen in free.items() if fen > 0}) if rest > 0 else {}
    return {key: planned.get(key, 0) + more.get(key, 0) for key, _source, _fen in brought}


def _recalled(of_round: Round) -> int:
    pool = account_id(of_round.programme.book_id, chart.POOL.of(of_round.id))
    back = select(func.sum(Transfer.amount_fen)).join(Entry, and_(Entry.book_id == Transfer.book_id, Entry.id == Transfer.entry_id))
    back = back.where(Entry.book_id == of_round.programme.book_id, Entry.verb == "pool.recall", Transfer.debit_account_id == pool)
    return int(db.session.scalar(back) or 0)


def held_fen(book_id: UUID) -> int:
    """What a book holds that is not paid: on all its accounts of money between the pool and the payment, and set aside for the treasury."""
    voided = and_(Account.kind == AccountKind.SURRENDERED, Account.code.startswith(chart.VOIDED.before))
    held = select(func.sum(Account.credits_fen - Account.debits_fen)).where(Account.book_id == book_id)
    return int(db.session.scalar(held.where(or_(Account.kind.in_(_HELD), voided))) or 0)


def funds_fen(book_id: UUID) -> int:
    """What a book says that its appropriations have left, planned for payments or not."""
    left = select(func.sum(Account.credits_fen - Account.debits_fen)).where(Account.book_id == book_id, Account.kind == AccountKind.LIMIT)
    return int(db.session.scalar(left.where(Account.code.startswith(chart.FUND.before))) or 0)


def _check(programme: Programme, opening_fen: int) -> None:
    if held_fen(programme.book_id) - funds_fen(programme.book_id) != opening_fen:
        raise RuleViolation(
            N_("%(programme)s：各资金来源的余额合计与账上未支付的资金不符，未开立来源账户，请联系系统管理员核对账本。"),
            code="sources_differ",
            programme=programme.name,
        )
