"""What orders and settlement do with a voucher: reserve, redeem, approve, settle, or release what was quoted. The ledger decides."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from marketplace.kernel.db import locked
from marketplace.kernel.money import Fen
from marketplace.ledger import queries as ledger_queries
from marketplace.ledger.models import Entry
from marketplace.ledger.rules import EntryCommand
from marketplace.ledger.service import BatchItem
from marketplace.vouchers import chart, money
from marketplace.vouchers.models import Voucher
from marketplace.vouchers.money import Cut, Hold
from marketplace.vouchers.queries.spending import Quote, deserved_of, held_fen, spec_of, spent_fen, voids_unused
from marketplace.vouchers.rules import states


def _command(verb: str, actor_id: UUID | None, subject_id: UUID, **body: object) -> EntryCommand:
    """Once for an order, a claim or a line of payment."""
    subject = {"claim": "claim", "payment": "payment_line"}.get(verb.split(".", maxsplit=1)[0], "order")
    return EntryCommand(verb, f"{verb}:{subject_id}", actor_id, subject, subject_id, body)


def refresh_state(voucher: Voucher, left_fen: int | None = None) -> None:
    """Name a living voucher by what is left of it. The balance stays the ledger's: `left_fen` is it where the caller knows it."""
    if voucher.state in states.SPENDABLE or voucher.state is states.VoucherState.USED_UP:
        left = ledger_queries.balance_fen(voucher.programme.book_id, voucher.left_account) if left_fen is None else left_fen
        voucher.state = states.state_by_balance(left, voucher.face_fen)


def reserve(offer: Quote, *, order_id: UUID, actor_id: UUID, today: date) -> Entry | None:
    """Hold what the quote says for an order; None where it bears nothing.

    Raises: InsufficientBalance: somebody was faster; nothing is written.
    """
    amount_fen = offer.preview.subsidy_fen
    if not amount_fen:
        return None
    voucher = locked(Voucher, offer.voucher.id)
    states.check_spendable(voucher.state)
    money.open_limits(offer.book_id, offer.accounts, today=today)
    command = _command("order.reserve", actor_id, order_id, amount_fen=amount_fen, voucher=str(voucher.id))
    entry = money.reserve(voucher, order_id, amount_fen, offer.limits, command, today=today)
    refresh_state(voucher)
    return entry


def release(hold: Hold, *, actor_id: UUID | None, today: date) -> Fen:
    """Give everything that is reserved for an order back to where it came from; how much."""
    voucher = locked(Voucher, hold.voucher_id)
    amount_fen = held_fen(voucher.programme.book_id, hold.order_id)
    if amount_fen:
        command = _command("order.release", actor_id, hold.order_id, amount_fen=amount_fen)
        money.release(voucher, hold, amount_fen, command, today=today)
        _take_back_if_over(voucher, amount_fen, command, today=today)
        refresh_state(voucher)
    return amount_fen


def _take_back_if_over(voucher: Voucher, amount_fen: int, cause: EntryCommand, *, today: date) -> None:
    """A voucher that expired or was reclaimed meanwhile keeps nothing of what a command brings back: it goes on to the pool."""
    if voucher.state in {states.VoucherState.EXPIRED, states.VoucherState.RECLAIMED, states.VoucherState.VOID}:
        body = {"amount_fen": amount_fen}
        command = EntryCommand("voucher.returned", f"{cause.key}:returned", cause.actor_id, "voucher", voucher.id, body)
        item = money.take_back(voucher, amount_fen, command, aside_fen=amount_fen if voids_unused(voucher.round) else 0)
        money.post_all(voucher.programme.book_id, [item], today=today)


