"""A bank statement beside the payments of its days (对账): by serial, amount and day; what is left over on either side. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from marketplace.kernel.currencies import format_money
from marketplace.kernel.errors import N_, RuleViolation
from marketplace.kernel.normal_text import plain_number

MOST_ROWS = 5_000  # of one statement: what a page can compare at once; longer ones are brought in by shorter periods


@dataclass(frozen=True, slots=True, kw_only=True)
class BankMove:
    """Money that a bank moved: as its statement says, or as it was recorded here."""

    id: UUID
    day: date
    amount_fen: int  # below nought: it left the account
    key: str  # the bank's number in one spelling; empty: the statement gives none
    account: str  # of the other side; empty: not given
    label: str  # for people: place in the file and other side, or numbers of batch and claim


@dataclass(frozen=True, slots=True)
class Matching:
    """What agrees, and what is left over on either side."""

    pairs: Sequence[tuple[BankMove, BankMove]]  # of the bank, of the books
    bank_only: Sequence[BankMove]
    books_only: Sequence[BankMove]


def matched(bank: Sequence[BankMove], books: Sequence[BankMove]) -> Matching:
    """Each line of a statement with the payment it is: the same number, amount and day; without a number, the only one of that
    amount, day and account. No line and no payment is used twice.
    """
    pairs, left = _by(bank, books, lambda one: (one.key, one.amount_fen, one.day) if one.key else None)
    free = [one for one in books if one.id not in {book.id for _row, book in pairs}]
    more, left = _only(left, free)
    pairs += more
    used = {book.id for _row, book in pairs}
    return Matching(pairs, left, [one for one in books if one.id not in used])


_Key = tuple[object, ...]


def _by(bank: Sequence[BankMove], books: Iterable[BankMove], key) -> tuple[list[tuple[BankMove, BankMove]], list[BankMove]]:  # type: ignore[no-untyped-def]
    waiting: dict[_Key, list[BankMove]] = defaultdict(list)
    for book in books:
        waiting[key(book)].append(book)
    pairs, left = [], []
    for row in bank:
        said = key(row)
        if said is not None and waiting.get(said):
            pairs.append((row, waiting[said].pop(0)))
        else:
            left.append(row)
    return pairs, left


def _only(bank: Sequence[BankMove], books: Sequence[BankMove]) -> tuple[list[tuple[BankMove, BankMove]], list[BankMove]]:
    """Lines without a number that only one payment can be, and that is only one line's."""
    paid, unnumbered = _together(books), _together(one for one in bank if not one.key)
    pairs, left = [], []
    for row in bank:
        may_be = [] if row.key else [one for one in paid[_sum_and_day(row)] if _alike(row, one)]
        rivals = [one for one in unnumbered[_sum_and_day(row)] if may_be and _alike(one, may_be[0])]
        if len(may_be) == len(rivals) == 1:
            pairs.append((row, may_be[0]))
        else:
            left.append(row)
    return pairs, left


def _together(moves: Iterable[BankMove]) -> defaultdict[_Key, list[BankMove]]:
    found: defaultdict[_Key, list[BankMove]] = defaultdict(list)
    for one in moves:
        found[_sum_and_day(one)].append(one)
    return found


def _sum_and_day(move: BankMove) -> _Key:
    return move.amount_fen, move.day


def _alike(row: BankMove, book: BankMove) -> bool:
    """Of one amount and day: whether it may be the same, by the account of the other side where the statement gives it."""
    return not row.account or plain_number(row.account) == plain_number(book.account)


def check_balance(opening_fen: int, moved: Iterable[int], closing_fen: int, currency: str) -> None:
    """A statement says what it began and ended with, and its lines lead from one to the other.

    Raises: RuleViolation beside the closing balance, with the figures.
    """
    reached = opening_fen + sum(moved)
    if reached != closing_fen:
        raise RuleViolation(
            N_("期初余额加收入减支出为 %(reached)s 元，与期末余额 %(closing)s 元相差 %(off)s 元。请核对余额，或查看文件是否缺行。"),
            field="closing",
            code="balance",
            reached=format_money(reached, currency),
            closing=format_money(closing_fen, currency),
            off=format_money(closing_fen - reached, currency),
        )


def check_period(first_on: date, last_on: date, days: Iterable[tuple[int, date]]) -> None:
    """Raises: RuleViolation: the period ends before it begins, or a line is of another day."""
    if last_on < first_on:
        raise RuleViolation(N_("止日不能早于起日。"), field="last_on")
    for number, day in days:
        if not first_on <= day <= last_on:
            raise RuleViolation(
                N_("第 %(row)s 行的日期 %(day)s 不在 %(first)s 至 %(last)s 之间，请核对起止日期。"),
                field="first_on",
                code="other_period",
                row=number,
                day=day.isoformat(),
                first=first_on.isoformat(),
                last=last_on.isoformat(),
            )
