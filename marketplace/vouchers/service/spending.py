"""What orders and settlement do with a voucher: reserve, redeem, approve, settle, or release what was quoted. The ledger decides."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from marketplace.kernel.db import by_id, insert_new, locked, table_of
from marketplace.kernel.money import Fen
from marketplace.ledger import queries as ledger_queries
from marketplace.ledger.models import Entry
from marketplace.ledger.rules import EntryCommand
from marketplace.ledger.service import BatchItem
from marketplace.policy.programme_words import NotGranted, UnusedRule
from marketplace.vouchers import chart, fund_money, money
from marketplace.vouchers.aid_models import DirectAid
from marketplace.vouchers.fund_money import ComeBack, Draws
from marketplace.vouchers.models import Round, Voucher
from marketplace.vouchers.money import NOTHING_HELD, Cut, DirectGrant, Hold, Redemption
from marketplace.vouchers.queries.spending import Quote, deserved_of, held_fen, spec_of, spent_fen, voids_unused
from marketplace.vouchers.rules import states
from marketplace.vouchers.rules.amounts import difference_goes_to
from marketplace.vouchers.service import bids, caps

_SUBJECTS = {  # by what a verb begins with
    "claim": "claim",
    "payment": "payment_line",
    "subsidy": "subsidy",
    "agreement": "agreement",
    "recovery": "recovery",
}
_OVER = frozenset({states.VoucherState.EXPIRED, states.VoucherState.RECLAIMED, states.VoucherState.VOID})


def _command(verb: str, actor_id: UUID | None, subject_id: UUID, **body: object) -> EntryCommand:
    """Once for an order, a subsidy, a claim or a line of payment."""
    subject = _SUBJECTS.get(verb.split(".", maxsplit=1)[0], "order")
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
    bids.check_stands(offer)
    caps.hold_to(offer.book_id, offer.accounts, today=today)
    command = _command("order.reserve", actor_id, order_id, amount_fen=amount_fen, voucher=str(voucher.id))
    payer = money.payer_of(voucher, offer.agreement_id)
    entry = money.reserve(voucher, payer, offer.limits, amount_fen, command, today=today)
    refresh_state(voucher)
    return entry


def release(hold: Hold, *, actor_id: UUID | None, today: date) -> Fen:
    """Give everything that is reserved for an order back to where it came from; how much."""
    voucher = locked(Voucher, hold.voucher_id)
    amount_fen = held_fen(voucher.programme.book_id, hold.order_id)
    if amount_fen:
        command = _command("order.release", actor_id, hold.order_id, amount_fen=amount_fen)
        money.release(voucher, hold, amount_fen, command, today=today)
        _take_back_if_over(voucher, hold, amount_fen, command, today=today)
        refresh_state(voucher)
    return amount_fen


def _take_back_if_over(voucher: Voucher, hold: Hold, amount_fen: int, cause: EntryCommand, *, today: date) -> None:
    """A voucher that expired or was reclaimed meanwhile keeps nothing of what a command brings back: it goes on to the pool."""
    if voucher.state in _OVER:
        body = {"amount_fen": amount_fen}
        command = EntryCommand("voucher.returned", f"{cause.key}:returned", cause.actor_id, "voucher", voucher.id, body)
        parts = {chart.read(code): amount_fen for code in hold.limits if chart.PORTION.fits(code)}
        item = money.take_back(voucher, amount_fen, command, aside_fen=amount_fen if voids_unused(voucher.round) else 0, parts=parts)
        money.post_all(voucher.programme.book_id, [item], today=today)


def lower(hold: Hold, base_fen: Fen, *, actor_id: UUID, today: date, cause_id: UUID | None = None) -> Fen:
    """The contract came out below the price: hold what it deserves, never more than before; the rest goes back. What is held now.

    Args:
        cause_id: of what both sides agreed on later, each once; None: the contract itself.
    """
    voucher = locked(Voucher, hold.voucher_id)
    held = held_fen(voucher.programme.book_id, hold.order_id)
    if not held:
        return Fen(0)
    deserved = deserved_of(voucher, held, hold.version_id, hold.category, base_fen)
    spare = held - deserved
    if spare:
        command = _command("order.lower", actor_id, hold.order_id, spare_fen=spare)
        command = replace(command, key=f"{command.key}:{cause_id}") if cause_id else command
        money.release(voucher, hold, spare, command, today=today)
        _take_back_if_over(voucher, hold, spare, command, today=today)
        refresh_state(voucher)
    return deserved


def redeem(hold: Hold, base_fen: Fen, *, actor_id: UUID | None, today: date, at_most_fen: int | None = None) -> Redemption:
    """A delivery is accepted: what the actual base deserves is spent, never more than was reserved; the rest goes where the programme
    says.

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
        return NOTHING_HELD
    spent = deserved_of(voucher, held, hold.version_id, hold.category, base_fen)
    spent = spent if at_most_fen is None else Fen(min(spent, at_most_fen))
    made = Redemption(spent, Cut(held - spent, difference_goes_to(spec_of(hold.version_id))))
    command = _command("order.redeem", actor_id, hold.order_id, spent_fen=spent, spare_fen=held - spent)
    money.redeem(voucher, hold, made, command, today=today)
    voucher.used_on = voucher.used_on or (today if spent else None)
    if made.back_fen:
        _take_back_if_over(voucher, hold, made.back_fen, command, today=today)
    refresh_state(voucher, balances[own] + made.back_fen)
    return made


