"""Orders on vouchers with their proposals, papers and dispute, and what the books and the trail say of them."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select

from marketplace.kernel.money import Fen
from marketplace.kernel.pieces import pieces
from marketplace.kernel.zones import day_in, zone
from marketplace.orders.models import Order, OrderDispute, OrderProposal
from marketplace.orders.queries.past_papers import papers_at, papers_of
from marketplace.orders.rules import ProposalOutcome
from marketplace.recomputing.queries.claims import ReadClaims
from marketplace.recomputing.queries.reading import Lifts, ReadProgramme, classes_of, ever_held, lifts_of, posted_of, told_of
from marketplace.recomputing.rules.claims import DecidedClaim
from marketplace.recomputing.rules.orders import REDEEMED_BY, DecidedOrder, DrawnVoucher, LowerBase
from marketplace.recomputing.rules.posted import NOT_POSTED
from marketplace.settlement.models import Claim
from marketplace.vouchers.bid_models import ProviderBid
from marketplace.vouchers.models import Round, Voucher
from marketplace.vouchers.queries.spending import spec_of


def number_of(reading: ReadProgramme) -> int:
    """How many there are to go through."""
    return reading.connection.execute(select(func.count()).select_from(Order).where(*_asked(reading))).scalar_one()


def decided_orders(reading: ReadProgramme) -> Iterator[tuple[DecidedOrder, DecidedClaim | None]]:
    """The orders of a programme on vouchers with their claims, in the order of time."""
    lifts, wanted, allotted = lifts_of(reading), _rows(reading), _allotted(reading)
    for rows in pieces(reading.connection, wanted, Order.placed_at, Order.id):
        ids = [row.id for row in rows]
        posted, told = posted_of(reading, ids), told_of(reading.connection, ids, REDEEMED_BY)
        papers, agreed = papers_of(reading.connection, ids), _agreed(reading, ids)
        claims = ReadClaims(reading, Claim.order_id.in_(ids))
        of_order = {one.order_id: one for one in claims.rows}
        for row in rows:
            order = DecidedOrder(
                **_of_row(row),
                voucher=_voucher(row, lifts),
                lowered=_lowered(row, agreed.get(row.id, ())),
                papers=papers_at(papers.get(row.id, ()), row.redeemed_at),
                posted=posted.get(row.id, NOT_POSTED),
                told=told.get(row.id, ()),
                allotted_fen=allotted.get((row.round_id, row.provider_id)),
                ever_held=partial(ever_held, reading),
            )
            asked = of_order.get(row.id)
            yield order, None if asked is None else claims.of_order(asked, order, papers.get(row.id, ()))


def _asked(reading: ReadProgramme) -> tuple[Any, ...]:
    newer = reading.newer(Order.placed_at, Order.contracted_at, Order.redeemed_at, Order.closed_at)
    return (Order.programme_id == reading.programme_id, Order.voucher_id.is_not(None), newer)


_PARTIES = ("enterprise_id", "provider_id", "round_id", "agreement_id", "category", "region_code", "fee_kind", "currency")
_STORED = ("price_fen", "in_kind_fen", "facts", "contract_fen", "state", "redeemed_at", "subsidy_fen", "preview", "limits")
_SAME = ("id", "number", "placed_at", *_PARTIES, *_STORED)  # columns that are handed on as they are


def _rows(reading: ReadProgramme) -> Any:
    of_voucher = (Voucher.instrument, Voucher.face_fen, Voucher.portions, Voucher.part_name, Voucher.above_soft, Voucher.class_key)
    return (
        select(
            *(getattr(Order, name) for name in _SAME),
            Order.version_id,
            Order.voucher_id,
            Order.time_zone,
            Order.contracted_at,
            Order.contract_on,
            *of_voucher,
            Round.simulated,
            Round.pooled_at,
            OrderDispute.amount_fen.label("disputed_fen"),
        )
        .join(Voucher, Voucher.id == Order.voucher_id)
        .join(Round, Round.id == Order.round_id)
        .outerjoin(OrderDispute, OrderDispute.order_id == Order.id)
        .where(*_asked(reading))
    )


def _of_row(row: Row[Any]) -> Mapping[str, Any]:
    return {name: getattr(row, name) for name in _SAME} | {
        "spec": spec_of(row.version_id),
        "placed_on": day_in(row.placed_at, zone(row.time_zone)),
        "is_pooled": row.pooled_at is not None and row.pooled_at <= row.placed_at,
        "disputed_fen": row.disputed_fen,
    }


def _allotted(reading: ReadProgramme) -> Mapping[tuple[UUID, UUID], int]:
    """By round and provider, what was allotted to who was chosen: few rows, read once."""
    one = ProviderBid
    wanted = select(one.round_id, one.provider_id, one.amount_fen).join(Round, Round.id == one.round_id)
    wanted = wanted.where(Round.programme_id == reading.programme_id, one.amount_fen.is_not(None))
    return {(row.round_id, row.provider_id): row.amount_fen or 0 for row in reading.connection.execute(wanted)}


def _voucher(row: Row[Any], lifts: Lifts) -> DrawnVoucher:
    return DrawnVoucher(
        id=row.voucher_id,
        instrument=row.instrument,
        face_fen=row.face_fen,
        portions=row.portions,
        part_name=row.part_name,
        above_soft=bool(row.above_soft),
        simulated=row.simulated,
        classes=classes_of(lifts, row.voucher_id, row.class_key),
    )


def _agreed(reading: ReadProgramme, order_ids: Sequence[UUID]) -> Mapping[UUID, list[Row[Any]]]:
    """By order, what both sides agreed on, in the order of time."""
    one = OrderProposal
    wanted = select(one.order_id, one.amount_fen, one.before_fen, one.answered_at).where(
        one.order_id.in_(order_ids), one.outcome == ProposalOutcome.AGREED.value
    )
    found: dict[UUID, list[Any]] = defaultdict(list)
    for row in reading.connection.execute(wanted.order_by(one.answered_at, one.id)):
        found[row.order_id].append(row)
    return found


def _lowered(row: Row[Any], agreed: Sequence[Row[Any]]) -> list[LowerBase]:
    """The price of the contract, or of the invoice that was deducted, and what was agreed on after it."""
    at = row.contracted_at or (row.redeemed_at if row.contract_on is not None else None)
    if at is None:
        return []
    later = [one for one in agreed if one.answered_at > at and one.amount_fen]
    signed = Fen(later[0].before_fen if later else row.contract_fen)
    return [LowerBase(at, signed), *(LowerBase(one.answered_at, Fen(one.amount_fen)) for one in later)]
