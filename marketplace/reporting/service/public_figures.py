"""The figures of the public front page: counted by the worker now and then, not at each visit, and told with their moment."""

from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any, cast

from marketplace.kernel.db import db
from marketplace.reporting.models import StoredFigure
from marketplace.reporting.queries import Counts, counts

FRONT = "front"


@dataclass(frozen=True, slots=True)
class PublicFigures:
    """Figures, and the moment they are of."""

    counts: Counts
    as_of: datetime


def front(*, now: datetime) -> PublicFigures:
    """The figures as they were counted last; where no worker has, or an older version of the platform did, they are counted now."""
    row = db.session.get(StoredFigure, FRONT)
    if row is None or row.values.keys() != {one.name for one in fields(Counts)}:
        return PublicFigures(counts(), now)
    return PublicFigures(Counts(**cast(Any, row.values)), row.as_of)


def is_old(*, before: datetime) -> bool:
    """Whether the figures are to be counted again."""
    row = db.session.get(StoredFigure, FRONT)
    return row is None or row.as_of <= before


def keep(found: Counts, *, now: datetime) -> int:
    """Put away what was counted; how many figures that is."""
    db.session.merge(StoredFigure(name=FRONT, values=asdict(found), as_of=now))
    return 1