def approve(hold: Hold, approved_fen: int, cut_fen: int, *, actor_id: UUID, claim_id: UUID, today: date) -> Entry:
    """An officer approves a claim, wholly or in part; what is cut goes where the programme says."""
    command = _command("claim.approve", actor_id, claim_id, approved_fen=approved_fen, cut_fen=cut_fen)
    voucher = locked(Voucher, hold.voucher_id)
    if approved_fen:
        voucher.used_on, voucher.completed_on = voucher.used_on or today, voucher.completed_on or today
    return _granted(voucher, hold, approved_fen, cut_fen, command, today=today)


def approve_more(hold: Hold, more_fen: int, *, actor_id: UUID, claim_id: UUID, today: date) -> Entry:
    """An appeal is right: so much more becomes payable. It comes from where the cut went; from the pool, where what it went to is over.

    Raises: InsufficientBalance: it is not there any more; nothing is written.
    """
    command, voucher = _command("claim.uphold", actor_id, claim_id, more_fen=more_fen), locked(Voucher, hold.voucher_id)
    voucher.used_on, voucher.completed_on = voucher.used_on or today, voucher.completed_on or today
    goes_to = spec_of(hold.version_id).not_granted.value
    if goes_to is NotGranted.VOUCHER and _is_emptied(voucher, hold):
        goes_to = NotGranted.POOL
    entry = money.grant_after_all(voucher, hold, Cut(more_fen, goes_to), command, today=today)
    refresh_state(voucher)
    return entry


def _is_emptied(voucher: Voucher, hold: Hold) -> bool:
    """Whether what was given back to a voucher, or to an agreement, went on from there."""
    if hold.agreement_id is None:
        return voucher.state in _OVER
    return not ledger_queries.balance_fen(voucher.programme.book_id, hold.payer(voucher))


def forfeit(hold: Hold, *, today: date) -> Fen:
    """Nobody asked in time for what was redeemed (兑付失效): it goes where the programme sends what is not granted. How much."""
    voucher = locked(Voucher, hold.voucher_id)
    amount_fen = spent_fen(voucher.programme.book_id, hold.order_id)
    if amount_fen:
        command = _command("order.forfeit", None, hold.order_id, amount_fen=amount_fen)
        _granted(voucher, hold, 0, amount_fen, command, today=today)
    return amount_fen


def agree(round_: Round, agreement_id: UUID, amount_fen: Fen, *, actor_id: UUID, today: date) -> Entry:
    """Set money of a round aside for what was agreed with a provider. Raises: InsufficientBalance: the pool does not hold it."""
    command = _command("agreement.sign", actor_id, agreement_id, amount_fen=amount_fen)
    return money.set_aside(round_.book_id, round_.id, agreement_id, amount_fen, command, today=today)


def hand_back(round_: Round, agreement_id: UUID, *, actor_id: UUID | None, today: date) -> Fen:
    """What an agreement that is over still holds goes back to the pool, or to the treasury where the programme grants it to nobody
    else. How much: orders that end later bring more, which goes the same way."""
    code = chart.AGREEMENT.of(agreement_id)
    left_fen = ledger_queries.balance_fen(round_.book_id, code)
    if left_fen:
        is_void = spec_of(round_.version_id).unused.value is UnusedRule.VOID
        target = (chart.VOIDED if is_void else chart.POOL).of(round_.id)
        body, key = {"amount_fen": left_fen}, f"agreement.return:{agreement_id}:{ledger_queries.versions(round_.book_id, [code])[code]}"
        command = EntryCommand("agreement.return", key, actor_id, "agreement", agreement_id, body)
        money.hand_back(round_.book_id, agreement_id, target, left_fen, command, today=today)
    return left_fen


def hold(to: DirectGrant, amount_fen: Fen, *, actor_id: UUID, today: date) -> Entry:
    """Hold money of a round for an application without an order. Raises: InsufficientBalance: nothing is written."""
    command = _command("subsidy.reserve", actor_id, to.subsidy_id, amount_fen=amount_fen)
    return money.hold(to, amount_fen, command, today=today)


