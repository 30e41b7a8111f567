"""Money and the documents that brought it (来源): what is left of each stands beside the money, what was paid on accounts of its own.

A document's account is moved where money comes, is planned for a payment, is paid, comes back or goes to the treasury, and nowhere between:
acceptance and approval do not touch it, however many documents there are. Together these accounts hold what is not paid.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from uuid import UUID

from marketplace.ledger import service as ledger
from marketplace.ledger.models import Entry
from marketplace.ledger.rules import AccountCode, EntryCommand, MoneyMove
from marketplace.ledger.service import BatchItem
from marketplace.vouchers import chart

Draws = Mapping[UUID, int]  # by appropriation, how much of an amount
NO_DRAWS: Draws = MappingProxyType({})
SETS_ASIDE = ("payment.plan", "payment.unplan")  # verbs of entries that say which document will pay, and move no money


def grows(part: AccountCode | None, amount_fen: int) -> list[MoneyMove]:
    """A part of a budget holds more."""
    return [MoneyMove(chart.used(part), part, amount_fen)] if part else []


def backwards(moves: Iterable[MoneyMove]) -> list[MoneyMove]:
    """The same the other way."""
    return [MoneyMove(one.credit, one.debit, one.amount_fen) for one in moves]


def fund_accounts(appropriation_id: UUID) -> tuple[AccountCode, ...]:
    """The accounts on which stands what is left of what a document brought."""
    left = chart.FUND.of(appropriation_id)
    return left, chart.used(left), chart.FUND_PLANNED.of(appropriation_id)


def fund_back(draws: Draws) -> list[MoneyMove]:
    """What documents brought, or get back."""
    left = {chart.FUND.of(key): fen for key, fen in draws.items()}
    return [MoneyMove(chart.used(code), code, fen) for code, fen in left.items() if fen]


def fund_out(draws: Draws, *, is_planned: bool = False) -> list[MoneyMove]:
    """What leaves documents' money for good: paid, or handed back."""
    place = chart.FUND_PLANNED if is_planned else chart.FUND
    return [MoneyMove(place.of(key), chart.used(chart.FUND.of(key)), fen) for key, fen in draws.items() if fen]


def open_funds(book_id: UUID, left: Draws, planned: Draws, command: EntryCommand, *, today: date) -> Entry:
    """Say of an old book which documents hold what is not paid, and what payments under way will take of it: beside the money."""
    whole = {key: left.get(key, 0) + planned.get(key, 0) for key in left.keys() | planned.keys()}
    moves = [*fund_back(whole), *_plans(planned)]
    return ledger.post(book_id, command, moves, today=today, opens=[code for key in whole for code in fund_accounts(key)])


def _plans(draws: Draws) -> list[MoneyMove]:
    return [MoneyMove(chart.FUND.of(key), chart.FUND_PLANNED.of(key), fen) for key, fen in draws.items() if fen]


def plan(draws: Draws, command: EntryCommand) -> BatchItem:
    """A payment will take so much of each document. For a batch."""
    return BatchItem(command, _plans(draws))


def unplan(draws: Draws, command: EntryCommand) -> BatchItem:
    """A payment is not made: documents have their money again. For a batch."""
    return BatchItem(command, backwards(_plans(draws)))


def settle(payee_id: UUID, draws: Draws, planned: Draws | None, command: EntryCommand) -> BatchItem:
    """The bank paid: money has left the fund (兑付), of each document so much. For a batch.

    Args:
        planned: what the payment was to take; what it did not take is the documents' again. None: it was planned no more.
    """
    payable, paid = chart.PAYABLE.of(payee_id), {chart.PAID_FROM.of(key): fen for key, fen in draws.items()}
    moves = [MoneyMove(payable, code, fen) for code, fen in paid.items()]
    moves += fund_out(draws, is_planned=planned is not None)
    moves += backwards(_plans({key: fen - draws.get(key, 0) for key, fen in (planned or {}).items()}))
    return BatchItem(command, moves, tuple(paid))


def bounce(payee_id: UUID, draws: Draws, command: EntryCommand, *, is_old: bool) -> BatchItem:
    """The bank sent back what it had paid (退汇), or had never paid it (更正): it is payable again, and back with the documents that had
    paid. For a batch.

    Args:
        is_old: it was paid before accounts were kept per appropriation.
    """
    paid = chart.PAID.of()
    moves = [MoneyMove(paid if is_old else chart.PAID_FROM.of(key), chart.PAYABLE.of(payee_id), fen) for key, fen in draws.items()]
    return BatchItem(command, [*moves, *fund_back(draws)])


@dataclass(frozen=True, slots=True, kw_only=True)
class ComeBack:
    """Money that was paid and comes back by a decision (追回), as settlement hands it on."""

    recovery_id: UUID
    place: int  # of the instalment
    book_id: UUID
    round_id: UUID | None  # whose pool gets it; None: the treasury does
    voucher_id: UUID | None  # that had paid
    limits: Sequence[str]  # codes that the order or application had counted against
    draws: Draws  # the principal, by the appropriations that had paid
    interest_fen: int

    @property
    def principal_fen(self) -> int:
        """What comes back of what was paid."""
        return sum(self.draws.values())


def recover(back: ComeBack, parts: Sequence[AccountCode], command: EntryCommand, *, today: date) -> Entry:
    """What was paid comes back: to the pool with the parts of a divided budget, or to the treasury, as interest always does.

    Caps stay used: they count what somebody was granted, and that it had to be paid back is no reason to grant it again.
    """
    treasury, interest = chart.RECALLED.of(), chart.INTEREST.of()
    target = chart.POOL.of(back.round_id) if back.round_id else treasury
    recovered = {chart.RECOVERED_FROM.of(key): fen for key, fen in back.draws.items()}
    moves = [MoneyMove(code, target, fen) for code, fen in recovered.items()]
    if back.round_id and back.principal_fen:
        moves += [move for part in parts for move in grows(part, back.principal_fen)]
        moves += fund_back(back.draws)
    if back.interest_fen:
        moves.append(MoneyMove(interest, treasury, back.interest_fen))
    return ledger.post(back.book_id, command, moves, today=today, opens=(*recovered, interest, treasury))
