"""The figures of the public front page: counted by the worker now and then, not at each visit, and told with their moment."""

from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta

from marketplace.kernel.db import db, in_transaction
from marketplace.reporting.models import StoredFigure
from marketplace.reporting.queries import Counts, counts

FRONT = "front"


@dataclass(frozen=True, slots=True)
class Told:
    """Figures, and the moment they are of."""

    counts: Counts
    as_of: datetime


def front(*, now: datetime) -> Told:
    """The figures as they were counted last; where no worker has, or an older version of the platform did, they are counted now."""
    row = db.session.get(StoredFigure, FRONT)
    if row is None or row.values.keys() != {one.name for one in fields(Counts)}:
        return Told(counts(), now)
    return Told(Counts(**row.values), row.as_of)


def refresh(*, now: datetime, every: timedelta) -> int:
    """Count again what is old; how much was."""
    row = db.session.get(StoredFigure, FRONT)
    if row is not None and row.as_of > now - every:
        return 0
    found = asdict(counts())

    def keep() -> None:
        db.session.merge(StoredFigure(name=FRONT, values=found, as_of=now))

    in_transaction(keep)
    return 1
