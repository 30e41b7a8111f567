"""A voucher after it was issued: frozen, voided, reclaimed, given back, expired. What it holds goes back where it came from."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import groupby
from uuid import UUID

from marketplace.audit import service as audit
from marketplace.identity.page_mark import check as check_shown
from marketplace.kernel import sweeping
from marketplace.kernel.db import locked
from marketplace.kernel.errors import N_, NotFound
from marketplace.kernel.money import Fen, format_yuan
from marketplace.kernel.sentences import Sentence
from marketplace.kernel.typed import checked_reason
from marketplace.ledger import queries as ledger_queries
from marketplace.ledger.rules import EntryCommand
from marketplace.moves import service as moves
from marketplace.notices.service import Message
from marketplace.vouchers import money
from marketplace.vouchers.lifecycle import VOUCHER
from marketplace.vouchers.models import Voucher
from marketplace.vouchers.queries import funds
from marketplace.vouchers.queries.spending import voids_unused
from marketplace.vouchers.rules.states import ENDS, Side, VoucherState, state_by_balance
from marketplace.vouchers.service.firm_messages import tell_firms


def left_fen(voucher: Voucher) -> Fen:
    """What a voucher still holds or still may draw."""
    return lefts_fen([voucher])[voucher]


def lefts_fen(vouchers: Iterable[Voucher]) -> dict[Voucher, Fen]:
    """The same for many."""
    found: dict[Voucher, Fen] = {}
    for book_id, some in groupby(sorted(vouchers, key=_book_of), key=_book_of):
        codes = {voucher: voucher.left_account for voucher in some}
        balances = ledger_queries.balances_fen(book_id, codes.values())
        found |= {voucher: balances[code] for voucher, code in codes.items()}
    return found


def freeze(voucher_id: UUID, *, reason: str, actor_id: UUID, shown: str | None = None) -> Voucher:
    """Stop a voucher for a while. Orders it has paid for go on.

    Raises: Conflict: the page is older than the voucher. RuleViolation: no reason, or it is over.
    """
    voucher = locked(Voucher, voucher_id)
    moves.begun(VOUCHER, "freeze", voucher, Side.OFFICER, actor_id=actor_id, shown=shown)
    _check_reason(reason)
    _tell({voucher: _become(voucher, VoucherState.FROZEN, reason, actor_id)})
    return voucher


def thaw(voucher_id: UUID, *, reason: str, actor_id: UUID, shown: str | None = None) -> Voucher:
    """Let a frozen voucher be used again.

    Raises: Conflict: the page is older than the voucher. RuleViolation: it is not frozen, or no reason.
    """
    voucher = locked(Voucher, voucher_id)
    moves.begun(VOUCHER, "thaw", voucher, Side.OFFICER, actor_id=actor_id, shown=shown)
    _check_reason(reason)
    _tell({voucher: _become(voucher, state_by_balance(left_fen(voucher), voucher.face_fen), reason, actor_id)})
    sweeping.wake()  # orders and claims may have waited for it
    return voucher


def end(voucher_id: UUID, state: VoucherState, *, reason: str, actor_id: UUID | None, today: date, shown: str | None = None) -> Voucher:
    """Void, reclaim or expire a voucher: what it holds goes back to the pool; what orders have reserved stays with them.

    Raises: Conflict: the page is older than the voucher. RuleViolation: no reason where somebody decides, or it is over.
    """
    voucher = locked(Voucher, voucher_id)
    if voucher.state is state:
        return voucher
    check_shown(voucher.id, shown, VOUCHER.pasts())
    if actor_id is not None:
        _check_reason(reason)
    _end_all({voucher: reason}, state, actor_id=actor_id, today=today)
    return voucher


_ENDS = {VoucherState.VOID: "void", VoucherState.RECLAIMED: "reclaim", VoucherState.EXPIRED: "expired"}


def _end_all(vouchers: Mapping[Voucher, str], state: VoucherState, *, actor_id: UUID | None, today: date) -> None:
    """End vouchers that the caller has locked, each for its reason."""
    verb, side = _ENDS[state], Side.OFFICER if actor_id else Side.PLATFORM
    for voucher in vouchers:
        VOUCHER.check(verb, side, voucher.state)
    held = {voucher: amount for voucher, amount in lefts_fen(vouchers).items() if amount}
    aside = _set_aside(held)
    by_book = groupby(sorted(held, key=_book_of), key=_book_of)
    for book_id, some in by_book:
        items = [
            money.take_back(voucher, held[voucher], _ending(voucher, state, held[voucher], actor_id), aside_fen=aside.get(voucher, 0))
            for voucher in some
        ]
        money.post_all(book_id, items, today=today)
    with audit.together():
        told = {voucher: _become(voucher, state, reason, actor_id, amount_fen=held.get(voucher, 0)) for voucher, reason in vouchers.items()}
    _tell(told)


def _set_aside(held: Mapping[Voucher, Fen]) -> dict[Voucher, int]:
    """What of each goes to nobody else, where the programme voids what is not used.

    A face value was money of its own. A quota only promised some: as much of the pool is set aside as no other quota may still draw.
    """
    found: dict[Voucher, int] = {}
    for _round_id, some in groupby(sorted(held, key=_round_of), key=_round_of):
        vouchers = list(some)
        row = vouchers[0].round
        if not voids_unused(row):
            continue
        total = sum(held[voucher] for voucher in vouchers)
        left = total if vouchers[0].strategy.sets_aside else max(0, funds.pool_fen(row) - (funds.unused_fen(row) - total))
        for voucher in vouchers:
            found[voucher] = min(held[voucher], left)
            left -= found[voucher]
    return found


def _round_of(voucher: Voucher) -> UUID:
    return voucher.round_id


def _book_of(voucher: Voucher) -> UUID:
    return voucher.programme.book_id


def _ending(voucher: Voucher, state: VoucherState, amount_fen: int, actor_id: UUID | None) -> EntryCommand:
    key = f"voucher.{state.value}:{voucher.id}"
    return EntryCommand(f"voucher.{state.value}", key, actor_id, "voucher", voucher.id, {"amount_fen": amount_fen})


def give_back(voucher_id: UUID, enterprise_id: UUID, *, actor_id: UUID, today: date) -> Voucher:
    """A firm returns what it will not use, for those who wait.

    Raises: NotFound: not its voucher; RuleViolation: it is over or frozen.
    """
    voucher = locked(Voucher, voucher_id)
    if voucher.enterprise_id != enterprise_id:
        raise NotFound
    VOUCHER.check("reclaim", Side.FIRM, voucher.state)
    return end(voucher_id, VoucherState.RECLAIMED, reason=N_("企业主动退回"), actor_id=actor_id, today=today)


def expire_due(voucher_ids: Sequence[UUID], *, today: date) -> int:
    """Expire vouchers whose last good day is over; how many."""
    # All rows before any money: whoever ends one voucher holds it while it waits for the pool, so nobody waits for a voucher with the pool.
    vouchers = [locked(Voucher, voucher_id) for voucher_id in sorted(voucher_ids)]
    due = [voucher for voucher in vouchers if voucher.state not in ENDS and voucher.valid_until < today]
    reasons = {voucher: N_("%(day)s 到期", day=voucher.valid_until.isoformat()) for voucher in due}
    _end_all(reasons, VoucherState.EXPIRED, actor_id=None, today=today)
    return len(due)


def _check_reason(reason: str) -> None:
    checked_reason(reason, N_("请写明原因和依据，企业会看到。"))


def _become(voucher: Voucher, state: VoucherState, reason: str, actor_id: UUID | None, *, amount_fen: int = 0) -> Message | None:
    """Write down what a voucher became; what its firm is told, if anything."""
    before, voucher.state, voucher.state_reason = voucher.state, state, Sentence(reason)
    audit.record(
        f"voucher.{state.value}", actor_id=actor_id, subject_type="voucher", subject_id=voucher.id, book_id=voucher.programme.book_id,
        number=voucher.number, before=before, reason=voucher.state_reason, amount_fen=amount_fen,
    )  # fmt: skip
    if state is VoucherState.EXPIRED and not amount_fen:
        return None
    title = N_("服务券%(state)s：%(number)s", state=state.label, number=voucher.number)
    words = N_("%(reason)s；退回 %(amount)s 元。", reason=voucher.state_reason, amount=format_yuan(amount_fen))
    return Message(title, words if amount_fen else voucher.state_reason, f"/wallet/{voucher.id}")


def _tell(messages: Mapping[Voucher, Message | None]) -> None:
    tell_firms([(voucher.enterprise_id, message) for voucher, message in messages.items() if message is not None])
