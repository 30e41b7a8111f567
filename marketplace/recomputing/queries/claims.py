"""Claims with the opinions on them, what they deserved, and what the books and the trail say of them."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, select

from marketplace.kernel.money import Fen
from marketplace.kernel.pieces import pieces
from marketplace.orders.queries.past_papers import papers_at
from marketplace.recomputing.queries.reading import ReadProgramme, posted_of, told_of
from marketplace.recomputing.rules.claims import ACTIONS, DecidedClaim, HeardOpinion
from marketplace.recomputing.rules.orders import DecidedOrder, deserved_at, spent_again
from marketplace.recomputing.rules.posted import NOT_POSTED
from marketplace.recomputing.rules.subsidies import DecidedSubsidy, deserved_of_subsidy
from marketplace.settlement.models import Claim, ClaimOpinion
from marketplace.vouchers import chart

_AMOUNTS = ("requested_fen", "approved_fen", "cut_reason", "deserved_fen")
_PEOPLE = ("submitted_by", "decided_by", "payee_id")


def claims_where(reading: ReadProgramme, condition: ColumnElement[bool]) -> Sequence[Row[Any]]:
    """Some claims of a programme that were handed in."""
    one = Claim
    named = (one.id, one.number, one.currency, one.order_id, one.subsidy_id, one.submitted_at, one.decided_at, one.facts)
    wanted = select(*named, *(getattr(one, name) for name in (*_AMOUNTS, *_PEOPLE)))
    wanted = wanted.where(one.programme_id == reading.programme_id, one.submitted_at.is_not(None), condition)
    return reading.connection.execute(wanted).all()


class ReadClaims:
    """The claims of a piece of orders or subsidies, with what is said of them elsewhere."""

    def __init__(self, reading: ReadProgramme, condition: ColumnElement[bool]) -> None:
        self.rows = claims_where(reading, condition)
        ids = [row.id for row in self.rows]
        self._posted, self._told = posted_of(reading, ids), told_of(reading.connection, ids, ACTIONS)
        self._opinions = _opinions(reading, ids)

    def of_order(self, row: Row[Any], order: DecidedOrder, papers: Sequence[Row[Any]]) -> DecidedClaim:
        """A claim for an order: what it deserves is reckoned on the papers of the moment."""

        def deserved(moment: datetime) -> Fen:
            return deserved_at(order, Fen(row.requested_fen), papers_at(papers, moment), moment)

        again = deserved(_moment(row))
        opinions = [_opinion(one, deserved(one.created_at)) for one in self._opinions.get(row.id, ())]
        asked = spent_again(order) if order.redeemed_at is not None else Fen(0)
        return self._claim(row, order, chart.REDEEMED.of(order.id), asked, again, opinions)

    def of_subsidy(self, row: Row[Any], subsidy: DecidedSubsidy) -> DecidedClaim:
        """A claim for money without an order: by what was kept with it."""
        opinions = [_opinion(one, None) for one in self._opinions.get(row.id, ())]
        again = deserved_of_subsidy(subsidy, Fen(row.requested_fen), row.facts)
        account = chart.SUBSIDY.of(subsidy.id)
        return self._claim(row, subsidy, account, Fen(subsidy.posted.onto(account, "subsidy.reserve")), again, opinions)

    def _claim(
        self, row: Row[Any], cause: DecidedOrder | DecidedSubsidy, source: str, asked: Fen, again: Fen | None, opinions: list[HeardOpinion]
    ) -> DecidedClaim:
        return DecidedClaim(
            id=row.id,
            number=row.number,
            currency=row.currency,
            area_code=cause.area_code,
            spec=cause.spec,
            deserved_again_fen=again,
            asked_again_fen=asked,
            source=source,
            posted=self._posted.get(row.id, NOT_POSTED),
            lapsed=cause.posted,
            told=self._told.get(row.id, ()),
            opinions=opinions,
            **{name: getattr(row, name) for name in (*_AMOUNTS, *_PEOPLE)},
        )


def _moment(row: Row[Any]) -> datetime:
    """When what it deserves was reckoned last: at the approval, else when it was handed in."""
    moment: datetime = row.decided_at if row.approved_fen else row.submitted_at
    return moment


def _opinions(reading: ReadProgramme, claim_ids: Sequence[UUID]) -> Mapping[UUID, list[Any]]:
    one = ClaimOpinion
    named = (one.id, one.claim_id, one.submitted_at, one.level, one.reviewer_id, one.amount_fen, one.created_at, one.few_points)
    found: dict[UUID, list[Any]] = defaultdict(list)
    for row in reading.connection.execute(select(*named).where(one.claim_id.in_(claim_ids)).order_by(one.submitted_at, one.created_at)):
        found[row.claim_id].append(row)
    return found


def _opinion(row: Any, deserved: Fen | None) -> HeardOpinion:
    return HeardOpinion(
        id=row.id,
        handed_in_at=row.submitted_at,
        level=row.level,
        reviewer_id=row.reviewer_id,
        amount_fen=row.amount_fen,
        at=row.created_at,
        deserved_fen=deserved,
        has_one_more=row.few_points is not None,
    )


def claims_in_turn(reading: ReadProgramme, round_id: UUID) -> Iterator[Row[Any]]:
    """The claims of a round as they entered its draw."""
    wanted = select(Claim.id, Claim.number, Claim.requested_fen, Claim.draw_place, Claim.drawn_by)
    wanted = wanted.where(Claim.round_id == round_id, Claim.draw_place.is_not(None))
    for rows in pieces(reading.connection, wanted, Claim.draw_place, Claim.id):
        yield from rows
