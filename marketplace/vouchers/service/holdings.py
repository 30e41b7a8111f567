"""A voucher after it was issued: frozen, voided, reclaimed, given back, expired. What it holds goes back where it came from."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from itertools import groupby
from uuid import UUID

from marketplace.audit import service as audit
from marketplace.identity.page_mark import check as check_shown
from marketplace.kernel import sweeping
from marketplace.kernel.currencies import format_money
from marketplace.kernel.db import locked, locked_all
from marketplace.kernel.errors import N_, NotFound
from marketplace.kernel.money import Fen
from marketplace.kernel.sentences import Sentence
from marketplace.kernel.typed import checked_reason
from marketplace.ledger import queries as ledger_queries
from marketplace.ledger.rules import EntryCommand
from marketplace.moves import service as moves
from marketplace.moves.service import By, currency_of
from marketplace.notices.service import Message
from marketplace.vouchers import money
from marketplace.vouchers.lifecycle import VOUCHER
from marketplace.vouchers.models import Round, Voucher
from marketplace.vouchers.queries import funds, parts
from marketplace.vouchers.queries.portions import portions_left
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
    moves.begun(VOUCHER, "freeze", voucher, Side.OFFICER, By(actor_id, shown=shown))
    _check_reason(reason)
    _tell({voucher: _become(voucher, VoucherState.FROZEN, reason, actor_id)})
    return voucher


def thaw(voucher_id: UUID, *, reason: str, actor_id: UUID, shown: str | None = None) -> Voucher:
    """Let a frozen voucher be used again.

    Raises: Conflict: the page is older than the voucher. RuleViolation: it is not frozen, or no reason.
    """
    voucher = locked(Voucher, voucher_id)
    moves.begun(VOUCHER, "thaw", voucher, Side.OFFICER, By(actor_id, shown=shown))
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
    _end_all({voucher: reason}, state, actor_id=actor_id, day_of=lambda _one: today)
    return voucher


_ENDS = {VoucherState.VOID: "void", VoucherState.RECLAIMED: "reclaim", VoucherState.EXPIRED: "expired"}


def _end_all(vouchers: Mapping[Voucher, str], state: VoucherState, *, actor_id: UUID | None, day_of: Callable[[Voucher], date]) -> None:
    """End vouchers that the caller has locked, each for its reason, on the day of where its programme is."""
    verb, side = _ENDS[state], Side.OFFICER if actor_id else Side.PLATFORM
    for voucher in vouchers:
        VOUCHER.check(verb, side, voucher.state)
    held = {voucher: amount for voucher, amount in lefts_fen(vouchers).items() if amount}
    aside, parts = _set_aside(held), portions_left(held)
    by_book = groupby(sorted(held, key=_book_of), key=_book_of)
    for book_id, group in by_book:
        some = list(group)
        items = [
            money.take_back(
                voucher,
                held[voucher],
                _ending(voucher, state, held[voucher], actor_id),
                aside_fen=aside.get(voucher, 0),
                parts=parts.get(voucher, money.NO_PARTS),
            )
            for voucher in some
        ]
        money.post_all(book_id, items, today=day_of(some[0]))
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
        left = _beyond_others(row, vouchers, held)
        for voucher in vouchers:
            found[voucher] = min(held[voucher], left[voucher.part_name])
            left[voucher.part_name] -= found[voucher]
    return found


def _beyond_others(row: Round, vouchers: Sequence[Voucher], held: Mapping[Voucher, Fen]) -> dict[str, int]:
    """What no other voucher of a round may still draw of its pool, or of each part of a divided one. A face value holds its own money."""
    totals = Counter[str]()
    for voucher in vouchers:
        totals[voucher.part_name] += held[voucher]
    if vouchers[0].strategy.sets_aside:
        return totals
    if "" in totals:
        return {"": max(0, funds.pool_fen(row) - (funds.unused_fen(row) - totals[""]))}
    left, promised = parts.left_fen(row), funds.promised_by_part(row)
    return {name: max(0, left[name] - (promised.get(name, 0) - total)) for name, total in totals.items()}


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


def expire_due(voucher_ids: Sequence[UUID], *, now: datetime) -> int:
    """Expire vouchers whose last good day is over where they are; how many."""
    # All rows before any money: whoever ends one voucher holds it while it waits for the pool, so nobody waits for a voucher with the pool.
    vouchers = locked_all(Voucher, voucher_ids)
    due = [voucher for voucher in vouchers if voucher.state not in ENDS and voucher.valid_until < voucher.day_of(now)]
    together = [voucher for voucher in due if voucher.valid_until == voucher.round.called_in_on]
    reasons = {voucher: N_("统一收回：%(why)s", why=voucher.round.call_in_reason) for voucher in together}
    _end_all(reasons, VoucherState.RECLAIMED, actor_id=None, day_of=lambda one: one.day_of(now))
    reasons = {voucher: N_("%(day)s 到期", day=voucher.valid_until.isoformat()) for voucher in due if voucher not in reasons}
    _end_all(reasons, VoucherState.EXPIRED, actor_id=None, day_of=lambda one: one.day_of(now))
    return len(due)


def call_in(voucher_ids: Sequence[UUID]) -> int:
    """Vouchers of rounds that take back together what they gave out end on that day; their firms are told. How many. Safe to repeat."""
    vouchers = [
        voucher for voucher in locked_all(Voucher, voucher_ids) if voucher.last_day < voucher.valid_until and voucher.state not in ENDS
    ]
    with audit.together():
        for voucher in vouchers:
            before, voucher.valid_until = voucher.valid_until, voucher.last_day
            audit.record(
                "voucher.called_in",
                actor_id=None,
                subject_type="voucher",
                subject_id=voucher.id,
                book_id=voucher.programme.book_id,
                number=voucher.number,
                before=before.isoformat(),
                now=voucher.valid_until.isoformat(),
                reason=voucher.round.call_in_reason,
            )
    _tell({voucher: _called_in(voucher) for voucher in vouchers})
    return len(vouchers)


def _called_in(voucher: Voucher) -> Message:
    told = {"number": voucher.number, "day": voucher.valid_until.isoformat(), "why": voucher.round.call_in_reason}
    title = N_("服务券将统一收回：%(number)s", **told)
    return Message(title, N_("请在 %(day)s 前下单，之后未使用的部分收回。原因：%(why)s", **told), f"/wallet/{voucher.id}")


def _check_reason(reason: str) -> None:
    checked_reason(reason, N_("请写明原因和依据，企业会看到。"))


def _become(voucher: Voucher, state: VoucherState, reason: str, actor_id: UUID | None, *, amount_fen: int = 0) -> Message | None:
    """Write down what a voucher became; what its firm is told, if anything."""
    before, voucher.state, voucher.state_reason = voucher.state, state, Sentence(reason)
    audit.record(
        f"voucher.{state.value}", actor_id=actor_id, subject_type="voucher", subject_id=voucher.id, book_id=voucher.programme.book_id,
        number=voucher.number, before=before, reason=voucher.state_reason, amount_fen=amount_fen,
        **currency_of(voucher),
    )  # fmt: skip
    if state is VoucherState.EXPIRED and not amount_fen:
        return None
    title = N_("服务券%(state)s：%(number)s", state=state.label, number=voucher.number)
    words = N_("%(reason)s；退回 %(amount)s 元。", reason=voucher.state_reason, amount=format_money(amount_fen, voucher.currency))
    return Message(title, words if amount_fen else voucher.state_reason, f"/wallet/{voucher.id}")


def _tell(messages: Mapping[Voucher, Message | None]) -> None:
    tell_firms([(voucher.enterprise_id, message) for voucher, message in messages.items() if message is not None])
