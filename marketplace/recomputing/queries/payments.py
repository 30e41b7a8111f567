"""Lines of payments with what each source had brought by then, and what the books say of them."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from marketplace.kernel.pieces import pieces
from marketplace.recomputing.queries.reading import ReadProgramme, posted_of
from marketplace.recomputing.rules.payments import DecidedLine
from marketplace.recomputing.rules.posted import NOT_POSTED
from marketplace.settlement.lifecycle import LineState
from marketplace.settlement.models import Claim, PaymentLine
from marketplace.vouchers.models import Appropriation, Round

_SAME = ("id", "batch_id", "amount_fen", "short_fen", "draws", "funds", "split", "sources")
_Brought = tuple[datetime, UUID, str, int]  # when, which, of which source, how much


def decided_lines(reading: ReadProgramme) -> Iterator[DecidedLine]:
    """The lines of a programme's batches, in the order of time."""
    received, named = _received(reading), (getattr(PaymentLine, name) for name in _SAME)
    of_claim = (Claim.number, Claim.currency, Claim.approved_fen, Claim.payee_id, Claim.round_id, Round.area_code)
    wanted = select(*named, PaymentLine.state, PaymentLine.created_at, *of_claim).join(Claim, Claim.id == PaymentLine.claim_id)
    wanted = wanted.join(Round, Round.id == Claim.round_id)
    wanted = wanted.where(Claim.programme_id == reading.programme_id, reading.newer(PaymentLine.created_at))
    for rows in pieces(reading.connection, wanted, PaymentLine.created_at, PaymentLine.id):
        posted = posted_of(reading, [row.id for row in rows])
        for row in rows:
            yield DecidedLine(
                number=row.number,
                currency=row.currency,
                area_code=row.area_code,
                approved_fen=row.approved_fen,
                payee_id=row.payee_id,
                received=_by(received.get(row.round_id, ()), row.created_at),
                kinds={str(key): source for _at, key, source, _fen in received.get(row.round_id, ())},
                is_paid=row.state is LineState.PAID,
                posted=posted.get(row.id, NOT_POSTED),
                **{name: getattr(row, name) for name in _SAME},
            )


def _received(reading: ReadProgramme) -> Mapping[UUID, Sequence[_Brought]]:
    """By round, what came for it: few rows, read once."""
    one = Appropriation
    wanted = select(one.round_id, one.created_at, one.id, one.source, one.amount_fen).where(one.programme_id == reading.programme_id)
    found: dict[UUID, list[_Brought]] = defaultdict(list)
    for round_id, at, key, source, fen in reading.connection.execute(wanted):
        found[round_id].append((at, key, source, fen))
    return found


def _by(received: Sequence[_Brought], moment: datetime) -> Mapping[str, int]:
    """What each source, and each appropriation, had brought by then."""
    found: dict[str, int] = defaultdict(int)
    for at, key, source, fen in received:
        if at <= moment:
            found[source] += fen
            found[str(key)] += fen
    return found