def lower(hold: Hold, base_fen: Fen, *, actor_id: UUID, today: date) -> Fen:
    """The contract came out below the price: hold what it deserves, never more than before; the rest goes back. What is held now."""
    voucher = locked(Voucher, hold.voucher_id)
    held = held_fen(voucher.programme.book_id, hold.order_id)
    if not held:
        return Fen(0)
    deserved = deserved_of(voucher, held, hold.version_id, hold.category, base_fen)
    spare = held - deserved
    if spare:
        command = _command("order.lower", actor_id, hold.order_id, spare_fen=spare)
        money.release(voucher, hold, spare, command, today=today)
        _take_back_if_over(voucher, spare, command, today=today)
        refresh_state(voucher)
    return deserved


def redeem(hold: Hold, base_fen: Fen, *, actor_id: UUID | None, today: date, at_most_fen: int | None = None) -> Fen:
    """A delivery is accepted: what the actual base deserves is spent, never more than was reserved; the rest goes back. How much was spent.

    Args:
        at_most_fen: an officer has decided on less.
    """
    voucher = locked(Voucher, hold.voucher_id)
    own, reserved = voucher.left_account, chart.RESERVED.of(hold.order_id)
    balances = ledger_queries.balances_fen(
        voucher.programme.book_id, (own, reserved)
    )  # under the voucher's lock nobody else moves its own account
    held = balances[reserved]
    if not held:
        return Fen(0)
    spent = deserved_of(voucher, held, hold.version_id, hold.category, base_fen)
    spent = spent if at_most_fen is None else Fen(min(spent, at_most_fen))
    spare = held - spent
    command = _command("order.redeem", actor_id, hold.order_id, spent_fen=spent, spare_fen=spare)
    money.redeem(voucher, hold, spent, spare, command, today=today)
    if spare:
        _take_back_if_over(voucher, spare, command, today=today)
    refresh_state(voucher, balances[own] + spare)
    return spent


def approve(hold: Hold, approved_fen: int, cut_fen: int, *, actor_id: UUID, claim_id: UUID, today: date) -> Entry:
    """An officer approves a claim, wholly or in part; what is cut goes where the programme says."""
    command = _command("claim.approve", actor_id, claim_id, approved_fen=approved_fen, cut_fen=cut_fen)
    return _granted(locked(Voucher, hold.voucher_id), hold, approved_fen, cut_fen, command, today=today)


def forfeit(hold: Hold, *, today: date) -> Fen:
    """Nobody asked in time for what was redeemed (兑付失效): it goes where the programme sends what is not granted. How much."""
    voucher = locked(Voucher, hold.voucher_id)
    amount_fen = spent_fen(voucher.programme.book_id, hold.order_id)
    if amount_fen:
        command = _command("order.forfeit", None, hold.order_id, amount_fen=amount_fen)
        _granted(voucher, hold, 0, amount_fen, command, today=today)
    return amount_fen


def _granted(voucher: Voucher, hold: Hold, approved_fen: int, cut_fen: int, command: EntryCommand, *, today: date) -> Entry:
    goes_to = spec_of(hold.version_id).not_granted.value
    entry = money.approve(voucher, hold, approved_fen, Cut(cut_fen, goes_to), command, today=today)
    if cut_fen and goes_to == "voucher":
        _take_back_if_over(voucher, cut_fen, command, today=today)
    refresh_state(voucher)
    return entry


@dataclass(frozen=True, slots=True)
class Settlement:
    """A line that the bank paid and the ledger does not know of yet."""

    book_id: UUID
    line_id: UUID
    provider_id: UUID
    amount_fen: int
    actor_id: UUID


def settle(paid: Iterable[Settlement], *, today: date) -> None:
    """Post what the bank paid (兑付), over sets: all of it or nothing. Once for a line."""
    by_book: dict[UUID, list[BatchItem]] = {}
    for one in paid:
        command = _command("payment.settle", one.actor_id, one.line_id, amount_fen=one.amount_fen)
        by_book.setdefault(one.book_id, []).append(money.settle(one.provider_id, one.amount_fen, command))
    for book_id in sorted(by_book):  # the same order for everybody
        money.post_all(book_id, by_book[book_id], today=today)
