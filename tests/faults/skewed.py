"""The application on a machine whose clock is off by CLOCK_IS_OFF_BY seconds. Only `kernel.clock` reads clocks, so it stands for it."""

import os
from datetime import datetime, timedelta, tzinfo

from marketplace.kernel import clock

_OFF_BY = timedelta(seconds=int(os.environ["CLOCK_IS_OFF_BY"]))


class WrongDatetime(datetime):
    """A datetime that asks the wrong clock."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        return datetime.now(tz) + _OFF_BY


clock.datetime = WrongDatetime  # type: ignore[misc]

from wsgi import app  # noqa: E402, F401
