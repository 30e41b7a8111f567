"""How money moves under a programme: the moves of each event, and nothing else. A function posts one entry in the caller's transaction,
or prepares an item of a batch for events that come by the hundred.

face value: issue pool → voucher; reserve voucher → order reserved.
quota:      reserve pool → order reserved; what may still be drawn stands on limit:voucher:<id>.
Both:       redeem reserved → redeemed; approve redeemed → payable; settle payable → paid. What is not needed goes back where it came from.
Caps and quotas are limit accounts, moved in the same entry: `limit` holds what is left, `limit:used` the other side.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from marketplace.ledger import queries
from marketplace.ledger import service as ledger
from marketplace.ledger.models import Entry
from marketplace.ledger.rules import Command, Move
from marketplace.ledger.service import Item
from marketplace.vouchers.models import Voucher


@dataclass(frozen=True, slots=True)
class LimitUse:
    """A cap that an order counts against, and how much it allows in all."""

    code: str  # limit:<scope>:…
    cap_fen: int


def pool(round_id: UUID | str) -> str:
    """Money of a round that is not issued."""
    return f"pool:{round_id}"


def voided(round_id: UUID | str) -> str:
    """Money of a round that was issued, not used, and is granted to nobody else: it counts as surrendered (上缴)."""
    return f"surrendered:{round_id}"


def voucher_account(voucher_id: UUID | str) -> str:
    """What a face-value voucher still holds."""
    return f"voucher:{voucher_id}"


def voucher_limit(voucher_id: UUID | str) -> str:
    """What a quota still allows."""
    return f"limit:voucher:{voucher_id}"


def reserved(order_id: UUID | str) -> str:
    """Held for an order."""
    return f"order:{order_id}:reserved"


def redeemed(order_id: UUID | str) -> str:
    """Accepted by the firm, not yet approved."""
    return f"order:{order_id}:redeemed"


def payable(provider_id: UUID) -> str:
    """Approved, to be paid."""
    return f"provider:{provider_id}:payable"


def origin(voucher: Voucher) -> str:
    """Where an order's money comes from and goes back to."""
    return voucher_account(voucher.id) if voucher.instrument == "face_value" else pool(voucher.round_id)


def _counted(voucher: Voucher, limits: Sequence[str]) -> list[str]:
    """The limit accounts that an order of a voucher moves."""
    return [*([voucher_limit(voucher.id)] if voucher.instrument == "quota" else []), *limits]


def _back(voucher: Voucher, limits: Sequence[str], amount_fen: int) -> list[Move]:
    return [Move(f"{code}:used", code, amount_fen) for code in _counted(voucher, limits)]


def appropriate(book_id: UUID, appropriation_id: UUID, round_id: UUID, amount_fen: int, command: Command, *, today: date) -> Entry:
    """Money arrives for a round (资金下达)."""
    source, target = f"appropriation:{appropriation_id}", pool(round_id)
    return ledger.post(book_id, command, [Move(source, target, amount_fen)], today=today, opens=(source, target))


def recall(book_id: UUID, round_id: UUID, amount_fen: int, command: Command, *, today: date) -> Entry:
    """Unissued money goes back to the treasury (上缴)."""
    return ledger.post(book_id, command, [Move(pool(round_id), "surrendered", amount_fen)], today=today, opens=("surrendered",))


def issue(voucher: Voucher, limits: Sequence[str], command: Command) -> Item:
    """Hand a voucher its face value, or open its quota (发放): for a batch. `limits`: caps that the grant itself uses."""
    moves = [Move(code, f"{code}:used", voucher.face_fen) for code in limits]
    if voucher.instrument == "face_value":
        target = voucher_account(voucher.id)
        return Item(command, [Move(pool(voucher.round_id), target, voucher.face_fen), *moves], (target,))
    limit = voucher_limit(voucher.id)
    return Item(command, [Move(f"{limit}:used", limit, voucher.face_fen), *moves], (limit, f"{limit}:used"))


def lift(voucher: Voucher, book_id: UUID, more_fen: int, limits: Sequence[str], command: Command, *, today: date) -> Entry:
    """Widen a quota: the firm rose to a better class. `limits`: caps that a grant uses, and so does what is added to it."""
    limit = voucher_limit(voucher.id)
    moves = [Move(f"{limit}:used", limit, more_fen), *(Move(code, f"{code}:used", more_fen) for code in limits)]
    return ledger.post(book_id, command, moves, today=today)


def lift_limits(book_id: UUID, uses: Iterable[LimitUse], *, today: date) -> None:
    """Bring caps that are open already to a higher amount; what was used stays used."""
    for use in uses:
        if not ledger.limit_is_open(book_id, use.code):
            continue
        given = sum(line.amount_fen for line in queries.statement(book_id, use.code) if line.entry.verb in {"limit.open", "limit.lift"})
        if use.cap_fen > given:
            command = Command("limit.lift", f"limit.lift:{use.code}:{use.cap_fen}", None, "book", book_id, {"cap_fen": use.cap_fen})
            ledger.post(book_id, command, [Move(f"{use.code}:used", use.code, use.cap_fen - given)], today=today)


