"""Vouchers with the applications that they were granted on, and what the books and the trail say of them."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select

from marketplace.kernel.pieces import pieces
from marketplace.recomputing.queries.reading import ReadProgramme, lifts_of, posted_of, told_of
from marketplace.recomputing.rules.grants import ISSUED, AskedFor, DecidedVoucher
from marketplace.recomputing.rules.posted import NOT_POSTED
from marketplace.vouchers.models import Application, PortionMoved, Round, Voucher
from marketplace.vouchers.queries.spending import spec_of

_SAME = ("id", "number", "round_id", "instrument", "face_fen", "class_key", "part_name", "portions", "facts")
_ASKED = ("requested_fen", "granted_fen", "class_key", "priority_class", "part_name", "portions", "checks", "facts")


def decided_vouchers(reading: ReadProgramme) -> Iterator[DecidedVoucher]:
    """The vouchers of a programme, in the order of time."""
    lifts = lifts_of(reading)
    asked = (getattr(Application, name).label(f"asked_{name}") for name in _ASKED)
    named = (*(getattr(Voucher, name) for name in _SAME), Voucher.above_soft, Voucher.created_at, Voucher.application_id)
    wanted: Any = select(*named, *asked, Application.submitted_at, Round.area_code, Round.version_id, Round.pooled_at)
    wanted = wanted.join(Round, Round.id == Voucher.round_id).outerjoin(Application, Application.id == Voucher.application_id)
    wanted = wanted.where(Voucher.programme_id == reading.programme_id, reading.newer(Voucher.created_at))
    for rows in pieces(reading.connection, wanted, Voucher.created_at, Voucher.id):
        ids = [row.id for row in rows]
        posted, told, moved = posted_of(reading, ids), told_of(reading.connection, ids, [ISSUED]), _moved(reading, ids)
        for row in rows:
            yield DecidedVoucher(
                **{name: getattr(row, name) for name in _SAME},
                spec=spec_of(row.version_id),
                area_code=row.area_code,
                currency=reading.currency,
                above_soft=bool(row.above_soft),
                is_pooled=row.pooled_at is not None,  # the day on which parts are pooled names another on every voucher
                asked=_asked(row) if row.application_id else None,
                lifts=lifts.get(row.id, ()),
                moved=moved.get(row.id, {}),
                posted=posted.get(row.id, NOT_POSTED),
                told=told.get(row.id, ()),
            )


def _asked(row: Row[Any]) -> AskedFor:
    was_pooled = row.pooled_at is not None and row.pooled_at <= row.created_at  # what waited on that day was renamed with the vouchers
    return AskedFor(**{name: getattr(row, f"asked_{name}") for name in _ASKED}, was_pooled=was_pooled)


def _moved(reading: ReadProgramme, voucher_ids: Sequence[UUID]) -> Mapping[UUID, Mapping[str, int]]:
    """By voucher and kind of service, what came to it from the others."""
    one = PortionMoved
    found: dict[UUID, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    wanted = select(one.voucher_id, one.source, one.target, one.amount_fen).where(one.voucher_id.in_(voucher_ids))
    for voucher_id, source, target, fen in reading.connection.execute(wanted):
        found[voucher_id][source] -= fen
        found[voucher_id][target] += fen
    return found
