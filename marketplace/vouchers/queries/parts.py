"""The parts of a round's budget (配额), as the ledger has them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, literal, select, union_all

from marketplace.kernel.clock import civil_date
from marketplace.kernel.db import db
from marketplace.kernel.money import Fen
from marketplace.kernel.zones import day_in, zone
from marketplace.ledger import queries as ledger_queries
from marketplace.vouchers import chart
from marketplace.vouchers.models import Round
from marketplace.vouchers.part_models import PartShift, RoundPart, RoundRelease
from marketplace.vouchers.queries.funds import free_fen, promised_by_part
from marketplace.vouchers.queries.spending import spec_of
from marketplace.vouchers.rules.parts import COMMON
from marketplace.vouchers.rules.releases import Release, held_back_fen
from marketplace.vouchers.rules.states import RUNNING, RoundState


@dataclass(frozen=True, slots=True)
class PartStanding:
    """A part of a budget: what it was given, what it still holds, and what of that is promised to nobody."""

    name: str
    label: str
    given_fen: int
    left_fen: int
    free_fen: int

    @property
    def used_fen(self) -> int:
        """What firms hold, have ordered or were paid out of it."""
        return self.given_fen - self.left_fen


def planned(round_id: UUID) -> dict[str, int]:
    """The amounts of the parts as they were announced, or are to be."""
    wanted = select(RoundPart.name, RoundPart.amount_fen).where(RoundPart.round_id == round_id)
    return dict(db.session.execute(wanted.order_by(RoundPart.name)).all())


def names_of(round_: Round) -> tuple[str, ...]:
    """The parts of a round that was announced, in the order of the rules, then what is there for all; none where it is not divided."""
    parts = spec_of(round_.version_id).parts
    return (*(one.name for one in parts), COMMON) if parts else ()


def left_fen(round_: Round) -> dict[str, Fen]:
    """What each part still holds; together they hold the pool."""
    codes = {name: chart.PART.of(round_.id, name) for name in names_of(round_)}
    balances = ledger_queries.balances_fen(round_.programme.book_id, codes.values()) if codes else {}
    return {name: balances[code] for name, code in codes.items()}


def parts_free_fen(round_: Round) -> dict[str, Fen]:
    """What each part holds that is promised to nobody."""
    left, promised = left_fen(round_), promised_by_part(round_)
    return {name: Fen(max(0, fen - promised.get(name, 0))) for name, fen in left.items()}


def budgets(round_: Round, now: datetime | None = None) -> Mapping[str, Fen]:
    """What may still be granted, by the part that vouchers draw on; under an empty name where budgets are not divided by firms.

    Args:
        now: the moment, where rounds give out their money at several.
    """
    spec = spec_of(round_.version_id)
    if spec.divided_by in {"classes", "regions"}:
        return parts_free_fen(round_)
    later = held_back_fen(releases_of(round_.id), now) if now is not None and spec.allocation.is_released else 0
    return {"": Fen(max(0, free_fen(round_) - later))}


def releases_of(round_id: UUID) -> tuple[Release, ...]:
    """When a round gives out how much, in order."""
    wanted = select(RoundRelease.at, RoundRelease.amount_fen).where(RoundRelease.round_id == round_id).order_by(RoundRelease.at)
    return tuple(Release(at, fen) for at, fen in db.session.execute(wanted))


def standing(round_: Round) -> list[PartStanding]:
    """Each part of a round that was announced."""
    spec, left, free, given = spec_of(round_.version_id), left_fen(round_), parts_free_fen(round_), _given(round_.id)
    return [PartStanding(name, spec.part_label(name), given.get(name, 0), fen, free[name]) for name, fen in left.items()]


def _given(round_id: UUID) -> dict[str, int]:
    """What was announced for each part, and what came and went since."""
    mine = PartShift.round_id == round_id
    rows = union_all(
        select(RoundPart.name.label("name"), RoundPart.amount_fen.label("fen")).where(RoundPart.round_id == round_id),
        select(PartShift.target, PartShift.amount_fen).where(mine),
        select(PartShift.source, literal(0) - PartShift.amount_fen).where(mine),
    ).subquery()
    found = db.session.execute(select(rows.c.name, func.sum(rows.c.fen)).group_by(rows.c.name))
    return {name: int(fen) for name, fen in found}


def shifts(round_id: UUID, most: int) -> list[PartShift]:
    """The newest of what was moved between parts."""
    wanted = select(PartShift).where(PartShift.round_id == round_id).order_by(PartShift.created_at.desc(), PartShift.id.desc())
    return list(db.session.scalars(wanted.limit(most)))


def to_pool(now: datetime) -> list[UUID]:
    """Rounds whose day has come on which what parts did not use is there for all, and that are not over."""
    due = Round.pooled_on <= civil_date(now)
    wanted = select(Round.id, Round.pooled_on, Round.time_zone).where(due, Round.state.in_((*RUNNING, RoundState.SETTLING)))
    rows = db.session.execute(wanted.order_by(Round.id)).all()
    return [row.id for row in rows if row.pooled_on <= day_in(now, zone(row.time_zone))]
