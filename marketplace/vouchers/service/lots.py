"""Vouchers drawn by lot (摇号): the seed is committed to at the announcement, the list is closed with the window, then the seed is shown.

Nobody can steer it: who makes the seed does not know the list, who is on the list does not know the seed, and both are published before
the order is known.
"""

from datetime import datetime

from sqlalchemy import select, update

from marketplace.kernel import draw
from marketplace.kernel.db import db, table_of
from marketplace.kernel.errors import N_, RuleViolation
from marketplace.kernel.ids import uuid7
from marketplace.policy.programme_spec import ProgrammeSpec
from marketplace.policy.programme_words import AllocationMode
from marketplace.vouchers.lot_models import Lot, Lottery
from marketplace.vouchers.models import Application, Round
from marketplace.vouchers.queries import lots as queries
from marketplace.vouchers.rules.states import ApplicationState


def is_drawn_by_lot(spec: ProgrammeSpec) -> bool:
    """Whether a programme gives its vouchers by lot."""
    return spec.allocation.mode.value is AllocationMode.LOTTERY


def commit(round_: Round, *, now: datetime) -> dict[str, str]:
    """Make the seed of a round that is announced; what is published of it, for the trail."""
    seed = draw.new_seed()
    row = Lottery(round_id=round_.id, seed=seed, commitment=draw.commitment(seed), committed_at=now)
    db.session.add(row)
    return {"lots_commitment": row.commitment}


def close_list(round_: Round, *, now: datetime) -> dict[str, object]:
    """Fix the list of lots when the window closes: every application that was not withdrawn. A refused one is on it, in case it is
    answered otherwise. What is written of it in the trail.

    Raises: RuleViolation: there is no commitment.
    """
    row = _committed(round_)
    wanted = select(Application.id, Application.number).where(Application.round_id == round_.id)
    wanted = wanted.where(Application.state != ApplicationState.WITHDRAWN).order_by(Application.number)
    found = [(key, number) for key, number in db.session.execute(wanted)]
    if found:
        lots = [{"id": uuid7(), "round_id": round_.id, "application_id": key, "name": number} for key, number in found]
        db.session.execute(table_of(Lot).insert(), lots)
    row.fixed_at, row.lots_digest = now, draw.digest(number for _key, number in found)
    return {"lots": len(found), "lots_digest": row.lots_digest}


def draw_all(round_: Round, *, now: datetime) -> None:
    """Draw the lots of a round, once, and show the seed.

    Raises: RuleViolation: there is no commitment, or no list that was published before.
    """
    row = _committed(round_)
    if row.fixed_at is None:
        raise RuleViolation(N_("签号清单还没有公布，不能开签。请先截止申领。"), code="no_list")
    if row.drawn_at is None:
        _draw(row)
        row.drawn_at = now


def _draw(row: Lottery) -> None:
    ids = {lot.name: lot.id for lot in db.session.scalars(select(Lot).where(Lot.round_id == row.round_id))}
    assert draw.digest(ids) == row.lots_digest, "the list is the one that was published"
    order = [{"id": ids[name], "place": place} for place, name in enumerate(draw.in_order(row.seed, ids), start=1)]
    if order:
        db.session.execute(update(Lot), order)


def _committed(round_: Round) -> Lottery:
    row = queries.lottery_of(round_.id)
    if row is None or not draw.fits(row.seed, row.commitment):
        raise RuleViolation(N_("本批次公告时没有封存摇号种子，不能摇号。请另开一批。"), code="no_commitment")
    return row
