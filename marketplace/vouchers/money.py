"""How money moves under a programme: the moves of each event, and nothing else. A function posts one entry in the caller's transaction,
or prepares an item of a batch for events that come by the hundred.

face value: issue pool → voucher; reserve voucher → order reserved.
quota:      reserve pool → order reserved; what may still be drawn is a limit of the voucher's own.
Both:       redeem reserved → redeemed; approve redeemed → payable; settle payable → paid. What is not needed goes back where it came from.
purchase:   agree pool → agreement; reserve agreement → order reserved; the voucher is a limit, as a quota.
Without an order: hold pool → held for the application; grant held → payable.
Caps and quotas are limit accounts, moved in the same entry: the limit holds what is left, its other side what was used.
Parts of a divided budget (配额) are limit accounts too: whatever moves the pool moves a part with it, so that together they hold the pool.
What documents brought (来源) are limit accounts as well, moved where money comes, goes back or is paid, and nowhere between: together they
hold what is not paid. What was paid, and what came back of it, stands on accounts of the document that paid.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from uuid import UUID

from marketplace.kernel.errors import Conflict
from marketplace.kernel.money import Fen
from marketplace.ledger import queries
from marketplace.ledger import service as ledger
from marketplace.ledger.models import Entry
from marketplace.ledger.rules import AccountCode, AccountKind, EntryCommand, MoneyMove
from marketplace.ledger.service import BatchItem
from marketplace.policy.programme_words import NotGranted
from marketplace.vouchers import chart
from marketplace.vouchers.fund_money import NO_DRAWS, Draws, backwards, fund_accounts, fund_back, fund_out, grows
from marketplace.vouchers.models import Appropriation, Voucher
from marketplace.vouchers.rules.limits import LimitAccount


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """What a voucher holds for an order, as orders and settlement hand it on."""

    voucher_id: UUID
    order_id: UUID
    version_id: UUID  # of the rules that the order was placed under
    category: str
    limits: Sequence[str]  # codes of the caps that it counts against
    payee_id: UUID
    agreement_id: UUID | None = None  # what pays, where a bureau agreed with the provider

    def payer(self, voucher: Voucher) -> AccountCode:
        """Where the money came from, and what the voucher can use again goes back to."""
        return payer_of(voucher, self.agreement_id)


@dataclass(frozen=True, slots=True)
class Cut:
    """What is not granted, and where it goes: "voucher" (usable again), "pool" (back to the fund; caps count what is paid, so they get it
    back, the voucher does not) or "none" (back to the fund, voucher and caps stay used)."""

    fen: int
    goes_to: str


@dataclass(frozen=True, slots=True)
class Redemption:
    """What an acceptance spends of what was held for an order (核销), and what becomes of the rest."""

    spent_fen: Fen
    rest: Cut

    @property
    def back_fen(self) -> int:
        """What the voucher can use again."""
        return self.rest.fen if self.rest.goes_to == NotGranted.VOUCHER else 0


NO_PARTS: Mapping[AccountCode, int] = MappingProxyType({})


def payer_of(voucher: Voucher, agreement_id: UUID | None) -> AccountCode:
    """Who pays for an order on a voucher."""
    return voucher.payer_account if agreement_id is None else chart.AGREEMENT.of(agreement_id)


NOTHING_HELD = Redemption(Fen(0), Cut(0, NotGranted.VOUCHER))


def _back(voucher: Voucher, limits: Sequence[str], amount_fen: int) -> list[MoneyMove]:
    return [MoneyMove(chart.used(code), code, amount_fen) for code in _counted(voucher, limits)]


def _counted(voucher: Voucher, limits: Sequence[str]) -> list[AccountCode]:
    """The limit accounts that an order of a voucher moves."""
    return [*voucher.strategy.own_limits(voucher.id), *map(chart.read, limits)]


def _uses(limits: Iterable[AccountCode], amount_fen: int) -> list[MoneyMove]:
    return [MoneyMove(code, chart.used(code), amount_fen) for code in limits]


def appropriate(
    appropriation: Appropriation, book_id: UUID, command: EntryCommand, *, today: date, part: AccountCode | None = None
) -> Entry:
    """Money arrives for a round (资金下达), and for a part of its budget where that is divided already."""
    source, target, amount_fen = chart.APPROPRIATION.of(appropriation.id), chart.POOL.of(appropriation.round_id), appropriation.amount_fen
    moves = [MoneyMove(source, target, amount_fen), *grows(part, amount_fen), *fund_back({appropriation.id: amount_fen})]
    return ledger.post(book_id, command, moves, today=today, opens=(source, target, *fund_accounts(appropriation.id)))


@dataclass(frozen=True, slots=True)
class RecalledFrom:
    """What else an amount that goes back leaves: a part of a divided budget, and the documents that had brought it."""

    part: AccountCode | None
    draws: Draws


_NOWHERE_ELSE = RecalledFrom(None, NO_DRAWS)


def recall(
    book_id: UUID, round_id: UUID, amount_fen: int, command: EntryCommand, *, today: date, out_of: RecalledFrom = _NOWHERE_ELSE
) -> Entry:
    """Unissued money goes back to the treasury (上缴)."""
    target, parts = chart.RECALLED.of(), filter(None, (out_of.part,))
    moves = [MoneyMove(chart.POOL.of(round_id), target, amount_fen), *_uses(parts, amount_fen), *fund_out(out_of.draws)]
    return ledger.post(book_id, command, moves, today=today, opens=(target,))


def open_parts(book_id: UUID, amounts: Mapping[AccountCode, int], command: EntryCommand, *, today: date) -> Entry:
    """Divide the pool of a round: together the parts hold what it holds, then and ever after."""
    moves = [move for part, amount_fen in amounts.items() if amount_fen for move in grows(part, amount_fen)]
    return ledger.post(book_id, command, moves, today=today, opens=[code for part in amounts for code in (part, chart.used(part))])


def shift_part(book_id: UUID, source: AccountCode, target: AccountCode, amount_fen: int, command: EntryCommand, *, today: date) -> Entry:
    """Move from one part of a budget to another. Raises: InsufficientBalance: somebody was faster; nothing is written."""
    return ledger.post(book_id, command, [*_uses([source], amount_fen), *grows(target, amount_fen)], today=today)


def set_aside(book_id: UUID, round_id: UUID, agreement_id: UUID, amount_fen: int, command: EntryCommand, *, today: date) -> Entry:
    """Money of a round is set aside for what was agreed with a provider. Raises: InsufficientBalance: the pool does not hold it."""
    target = chart.AGREEMENT.of(agreement_id)
    return ledger.post(book_id, command, [MoneyMove(chart.POOL.of(round_id), target, amount_fen)], today=today, opens=(target,))


def hand_back(book_id: UUID, agreement_id: UUID, target: AccountCode, amount_fen: int, command: EntryCommand, *, today: date) -> Entry:
    """What an agreement that is over still holds leaves it."""
    return ledger.post(book_id, command, [MoneyMove(chart.AGREEMENT.of(agreement_id), target, amount_fen)], today=today, opens=(target,))


def issue(voucher: Voucher, limits: Sequence[AccountCode], command: EntryCommand) -> BatchItem:
    """Hand a voucher its face value, or open its quota (发放): for a batch. `limits`: caps that the grant itself uses."""
    held = voucher.left_account
    source = voucher.strategy.filled_from(voucher.id, voucher.round_id)
    is_paid = source.kind is AccountKind.POOL
    opens, drawn = ((held,), voucher.part_accounts) if is_paid else ((held, source), ())
    parts = {code: voucher.portions[name] for name, code in voucher.portion_accounts.items() if voucher.portions[name]}
    moves = [MoneyMove(source, held, voucher.face_fen), *_uses([*limits, *drawn], voucher.face_fen)]
    moves += [MoneyMove(chart.used(code), code, fen) for code, fen in parts.items()]
    return BatchItem(command, moves, (*opens, *(one for code in parts for one in (code, chart.used(code)))))


def shift(voucher: Voucher, source: AccountCode, target: AccountCode, amount_fen: int, command: EntryCommand, *, today: date) -> Entry:
    """Move an amount from one kind of service to another. Raises: InsufficientBalance: less is left."""
    moves = [MoneyMove(source, chart.used(source), amount_fen), MoneyMove(chart.used(target), target, amount_fen)]
    return ledger.post(voucher.programme.book_id, command, moves, today=today, opens=(target, chart.used(target)))


def lift(voucher: Voucher, book_id: UUID, more_fen: int, limits: Sequence[AccountCode], command: EntryCommand, *, today: date) -> Entry:
    """Widen a quota: the firm rose to a better class. `limits`: caps that a grant uses, and so does what is added to it."""
    source = voucher.strategy.filled_from(voucher.id, voucher.round_id)
    return ledger.post(book_id, command, [MoneyMove(source, voucher.left_account, more_fen), *_uses(limits, more_fen)], today=today)


def bring_limit(book_id: UUID, code: AccountCode, change_fen: int, number: int, *, today: date) -> Entry:
    """Bring a cap that is open to another amount, the so many-th time; what was used stays used."""
    verb = "limit.lift" if change_fen > 0 else "limit.lower"
    command = EntryCommand(verb, f"limit.bring:{code}:{number}", None, "book", book_id, {"change_fen": change_fen})
    sides = (chart.used(code), code) if change_fen > 0 else (code, chart.used(code))
    return ledger.post(book_id, command, [MoneyMove(*sides, abs(change_fen))], today=today)


def open_limits(book_id: UUID, caps: Iterable[LimitAccount], *, today: date) -> None:
    """Open the caps that an order or a grant will count against, once for each: of two that come at the same moment, one opens it. A cap
    belongs to the programme, not to whoever met it first."""
    wanted = {cap.code: cap.cap_fen for cap in caps}
    known = queries.opened(book_id, wanted)
    items = [_opening(book_id, code, cap_fen) for code, cap_fen in wanted.items() if code not in known]
    try:
        post_all(book_id, items, today=today)
    except Conflict:  # somebody was faster with one of them, for another amount
        for item in items:
            with suppress(Conflict):
                ledger.post(book_id, item.command, item.moves, today=today, opens=item.opens)


def _opening(book_id: UUID, code: AccountCode, cap_fen: int) -> BatchItem:
    command = EntryCommand("limit.open", f"limit.open:{code}", None, "book", book_id, {"cap_fen": cap_fen})
    return BatchItem(command, [MoneyMove(chart.used(code), code, cap_fen)], (code, chart.used(code)))


def reserve(voucher: Voucher, payer: AccountCode, limits: Sequence[str], amount_fen: int, command: EntryCommand, *, today: date) -> Entry:
    """Hold an amount for an order (占用). Raises: InsufficientBalance: who pays or a cap does not hold it; nothing is written."""
    held, spent = chart.RESERVED.of(command.subject_id), chart.REDEEMED.of(command.subject_id)
    moves = [MoneyMove(payer, held, amount_fen), *_uses(_counted(voucher, limits), amount_fen)]
    return ledger.post(voucher.programme.book_id, command, moves, today=today, opens=(held, spent))


def release(voucher: Voucher, hold: Hold, amount_fen: int, command: EntryCommand, *, today: date) -> Entry:
    """Give a reservation back (释放): the order was declined, cancelled or lapsed."""
    moves = [MoneyMove(chart.RESERVED.of(hold.order_id), hold.payer(voucher), amount_fen), *_back(voucher, hold.limits, amount_fen)]
    return ledger.post(voucher.programme.book_id, command, moves, today=today)


def redeem(voucher: Voucher, hold: Hold, made: Redemption, command: EntryCommand, *, today: date) -> Entry:
    """The firm accepts: what is deserved is spent (核销); what was held above it goes where the programme says."""
    held = chart.RESERVED.of(hold.order_id)
    moves = [MoneyMove(held, chart.REDEEMED.of(hold.order_id), made.spent_fen)] if made.spent_fen else []
    moves += _away(voucher, hold, held, made.rest)
    return ledger.post(voucher.programme.book_id, command, moves, today=today)


def approve(voucher: Voucher, hold: Hold, approved_fen: int, cut: Cut, command: EntryCommand, *, today: date) -> Entry:
    """A claim is approved: the value becomes payable; what is cut goes where the programme says."""
    spent, payable = chart.REDEEMED.of(hold.order_id), chart.PAYABLE.of(hold.payee_id)
    moves = [MoneyMove(spent, payable, approved_fen)] if approved_fen else []
    moves += _away(voucher, hold, spent, cut)
    return ledger.post(voucher.programme.book_id, command, moves, today=today, opens=(payable,))


def grant_after_all(voucher: Voucher, hold: Hold, more: Cut, command: EntryCommand, *, today: date) -> Entry:
    """What was cut from a claim is granted after all: it comes back from where it went, and becomes payable."""
    spent, payable = chart.REDEEMED.of(hold.order_id), chart.PAYABLE.of(hold.payee_id)
    moves = [*backwards(_away(voucher, hold, spent, more)), MoneyMove(spent, payable, more.fen)]
    return ledger.post(voucher.programme.book_id, command, moves, today=today, opens=(payable,))


def _away(voucher: Voucher, hold: Hold, source: AccountCode, cut: Cut) -> list[MoneyMove]:
    """What is not granted leaves the account that held it; the limits that it used follow it, but for those that stay used."""
    if not cut.fen:
        return []
    if cut.goes_to == NotGranted.VOUCHER:
        return [MoneyMove(source, hold.payer(voucher), cut.fen), *_back(voucher, hold.limits, cut.fen)]
    counted = [chart.read(one) for one in hold.limits if not chart.PORTION.fits(one)]
    counted += voucher.part_accounts if voucher.strategy.sets_aside else ()
    given = [one for one in counted if cut.goes_to == NotGranted.POOL or chart.PART.fits(one)]  # a part gets back what the pool gets
    return [MoneyMove(source, chart.POOL.of(voucher.round_id), cut.fen), *(MoneyMove(chart.used(one), one, cut.fen) for one in given)]


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectGrant:
    """What a round holds for a firm's application without an order, as those who decide on it hand it on."""

    subsidy_id: UUID
    book_id: UUID
    round_id: UUID
    limits: Sequence[str]  # codes of the caps that it counts against
    enterprise_id: UUID  # whose application it is
    payee_id: UUID


