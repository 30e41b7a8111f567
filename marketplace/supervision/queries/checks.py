"""Reads of spot checks: draws of an area, what waits for a checker, and what everybody may recompute."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from marketplace.identity.scope import acted_on, provinces_of, seen
from marketplace.kernel.db import by_id, db
from marketplace.kernel.errors import NotFound
from marketplace.supervision.check_rules import CheckForm, PickedBy, SpotPlan
from marketplace.supervision.lifecycle import DrawState
from marketplace.supervision.models import SpotDraw, SpotEntry, SpotItem
from marketplace.supervision.queries import Areas


def _planned_in(areas: Iterable[str]) -> ColumnElement[bool]:
    return acted_on(SpotDraw.area_code, areas)


def _seen_in(areas: Areas) -> ColumnElement[bool]:
    """Those of some areas; of the whole province where bureaus check one another."""
    if areas is None:
        return SpotDraw.id.is_not(None)
    across = and_(SpotDraw.form == CheckForm.CROSS, SpotDraw.area_code.in_(_below(areas)))
    return or_(_planned_in(areas), across)


def _below(areas: Iterable[str]) -> Select[str]:
    return select(SpotDraw.area_code).where(_planned_in(provinces_of(areas)))


def draws(areas: Areas, state: DrawState | None = None) -> Select[SpotDraw]:
    """Spot checks of some areas, newest first."""
    statement = select(SpotDraw).where(_seen_in(areas))
    if state is not None:
        statement = statement.where(SpotDraw.state == state)
    return statement.order_by(SpotDraw.planned_at.desc(), SpotDraw.id.desc())


def draw_in(draw_id: UUID, areas: Areas) -> SpotDraw:
    """One of some areas. Raises: NotFound."""
    row = db.session.scalars(draws(areas).where(SpotDraw.id == draw_id)).one_or_none()
    if row is None:
        raise NotFound
    return row


def own_draw(draw_id: UUID, areas: Iterable[str]) -> SpotDraw:
    """One that a bureau of some areas may draw. Raises: NotFound."""
    row = db.session.scalars(select(SpotDraw).where(SpotDraw.id == draw_id, _planned_in(areas))).one_or_none()
    if row is None:
        raise NotFound
    return row


def under_way(plan: SpotPlan) -> SpotDraw | None:
    """A check of the same things, in days and an area that overlap, that is not over: whoever looked at it may not draw again."""
    wanted = select(SpotDraw).where(
        SpotDraw.population == plan.population,
        seen(SpotDraw.area_code, (plan.area_code,)),
        SpotDraw.state != DrawState.CLOSED,
        SpotDraw.from_on <= plan.until_on,
        SpotDraw.until_on >= plan.from_on,
    )
    return db.session.scalars(wanted.limit(1)).first()


def items_of(draw_id: UUID) -> Select[SpotItem]:
    """What was drawn, by name."""
    return select(SpotItem).join(SpotEntry, SpotEntry.id == SpotItem.entry_id).where(SpotItem.draw_id == draw_id).order_by(SpotEntry.place)


def waiting(areas: Areas) -> Select[SpotItem]:
    """What was drawn in some areas and nobody has looked at, the oldest check first."""
    wanted = select(SpotItem).join(SpotDraw, SpotDraw.id == SpotItem.draw_id).where(_seen_in(areas), SpotItem.checked_by.is_(None))
    return wanted.where(SpotDraw.state == DrawState.DRAWN).order_by(SpotDraw.drawn_at, SpotItem.id)


def with_waiting(areas: Areas) -> Select[SpotDraw]:
    """Checks of some areas in which something waits."""
    return draws(areas, DrawState.DRAWN)


def item_in(item_id: UUID, areas: Areas) -> SpotItem:
    """One that was drawn in some areas. Raises: NotFound."""
    row = by_id(SpotItem, item_id)
    draw_in(row.draw_id, areas)
    return row


def left(draw_id: UUID) -> int:
    """How many of a draw nobody has looked at."""
    wanted = select(func.count()).select_from(SpotItem).where(SpotItem.draw_id == draw_id, SpotItem.checked_by.is_(None))
    return int(db.session.scalar(wanted) or 0)


def tally(draw_ids: Iterable[UUID]) -> dict[UUID, tuple[int, int, int]]:
    """How many of some draws were drawn, looked at, and found wrong."""
    bad = func.count().filter(SpotItem.finding == "bad")
    wanted = select(SpotItem.draw_id, func.count(), func.count(SpotItem.checked_by), bad).where(SpotItem.draw_id.in_(list(draw_ids)))
    return {one: (int(all_), int(done), int(wrong)) for one, all_, done, wrong in db.session.execute(wanted.group_by(SpotItem.draw_id))}


def entries_of(draw_id: UUID) -> Select[SpotEntry]:
    """Who entered a draw, by name."""
    return select(SpotEntry).where(SpotEntry.draw_id == draw_id).order_by(SpotEntry.place)


def listed(draw_id: UUID) -> Sequence[tuple[str, int, int, PickedBy]]:
    """The same as what a program reads: name, amount, weight, why it was drawn."""
    wanted = select(SpotEntry.name, SpotEntry.amount_fen, SpotEntry.weight, SpotEntry.picked_by).where(SpotEntry.draw_id == draw_id)
    return [(name, int(fen), int(weight), why) for name, fen, weight, why in db.session.execute(wanted.order_by(SpotEntry.place))]


def published() -> Select[SpotDraw]:
    """Every check, newest first: that it is made, and by what commitment, is everybody's to read."""
    return select(SpotDraw).order_by(SpotDraw.planned_at.desc(), SpotDraw.id.desc())
