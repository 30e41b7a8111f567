"""What a line takes of appropriations, as the books are told: planned when it is put into a batch, taken when the bank paid, given back."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from marketplace.kernel.money import split_pro_rata
from marketplace.settlement.draw_rules import drawn, parts_of, shares, spread
from marketplace.settlement.models import PaymentBatch, PaymentLine
from marketplace.settlement.queries import sources
from marketplace.settlement.service.opening import open_sources
from marketplace.vouchers.service.spending import Settlement


def draws_of(line: PaymentLine) -> dict[UUID, int]:
    """What a line takes of each appropriation; of one from before this was kept, what its sources come to."""
    if line.draws is None:
        return spread(line.split, sources.brought_to([line.claim.round_id])[line.claim.round_id])
    return {UUID(key): fen for key, fen in line.draws.items()}


def ready(line: PaymentLine, now: datetime) -> None:
    """The book of a line from before its draws were kept says what its appropriations have left."""
    if line.draws is None:
        open_sources(line.claim.programme_id, now=now)


def take(line: PaymentLine, draws: Mapping[UUID, int]) -> None:
    """A line takes this."""
    line.draws = {str(key): fen for key, fen in draws.items()}
    line.split = split_of(line, draws)


def split_of(line: PaymentLine, draws: Mapping[UUID, int]) -> dict[str, int]:
    """Draws of a line's round by source of money."""
    return shares(draws, {key: source for key, source, _fen in sources.brought_to([line.claim.round_id])[line.claim.round_id]})


def restore(line: PaymentLine) -> None:
    """A line asks for the whole again."""
    if line.funds:
        take(line, {UUID(key): fen for key, fen in drawn(line.amount_fen, line.funds).items()})
    elif line.sources:
        line.split = split_pro_rata(line.amount_fen, line.sources)


def planned_of(line: PaymentLine, batch: PaymentBatch, actor_id: UUID) -> Settlement:
    """What a line that waits will take."""
    return Settlement(batch.book_id, line.id, line.claim.payee_id, draws_of(line), actor_id)


def back_of(line: PaymentLine, amount_fen: int) -> dict[UUID, int]:
    """A part of a paid line, by the appropriations that it goes back to."""
    if line.draws is None:
        brought = sources.brought_to([line.claim.round_id])[line.claim.round_id]
        return spread(split_pro_rata(amount_fen, line.split), brought)
    return parts_of(amount_fen, draws_of(line))


def day_of(lines: Sequence[PaymentLine], now: datetime) -> date:
    """The accounting date of lines of one batch."""
    return lines[0].claim.day_of(now)