def hold(grant: DirectGrant, amount_fen: int, command: EntryCommand, *, today: date) -> Entry:
    """Hold an amount of the pool for an application (占用). Raises: InsufficientBalance: pool or a cap does not hold it."""
    held = chart.SUBSIDY.of(grant.subsidy_id)
    moves = [MoneyMove(chart.POOL.of(grant.round_id), held, amount_fen), *_uses(map(chart.read, grant.limits), amount_fen)]
    return ledger.post(grant.book_id, command, moves, today=today, opens=(held,))


def grant(to: DirectGrant, approved_fen: int, spare_fen: int, command: EntryCommand, *, today: date) -> Entry:
    """An application is decided: what is approved becomes payable, the rest of what was held goes back to the pool, in one entry."""
    held, payable = chart.SUBSIDY.of(to.subsidy_id), chart.PAYABLE.of(to.payee_id)
    moves = [MoneyMove(held, payable, approved_fen)] if approved_fen else []
    moves += _spared(to, spare_fen) if spare_fen else []
    return ledger.post(to.book_id, command, moves, today=today, opens=(payable,))


def grant_more(to: DirectGrant, more_fen: int, command: EntryCommand, *, today: date) -> Entry:
    """What an application was not granted becomes payable after all: out of the pool, and off the caps again."""
    held, payable = chart.SUBSIDY.of(to.subsidy_id), chart.PAYABLE.of(to.payee_id)
    moves = [*backwards(_spared(to, more_fen)), MoneyMove(held, payable, more_fen)]
    return ledger.post(to.book_id, command, moves, today=today, opens=(payable,))


