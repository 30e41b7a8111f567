"""How money moves under a programme: the moves of each event, and nothing else. A function posts one entry in the caller's transaction,
or prepares an item of a batch for events that come by the hundred.

face value: issue pool → voucher; reserve voucher → order reserved.
quota:      reserve pool → order reserved; what may still be drawn is a limit of the voucher's own.
Both:       redeem reserved → redeemed; approve redeemed → payable; settle payable → paid. What is not needed goes back where it came from.
Caps and quotas are limit accounts, moved in the same entry: the limit holds what is left, its other side what was used.
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from marketplace.kernel.errors import Conflict
from marketplace.ledger import queries
from marketplace.ledger import service as ledger
from marketplace.ledger.models import Entry
from marketplace.ledger.rules import AccountCode, AccountKind, EntryCommand, MoneyMove
from marketplace.ledger.service import BatchItem
from marketplace.vouchers import chart
from marketplace.vouchers.models import Voucher
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


@dataclass(frozen=True, slots=True)
class Cut:
    """What is not granted, and where it goes: "voucher" (usable again), "pool" (back to the fund; caps count what is paid, so they get it
    back, the voucher does not) or "none" (back to the fund, voucher and caps stay used)."""

    fen: int
    goes_to: str


def _back(voucher: Voucher, limits: Sequence[str], amount_fen: int) -> list[MoneyMove]:
    return [MoneyMove(chart.used(code), code, amount_fen) for code in _counted(voucher, limits)]


def _counted(voucher: Voucher, limits: Sequence[str]) -> list[AccountCode]:
    """The limit accounts that an order of a voucher moves."""
    return [*voucher.strategy.own_limits(voucher.id), *map(chart.read, limits)]


def _uses(limits: Iterable[AccountCode], amount_fen: int) -> list[MoneyMove]:
    return [MoneyMove(code, chart.used(code), amount_fen) for code in limits]


def appropriate(book_id: UUID, appropriation_id: UUID, round_id: UUID, amount_fen: int, command: EntryCommand, *, today: date) -> Entry:
    """Money arrives for a round (资金下达)."""
    source, target = chart.APPROPRIATION.of(appropriation_id), chart.POOL.of(round_id)
    return ledger.post(book_id, command, [MoneyMove(source, target, amount_fen)], today=today, opens=(source, target))


def recall(book_id: UUID, round_id: UUID, amount_fen: int, command: EntryCommand, *, today: date) -> Entry:
    """Unissued money goes back to the treasury (上缴)."""
    target = chart.RECALLED.of()
    return ledger.post(book_id, command, [MoneyMove(chart.POOL.of(round_id), target, amount_fen)], today=today, opens=(target,))


def issue(voucher: Voucher, limits: Sequence[AccountCode], command: EntryCommand) -> BatchItem:
    """Hand a voucher its face value, or open its quota (发放): for a batch. `limits`: caps that the grant itself uses."""
    held = voucher.left_account
    source = voucher.strategy.filled_from(voucher.id, voucher.round_id)
    opens = (held,) if source.kind is AccountKind.POOL else (held, source)
    return BatchItem(command, [MoneyMove(source, held, voucher.face_fen), *_uses(limits, voucher.face_fen)], opens)


def lift(voucher: Voucher, book_id: UUID, more_fen: int, limits: Sequence[AccountCode], command: EntryCommand, *, today: date) -> Entry:
    """Widen a quota: the firm rose to a better class. `limits`: caps that a grant uses, and so does what is added to it."""
    source = voucher.strategy.filled_from(voucher.id, voucher.round_id)
    return ledger.post(book_id, command, [MoneyMove(source, voucher.left_account, more_fen), *_uses(limits, more_fen)], today=today)


def lift_limits(book_id: UUID, caps: Sequence[LimitAccount], *, today: date) -> None:
    """Bring caps that are open already to a higher amount; what was used stays used."""
    known = queries.opened(book_id, [cap.code for cap in caps])
    for cap in caps:
        if cap.code not in known:
            continue
        given = sum(line.amount_fen for line in queries.statement(book_id, cap.code) if line.entry.verb in {"limit.open", "limit.lift"})
        if cap.cap_fen > given:
            command = EntryCommand("limit.lift", f"limit.lift:{cap.code}:{cap.cap_fen}", None, "book", book_id, {"cap_fen": cap.cap_fen})
            ledger.post(book_id, command, [MoneyMove(chart.used(cap.code), cap.code, cap.cap_fen - given)], today=today)


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


def reserve(voucher: Voucher, order_id: UUID, amount_fen: int, limits: Sequence[str], command: EntryCommand, *, today: date) -> Entry:
    """Hold an amount for an order (占用). Raises: InsufficientBalance: voucher, pool or a cap does not hold it; nothing is written."""
    held = chart.RESERVED.of(order_id)
    moves = [MoneyMove(voucher.payer_account, held, amount_fen), *_uses(_counted(voucher, limits), amount_fen)]
    return ledger.post(voucher.programme.book_id, command, moves, today=today, opens=(held, chart.REDEEMED.of(order_id)))


def release(voucher: Voucher, hold: Hold, amount_fen: int, command: EntryCommand, *, today: date) -> Entry:
    """Give a reservation back (释放): the order was declined, cancelled or lapsed."""
    moves = [MoneyMove(chart.RESERVED.of(hold.order_id), voucher.payer_account, amount_fen), *_back(voucher, hold.limits, amount_fen)]
    return ledger.post(voucher.programme.book_id, command, moves, today=today)


def redeem(voucher: Voucher, hold: Hold, amount_fen: int, spare_fen: int, command: EntryCommand, *, today: date) -> Entry:
    """The firm accepts: the amount is spent (核销); what the contract did not need goes back."""
    held = chart.RESERVED.of(hold.order_id)
    moves = [MoneyMove(held, chart.REDEEMED.of(hold.order_id), amount_fen)] if amount_fen else []
    if spare_fen:
        moves += [MoneyMove(held, voucher.payer_account, spare_fen), *_back(voucher, hold.limits, spare_fen)]
    return ledger.post(voucher.programme.book_id, command, moves, today=today)


def approve(voucher: Voucher, hold: Hold, approved_fen: int, cut: Cut, command: EntryCommand, *, today: date) -> Entry:
    """A claim is approved: the value becomes payable; what is cut goes where the programme says."""
    spent, payable = chart.REDEEMED.of(hold.order_id), chart.PAYABLE.of(hold.payee_id)
    moves = [MoneyMove(spent, payable, approved_fen)] if approved_fen else []
    if cut.fen:
        moves.append(MoneyMove(spent, voucher.payer_account if cut.goes_to == "voucher" else chart.POOL.of(voucher.round_id), cut.fen))
        if cut.goes_to == "voucher":
            moves += _back(voucher, hold.limits, cut.fen)
        elif cut.goes_to == "pool":
            moves += [MoneyMove(chart.used(code), code, cut.fen) for code in map(chart.read, hold.limits)]
    return ledger.post(voucher.programme.book_id, command, moves, today=today, opens=(payable,))


def settle(provider_id: UUID, amount_fen: int, command: EntryCommand) -> BatchItem:
    """The bank paid: money has left the fund (兑付). For a batch."""
    return BatchItem(command, [MoneyMove(chart.PAYABLE.of(provider_id), chart.PAID.of(), amount_fen)], (chart.PAID.of(),))


def take_back(voucher: Voucher, amount_fen: int, command: EntryCommand, *, aside_fen: int = 0) -> BatchItem:
    """What a voucher still holds leaves it: expired, void or reclaimed (失效、作废、收回). For a batch.

    Args:
        aside_fen: how much of it the programme grants to nobody else: set aside for the treasury instead of (back) in the pool.
    """
    instrument, away = voucher.strategy, chart.VOIDED.of(voucher.round_id)
    back = instrument.filled_from(voucher.id, voucher.round_id)
    if instrument.sets_aside:
        parts = ((voucher.left_account, away, aside_fen), (voucher.left_account, back, amount_fen - aside_fen))
    else:
        parts = ((voucher.left_account, back, amount_fen), (chart.POOL.of(voucher.round_id), away, aside_fen))
    return BatchItem(command, [MoneyMove(source, target, part) for source, target, part in parts if part], (away,) if aside_fen else ())


def post_all(book_id: UUID, items: Sequence[BatchItem], *, today: date) -> list[Entry]:
    """Post what was prepared, over sets. Raises: InsufficientBalance: an account does not hold enough; nothing is written."""
    parts = (items[start : start + ledger.BATCH] for start in range(0, len(items), ledger.BATCH))
    return [entry for part in parts for entry in ledger.post_batch(book_id, part, today=today)]