def open_limits(book_id: UUID, uses: Iterable[LimitUse], *, today: date) -> None:
    """Open the caps that an order will count against, once for each. A cap belongs to the programme, not to whoever met it first."""
    caps = {use.code: use.cap_fen for use in uses}
    commands = {
        code: Command("limit.open", f"limit.open:{code}", None, "book", book_id, {"cap_fen": cap_fen}) for code, cap_fen in caps.items()
    }
    ledger.open_limits(book_id, caps, commands, today=today)


def reserve(
    voucher: Voucher, book_id: UUID, order_id: UUID, amount_fen: int, limits: Sequence[str], command: Command, *, today: date
) -> Entry:
    """Hold an amount for an order (占用). Raises: InsufficientBalance: voucher, pool or a cap does not hold it; nothing is written."""
    held = reserved(order_id)
    moves = [Move(origin(voucher), held, amount_fen)]
    moves += [Move(code, f"{code}:used", amount_fen) for code in _counted(voucher, limits)]
    return ledger.post(book_id, command, moves, today=today, opens=(held, redeemed(order_id)))


def release(
    voucher: Voucher, book_id: UUID, order_id: UUID, amount_fen: int, limits: Sequence[str], command: Command, *, today: date
) -> Entry:
    """Give a reservation back (释放): the order was declined, cancelled or lapsed."""
    moves = [Move(reserved(order_id), origin(voucher), amount_fen), *_back(voucher, limits, amount_fen)]
    return ledger.post(book_id, command, moves, today=today)


def redeem(
    voucher: Voucher,
    book_id: UUID,
    order_id: UUID,
    amount_fen: int,
    spare_fen: int,
    limits: Sequence[str],
    command: Command,
    *,
    today: date,
) -> Entry:
    """The firm accepts: the amount is spent (核销); what the contract did not need goes back."""
    moves = [Move(reserved(order_id), redeemed(order_id), amount_fen)] if amount_fen else []
    if spare_fen:
        moves += [Move(reserved(order_id), origin(voucher), spare_fen), *_back(voucher, limits, spare_fen)]
    return ledger.post(book_id, command, moves, today=today)


def approve(
    voucher: Voucher,
    book_id: UUID,
    order_id: UUID,
    provider_id: UUID,
    *,
    approved_fen: int,
    cut_fen: int,
    cut_goes_to: str,
    limits: Sequence[str],
    command: Command,
    today: date,
) -> Entry:
    """A claim is approved: the value becomes payable; what is cut goes where the programme says.

    Args:
        cut_goes_to: "voucher" (usable again), "pool" (back to the fund; caps count what is paid, so they get it back, the voucher does
            not) or "none" (back to the fund, voucher and caps stay used).
    """
    moves = [Move(redeemed(order_id), payable(provider_id), approved_fen)] if approved_fen else []
    if cut_fen:
        target = origin(voucher) if cut_goes_to == "voucher" else pool(voucher.round_id)
        moves.append(Move(redeemed(order_id), target, cut_fen))
        if cut_goes_to == "voucher":
            moves += _back(voucher, limits, cut_fen)
        elif cut_goes_to == "pool":
            moves += [Move(f"{code}:used", code, cut_fen) for code in limits]
    return ledger.post(book_id, command, moves, today=today, opens=(payable(provider_id),))


def settle(provider_id: UUID, amount_fen: int, command: Command) -> Item:
    """The bank paid: money has left the fund (兑付). For a batch."""
    return Item(command, [Move(payable(provider_id), "paid", amount_fen)], ("paid",))


def take_back(voucher: Voucher, amount_fen: int, command: Command, *, aside_fen: int = 0) -> Item:
    """What a voucher still holds leaves it: expired, void or reclaimed (失效、作废、收回). For a batch.

    Args:
        aside_fen: how much of it the programme grants to nobody else: set aside for the treasury instead of (back) in the pool.
    """
    away = voided(voucher.round_id)
    if voucher.instrument == "face_value":
        parts = ((away, aside_fen), (pool(voucher.round_id), amount_fen - aside_fen))
        moves = [Move(voucher_account(voucher.id), target, part) for target, part in parts if part]
    else:
        limit = voucher_limit(voucher.id)
        moves = [Move(limit, f"{limit}:used", amount_fen)]
        moves += [Move(pool(voucher.round_id), away, aside_fen)] if aside_fen else []
    return Item(command, moves, (away,) if aside_fen else ())


def post_all(book_id: UUID, items: Sequence[Item], *, today: date) -> list[Entry]:
    """Post what was prepared, over sets. Raises: InsufficientBalance: an account does not hold enough; nothing is written."""
    parts = (items[start : start + ledger.BATCH] for start in range(0, len(items), ledger.BATCH))
    return [entry for part in parts for entry in ledger.post_batch(book_id, part, today=today)]