def _spared(to: DirectGrant, spare_fen: int) -> list[MoneyMove]:
    """What was held and is not granted goes back to the pool, and the caps have it again."""
    back = MoneyMove(chart.SUBSIDY.of(to.subsidy_id), chart.POOL.of(to.round_id), spare_fen)
    return [back, *(MoneyMove(chart.used(code), code, spare_fen) for code in map(chart.read, to.limits))]


def take_back(
    voucher: Voucher, amount_fen: int, command: EntryCommand, *, aside_fen: int = 0, parts: Mapping[AccountCode, int] = NO_PARTS
) -> BatchItem:
    """What a voucher still holds leaves it: expired, void or reclaimed (失效、作废、收回). For a batch.

    Args:
        aside_fen: how much of it the programme grants to nobody else: set aside for the treasury instead of (back) in the pool.
        parts: how much of it is of which kind of service.
    """
    instrument, away = voucher.strategy, chart.VOIDED.of(voucher.round_id)
    back = instrument.filled_from(voucher.id, voucher.round_id)
    moves = [(voucher.left_account, back, amount_fen - aside_fen if instrument.sets_aside else amount_fen)]
    moves.append((voucher.left_account if instrument.sets_aside else chart.POOL.of(voucher.round_id), away, aside_fen))
    for one in voucher.part_accounts:  # it follows the pool
        moves.append((chart.used(one), one, amount_fen - aside_fen) if instrument.sets_aside else (one, chart.used(one), aside_fen))
    moves += [(code, chart.used(code), fen) for code, fen in parts.items()]
    return BatchItem(command, [MoneyMove(source, target, fen) for source, target, fen in moves if fen], (away,) if aside_fen else ())


def post_all(book_id: UUID, items: Sequence[BatchItem], *, today: date) -> list[Entry]:
    """Post what was prepared, over sets. Raises: InsufficientBalance: an account does not hold enough; nothing is written."""
    parts = (items[start : start + ledger.BATCH] for start in range(0, len(items), ledger.BATCH))
    return [entry for part in parts for entry in ledger.post_batch(book_id, part, today=today)]