def grant(to: DirectGrant, approved_fen: int, cut_fen: int, *, actor_id: UUID, claim_id: UUID, today: date) -> Entry:
    """An officer decides on such an application: what is approved becomes payable, what is cut goes back to the pool."""
    command = _command("claim.approve", actor_id, claim_id, approved_fen=approved_fen, cut_fen=cut_fen)
    if approved_fen:
        _aided(to, today)
    return money.grant(to, approved_fen, cut_fen, command, today=today)


def grant_more(to: DirectGrant, more_fen: int, *, actor_id: UUID, claim_id: UUID, today: date) -> Entry:
    """An appeal is right: so much more becomes payable, out of the pool.

    Raises: InsufficientBalance: the pool or a cap does not hold it any more; nothing is written.
    """
    _aided(to, today)
    command = _command("claim.uphold", actor_id, claim_id, more_fen=more_fen)
    return money.grant_more(to, more_fen, command, today=today)


def _aided(to: DirectGrant, today: date) -> None:
    aid = {"id": to.subsidy_id, "round_id": to.round_id, "enterprise_id": to.enterprise_id, "approved_on": today}
    insert_new(table_of(DirectAid), aid)


def let_go(to: DirectGrant, *, today: date) -> Fen:
    """Nobody mended the application in time: what is held for it goes back to the pool. How much."""
    amount_fen = ledger_queries.balance_fen(to.book_id, chart.SUBSIDY.of(to.subsidy_id))
    if amount_fen:
        command = _command("subsidy.release", None, to.subsidy_id, amount_fen=amount_fen)
        money.grant(to, 0, amount_fen, command, today=today)
    return amount_fen


def _granted(voucher: Voucher, hold: Hold, approved_fen: int, cut_fen: int, command: EntryCommand, *, today: date) -> Entry:
    goes_to = spec_of(hold.version_id).not_granted.value
    entry = money.approve(voucher, hold, approved_fen, Cut(cut_fen, goes_to), command, today=today)
    if cut_fen and goes_to == "voucher":
        _take_back_if_over(voucher, hold, cut_fen, command, today=today)
    refresh_state(voucher)
    return entry


@dataclass(frozen=True, slots=True)
class Settlement:
    """A line that the bank paid, or sent back, and the ledger does not know of yet."""

    book_id: UUID
    line_id: UUID
    payee_id: UUID
    draws: Draws  # of each appropriation so much
    actor_id: UUID | None
    planned: Draws | None = None  # what it was to take of each; None: it is planned no more
    is_old: bool = False  # paid before accounts were kept per appropriation

    @property
    def amount_fen(self) -> int:
        """All of it."""
        return sum(self.draws.values())


def plan(lines: Iterable[Settlement], *, today: date) -> None:
    """Set aside what lines of a batch will take of each appropriation, over sets. Once for a line."""
    _post_lines("payment.plan", lines, lambda one, command: fund_money.plan(one.draws, command), today)


def unplan(lines: Iterable[Settlement], *, today: date) -> None:
    """Lines that are not paid give back what was set aside for them. Once for a line."""
    _post_lines("payment.unplan", lines, lambda one, command: fund_money.unplan(one.draws, command), today)


def _post_lines(verb: str, lines: Iterable[Settlement], item: Callable[[Settlement, EntryCommand], BatchItem], today: date) -> None:
    by_book: dict[UUID, list[BatchItem]] = {}
    for one in lines:
        command = _command(verb, one.actor_id, one.line_id, amount_fen=one.amount_fen)
        by_book.setdefault(one.book_id, []).append(item(one, command))
    for book_id in sorted(by_book):  # the same order for everybody
        money.post_all(book_id, by_book[book_id], today=today)


def settle(paid: Iterable[Settlement], *, today: date) -> None:
    """Post what the bank paid (兑付), over sets: all of it or nothing. Once for a line."""
    _post_lines("payment.settle", paid, lambda one, command: fund_money.settle(one.payee_id, one.draws, one.planned, command), today)


def bounce(back: Iterable[Settlement], *, today: date, verb: str = "payment.bounce") -> None:
    """Post what the bank sent back (退汇), over sets: it is payable again. Once for a line.

    Args:
        verb: payment.correct for what the bank had never paid (更正).
    """
    _post_lines(verb, back, lambda one, command: fund_money.bounce(one.payee_id, one.draws, command, is_old=one.is_old), today)


def recover(back: ComeBack, *, actor_id: UUID, today: date) -> Entry:
    """Post an instalment of what is paid back (追回). Once for its place in the case."""
    command = _command("recovery.receive", actor_id, back.recovery_id, principal_fen=back.principal_fen, interest_fen=back.interest_fen)
    voucher = by_id(Voucher, back.voucher_id) if back.voucher_id else None
    parts = [chart.read(code) for code in back.limits if chart.PART.fits(code)]
    if voucher is not None and voucher.strategy.sets_aside:
        parts = list(voucher.part_accounts)
    return fund_money.recover(back, parts, replace(command, key=f"{command.key}:{back.place}"), today=today)
