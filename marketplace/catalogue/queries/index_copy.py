"""A process's own copy of the shelf for searches in words: laid once, brought up to date with each search by what has changed since.

Nobody waits for a build. A small shelf is laid at once; a large one by a thread aside, while words are looked for in the database, and
so is a new copy after great changes, while the old one answers. What has changed is found by `updated_at` of offerings, providers and
organisations. A transaction that began earlier may commit later, so each look goes back by OVERLAP, and counts.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask import Flask, current_app
from sqlalchemy import case, func, select, true, union

from marketplace.catalogue.cards import Card
from marketplace.catalogue.models import Offering, Provider
from marketplace.catalogue.queries.browsing import COLUMNS, ON_SHELF, joined
from marketplace.identity.models import Organisation
from marketplace.kernel import clock
from marketplace.kernel.db import db

if TYPE_CHECKING:
    from marketplace.catalogue.search_index import Item, Ranked, Shelf

log = logging.getLogger(__name__)

AT_ONCE = 1_000  # offerings that are laid, or changes that are taken over, while somebody waits: a fifth of a second
LOOKED_THROUGH = 20_000  # rows changed within the overlap that are gone through to find what is new among them
OVERLAP = timedelta(minutes=10)  # longer than a transaction that changes the shelf
LATE_SHARE = 0.2  # of the index: so many changed lines make searches slower, and it is laid anew
WHOLE_EVERY = 6 * 3600.0  # seconds: laid anew from all rows, whatever was or was not seen to change
AFTER_FAILURE = 60.0  # seconds until a thread that failed is followed by another
NAME = "catalogue.keeper"  # among the extensions of the application


@dataclass(frozen=True, slots=True)
class Marks:
    """What lies above a floor of time, in brief: other marks mean that something has changed."""

    rows: int
    newest: datetime | None
    versions: tuple[Any, ...]


@dataclass(slots=True)
class Copy:
    """A shelf and how far it has been brought up to date."""

    shelf: "Shelf"
    floor: datetime  # what was changed later is looked at again
    marks: Marks
    laid_at: float
    size: int  # when it was laid
    late: int = 0  # changes since

    @property
    def is_old(self) -> bool:
        return self.late > max(AT_ONCE, LATE_SHARE * self.size) or clock.ticks() - self.laid_at > WHOLE_EVERY


@dataclass(slots=True)
class Keeper:
    """Keeps the copy of one application in one process."""

    copy: Copy | None = None
    aside: Thread | None = None  # lays a copy
    _turn: Lock = field(default_factory=Lock)  # of searching and changing: an index holds no lock
    _looking: Lock = field(default_factory=Lock)  # of whoever looks for changes; the others search what there is
    _rests_until: float = 0.0

    def ranked(self, text: str) -> "Ranked | None":
        """What a text means. None: no copy stands yet, ask the database."""
        copy = self._ready()
        if copy is None:
            return None
        with self._turn:
            return copy.shelf.ranked(text)

    def _ready(self) -> Copy | None:
        if not self._looking.acquire(blocking=False):
            return self.copy
        try:
            if self.copy is None and _is_small():
                self.copy = _laid()
            elif self.copy is not None:
                self.copy = self._up_to_date(self.copy)
            if self.copy is None or self.copy.is_old:
                self._lay_aside()
            return self.copy
        finally:
            self._looking.release()

    def _up_to_date(self, copy: Copy) -> Copy | None:
        marks = _marks(copy.floor)
        if marks == copy.marks:
            return copy
        if copy.marks.newest and (marks.newest is None or marks.newest < copy.marks.newest):
            return _laid() if _is_small() else None  # another database, or an earlier state of it
        changed = _changed(copy.floor) if marks.rows <= LOOKED_THROUGH else None
        fresh = [] if changed is None else [key for key, at in changed.items() if at and copy.shelf.changed.get(key) != at]
        if changed is None or len(fresh) > AT_ONCE:
            self._lay_aside()
            return copy
        floor = max(copy.floor, (marks.newest or copy.floor) - OVERLAP)
        marks = _marks(floor)  # before the rows: what comes between is looked at again
        items = list(_items(fresh))
        with self._turn:
            gone = [key for key, at in copy.shelf.changed.items() if at > copy.floor and changed.get(key) is None]
            gone += [key for key, at in changed.items() if at is None and key in copy.shelf.changed]
            for key in gone:
                copy.shelf.remove(key)
            for item in items:
                copy.shelf.put(item)
        copy.late += len(gone) + len(items)
        copy.floor, copy.marks = floor, marks
        return copy

    def _lay_aside(self) -> None:
        """Let a thread lay a new copy, unless one does."""
        if (self.aside and self.aside.is_alive()) or clock.ticks() < self._rests_until:
            return
        app = current_app._get_current_object()  # type: ignore[attr-defined]
        self.aside = Thread(target=self._laying, args=(app,), name="shelf", daemon=True)
        self.aside.start()

    def _laying(self, app: Flask) -> None:
        try:
            with app.app_context():
                self.copy = _laid()
        except Exception:  # the database may be away: the old copy, or the database, goes on answering
            log.exception("the shelf could not be laid")
            self._rests_until = clock.ticks() + AFTER_FAILURE


def keeper() -> Keeper:
    """Of this process and application."""
    found: Keeper = current_app.extensions.setdefault(NAME, Keeper())
    return found


def _is_small() -> bool:
    some = joined(Offering.id).where(ON_SHELF).limit(AT_ONCE + 1).subquery()
    return (db.session.scalar(select(func.count()).select_from(some)) or 0) <= AT_ONCE


def _laid() -> Copy:
    from marketplace.catalogue.search_index import Shelf  # brings numpy: only who searches in words pays for it

    floor = clock.now() - OVERLAP
    marks = _marks(floor)
    shelf = Shelf(_items())
    return Copy(shelf, floor, marks, clock.ticks(), len(shelf.cards))


def _marks(floor: datetime) -> Marks:
    offerings = select(
        func.count().label("n"), func.max(Offering.updated_at).label("at"), func.sum(Offering.version + Offering.review_count).label("v")
    )
    providers = select(func.count().label("n"), func.max(Provider.updated_at).label("at"))
    organisations = select(
        func.count().label("n"), func.max(Organisation.updated_at).label("at"), func.sum(Organisation.version).label("v")
    )
    a = offerings.where(Offering.updated_at > floor).subquery()
    b = providers.where(Provider.updated_at > floor).subquery()
    c = organisations.join(Provider, Provider.id == Organisation.id).where(Organisation.updated_at > floor).subquery()
    row = db.session.execute(select(*a.c, *b.c, *c.c).select_from(a.join(b, true()).join(c, true()))).one()
    newest = max((at for at in (row[1], row[4], row[6]) if at), default=None)
    return Marks(row[0] + row[3] + row[5], newest, tuple(row))


_newest_of_two = case((Offering.updated_at > Provider.updated_at, Offering.updated_at), else_=Provider.updated_at)
_CHANGED_AT = case((_newest_of_two > Organisation.updated_at, _newest_of_two), else_=Organisation.updated_at)


def _changed(floor: datetime) -> dict[str, datetime | None]:
    """Offerings of which something was changed above a floor: when, or None where they are not on the shelf."""
    of_organisation = select(Offering.id).join(Organisation, Organisation.id == Offering.provider_id)
    ids = union(
        select(Offering.id).where(Offering.updated_at > floor),
        select(Offering.id).join(Provider, Provider.id == Offering.provider_id).where(Provider.updated_at > floor),
        of_organisation.where(Organisation.updated_at > floor),
    )
    wanted = joined(Offering.id, case((ON_SHELF, _CHANGED_AT))).where(Offering.id.in_(ids))
    return {str(key): at for key, at in db.session.execute(wanted)}


def _items(keys: Sequence[str] | None = None) -> Iterator["Item"]:
    """What stands on the shelf: all of it, or some."""
    from marketplace.catalogue.search_index import Item

    texts = (Offering.description, Offering.deliverables, Offering.search_text, Organisation.uscc, Organisation.name_initials, _CHANGED_AT)
    wanted = joined(*COLUMNS, *texts).where(ON_SHELF)
    if keys is not None:
        wanted = wanted.where(Offering.id.in_([UUID(key) for key in keys]))
    for row in db.session.execute(wanted):
        values: tuple[Any, ...] = tuple(row)
        description, deliverables, search_text, uscc, initials, changed_at = values[len(COLUMNS) :]
        yield Item(Card(*values[: len(COLUMNS)]), description, deliverables, search_text, f"{uscc} {initials}", changed_at)
