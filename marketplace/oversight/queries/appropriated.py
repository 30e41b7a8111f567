"""What one document of appropriation (指标文号) brought, and what was paid out of what it brought."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, func, select

from marketplace.kernel.db import db, found_by
from marketplace.oversight.queries import Areas
from marketplace.oversight.queries.finding import of_programme
from marketplace.settlement.lifecycle import LineState
from marketplace.settlement.models import Claim, PaymentLine
from marketplace.settlement.queries.sources import paid_of_round
from marketplace.vouchers.models import Appropriation, Programme, Round


@dataclass(frozen=True, slots=True)
class Brought:
    """One appropriation under the number: into which round, and what became of the money of its source there."""

    appropriation: Appropriation
    round: Round
    programme: Programme
    source_fen: int  # all that came into the round from this source
    paid_fen: int  # what was paid of it and did not come back

    @property
    def is_alone(self) -> bool:
        """Whether no other document brought money of the source into the round: then what was paid of the source is what it paid."""
        return self.source_fen == self.appropriation.amount_fen


def number_of(appropriation_id: UUID, areas: Areas) -> str:
    """The number of a document of some areas. Raises: NotFound."""
    wanted = select(Appropriation).join(Programme, Programme.id == Appropriation.programme_id)
    return found_by(wanted.where(Appropriation.id == appropriation_id, of_programme(areas))).document_number


def of_document(number: str, areas: Areas) -> list[Brought]:
    """What came under a number, within some areas, the oldest first."""
    wanted = select(Appropriation, Round, Programme).join(Round, Round.id == Appropriation.round_id)
    wanted = wanted.join(Programme, Programme.id == Appropriation.programme_id).where(of_programme(areas))
    rows = db.session.execute(wanted.where(Appropriation.document_number == number).order_by(Appropriation.dated_on, Appropriation.id))
    return [_brought(given, round_, programme) for given, round_, programme in rows.all()]


def _brought(given: Appropriation, round_: Round, programme: Programme) -> Brought:
    beside = select(func.sum(Appropriation.amount_fen)).where(Appropriation.round_id == round_.id, Appropriation.source == given.source)
    paid = paid_of_round(round_.id)
    return Brought(given, round_, programme, int(db.session.scalar(beside) or 0), paid.get(given.source, 0))


def payments(brought: Sequence[Brought]) -> Select[PaymentLine]:
    """The payments of the rounds into which a document brought money, the newest first."""
    rounds = {one.round.id for one in brought}
    wanted = select(PaymentLine).join(Claim, Claim.id == PaymentLine.claim_id)
    wanted = wanted.where(Claim.round_id.in_(rounds), PaymentLine.state == LineState.PAID)
    return wanted.order_by(PaymentLine.paid_on.desc(), PaymentLine.id.desc())
